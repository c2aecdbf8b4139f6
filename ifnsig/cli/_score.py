"""From expression to scores: score, normalize, fit-reference, merge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..checks import options_beside
from ..errors import UsageError, listing
from ._app import app, note
from ._expression import Choice, Normalize, log_layer, reads_expression
from ._outputs import FOLDER, NPZ, SCORED, TABLE
from ._parse import STDIN, names, on_disk, options, pair, write, write_scored
from ._progress import doing, writing

if TYPE_CHECKING:
    from anndata import AnnData


Out = Annotated[
    str,
    typer.Option("--output", "-o", metavar=SCORED, help="File to write: .h5ad, or a table; - for stdout."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON records instead of TSV.")]
NormalizeOption = Annotated[
    list[str] | None, typer.Option(help="NAME=VALUE (JSON) of the normalisation; may be repeated.")
]
Stored = Annotated[
    str | None, typer.Option(help="normalization.npz of an earlier cohort, instead of --normalize.")
]


@app.command()
@reads_expression
def score(
    adata: AnnData,
    signatures: Annotated[
        str,
        typer.Option(
            "--signatures", "-s", help="Signature ids, comma-separated; or a GMT, JSON, YAML or TOML file."
        ),
    ],
    method: Annotated[
        str, typer.Option("--method", "-m", help="Names in `ifnsig methods`, comma-separated.")
    ],
    output: Out = "-",
    normalize: Normalize = None,
    normalize_option: NormalizeOption = None,
    normalization: Stored = None,
    controls: Annotated[str | None, typer.Option(help="Reference samples, as COLUMN=VALUE.")] = None,
    reference: Annotated[str | None, typer.Option(help="cohort, or a reference.npz file.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=VALUE (JSON) of the method (`ifnsig methods METHOD` lists them); may be repeated."
        ),
    ] = None,
    low_coverage: Annotated[
        Choice, typer.Option(help="Signatures with too few genes: raise, or skip with a warning.")
    ] = "raise",
    threads: Annotated[int, typer.Option(help="Blocks scored at once; no number depends on it.")] = 1,
    coverage: Annotated[
        str | None, typer.Option(metavar=TABLE, help="Also write the genes found and missing to this table.")
    ] = None,
    multiqc: Annotated[
        str | None,
        typer.Option(
            metavar=FOLDER,
            help="Also write *_mqc.txt files for MultiQC into this folder, called after --output.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score signatures in every sample: an h5ad, or a table (TSV)."""
    from .. import get, tl
    from ._sets import signature_sets

    if multiqc is not None:  # the report is heavy, and only this asks for it
        from ..report.score_multiqc import refuse_score_multiqc

        refuse_score_multiqc(multiqc, _name_of(output))
    frozen = _reference(reference)
    size = getattr(frozen, "mean_library_size", None)
    layer = log_layer(adata, normalize, normalization, options(normalize_option), size)
    own = options_beside(options(option), tl.score, name="tl.score")
    doing("scoring")
    tl.score(
        adata, signature_sets(signatures), method=names(method), layer=layer, reference=frozen, threads=threads,
        controls=pair(controls) if controls else None, low_coverage=low_coverage, **own,
    )  # fmt: skip
    writing(output)
    table = get.score_table(adata, list(adata.obs.columns))
    write_scored(adata, lambda: table, output, as_json=as_json)
    genes = get.coverage(adata)
    if coverage is not None:
        write(genes.map(lambda cell: ";".join(cell) if isinstance(cell, list) else cell), coverage)
    if multiqc is not None:
        from ..report.score_multiqc import write_score_multiqc

        genes["used"] = [_used(adata, row) for row in genes.to_dict("records")]
        write_score_multiqc(table, genes, multiqc, name=_name_of(output))


