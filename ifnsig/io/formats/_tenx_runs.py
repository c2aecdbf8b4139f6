"""10x: from what the user names to one matrix a run. Raw and filtered are two views of one run, never two runs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from ...doors import argument, say
from ...errors import MissingFileError, ParameterError, listing
from ...places import existing_or_folder
from ._parts import Paths, without_packing

log = logging.getLogger("ifnsig")

Cells = Literal["filtered", "raw"]
VIEWS: tuple[Cells, ...] = ("filtered", "raw")
ORDER = ("filtered", "", "raw")
"""Views by preference, where the user names none."""

MATRIX = "matrix.mtx"
FEATURES = r"(_(feature|gene)_bc_matri(x|ces)(_h5)?)"
VIEW = re.compile(rf"(?P<run>.*?)(^|[._-])(sample_)?(?P<view>filtered|raw){FEATURES}?$")
VIEWED = re.compile(rf"(.*[._-])?(sample_)?(filtered|raw){FEATURES}(\.h5)?")
"""Folders and files of Cell Ranger."""
SOLO = "Solo.out"
QUANTIFIED = re.compile(r"Gene(Full\w*)?")
"""Folders of STARsolo whose features are genes."""
FIXED = frozenset({"outs", "count", "per_sample_outs", "filtered_gene_bc_matrices", "raw_gene_bc_matrices"})
"""Names that Cell Ranger gives every run; the sample's is a folder above."""
DEPTH = 5


def runs_of(paths: Paths, cells: Cells | None) -> dict[str, Path]:
    """Run -> its matrix: a matrix file, beside which its barcodes and features stand, or an HDF5 file.

    Raises
    ------
    MissingFileError
        There is no such file, or a run has no matrix of the cells that were asked for.
    ParameterError
        Two runs have one name.
    """
    if isinstance(paths, Mapping):
        return {str(run): _choose(str(run), matrices(Path(place)), cells) for run, place in paths.items()}
    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    places = list(dict.fromkeys(place for path in listed for place in matrices(Path(path))))
    if not places:
        raise MissingFileError("There is no file to read: the list of paths is empty.")
    runs: dict[str, list[Path]] = {}
    for place in places:
        runs.setdefault(name_and_view(place)[0], []).append(place)
    return {run: _choose(run, found, cells) for run, found in runs.items()}


def matrices(place: Path) -> list[Path]:
    """The matrix files and HDF5 files of a file, of a folder of matrices, or of the folder that a run wrote.

    Raises
    ------
    MissingFileError
        There is nothing of that name, or no matrix in it.
    """
    existing_or_folder(place)
    found = [place] if place.is_file() else inside(place)
    if not found:
        raise MissingFileError(f"{str(place)!r} has no matrix file; one folder holds the matrix of a run.")
    return found


def inside(folder: Path, depth: int = DEPTH) -> list[Path]:
    """Matrices of a folder, or of those below it that Cell Ranger and STARsolo write."""
    own = [file for end in ("", ".gz") for file in sorted(folder.glob(f"*{MATRIX}{end}"))]
    if own or not depth:
        return own
    children = [child for child in sorted(folder.iterdir()) if not child.name.startswith(".")]
    found = []
    for child in _of_genes(children) if folder.name.endswith(SOLO) else children:
        if child.is_dir() and _is_of_run(child, folder):
            found += inside(child, depth - 1)
        elif child.is_file() and child.name.endswith(".h5") and VIEWED.fullmatch(child.name):
            found.append(child)
    return found


def _is_of_run(child: Path, folder: Path) -> bool:
    """Whether a folder is one that a run has inside."""
    by_parent = folder.name == "per_sample_outs" or (
        QUANTIFIED.fullmatch(folder.name) and child.name in VIEWS
    )
    genome = "gene_bc_matrices" in folder.name  # Cell Ranger 2 has a folder a genome
    named = child.name in FIXED or child.name.endswith(SOLO) or VIEWED.fullmatch(child.name)
    return bool(
        by_parent or genome or named or (folder.name.endswith(SOLO) and QUANTIFIED.fullmatch(child.name))
    )


def _of_genes(children: list[Path]) -> list[Path]:
    """Of the quantities of STARsolo the one of genes; exons alone rather than with introns."""
    genes = [child for child in children if QUANTIFIED.fullmatch(child.name)]
    if len(genes) > 1:
        names = listing(child.name for child in genes)
        log.info(
            "%s: %s is read (of %s); name the folder of another.", genes[0].parent.name, genes[0].name, names
        )
    return genes[:1]


def name_and_view(place: Path) -> tuple[str, str]:
    """The run that a matrix is of, and which cells it holds (``""`` where its name does not say)."""
    place = place.absolute()
    name, view = without_packing(place.name), ""
    if name.endswith(MATRIX):
        name = name.removesuffix(MATRIX).rstrip("._-")
    elif place.is_file():
        name = name.removesuffix(".h5")
    while True:
        if not view and (seen := VIEW.fullmatch(name)):
            name, view = seen["run"], seen["view"]
        name = name.removesuffix(SOLO).rstrip("._-")
        fixed = name in FIXED or QUANTIFIED.fullmatch(name) or "gene_bc_matrices" in place.parent.name
        if (name and not fixed) or place.parent == place:
            return name, view
        place = place.parent
        name = place.name


def _choose(run: str, found: Iterable[Path], cells: Cells | None) -> Path:
    """The one matrix of a run that is read."""
    views: dict[str, list[Path]] = {}
    for place in found:
        views.setdefault(name_and_view(place)[1], []).append(place)
    chosen: str = cells or next(view for view in ORDER if view in views)
    held = listing(view or "unnamed" for view in views)
    if chosen not in views:
        raise MissingFileError(f"Run {run!r} has no matrix of {chosen} cells; it has: {held}.")
    places = views[chosen]
    matrices = [place for place in places if MATRIX in place.name]
    if len(matrices) == 1 and {place.parent for place in places} <= {
        matrices[0].parent.parent,
        matrices[0].parent,
    }:
        places = matrices  # Cell Ranger writes the same counts as a folder and as an HDF5 file
    if len(places) > 1:
        raise ParameterError(
            f"Several runs are called {run} ({listing(map(str, places))}); rename their folders"
            + say(python=", or pass a mapping of run to folder instead of a list.", command=".")
        )
    if len(views) > 1:
        other = next(view for view in VIEWS if view != chosen)
        log.info(
            "Run %s: the %s cells are read (of %s); for the others: %s.",
            run, chosen or "unnamed", held, argument("reader 10x", "cells", other),
        )  # fmt: skip
    return places[0]
