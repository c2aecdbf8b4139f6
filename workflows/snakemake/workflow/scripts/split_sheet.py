"""Cut a sample sheet into parts of neighbouring rows, each with the header; its text stays as it is."""

from pathlib import Path

lines = Path(snakemake.input[0]).read_text(encoding="utf-8-sig").splitlines()  # noqa: F821
head, rows = lines[0], [line for line in lines[1:] if line.strip()]
parts = list(snakemake.output)  # noqa: F821
if len(rows) < len(parts):
    raise SystemExit(
        f"{len(rows)} samples cannot be cut into {len(parts)} shards: set shards to {len(rows)} or fewer."
    )
for number, part in enumerate(parts):
    first, last = (len(rows) * edge // len(parts) for edge in (number, number + 1))
    Path(part).write_text("\n".join([head, *rows[first:last]]) + "\n", encoding="utf-8")
