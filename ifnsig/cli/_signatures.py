"""`ifnsig signatures`: list and filter, show, export, cite."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import UsageError, suggestion
from ._app import App, app, note, shared
from ._lists import list_rows
from ._outputs import ANY_FILE
from ._parse import write_text

if TYPE_CHECKING:
    from ..signatures import Signature

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Output = Annotated[str, typer.Option("--output", "-o", metavar=ANY_FILE, help="File to write; - for stdout.")]


class ShowByName(TyperGroup):
    """``ifnsig signatures ID`` is ``ifnsig signatures show ID``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names; any other word is a signature to show."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


commands = App(name="signatures", cls=ShowByName, invoke_without_command=True, rich_markup_mode=None)
app.add_typer(commands)


@commands.callback()
@shared("signatures")
def signatures(
    context: typer.Context,
    as_json: Json = False,
    ifn_type: Annotated[str | None, typer.Option(help="I, II or III.")] = None,
    tissue: Annotated[str | None, typer.Option(help="Part of the tissue, e.g. blood.")] = None,
    platform: Annotated[
        str | None, typer.Option(help="Part of the platform, e.g. rnaseq, qpcr, nanostring.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(help="signature, comparator, housekeeping or pointer (listed without genes)."),
    ] = None,
) -> None:
    """List the signatures, or show, export and cite them."""
    if context.invoked_subcommand is not None:
        return
    from ..signatures import SIGNATURES

    _check("ifn-type", ifn_type, {entry for s in SIGNATURES.values() for entry in s.types} | {"III"})
    _check("role", role, {s.role for s in SIGNATURES.values()})
    kept = [
        s for s in SIGNATURES.values()
        if (ifn_type is None or ifn_type in s.types) and (role is None or s.role == role)
        and _within(tissue, s.tissue) and _within(platform, s.platform)
    ]  # fmt: skip
    if not kept:
        note("No signature is like that; `ifnsig signatures` lists all.")
        return
    rows = [
        {
            "id": s.id, "genes": len(s.genes), "role": s.role, "ifn_type": s.ifn_type, "tissue": s.tissue,
            "platform": s.platform, "recipe": s.recipe.kind if s.recipe and s.executable else "",
            "confidence": s.confidence["genes"], "title": s.title, "warning": s.warning,
        }
        for s in kept
    ]  # fmt: skip
    list_rows(rows, as_json)


def _check(option: str, value: str | None, known: set[str]) -> None:
    if value is not None and value not in known:
        near = suggestion(value, known)
        hint = f" Did you mean {near!r}?" if near else ""
        raise UsageError(f"--{option} {value!r} is none of {', '.join(sorted(known))}.{hint}")


def _within(asked: str | None, text: str) -> bool:
    """Letters and digits only, so that ``rnaseq`` finds ``RNA-seq``."""
    plain = [re.sub(r"[^a-z0-9]", "", part.lower()) for part in (asked or "", text)]
    return plain[0] in plain[1]


@commands.command()
def show(name: Annotated[str, typer.Argument(help="Signature id.")], as_json: Json = False) -> None:
    """Everything about one signature, and which others share its genes."""
    from ..signatures import SIGNATURES, overlaps

    record = SIGNATURES[name]
    shared = overlaps(record, SIGNATURES.values())
    if as_json:
        typer.echo(
            json.dumps({**asdict(record), "overlaps": [asdict(overlap) for overlap in shared]}, indent=2)
        )
        return
    for key, value in asdict(record).items():
        if text := _words(key, value):
            typer.echo(f"{key}: {text}")
    for overlap in shared:
        typer.echo(
            f"overlap with {overlap.id}: {len(overlap.shared)} genes, Jaccard {overlap.jaccard:.2f}:"
            f" {', '.join(overlap.shared)}"
        )


def _words(key: str, value: Any) -> str:
    if key == "genes":
        return ", ".join(gene if weight > 0 else f"{gene} (falls)" for gene, weight in value.items())
    if key == "cutoffs":
        return "; ".join(
            f"{item['label']} ({item['rule']}; {item['assay']};"
            f" {'value not published' if item['value'] is None else item['value']})"
            for item in value
        )
    if key == "recipe" and value:
        extra = ", ".join(f"{name} = {entry}" for name, entry in value["parameters"].items())
        return f"{value['kind']}{f' ({extra})' if extra else ''}: {value['sentence']}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {entry}" for name, entry in value.items())
    if isinstance(value, (tuple, list)):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


@commands.command()
def export(
    names: Annotated[
        list[str] | None, typer.Argument(help="Signature ids; all that have genes by default.")
    ] = None,
    gmt: Annotated[bool, typer.Option("--gmt", help="GMT: id, title, genes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON with everything.")] = False,
    output: Output = "-",
) -> None:
    """Gene lists for other programs, as GMT or JSON."""
    from ..signatures import to_gmt, to_json

    if gmt == as_json:
        raise UsageError("Say one of --gmt and --json.")
    records = _chosen(names)
    write_text(to_gmt(records) if gmt else to_json(records), output)


def _chosen(names: list[str] | None) -> list[Signature]:
    from ..signatures import SIGNATURES

    if names:
        return [SIGNATURES[name].with_genes() for name in names]
    return [record for record in SIGNATURES.values() if record.role != "pointer"]


@commands.command()
def cite(names: Annotated[list[str], typer.Argument(help="Signature ids.")], output: Output = "-") -> None:
    """BibTeX entries of the sources."""
    from ..signatures import SIGNATURES, bibtex

    write_text("\n".join(bibtex(SIGNATURES[name]) for name in names), output)
