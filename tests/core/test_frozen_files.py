"""Files of references and normalisations are what ifnsig saved, or one error of one class: field by field, byte by byte."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import keys, pp
from ifnsig.core.reference import PARTS, Reference
from ifnsig.errors import ReferenceRequiredError
from ifnsig.memory import Allowed
from ifnsig.pp import NORMALIZATIONS, Normalization
from ifnsig.pp.normalization._frozen import LEARNED

KINDS: dict[str, Any] = {"reference": Reference, "normalisation": Normalization}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("frozen")
    rng = np.random.default_rng(3)
    adata = AnnData(
        rng.poisson(20, (6, 5)).astype(float), obs=pd.DataFrame(index=[f"S{i}" for i in range(6)])
    )
    adata.var_names = [f"G{i}" for i in range(5)]
    keys.declare_unit(adata, "counts")
    found = {kind: folder / f"{kind}.npz" for kind in KINDS}
    pp.fit_normalization(adata, method="tmm").save(found["normalisation"])
    values = np.log2(np.asarray(adata.X) + 1)
    Reference.fit(
        values, tuple(adata.var_names), tuple(adata.obs_names), unit="log2_cpm", label="group = healthy",
        mean_library_size=1e6, keep_values=True,
    ).save(found["reference"])  # fmt: skip
    return found


def contents(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with np.load(path) as stored:
        arrays = dict(stored)
    return json.loads(str(arrays.pop("header"))), arrays


def written(path: Path, header: Any, arrays: dict[str, Any], *, digest: bool = False) -> Path:
    """The same file with other content; without its digest, so that each check stands alone."""
    if isinstance(header, dict) and not digest:
        header = {name: value for name, value in header.items() if name != "digest"}
    np.savez(path, header=np.array(json.dumps(header)), **arrays)
    return path


def wrong_arrays(name: str, value: np.ndarray) -> Iterator[tuple[str, Any]]:
    yield "wrong type", np.array(["x"] * 3) if value.dtype.kind != "U" else np.arange(len(value))
    yield "another dimension", value[None]
    if value.ndim:
        yield "too long", np.concatenate([value, value[:1]])
        yield "empty", value[:0]
    if value.dtype.kind == "f":
        yield "infinite", np.full_like(value, np.inf)
        yield "complex", value.astype(complex)
        if name not in (
            "mean",
            "values",
            "moments_means",
            "moments_low",
            "moments_high",
            "learned_reference",
        ):
            yield "negative", -np.abs(value) - 1
    if value.dtype.kind == "U":
        yield "doubled", np.repeat(value[:1], len(value))


def refused(kind: str, path: Path) -> bool:
    """Whether a file is refused by name; any other error than ours is raised."""
    try:
        KINDS[kind].load(path)
    except ReferenceRequiredError as fault:
        return path.name in str(fault)
    return False


WRONG_HEADERS: dict[str, list[Any]] = {
    "version": [None, "1", 0, -1, 2, True, 1.5, [1]],
    "unit": [None, 3, "parsecs", ["counts"], {}],
    "label": [None, 3, ["cohort"]],
    "mean_library_size": ["many", -1, 0, True, [1]],
    "method": [None, 3, "magic", ["tmm"]],
    "options": [3, "log", [], {"log": "yes"}, {"magic": 1}, {"reference_genes": [1]}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_is_missing_or_wrong_is_one_error(
    kind: str, saved: dict[str, Path], tmp_path: Path
) -> None:
    header, arrays = contents(saved[kind])
    path = tmp_path / "wrong.npz"
    assert KINDS[kind].load(written(path, header, arrays))
    optional = {name for name, part in PARTS.items() if not part.needed} if kind == "reference" else set()
    cases: list[tuple[str, Any, dict[str, Any]]] = []
    for name, value in arrays.items():
        if name not in optional or name.startswith("moments_"):
            cases.append((f"{name} missing", header, {k: v for k, v in arrays.items() if k != name}))
        cases += [(f"{name} {how}", header, {**arrays, name: bad}) for how, bad in wrong_arrays(name, value)]
    for name, bad in WRONG_HEADERS.items():
        if name not in header:
            continue
        cases += [(f"{name} {value!r}", {**header, name: value}, arrays) for value in bad]
        if name != "mean_library_size":
            cases.append((f"{name} missing", {k: v for k, v in header.items() if k != name}, arrays))
    cases += [("a list", [], arrays), ("a number", 3, arrays)]
    assert len(cases) > 40
    read = [what for what, head, parts in cases if not refused(kind, written(path, head, parts))]
    assert read == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_or_with_a_changed_byte_is_one_error(
    kind: str, saved: dict[str, Path], tmp_path: Path
) -> None:
    whole = saved[kind].read_bytes()
    path = tmp_path / "cut.npz"
    for stop in np.linspace(0, len(whole) - 1, 40).astype(int):
        path.write_bytes(whole[:stop])
        with pytest.raises(ReferenceRequiredError, match=r"cut\.npz"):
            KINDS[kind].load(path)
    good = KINDS[kind].load(saved[kind]).digest
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 200):
        changed = bytearray(whole)
        changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(bytes(changed))
        # a byte that says nothing, such as a date, may differ
        assert refused(kind, path) or KINDS[kind].load(path).digest == good


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_changed_after_saving_are_told(kind: str, saved: dict[str, Path], tmp_path: Path) -> None:
    header, arrays = contents(saved[kind])
    name = "mean" if kind == "reference" else "learned_reference"
    changed = {**arrays, name: arrays[name] + 0.5}
    with pytest.raises(ReferenceRequiredError, match="changed after it was saved"):
        KINDS[kind].load(written(tmp_path / "file.npz", header, changed, digest=True))
    assert KINDS[kind].load(written(tmp_path / "file.npz", header, arrays, digest=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_version_names_who_wrote_it(kind: str, saved: dict[str, Path], tmp_path: Path) -> None:
    header, arrays = contents(saved[kind])
    path = written(tmp_path / "new.npz", {**header, "version": 2, "ifnsig": "7.1.0"}, arrays)
    with pytest.raises(
        ReferenceRequiredError, match=r"of version 2, written by ifnsig 7\.1\.0.*ifnsig 7\.1\.0 or newer"
    ):
        KINDS[kind].load(path)


class Danger:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Path.touch, (Path("ran"),))


def pickled(array: bool) -> bytes:
    stream = io.BytesIO()
    if array:
        np.save(stream, np.array([Danger()], dtype=object), allow_pickle=True)
        return stream.getvalue()
    return pickle.dumps(Danger())


def huge() -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    return stream.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "objects": lambda: pickled(True), "a pickle": lambda: pickled(False), "a shape of petabytes": huge,
    "nothing": lambda: b"", "zeros": lambda: bytes(10_000_000),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_pickles_and_bombs_are_refused(
    kind: str, bomb: str, saved: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(saved[kind]) as good, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            bad.writestr(name, BOMBS[bomb]() if name == "genes.npy" else good.read(name))
    with pytest.raises(ReferenceRequiredError, match=r"bomb\.npz"):
        KINDS[kind].load(path)
    assert not Path("ran").exists()


def test_what_would_unpack_beyond_the_limit_is_not_unpacked(
    saved: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ifnsig.core.frozen.allowed", lambda limit, share: Allowed(2000, "no more"))
    with pytest.raises(
        ReferenceRequiredError, match=r"would unpack to [\d,]+ bytes; up to 2,000 are read, no more"
    ):
        Reference.load(saved["reference"])


def test_the_file_knows_what_every_normalisation_learns() -> None:
    assert set(LEARNED) == set(NORMALIZATIONS)


@pytest.mark.parametrize(
    "method", [name for name in LEARNED if name not in ("vst", "nanostring", "delta_ct", "delta_delta_ct")]
)
def test_every_normalisation_comes_back_from_its_file(method: str, tmp_path: Path) -> None:
    values = np.random.default_rng(1).poisson(20, (4, 30)).astype(float)
    values[0, 0] = 0.0
    adata = AnnData(values)
    keys.declare_unit(adata, {"log2": "array", "quantile": "log2_array"}.get(method, "counts"))
    fitted = pp.fit_normalization(adata, method=method)
    fitted.save(tmp_path / "file.npz")
    assert Normalization.load(tmp_path / "file.npz").digest == fitted.digest
