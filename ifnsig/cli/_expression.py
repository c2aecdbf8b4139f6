"""Reading expression on the command line: one set of options for every command that does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from ..checks import options_beside
from ..errors import UsageError
from ._parse import STDIN, on_disk, options
from ._progress import doing, progress

if TYPE_CHECKING:
    from anndata import AnnData


def read_expression(
    expression: Annotated[
        list[str],
        typer.Argument(
            help="Expression file or folder (see `ifnsig formats`), several files of one sample each, or - for stdin."
        ),
    ],
    samples: Annotated[str | None, typer.Option(help="Sample sheet (CSV, TSV).")] = None,
    sample_column: Annotated[str, typer.Option(help="Column of the sheet with the sample ids.")] = "sample",
    file_column: Annotated[
        str | None, typer.Option(help="Column of the sheet with each sample's file, in the folder.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="Name in `ifnsig formats`.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of the values, where the format cannot say.")] = None,
    orientation: Annotated[str | None, typer.Option(help="genes_in_rows or samples_in_rows.")] = None,
    missing: Annotated[str, typer.Option(help="Missing cells: raise or drop_genes.")] = "raise",
    extra: Annotated[
        str, typer.Option(help="Samples that the sheet does not list, and columns of words: raise or drop.")
    ] = "raise",
    organism: Annotated[
        str, typer.Option(help="human or mouse (mouse genes go to their human orthologs).")
    ] = "human",
    probe_map: Annotated[str | None, typer.Option(help="Table of array probes and gene symbols.")] = None,
    gene_column: Annotated[
        str | None, typer.Option(help="Column that names the genes, in place of the ids of the rows.")
    ] = None,
    gene_ids: Annotated[
        str | None, typer.Option(help="entrez: numbers are Entrez ids, whatever they look like.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Of an AnnData or loom file: the layer to read, or raw, in place of X.")
    ] = None,
    read_option: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE of the format's reader, e.g. tx2gene=FILE; may be repeated."),
    ] = None,
) -> AnnData:
    """Samples x genes with current gene symbols."""
    if STDIN in expression and len(expression) > 1:
        raise UsageError("- (stdin) is one input: give it alone.")
    from .. import io, pp

    doing("reading")
    own = options_beside(options(read_option), io.read, name="io.read")
    adata = io.read(
        on_disk(expression[0]) if len(expression) == 1 else expression,
        format=format, unit=unit, samples=samples, sample_column=sample_column, file_column=file_column,
        orientation=_as(orientation), missing=_as(missing), extra=_as(extra), layer=layer, **own,
    )  # fmt: skip
    doing("mapping genes")
    return pp.map_genes(
        adata, organism=_as(organism), probe_map=probe_map, gene_column=gene_column, gene_ids=_as(gene_ids)
    )


def reads_expression(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, whose first argument is the AnnData, the options of :func:`read_expression`."""
    shared, own = _parameters(read_expression), _parameters(command)[1:]

    @wraps(command)
    def with_input(**given: Any) -> None:
        with progress():
            adata = read_expression(**{entry.name: given.pop(entry.name) for entry in shared})
            command(adata, **given)

    ordered = sorted([*shared, *own], key=lambda entry: entry.default is not inspect.Parameter.empty)
    with_input.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    with_input.__annotations__ = {entry.name: entry.annotation for entry in ordered}
    return with_input


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, localns={"AnnData": object}, include_extras=True)
    return [
        entry.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, entry in inspect.signature(function).parameters.items()
    ]


def _as(word: str | None) -> Any:
    """A word that the library checks itself, with its own message."""
    return word


Normalize = Annotated[
    str | None, typer.Option(help="Make log expression first: a name of `ifnsig normalize --help`.")
]
Choice = Literal["raise", "skip"]


def log_layer(
    adata: AnnData,
    method: str | None,
    stored: str | None,
    given: dict[str, Any],
    mean_library_size: float | None,
) -> str | None:
    """Make the layer to score, by name or by a stored normalisation; None: score the values as they are."""
    from .. import pp

    doing("normalising")
    if stored is not None:
        if method is not None or given:
            raise UsageError("Give --normalization (a stored one) or --normalize with its options, not both.")
        fitted = pp.Normalization.load(stored)
        pp.normalize(adata, fitted=fitted)
        return fitted.method
    if method is None:
        if given:
            raise UsageError("--normalize-option needs --normalize.")
        return None
    given = options_beside(given, pp.normalize, name="pp.normalize")
    if method == "log_cpm" and mean_library_size is not None:
        given = {**given, "mean_library_size": mean_library_size}
    pp.normalize(adata, method=method, **given)
    return method
