"""What may not be read is said to be so by every loader, and is called neither missing nor damaged."""

from __future__ import annotations

import builtins
import errno
import io as streams
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ifnsig import io, pp
from ifnsig.cli._sets import _from_file
from ifnsig.core.reference import Reference
from ifnsig.errors import IfnsigError, MissingFileError
from ifnsig.io._merge import merge_scores
from ifnsig.responses import read_rule
from ifnsig.signatures import read_gmt, read_json, read_signature
from ifnsig.study import read_study
from ifnsig.study.privacy._key import read_key
from ifnsig.study.shards import _Shard

READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "sample sheet": ("samples.csv", io.read_samples), "workbook": ("samples.xlsx", io.read_samples),
    "clinical table": ("clinical.csv", io.read_clinical), "scores": ("scores.tsv", lambda path: io.read_scores(path, sample="sample")),
    "score tables": ("part.tsv", lambda path: merge_scores([path])),
    "stored AnnData": ("x.h5ad", io.open_stored), "rule": ("rule.toml", read_rule), "study": ("study.toml", read_study),
    "reference": ("reference.npz", Reference.load), "normalisation": ("n.npz", pp.Normalization.load),
    "shard": ("1.npz", _Shard.load), "signature": ("mine.toml", read_signature), "signatures": ("a.json", read_json),
    "GMT": ("a.gmt", read_gmt), "gene sets as YAML": ("sets.yaml", _from_file), "key": ("key.txt", read_key),
}  # fmt: skip


def deny(monkeypatch: pytest.MonkeyPatch, folder: Path, what: str) -> None:
    """``open`` (of files and folders) or ``stat`` below a folder ends as the system ends it without the permission."""

    def barred(own: Callable[..., Any]) -> Callable[..., Any]:
        def call(place: Any, *given: Any, **named: Any) -> Any:
            if isinstance(place, (str, os.PathLike)) and folder in (Path(place), *Path(place).parents):
                raise PermissionError(errno.EACCES, "Permission denied", str(place))
            return own(place, *given, **named)

        return call

    if what == "open":
        for module, name in ((builtins, "open"), (streams, "open"), (os, "scandir"), (os, "listdir")):
            monkeypatch.setattr(module, name, barred(getattr(module, name)))
    else:
        monkeypatch.setattr(Path, "stat", barred(Path.stat))


@pytest.mark.parametrize("what", ["open", "stat"])
@pytest.mark.parametrize("loader", READERS)
def test_a_loader_says_that_it_may_not_read(
    loader: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, read = READERS[loader]
    path = tmp_path / "barred" / name
    with pytest.raises(MissingFileError, match="There is no"):
        read(path)
    path.parent.mkdir()
    path.write_text("not what it should be")
    with pytest.raises(IfnsigError) as unfit:
        read(path)
    assert "permission" not in str(unfit.value)
    deny(monkeypatch, path.parent, what)
    with pytest.raises(MissingFileError, match=rf"{name}' may not be read: permission denied"):
        read(path)


@pytest.mark.parametrize("what", ["open", "stat"])
@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_says_that_it_may_not_read(
    name: str, what: str, write_format: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_format(name)
    first = paths[0] if isinstance(paths, list) else paths
    for call in (lambda: io.read(paths, format=name), lambda: io.read(paths)):
        with monkeypatch.context() as inside:
            deny(inside, first, what)
            with pytest.raises(MissingFileError, match="may not be read: permission denied"):
                call()
