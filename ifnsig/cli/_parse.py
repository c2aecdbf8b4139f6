"""Words of the command line as values, and tables as text."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, listing
from ..parsing import json_of

if TYPE_CHECKING:
    from anndata import AnnData

STDIN = "-"


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise UsageError(f"{text!r} must have the form NAME=VALUE.")
    return name, value


def share_of(text: str) -> tuple[int, int]:
    """``2/3`` as its two numbers."""
    if not re.fullmatch(r"[0-9]{1,9}/[0-9]{1,9}", text):
        raise UsageError(f"{text!r} must have the form NUMBER/SHARES, e.g. 2/3.")
    number, of = text.split("/")
    return int(number), int(of)


def json_value(text: str) -> Any:
    try:
        return json_of(text)
    except UsageError:
        return text


def options(given: list[str] | None) -> dict[str, Any]:
    """``NAME=VALUE`` words as a mapping; values are JSON where they can be."""
    return {name.replace("-", "_"): json_value(value) for name, value in map(pair, given or [])}


def on_disk(path: str) -> str:
    """``path`` itself; for ``-`` and for pipes, a file with everything that comes from there."""
    from ..io.files._regular import copied, regular

    return str(copied(lambda: os.fdopen(os.dup(0), "rb"), STDIN) if path == STDIN else regular(path))


def stdin_too(path: str) -> str:
    """A study's path; ``-`` is what is piped in."""
    return "/dev/stdin" if path == STDIN else path


def read_h5ad(path: str) -> AnnData:
    from ..io import read

    return read(on_disk(path), format="h5ad")


def only_method(adata: AnnData, method: str | None) -> str:
    from ..get import methods as scored

    if method is None and len(scored(adata)) != 1:
        raise UsageError(f"Say which scores with --method; scored: {listing(scored(adata)) or 'none'}.")
    return method or scored(adata)[0]


def write(frame: Any, path: str, *, as_json: bool = False) -> None:
    """A table in the format that the name says; ``-`` is stdout, as TSV or as JSON records."""
    from ..io import write_table

    write_table(frame, sys.stdout if path == STDIN else path, format=".json" if as_json else None)


def write_scored(adata: AnnData, frame: Callable[[], Any], path: str, *, as_json: bool = False) -> None:
    """An AnnData where the name ends so, else its table."""
    from ..io import write_h5ad

    if path.lower().endswith(".h5ad"):
        write_h5ad(adata, path)
    else:
        write(frame(), path, as_json=as_json)


def write_text(text: str, path: str) -> None:
    """Text into a file, or to stdout for ``-``."""
    from ..io.files._replace import replacing

    if path == STDIN:
        sys.stdout.write(text)
        return
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def shown(path: Path) -> Path:
    """A path as a person at this place would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
