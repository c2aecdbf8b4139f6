"""Importing packages that compile: also where no folder can be written to keep compiled code in."""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
from importlib import import_module
from typing import Any

logger = logging.getLogger("ifnsig")

NOWHERE = "no locator available"
"""What numba says where it can write neither beside the package nor in the user's cache folder."""


def load(package: str) -> Any:
    """Import a package whose functions numba compiles and keeps.

    In a container that is read-only, under a user without a home, numba finds no folder for them, and the import ends in
    an error. They are kept in a private folder then, which goes when the process ends.
    """
    try:
        return import_module(package)
    except RuntimeError as fault:
        if NOWHERE not in str(fault):
            raise
        numba = import_module("numba")
        folder = tempfile.mkdtemp(prefix="ifnsig-numba-")  # for this user alone (mode 700)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        numba.config.CACHE_DIR = folder
        logger.info("%s: compiled code can be kept nowhere and is made again in each run.", package)
        return import_module(package)
