"""Write docs/concepts/signatures.md from the catalogue: tables are made, sentences are here.

python scripts/signature_docs.py            # write the page
python scripts/signature_docs.py --check    # exit 1 if the page is not what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from ifnsig.signatures import SIGNATURES, Signature

PAGE = Path(__file__).parents[1] / "docs" / "concepts" / "signatures.md"


def of_role(role: str, *, derived: bool = False) -> list[Signature]:
    """Records of one role; derived ones (comparators without interferon genes) only where asked for."""
    return [
        record
        for record in SIGNATURES.values()
        if record.role == role and bool(record.derived_from) == derived
    ]


def cell(text: object) -> str:
    """Text that cannot break a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(header: list[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *([cell(item) for item in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def source(record: Signature) -> str:
    """Citation, linked where there is a DOI."""
    return f"[{record.citation}](https://doi.org/{record.doi})" if record.doi else record.citation


def genes(record: Signature) -> str:
    """Number of genes, and the published number where it differs."""
    if record.n_published in (None, len(record.genes)):
        return str(len(record.genes))
    return f"{len(record.genes)} of {record.n_published} printed"


def recipe(record: Signature) -> str:
    """Kind of the recipe, if it can be carried out."""
    return f"`{record.recipe.kind}`" if record.recipe and record.executable else ""


def cutoff(record: Signature) -> str:
    """Published thresholds with their assay."""
    found = []
    for item in record.cutoffs:
        value = "value not published" if item.value is None else f"{item.value:g}"
        found.append(f"{value} ({item.assay}{'' if item.decides else '; not used for calls'})")
    return "; ".join(found)


def main_table() -> str:
    """The interferon signatures."""
    header = [
        "id",
        "genes",
        "type",
        "tissue",
        "platform",
        "recipe",
        "cut-off",
        "genes / recipe / cut-off confirmed",
        "source",
    ]
    rows = (
        [
            f"`{record.id}`" + (" (provisional)" if record.provisional else ""), genes(record), record.ifn_type, record.tissue,
            record.platform, recipe(record), cutoff(record),
            " / ".join(record.confidence[part] for part in ("genes", "recipe", "cutoff")), source(record),
        ]
        for record in of_role("signature")
    )  # fmt: skip
    return table(header, rows)


def comparator_table() -> str:
    """Comparators with the number of genes left without the interferon hallmarks."""
    rows = (
        [
            f"`{record.id}`",
            genes(record),
            len(SIGNATURES[f"{record.id}_no_ifn"].genes),
            record.title,
            source(record),
        ]
        for record in of_role("comparator")
    )
    return table(["id", "genes", "genes of `<id>_no_ifn`", "what it is", "source"], rows)


def housekeeping_table() -> str:
    """Steady genes."""
    rows = ([f"`{record.id}`", ", ".join(record.genes), record.notes] for record in of_role("housekeeping"))
    return table(["id", "genes", "notes"], rows)


def pointer_table() -> str:
    """Lists that are not shipped."""
    rows = ([f"`{record.id}`", record.title, record.notes, record.where] for record in of_role("pointer"))
    return table(["id", "what it is", "why its list is not here", "where to look"], rows)


def warning_table() -> str:
    """What must stand beside a score."""
    rows = ([f"`{record.id}`", record.warning] for record in SIGNATURES.values() if record.warning)
    return table(["id", "warning"], rows)


def with_gene(*names: str) -> list[str]:
    """Interferon signatures that hold all of ``names``."""
    return [record.id for record in of_role("signature") if set(names) <= set(record.genes)]


def shared(one: str, two: str) -> int:
    """Number of genes that two records share."""
    return len(set(SIGNATURES[one].genes) & set(SIGNATURES[two].genes))


def page() -> str:
    """The whole page."""
    both = with_gene("IFI27", "IFI44")
    return TEXT.format(
        n_signatures=len(of_role("signature")), n_comparators=len(of_role("comparator")),
        n_housekeeping=len(of_role("housekeeping")), n_pointers=len(of_role("pointer")),
        ifi27=len(with_gene("IFI27")), ifi44=len(with_gene("IFI44")), both=len(both), both_ids=", ".join(f"`{name}`" for name in both),
        alpha=len(SIGNATURES["hallmark_ifna"].genes), gamma=len(SIGNATURES["hallmark_ifng"].genes),
        alpha_gamma=shared("hallmark_ifna", "hallmark_ifng"), il6=shared("cmp_il6_stat3", "hallmark_ifng"),
        tnf=shared("cmp_tnfa_nfkb", "hallmark_ifng"),
        warnings=warning_table(), signatures=main_table(), comparators=comparator_table(),
        housekeeping=housekeeping_table(), pointers=pointer_table(),
    )  # fmt: skip


TEXT = """<!-- written by scripts/signature_docs.py; change the records or the script, not this page -->
# Signatures

A signature is a published list of genes, with what is known of how its authors score it. The catalogue holds
{n_signatures} interferon signatures, {n_comparators} comparators (each also without its interferon genes),
{n_housekeeping} sets of steady genes, and {n_pointers} pointers: published lists that could not be read, which are listed
without genes. `ifnsig signatures` lists them, `ifnsig signatures show ID` says everything about one.

## How far each part is confirmed

Genes, recipe and cut-off of a record each have their own confidence:

- `confirmed`: read in two or more independent sources,
- `single_source`: read in one,
- `provisional`: chosen out of a longer published list (`kim2018_28` only, and it says so wherever it appears),
- `none`: no text that could be read says it. Such a part is not in the record at all.

Genes are current symbols; what the source printed is in `published_as`, printed symbols that are no gene today are in
`left_out`, each with its reason.

## What a user must know

- **Two scores of the same six genes.** `rice2013_6` and `trieste_6_geomean` have the same genes and different arithmetic:
  the median of fold changes (positive above 2.466) and a geometric mean over reference genes (normal below 0.7). The two
  cut-offs are never exchangeable. The sentence that defines the first can be read in two ways, and the two differ; both are
  there by name (`reading`).
- **There are two 21-gene lists, and a third that means the opposite.** The 21 genes of the anifrolumab trials
  (`medimmune_21`) were in no text that could be read; public code that cites a paper of the same assay has 21 genes
  (`yao2009_21_code`), and nothing confirms that they are the same; and a 21-gene STING signature (`decevins2023`) is
  *independent* of interferon. "The 21-gene signature" names none of them.
- **IFI27 and IFI44 rarely share a list.** Of the {n_signatures} signatures {ifi27} hold IFI27, {ifi44} hold IFI44 and
  {both} hold both: {both_ids}.
- **Cohort-scaled scores move with the batch.** `galbraith_ds_16`, `aybey_ifn1_20` and `aybey_ifn2_6` are published as z over
  all samples of the run. A patient's score then changes when others join, so it is no measure of suppression over time
  unless both visits are in one run. The general method `zscore` with healthy controls has not this fault.
- **Type III has no list of its own.** It raises much the same genes as type I; its receptor is on epithelia and some
  immune cells. No list in blood is specific for it, and `--ifn-type III` finds none.
- **Alpha is not apart from gamma.** {alpha_gamma} of the {alpha} genes of Hallmark alpha are among the {gamma} of Hallmark
  gamma. For type I against type II use lists made for it: `aybey_ifn1_20` and `aybey_ifn2_6`.
- **Comparators hold interferon genes.** IL-6/STAT3 shares {il6} genes with Hallmark gamma, TNF/NF-kB {tnf}. Each comparator
  is there a second time as `<id>_no_ifn`.
- **A list is not a response.** The Reactome pathways hold interferons, receptors and inhibitors: a mean of them says little.
- **Housekeeping lists are not free of interferon-stimulated genes** (`hk_scmerge_lists`); HPRT1 and TBP, the reference genes
  of the clinical scores, are in none of the large lists.
- **Symbols age.** MSigDB 7.0 prints AC004551.1 for OAS1; spreadsheets turn MARCHF1 and SEPTIN4 into dates. See
  [gene names](gene-names.md).

Some records carry a warning that belongs beside every score:

{warnings}

## The published recipe

`method="published"` scores each signature as its own paper does, from linear or log values (or delta Ct):

```python
import ifnsig as ifn

adata = ifn.io.read("example_data/counts.tsv.gz", unit="counts", samples="example_data/samples.tsv")
ifn.pp.normalize(adata, method="log_cpm")
ifn.tl.score(
    adata, ["rice2013_6", "kim2018_28", "galbraith_ds_16"], method="published", layer="log_cpm", controls=("group", "healthy")
)
calls = ifn.tl.call_positive(adata, platform="RNA-seq", controls=("group", "healthy"))
```

| recipe | score | compares with |
|---|---|---|
| `median_fold_change` | median over genes of value / healthy median (or `reading="whole_score"`: median of values / healthy median of that) | healthy samples |
| `geometric_mean` | geometric mean of the genes / geometric mean of reference genes | nobody |
| `sum_relative` | sum of quantities relative to a housekeeping gene | nobody |
| `sum_of_z`, `mean_of_z` | sum or mean of (x - mean) / SD, log2 (`spread="mad"`: median and 1.4826 MAD) | healthy samples, or all samples of the run |
| `sum_log2_fold_change` | sum of log2(2^-ddCt) | healthy samples |
| `sum_delta_ct` | sum of delta Ct, as a patent claim prints it: more is less RNA | nobody |
| `percent_response` | % of genes > 1.5 times and > 10 above the healthy mean, less % of genes as far below | healthy samples |
| `active_modules` | how many of three modules are active; what is active must be stated | healthy samples |

A recipe that no source gives cannot be carried out; the error names the general methods. Parameters can be changed, and own
signatures given a recipe, by `recipes={{"rice2013_6": {{"reading": "whole_score"}}}}`.

`tl.call_positive` says positive or negative by the published cut-off only for scores by the published recipe, with every
gene, in values of the assay that the cut-off was made on, as declared (`platform=`). Otherwise the call is withheld and the
reason is in the table. The cut-off of the healthy samples at hand, mean + 2 SD with its exact interval, is the alternative.

## Specificity

`tl.specificity` scores type I, type II and comparators on genes that no two of them share, and sets their changes side by
side: so that "interferon fell" can be told from "inflammation fell" and "neutrophils fell".

```python
table = ifn.tl.specificity(
    adata, layer="log_cpm", controls=("group", "healthy"), baseline="week0", followup=["week4"],
    sets={{"type I interferon": "aybey_ifn1_20", "TNF/NF-kB": "cmp_tnfa_nfkb_no_ifn"}},
)
```

## Your own signatures

`signatures.read_gmt` (split at tabs only), `read_json` and `read_signature` (TOML, JSON or a dict) read lists and check them
by the schema of the shipped records; only `id` and `genes` are required. What they return goes into `tl.score` as it is:

```python
mine = {{"mine": ifn.signatures.read_signature({{"id": "mine", "genes": ["MX1", "ISG15", "IFI44L"]}})}}
ifn.tl.score(adata, mine, method="mean", layer="log_cpm")
```

`ifnsig signatures export --gmt` or `--json` writes the catalogue for other programs, `ifnsig signatures cite ID` its sources
as BibTeX.

## Interferon signatures

{signatures}

## Comparators

{comparators}

## Steady genes

{housekeeping}

## Pointers

{pointers}
"""

if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit(f"{PAGE.name} is not up to date: run python scripts/signature_docs.py")
    else:
        PAGE.write_text(text, encoding="utf-8")
