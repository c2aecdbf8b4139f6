"""The command line: parse, call, write. Data go to stdout, the log to stderr; exit 0, 1 for data, 2 for usage."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import typer

from ..errors import IfnsigError, IfnsigWarning
from . import _bench, _lists, _power, _respond, _schema, _signatures, _verbs  # noqa: F401  (they add their commands to the app)
from ._app import app

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``ifnsig`` command."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="ifnsig: %(message)s")
    warnings.showwarning = _show_warning
    try:
        app(args=None if arguments is None else list(arguments))
    except IfnsigError as fault:
        typer.echo(f"ifnsig: error: {fault}", err=True)
        raise SystemExit(fault.exit_code) from None
    except OSError as fault:
        typer.echo(f"ifnsig: error: {fault}", err=True)
        raise SystemExit(1) from None


def _show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    del place, more
    prefix = "warning" if issubclass(category, IfnsigWarning) else category.__name__
    typer.echo(f"ifnsig: {prefix}: {message}", err=True)
