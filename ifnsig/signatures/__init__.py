"""What to score: one TOML file a signature, in ``data/``."""

from pathlib import Path

from ..catalogue import Catalogue
from ._files import read_gmt, read_json, read_signature, to_gmt, to_json
from ._genes import gene_weights
from ._relations import Overlap, bibtex, interferon_genes, overlaps, without_interferon
from ._schema import recipe_faults
from ._signature import Cutoff, Recipe, Signature

DATA = Path(__file__).parent / "data"


def _shipped() -> list[Signature]:
    records = {path.stem: read_signature(path) for path in sorted(DATA.glob("*.toml"))}
    return [*records.values(), *without_interferon(records)]


SIGNATURES: Catalogue[Signature] = Catalogue("signature", _shipped(), key="id")

__all__ = [
    "SIGNATURES", "Cutoff", "Overlap", "Recipe", "Signature", "bibtex", "gene_weights", "interferon_genes", "overlaps",
    "read_gmt", "read_json", "read_signature", "recipe_faults", "to_gmt", "to_json",
]  # fmt: skip
