"""Reports: read the tables of a study and write what a person can read. Nothing here computes."""

from ._findings import findings
from ._results import Primary, Results
from .html import render_html, write_html
from .methods_text import Citation, methods_text
from .multiqc import write_multiqc
from .score_multiqc import write_score_multiqc
from .summary import summary

__all__ = [
    "Citation",
    "Primary",
    "Results",
    "findings",
    "methods_text",
    "render_html",
    "summary",
    "write_html",
    "write_multiqc",
    "write_score_multiqc",
]
