"""Reading a study: expression with its sheet and current gene symbols, or scores made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import get, io, pp
from ..checks import options_beside
from ..errors import TableError
from ..io.formats._hdf5 import is_hdf5
from .schema._input import PATH_OPTIONS
from .schema.model import Study

if TYPE_CHECKING:
    from anndata import AnnData


def read_scores(study: Study, root: Path, samples: Any) -> AnnData:
    """Scores made elsewhere, or an h5ad that ``ifnsig score`` wrote, joined with the sheet."""
    source, columns = study.input, study.input.score_columns
    if str(source.scores).endswith(".h5ad") or is_hdf5(root / str(source.scores)):
        return read_scored(root / str(source.scores), samples, study.design.sample)
    return io.read_scores(
        root / str(source.scores), sample=columns.sample, signature=columns.signature, score=columns.score,
        samples=samples,
    )  # fmt: skip


def read_scored(path: Path, samples: Any, sample_column: str) -> AnnData:
    """What ``ifnsig score`` or ``ifnsig merge`` wrote: scores with all that is known of them.

    Raises
    ------
    TableError
        The file holds no scores.
    """
    adata = io.read(path, format="h5ad", samples=samples, sample_column=sample_column)
    if not get.methods(adata):
        raise TableError(f"{path.name} holds no scores: `ifnsig score -o {path.name}` writes them.")
    return adata


def read_expression(study: Study, root: Path, samples: Any) -> AnnData:
    """The expression files of a study, joined with its sheet; paths are relative to ``root``."""
    source, given = study.input, study.input.expression
    paths: Any = [root / name for name in given] if isinstance(given, list) else root / str(given)
    options: dict[str, Any] = {
        name: root / value if name in PATH_OPTIONS and isinstance(value, str) else value
        for name, value in source.options.items()
    }
    return io.read(
        paths, format=source.format, unit=source.unit, samples=samples, orientation=source.orientation,
        layer=source.layer, missing=source.missing, extra=source.extra, sample_column=study.design.sample,
        file_column=source.file_column, **options_beside(options, io.read, name="io.read"),
    )  # fmt: skip


def map_names(adata: AnnData, study: Study, root: Path) -> AnnData:
    """Current symbols, by the study's organism and probe map."""
    source = study.input
    probes = None if source.probe_map is None else root / source.probe_map
    return pp.map_genes(
        adata,
        organism=source.organism,
        probe_map=probes,
        gene_column=source.gene_column,
        gene_ids=source.gene_ids,
    )
