"""ifnsig: interferon signature scores before and during JAK inhibition, tied to clinical response.

Verbs work on AnnData (``io``, ``pp``, ``tl``, ``pl``); nouns are what people add
(``signatures``, ``methods``, ``responses``). Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        core,
        errors,
        get,
        io,
        keys,
        methods,
        pl,
        pp,
        report,
        responses,
        signatures,
        simulate,
        sklearn,
        stats,
        study,
        tl,
    )

__version__ = "0.1.0"

_PARTS = (
    "core", "errors", "get", "io", "keys", "methods", "pl", "pp", "report",
    "responses", "signatures", "simulate", "sklearn", "stats", "study", "tl",
)  # fmt: skip
__all__ = [*_PARTS, "SignatureScorer", "__version__"]


def __getattr__(name: str) -> Any:
    if name in _PARTS:
        return import_module(f"{__name__}.{name}")
    if name == "SignatureScorer":
        return import_module(f"{__name__}.sklearn").SignatureScorer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
