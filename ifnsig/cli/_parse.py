"""Words of the command line as values, and tables as text."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, listing

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
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def options(given: list[str] | None) -> dict[str, Any]:
    """``NAME=VALUE`` words as a mapping; values are JSON where they can be."""
    return {name.replace("-", "_"): json_value(value) for name, value in map(pair, given or [])}


@contextmanager
def on_disk(path: str) -> Iterator[str]:
    """``path`` itself, or for ``-`` a file with everything that comes on stdin."""
    if path != STDIN:
        yield path
        return
    if sys.stdin.isatty():
        raise UsageError("- reads stdin, and nothing is piped into it.")
    with tempfile.TemporaryDirectory(prefix="ifnsig-") as folder:
        kept = Path(folder) / "stdin"
        with kept.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream)
        yield str(kept)


def read_h5ad(path: str) -> AnnData:
    from ..io import read

    with on_disk(path) as file:
        return read(file, format="h5ad")


def only_method(adata: AnnData, method: str | None) -> str:
    from ..get import methods as scored

    if method is None and len(scored(adata)) != 1:
        raise UsageError(f"Say which scores with --method; scored: {listing(scored(adata)) or 'none'}.")
    return method or scored(adata)[0]


def write(frame: Any, path: str, *, as_json: bool = False) -> None:
    """A table as TSV, or as JSON records; ``-`` is stdout."""
    from ..io import write_table
    from ..io._write import replacing

    if not as_json:
        write_table(frame, sys.stdout if path == STDIN else path)
        return
    text = json.dumps(_records(frame), indent=1, ensure_ascii=False) + "\n"
    if path == STDIN:
        sys.stdout.write(text)
        return
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _records(frame: Any) -> list[dict[str, Any]]:
    """Rows as plain values; what is missing is null."""
    plain = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    rows = plain.astype(object).to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def shown(path: Path) -> Path:
    """A path as a person at this place would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
