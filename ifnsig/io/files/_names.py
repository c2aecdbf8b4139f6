"""Names that no output can bear, told before the work begins."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ...errors import UsageError

UNUSABLE = {
    errno.ENAMETOOLONG: "is too long for a name on this system",
    errno.EACCES: "lies in a folder that may not be entered",
    errno.ELOOP: "is a link that leads back to itself",
}
"""What the system says of a name that leads nowhere."""


def refuse_name(path: str | Path, *, file: bool = True) -> None:
    """Stop where nothing can be written under a name, whatever is there.

    Parameters
    ----------
    path
        The name as it was given.
    file
        Whether it is to be a file's, which ends with no ``/``.

    Raises
    ------
    UsageError
        It is empty or too long, holds NUL or bytes that are no UTF-8, begins with a ``~`` that no shell replaced, is a link
        to itself, or ends as a folder's does.
    """
    text = str(path)
    fault = _fault_of(text)
    if fault is None and file and text.endswith("/") and not Path(text).is_dir():
        fault = "ends with '/', as a folder does; name a file"
    if fault is not None:
        shown = text if len(text) <= 80 else f"{text[:60]}...{text[-10:]}"
        raise UsageError(f"Nothing can be written to {shown!r}: the name {fault}.")


def _fault_of(text: str) -> str | None:
    if not text:
        return "is empty"
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "holds bytes that are no UTF-8"
    first = text.split("/")[0]
    if first.startswith("~") and (first == "~" or "/" in text) and not os.path.lexists(first):
        return f"begins with {first!r}, which only a shell replaces, unquoted; write the folder out"
    try:
        Path(text).stat()
    except OSError as fault:
        return UNUSABLE.get(fault.errno or 0)
    return None
