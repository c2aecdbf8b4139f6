"""The command that every part of the command line joins."""

from __future__ import annotations

from ._outputs import App

app = App(
    name="ifnsig",
    help="Interferon signature scores before and during JAK inhibition, tied to clinical response.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
