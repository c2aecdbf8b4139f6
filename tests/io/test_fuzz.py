"""Mutants of small files are read or refused by an error of ours; `make fuzz` reads hundreds of everything that is read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifnsig import io

SCRIPTS = Path(__file__).parents[2] / "scripts"
FEW = [
    "GMT", "signature as TOML", "signatures as JSON", "signatures as YAML", "study", "rule", "sample sheet", "clinical table",
    "long scores", "format gct", "format star", "format h5ad", "reference", "shard of a study", "results",
]  # fmt: skip


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, Any]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
        import fuzz_corpus
        import fuzz_readers

        yield fuzz_readers, fuzz_corpus.targets(tmp_path_factory.mktemp("corpus"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FEW)
def test_mutants_are_read_or_refused(name: str, readers: tuple[Any, dict[str, Any]], tmp_path: Path) -> None:
    module, targets = readers
    counts = module.fuzz(name, targets[name], range(20), 1, tmp_path / "one")
    assert sum(counts.values()) == 20
    assert {"read", "refused"} >= set(counts)


@pytest.mark.filterwarnings("ignore")
def test_the_good_file_of_every_target_is_read(readers: tuple[Any, dict[str, Any]], tmp_path: Path) -> None:
    module, targets = readers
    assert {f"format {name}" for name in io.FORMATS} < set(targets)
    came = {
        name: module.once(target, module.copied(target, tmp_path / name, None))
        for name, target in targets.items()
    }
    assert {name: what for name, what in came.items() if what != "read"} == {}


def test_a_target_whose_good_file_is_not_read_or_that_fails_is_a_fault(
    readers: tuple[Any, dict[str, Any]], tmp_path: Path
) -> None:
    module, _ = readers
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a good file")

    def read(path: Path) -> None:
        if path.read_bytes() != b"a good file":
            raise KeyError("x")

    good = module.Target([tmp_path / "in" / "a.txt"], read)
    counts = module.fuzz("small", good, range(10), 0, tmp_path / "one", tmp_path / "kept")
    assert all("FAULT" in what and "'x'" in what for what in counts if what != "read")
    assert len(list((tmp_path / "kept").iterdir())) == 10 - counts["read"] > 0
    with pytest.raises(SystemExit, match="the good files are not read"):
        module.fuzz("bad", module.Target(good.files, lambda path: {}["y"]), range(1), 0, tmp_path / "two")
