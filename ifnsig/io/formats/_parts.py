"""Many files of one sample each -> one matrix: how samples are called, and that all have the same genes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...doors import argument, say
from ...errors import ParameterError, TableError, listing
from ..text._packed import ENDINGS
from ..text._text import existing
from ._matrix import build

log = logging.getLogger("ifnsig")

Paths: TypeAlias = "str | Path | Sequence[str | Path] | Mapping[str, str | Path]"
"""One file, several, or sample id -> file."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one file holds.

    Attributes
    ----------
    samples
        Ids of its samples, usually one.
    genes
        Ids of its rows.
    values
        Shape (samples, genes).
    var, obs
        More columns of the genes and of the samples.
    """

    samples: Sequence[str]
    genes: Sequence[str]
    values: NDArray[np.float64]
    var: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    obs: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def named_paths(
    paths: Paths, name_of: Callable[[Path], str], *, prefer: Sequence[str] = ()
) -> dict[str, Path]:
    """Sample id -> file.

    Parameters
    ----------
    paths
        One file, several, or sample id -> file.
    name_of
        Sample id of a file.
    prefer
        File names of one sample in one folder, best first: the others are left aside.

    Raises
    ------
    TableError
        Two files give one sample id.
    """
    if isinstance(paths, Mapping):
        return {str(sample): existing(path) for sample, path in paths.items()}
    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    files = _best_of_folder([existing(path) for path in listed], prefer)
    found = {name_of(file): file for file in files}
    if len(found) < len(files):
        times = Counter(name_of(file) for file in files)
        doubled = [f"{name} ({times[name]} files)" for name in found if times[name] > 1]
        raise TableError(
            f"{len(doubled)} sample ids occur more than once: {listing(doubled)}. Samples are called after their file or"
            " folder"
            + say(
                python="; pass a mapping of sample id to file instead.",
                command=f"; or name the files in the sheet: {argument('io.read', 'file_column')}.",
            )
        )
    return found


def _best_of_folder(files: list[Path], prefer: Sequence[str]) -> list[Path]:
    ranked = {name: rank for rank, name in enumerate(prefer)}
    best: dict[Path, Path] = {}
    for file in files:
        name = without_packing(file.name)
        if name in ranked:
            known = best.setdefault(file.parent, file)
            if ranked[name] < ranked[without_packing(known.name)]:
                best[file.parent] = file
    return [file for file in files if without_packing(file.name) not in ranked or best[file.parent] == file]


def genes_first(paths: Paths, transcripts: str, genes: str) -> Paths:
    """Without the files of transcripts (by their ending) of samples whose genes are there too."""
    if isinstance(paths, (str, Path, Mapping)):
        return paths
    names = {without_packing(str(path)) for path in paths}
    twins = [
        path
        for path in paths
        if (name := without_packing(str(path))).endswith(transcripts)
        and name.removesuffix(transcripts) + genes in names
    ]
    if twins:
        log.info(
            "%d samples have values of genes and of transcripts; those of genes (*%s) are read.",
            len(twins),
            genes,
        )
    return [path for path in paths if path not in twins]


def without_packing(name: str) -> str:
    """``"x.tsv.gz"`` -> ``"x.tsv"``."""
    return next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)


def name_after(path: Path, *, fixed: Iterable[str], endings: Iterable[str]) -> str:
    """Sample id of a file: its folder's name where the tool gives every file one name, else its own without ending."""
    name = without_packing(path.name)
    if name in set(fixed):
        return path.absolute().parent.name
    for ending in endings:
        if name.lower().endswith(ending.lower()) and len(name) > len(ending):
            return name[: -len(ending)].rstrip("._")
    return name


def assemble(parts: Sequence[Part], name: str, **options: Any) -> anndata.AnnData:
    """One AnnData of all parts; the first one gives the order of the genes.

    Raises
    ------
    ParameterError
        There is no part.
    TableError
        The parts do not have the same genes, or :func:`build` refuses ids or values.
    """
    if not parts:
        raise ParameterError("There is no file to read: the list of paths is empty.")
    first = parts[0]
    rows = [_in_order(part, first) for part in parts]
    samples = [sample for part in parts for sample in part.samples]
    columns = list(dict.fromkeys(column for part in parts for column in part.obs))
    obs = pd.DataFrame(
        {
            column: [
                cell
                for part in parts
                for cell in (part.obs[column] if column in part.obs else [None] * len(part.samples))
            ]
            for column in columns
        },
        index=range(len(samples)),
    )
    return build(
        np.concatenate(rows),
        samples=samples,
        genes=list(first.genes),
        name=name,
        obs=obs,
        var=dict(first.var),
        **options,
    )


def _in_order(part: Part, first: Part) -> NDArray[np.float64]:
    if list(part.genes) == list(first.genes):
        return part.values
    own, wanted = Counter(part.genes), Counter(first.genes)
    if own != wanted:
        lacking, beyond = list((wanted - own).elements()), list((own - wanted).elements())
        raise TableError(
            f"Samples {first.samples[0]!r} and {part.samples[0]!r} do not have the same genes: {len(lacking)} are only in"
            f" the first ({listing(lacking) or 'none'}), {len(beyond)} only in the second ({listing(beyond) or 'none'})."
            " They were made with different annotations or panels; quantify all samples in one way."
        )
    places: dict[str, list[int]] = {}
    for place, gene in enumerate(part.genes):
        places.setdefault(gene, []).append(place)
    taken = {gene: iter(found) for gene, found in places.items()}
    return part.values[:, [next(taken[gene]) for gene in first.genes]]
