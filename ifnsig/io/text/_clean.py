"""Bytes of any encoding and line end -> UTF-8 with ``\\n``."""

from __future__ import annotations

import codecs

from ...errors import TableError

ZIP_MAGIC = b"PK\x03\x04"
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def clean(raw: bytes, name: str) -> bytes:
    """UTF-8 with ``\\n`` line ends and no byte order mark.

    Raises
    ------
    TableError
        A workbook, an archive or another binary file, or UTF-16 text that is cut off.
    """
    refuse_archive(raw, name)
    for mark, encoding in WIDE.items():
        if raw.startswith(mark):
            try:
                raw = raw.decode(encoding).encode()
            except UnicodeDecodeError:
                raise TableError(
                    f"{name} is UTF-16 text that is cut off or damaged. Save it as UTF-8."
                ) from None
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if b"\0" in raw:
        raise TableError(f"{name} is a binary file, not a table of text.")
    try:
        raw.decode()
    except UnicodeDecodeError:
        # older instruments and GEO submissions write latin-1; every byte has a meaning there
        raw = raw.decode("latin-1").encode()
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def refuse_archive(raw: bytes, name: str) -> None:
    """Stop at a zip archive, which an Excel workbook is too."""
    if raw.startswith(ZIP_MAGIC):
        raise TableError(
            f"{name} is a zip archive or an Excel workbook. Save the sheet as CSV or TSV and read that."
        )
