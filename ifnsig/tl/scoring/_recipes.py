"""Which recipe scores each signature: the published one, with what the caller changed or gave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ...doors import argument
from ...errors import CoverageError, ParameterError, UnitError, listing, suggestion
from ...methods import METHODS
from ...methods._recipes import KINDS
from ...signatures import Recipe, recipe_faults
from ...units import UNITS
from ._signatures import ChosenSignature

Given = Mapping[str, Mapping[str, Any]]
OVER = ("controls", "cohort")


def over(recipe: Recipe) -> str:
    """What a recipe compares with: ``"controls"``, ``"cohort"``, or nothing."""
    return str(recipe.parameters.get("over", "controls")) if KINDS[recipe.kind].compares else ""


def find_recipes(chosen: Mapping[str, ChosenSignature], given: Given) -> dict[str, Recipe]:
    """Every signature's recipe; parameters that the caller gives replace the published ones.

    Raises
    ------
    ParameterError
        A signature has no recipe that a source says, a recipe has faults, or one was given for a signature that is not
        scored.
    """
    if strays := [name for name in given if name not in chosen]:
        near = suggestion(strays[0], chosen)
        hint = f" Did you mean {near!r}?" if near else ""
        raise ParameterError(f"recipes names signatures that are not scored: {listing(strays)}.{hint}")
    found, without = {}, []
    for name, item in chosen.items():
        recipe = item.recipe
        if name in given:
            recipe = _merged(name, recipe, given[name])
        if recipe is None:
            without.append(name)
        else:
            found[name] = recipe
    if without:
        general = ", ".join(record.name for record in METHODS.values() if not record.own_recipes)
        raise ParameterError(
            f"No recipe of {listing(without)} can be carried out: no source says how it is scored. Score it with a general"
            f" method ({general}), or give your own: {_own(without[0], kind='sum_of_z')}."
        )
    return found


def _own(signature: str, **recipe: Any) -> str:
    return argument("method published", "recipes", {signature: recipe})


def _merged(name: str, recipe: Recipe | None, given: Mapping[str, Any]) -> Recipe:
    kind = given.get("kind", recipe.kind if recipe else None)
    own = {key: value for key, value in given.items() if key not in ("kind", "sentence")}
    kept = dict(recipe.parameters) if recipe and kind == recipe.kind else {}
    fields = {
        "kind": kind,
        "sentence": given.get("sentence", recipe.sentence if recipe else "given by the caller"),
    }
    if faults := list(_faults({**fields, "parameters": {**kept, **own}})):
        raise ParameterError(f"The recipe of {name!r}: " + " ".join(faults))
    return Recipe(**fields, parameters={**kept, **own})


def _faults(fields: Mapping[str, Any]) -> list[str]:
    faults = list(recipe_faults(fields))
    chosen = fields["parameters"].get("over", "controls")
    return (
        [*faults, f"'over' must be one of {', '.join(OVER)}; got {chosen!r}."]
        if chosen not in OVER
        else faults
    )


def housekeeping(recipe: Recipe, unit: str) -> tuple[str, ...]:
    """Reference genes that a recipe divides by; none where the values are relative to them already."""
    return () if UNITS[unit].scale == "cycles" else tuple(recipe.parameters.get("housekeeping", ()))


def check_recipes(
    recipes: Mapping[str, Recipe], chosen: Mapping[str, ChosenSignature], unit: str, genes: Collection[str]
) -> None:
    """Refuse what a recipe cannot do with these genes and values.

    Raises
    ------
    ParameterError
        Falling genes under a recipe without them, or a number that the source does not give.
    UnitError
        A recipe of delta Ct on other values.
    CoverageError
        Reference genes that are not in the matrix.
    """
    for name, recipe in recipes.items():
        kind = KINDS[recipe.kind]
        relative = UNITS[unit].scale == "cycles"
        if not kind.directional and any(weight < 0 for weight in chosen[name].genes.values()):
            raise ParameterError(f"The recipe {recipe.kind} cannot score {name!r}: it has falling genes.")
        if kind.cycles and not relative:
            raise UnitError(f"The recipe {recipe.kind} of {name} takes delta_ct values; these are {unit}.")
        if recipe.kind == "active_modules" and recipe.parameters.get("active_above") is None:
            raise ParameterError(
                f"What makes a module of {name} active is in no text that was read. State yours in percent of genes up"
                f" minus down: {_own(name, active_above=15)} (15 is what BloodGen3 draws)."
            )
        if recipe.parameters.get("housekeeping") == [] and not relative:
            raise ParameterError(
                f"The source of {name} does not name its housekeeping gene. Give values relative to one (delta_ct), or"
                f" name it: {_own(name, housekeeping=['GAPDH'])}."
            )
        if missing := [gene for gene in housekeeping(recipe, unit) if gene not in genes]:
            raise CoverageError(
                f"The recipe of {name} divides by its reference genes; the matrix lacks {listing(missing)}. Score it with"
                " a general method, or give values that are relative to them (delta_ct)."
            )
