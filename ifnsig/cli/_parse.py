"""Words of the command line as values."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, listing

if TYPE_CHECKING:
    from anndata import AnnData


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise UsageError(f"{text!r} must have the form NAME=VALUE.")
    return name, value


def json_value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def read_h5ad(path: str) -> AnnData:
    from ..io import read

    return read(path, format="h5ad")


def only_method(adata: AnnData, method: str | None) -> str:
    from ..get import methods as scored

    if method is None and len(scored(adata)) != 1:
        raise UsageError(f"Say which scores with --method; scored: {listing(scored(adata)) or 'none'}.")
    return method or scored(adata)[0]


def write(frame: Any, path: str) -> None:
    from ..io import write_table

    write_table(frame, sys.stdout if path == "-" else path)


def shown(path: Path) -> Path:
    """A path as a person at this place would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
