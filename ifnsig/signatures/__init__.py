"""What to score: one TOML file a signature, in ``data/``."""

from pathlib import Path

from ..catalogue import Catalogue
from ._signature import Signature, read_signature

DATA = Path(__file__).parent / "data"

SIGNATURES: Catalogue[Signature] = Catalogue(
    "signature", [read_signature(path) for path in sorted(DATA.glob("*.toml"))], key="id"
)

__all__ = ["SIGNATURES", "Signature", "read_signature"]
