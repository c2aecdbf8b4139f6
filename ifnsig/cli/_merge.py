"""``ifnsig merge``: shards of one cohort as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError, listing
from ._app import app
from ._outputs import MERGED
from ._parse import on_disk, read_h5ad, write


@app.command()
def merge(
    shards: Annotated[
        list[str],
        typer.Argument(help="Score tables (TSV), scored h5ad files or references (.npz) of shards."),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar=MERGED, help="File to write; - for stdout (tables).")
    ] = "-",
) -> None:
    """Put together what was scored, or learned, from shards of one cohort."""
    from .. import io
    from ..core import Reference
    from ..io._merge import merge_scored, merge_scores
    from ..io.files._replace import replacing

    shards = [on_disk(shard) for shard in shards]
    kinds = {_kind(shard) for shard in shards}
    if len(kinds) > 1:
        raise UsageError(f"Merge files of one kind. Got {listing(sorted(kinds))} together.")
    kind = kinds.pop()
    if kind == "table":
        write(merge_scores(shards), output)
        return
    if Path(output).suffix != kind and (output == "-" or not Path(output).exists() or Path(output).is_file()):
        raise UsageError(f"Merged {kind} files make a {kind} file: name one with --output. Got {output!r}.")
    if kind == ".h5ad":
        io.write_h5ad(merge_scored([read_h5ad(shard) for shard in shards]), output)
        return
    with replacing(output) as temporary:
        Reference.merge([Reference.load(shard) for shard in shards]).save(temporary)


def _kind(shard: str) -> str:
    """What a shard is: by its name, or by its first bytes where a pipe brings it."""
    from ..io.formats._hdf5 import HDF5_MAGIC
    from ..io.text._clean import ZIP_MAGIC

    if Path(shard).suffix in (".h5ad", ".npz"):
        return Path(shard).suffix
    if not Path(shard).is_file():
        return "table"
    with Path(shard).open("rb") as stream:
        return {HDF5_MAGIC: ".h5ad", ZIP_MAGIC: ".npz"}.get(stream.read(4), "table")
