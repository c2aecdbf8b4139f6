"""From fields, as a file or a dict gives them, to a checked record; all faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from ..errors import UsageError, listing, suggestion
from ._genes import read_genes
from ._signature import CONFIDENCES, INTERFERONS, RECIPES, ROLES, Cutoff, Recipe, Signature

Fields = Mapping[str, Any]
TEXTS = tuple(f.name for f in fields(Signature) if f.type == "str")
TUPLES = ("source", "types")
TABLES = ("published_as", "left_out", "confidence")


def build(given: Fields, *, where: str, name: str | None = None) -> Signature:
    """A record from ``given``: the fields of ``Signature``; ``genes`` a list (with ``falling``) or gene -> weight.

    Parameters
    ----------
    given
        Fields by name.
    where
        What is read, for messages.
    name
        What the id must be (the name of its file), or None.

    Raises
    ------
    UsageError
        A key is unknown or missing, or a value is not of the allowed ones; all faults at once.
    """
    if not isinstance(given, Mapping):
        raise UsageError(f"{where}: it must be a table of names and values; got {given!r:.40}.")
    if faults := list(_kind_faults(given)) or list(_faults(given, name)):
        raise UsageError(f"{where}: " + " ".join(faults))
    values = dict(given)
    falling = read_genes(values.pop("falling", [])).weights
    found = read_genes(values["genes"])
    found.tell(where)
    values["genes"] = {gene: -1.0 if gene in falling else weight for gene, weight in found.weights.items()}
    values.setdefault("title", values["id"])
    for key in TUPLES:
        values[key] = tuple(values.get(key, ()))
    if "confidence" in values:
        values["confidence"] = {
            **dict.fromkeys(("genes", "recipe", "cutoff"), "none"),
            **values["confidence"],
        }
    if values.get("recipe"):
        values["recipe"] = Recipe(**values["recipe"])
    values["cutoffs"] = tuple(_cutoff(item) for item in values.get("cutoffs", ()))
    return Signature(**values)


def _cutoff(item: Fields) -> Cutoff:
    return Cutoff(**{**item, "units": tuple(item.get("units", ()))})


def _kind_faults(given: Fields) -> Iterator[str]:
    """Values that are no text, list or table where one must be; before anything looks inside."""
    if strange := [name for name in given if not isinstance(name, str)]:
        yield f"Keys that are no text: {listing(map(repr, strange))}."
    for key in TEXTS:
        if key in given and not isinstance(given[key], str):
            yield f"{key!r} must be text; got {given[key]!r:.40}."
    for key in TABLES:
        if key in given and not isinstance(given[key], Mapping):
            yield f"{key!r} must be a table of names and texts; got {given[key]!r:.40}."
        elif not all(isinstance(value, str) for value in given.get(key, {}).values()):
            yield f"{key!r} must hold texts; got {given[key]!r:.40}."
    for key in TUPLES:
        if not _are(given.get(key, []), str):
            yield f"{key!r} must be a list of texts; got {given[key]!r:.40}."
    if not _are(given.get("cutoffs", []), Mapping):
        yield f"'cutoffs' must be a list of tables; got {given['cutoffs']!r:.40}."
    elif any(not _are(item.get("units", []), str) for item in given.get("cutoffs", [])):
        yield "'units' of a cutoff must be a list of texts."
    recipe = given.get("recipe")
    if isinstance(recipe, Mapping):
        if not isinstance(recipe.get("kind", ""), str):
            yield f"The kind of a recipe must be text; got {recipe['kind']!r:.40}."
        if not isinstance(recipe.get("parameters", {}), Mapping):
            yield f"The parameters of a recipe must be a table; got {recipe['parameters']!r:.40}."


def _are(value: Any, kind: type) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, kind) for item in value)


def _faults(given: Fields, name: str | None) -> Iterator[str]:
    yield from _keys(given, Signature, extra={"falling"})
    if name is not None and given.get("id", name) != name:
        yield f"The id {given['id']!r} is not the file's name {name!r}."
    if given.get("role", "signature") not in ROLES:
        yield f"The role {given['role']!r} is none of {', '.join(ROLES)}."
    for entry in given.get("types", ()):
        if entry not in INTERFERONS:
            yield f"The interferon type {entry!r} is none of {', '.join(INTERFERONS)}."
    confidence = given.get("confidence", {})
    for part, value in confidence.items():
        if value not in CONFIDENCES:
            yield f"The confidence of {part} {value!r} is none of {', '.join(CONFIDENCES)}."
    yield from _gene_faults(given)
    yield from recipe_faults(given.get("recipe"))
    for item in given.get("cutoffs", ()):
        yield from _keys(item, Cutoff)


def _keys(given: Fields, record: type, *, extra: set[str] | None = None) -> Iterator[str]:
    known = {f.name for f in fields(record)} | (extra or set())
    for key in sorted(set(given) - known):
        near = suggestion(key, known)
        yield f"Unknown key {key!r}." + (f" Did you mean {near!r}?" if near else "")
    required = {f.name for f in fields(record) if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(required - set(given)):
        yield f"Missing keys: {', '.join(missing)}."


def _gene_faults(given: Fields) -> Iterator[str]:
    genes = given.get("genes", [])
    found = read_genes(genes)
    yield from (f"It {fault}." for fault in found.faults)
    if found.faults:
        return
    falling = read_genes(given.get("falling", []))
    yield from (f"'falling' {fault}." for fault in falling.faults)
    if strays := sorted(set(falling.weights) - set(found.weights)):
        yield f"Falling genes that are not in genes: {listing(map(repr, strays))}."
    pointer = given.get("role") == "pointer"
    if "genes" in given and bool(found.weights) == pointer:
        yield "A pointer has no genes." if pointer else "It has no genes."


def recipe_faults(recipe: Any) -> Iterator[str]:
    """What is wrong with a recipe given as a table."""
    if recipe is None:
        return
    if not isinstance(recipe, Mapping):
        yield f"'recipe' must be a table with kind and sentence; got {recipe!r}."
        return
    yield from _keys(recipe, Recipe)
    kind = recipe.get("kind")
    if kind not in RECIPES:
        yield f"The recipe {kind!r} is none of {', '.join(RECIPES)}."
    elif unknown := sorted(set(recipe.get("parameters", {})) - set(RECIPES[kind])):
        known = ", ".join(RECIPES[kind]) or "none"
        yield f"The recipe {kind!r} has no parameter {listing(unknown)}; its parameters: {known}."