def _name_of(output: str) -> str:
    """What the output is called: ``cohort`` of ``cohort.scores.tsv``; stdout has no name."""
    name = "" if output == STDIN else Path(output).name
    for ending in (".tsv", ".txt", ".json", ".h5ad", ".scores"):
        name = name.removesuffix(ending)
    return name


def _used(adata: AnnData, row: dict[str, Any]) -> list[str]:
    """Genes of a signature that were scored."""
    from .. import get

    asked = get.provenance(adata, row["method"])["signatures"].get(row["signature"], {"genes": {}})["genes"]
    return [gene for gene in asked if gene not in {*row["missing"], *row["constant"]}]


def _reference(given: str | None) -> Any:
    from ..core import Reference

    return given if given in (None, "cohort") else Reference.load(on_disk(str(given)))


@app.command()
@reads_expression
def normalize(
    adata: AnnData,
    method: Annotated[
        str | None,
        typer.Option(
            "--method", "-m",
            help="log_cpm, cpm, tmm, upper_quartile, median_of_ratios, vst, log2, quantile, nanostring, delta_ct,"
            " delta_delta_ct or cells.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar=SCORED,
            help="h5ad, or table; - for stdout. By default stdout, or nothing with --save.",
        ),
    ] = None,
    normalization: Annotated[
        str | None, typer.Option(help="normalization.npz of an earlier cohort, instead of --method.")
    ] = None,
    option: NormalizeOption = None,
    save: Annotated[
        str | None,
        typer.Option(metavar=NPZ, help="Also keep what was learned from this cohort, for samples that come later (.npz)."),
    ] = None,
) -> None:  # fmt: skip
    """Make expression fit to score: an h5ad, or a table (genes in rows, TSV)."""
    from .. import get, pp

    if (method is None) == (normalization is None):
        raise UsageError("Give exactly one of --method and --normalization.")
    given = options_beside(options(option), pp.fit_normalization, name="pp.normalize")
    fitted = pp.Normalization.load(normalization) if normalization else None
    doing("normalising")
    if fitted is None:
        fitted = pp.fit_normalization(adata, method=str(method), **given)
    elif given:
        raise UsageError("A stored normalisation brings its own options: --option goes with --method.")
    pp.normalize(adata, fitted=fitted, layer_out="normalized")
    writing(output)
    if save is not None:
        fitted.save(save)
    if output is None and save is not None:
        return
    write_scored(adata, lambda: get.expression_table(adata, "normalized"), output or "-")
    note(f"the values are {get.unit(adata, 'normalized')}")


@app.command(name="fit-reference")
@reads_expression
def fit_reference(
    adata: AnnData,
    output: Annotated[str, typer.Option("--output", "-o", metavar=NPZ, help="File to write (.npz).")],
    controls: Annotated[
        str, typer.Option(help="Reference samples, as COLUMN=VALUE; or cohort: every sample.")
    ],
    method: Annotated[
        str, typer.Option("--method", "-m", help="Methods that will use it, comma-separated.")
    ] = "zscore",
    normalize: Normalize = None,
    normalize_option: NormalizeOption = None,
    normalization: Stored = None,
) -> None:
    """Learn from reference samples what methods compare with, frozen for patients who come later."""
    from .. import pp
    from ..io.files._replace import replacing
    from ..methods import METHODS

    chosen = [METHODS[name] for name in names(method)]
    if not any(record.needs_reference for record in chosen):
        raise UsageError(
            f"{listing(record.name for record in chosen)} score each sample alone: no reference is needed."
        )
    layer = log_layer(adata, normalize, normalization, options(normalize_option), None)
    doing("fitting the reference")
    fitted = pp.fit_reference(
        adata, controls=controls if controls == "cohort" else pair(controls), layer=layer,
        keep_values=any(record.keeps_values for record in chosen),
    )  # fmt: skip
    with replacing(output) as temporary:
        fitted.save(temporary)
    note(f"reference of {fitted.n} samples ({fitted.label}), {len(fitted.genes)} genes")
