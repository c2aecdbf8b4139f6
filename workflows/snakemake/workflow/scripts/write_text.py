"""Write the text of a rule's parameter into its output."""

from pathlib import Path

Path(snakemake.output[0]).write_text(snakemake.params.text + "\n", encoding="utf-8")  # noqa: F821
