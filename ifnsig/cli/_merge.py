"""``ifnsig merge``: shards of one cohort as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError, listing
from ._app import app
from ._parse import read_h5ad, write


@app.command()
def merge(
    shards: Annotated[
        list[str],
        typer.Argument(help="Score tables (TSV) or scored h5ad files of shards."),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - for stdout (tables).")
    ] = "-",
) -> None:
    """Put together what was scored from shards of one cohort."""
    from .. import io
    from ..io._merge import merge_scored, merge_scores

    kinds = {".h5ad" if Path(shard).suffix == ".h5ad" else "table" for shard in shards}
    if len(kinds) > 1:
        raise UsageError(f"Merge files of one kind. Got {listing(sorted(kinds))} together.")
    kind = kinds.pop()
    if kind == "table":
        write(merge_scores(shards), output)
        return
    if Path(output).suffix != kind:
        raise UsageError(f"Merged {kind} files make a {kind} file: name one with --output. Got {output!r}.")
    io.write_h5ad(merge_scored([read_h5ad(shard) for shard in shards]), output)
