"""Checks of arguments in one wording: a line each, and options of what people add against their type annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np

from .doors import give, say, subject
from .errors import ParameterError, listing, suggestion


def one_of(value: Any, allowed: Collection[Any], *, name: str, function: str) -> Any:
    """``value`` if it is one of ``allowed``."""
    if value in allowed:
        return value
    near = suggestion(value, [str(item) for item in allowed])
    hint = f" Did you mean {near!r}?" if near else ""
    choices = ", ".join(repr(item) for item in allowed)
    raise ParameterError(f"{subject(function, name)} must be one of {choices}. Got {value!r} instead.{hint}")


def number_between(value: Any, low: float, high: float, *, name: str, function: str) -> float:
    """``value`` as a float if it lies in [low, high]."""
    ok = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not ok or not low <= value <= high:
        raise ParameterError(
            f"{subject(function, name)} must be a number from {low:g} to {high:g}. Got {value!r} instead."
        )
    return float(value)


def number_each(
    given: float | Mapping[str, float] | None,
    signatures: Collection[str],
    low: float = -1e300,
    high: float = 1e300,
    *,
    name: str,
    function: str,
) -> dict[str, float]:
    """The numbers of an argument that is one for all signatures, or one a signature; empty where it is None.

    Raises
    ------
    ParameterError
        It names what is not scored, or a number is none.
    """
    if given is None:
        return {}
    numbers = dict(given) if isinstance(given, Mapping) else dict.fromkeys(signatures, given)
    if strange := [str(key) for key in numbers if key not in signatures]:
        near = suggestion(strange[0], signatures)
        raise ParameterError(
            f"{subject(function, name)} names {listing(strange)}, which is not scored."
            + (f" Did you mean {near!r}?" if near else f" Scored: {listing(signatures)}.")
        )
    return {
        key: number_between(value, low, high, name=name, function=function) for key, value in numbers.items()
    }


def column_in(column: str, columns: Iterable[str], *, name: str, function: str, where: str = "") -> str:
    """``column`` if it is one of ``columns``."""
    known = [str(item) for item in columns]
    if column in known:
        return column
    near = suggestion(column, known)
    hint = f" Did you mean {near!r}?" if near else ""
    raise ParameterError(
        f"{subject(function, name)} names column {column!r}, which is not in"
        f" {where or say(python='obs', command='the sheet')}."
        f"{hint} Columns there: {listing(known, shown=20) or 'none'}."
    )


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends of the numbers that an option takes: ``Annotated[int, Between(1, 10)]``."""

    low: float
    high: float


def options_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The options of a reader, a method or a measure: the names of its keyword-only arguments, and their types."""
    signature = inspect.signature(function, eval_str=True)
    return {p.name: p.annotation for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}


def options(given: Mapping[str, Any], kinds: Mapping[str, Any], *, whose: str, function: str) -> None:
    """Refuse options that are not taken, and values of another kind.

    Parameters
    ----------
    given
        Options as they came.
    kinds
        Name -> type annotation (:func:`options_of`).
    whose, function
        Whose options they are, in words (``The method 'gsva'``), and the noun for ``ifnsig.doors`` (``method gsva``).

    Raises
    ------
    ParameterError
        An unknown name, or a value that the annotation does not allow.
    """
    if strays := [name for name in given if name not in kinds]:
        near = suggestion(strays[0], list(kinds))
        hint = f" Did you mean {near!r}?" if near else ""
        raise ParameterError(
            f"{whose} has no option {listing(strays)}.{hint} Its options: {listing(kinds, shown=20) or 'none'}."
        )
    for name, value in given.items():
        if _fits(value, kinds[name]):
            continue
        near = suggestion(value, _words_of(kinds[name])) if isinstance(value, str) else None
        raise ParameterError(
            f"{subject(function, name)} must be {in_words(kinds[name])}. Got {value!r} instead."
            + (f" Did you mean {near!r}?" if near else "")
        )


def options_beside(given: Mapping[str, Any], function: Callable[..., Any], *, name: str) -> dict[str, Any]:
    """Options that a command line or a study hands to ``function``, whose own arguments are no options.

    Raises
    ------
    ParameterError
        An option is called like an argument.
    """
    parameters = inspect.signature(function).parameters.values()
    own = {entry.name for entry in parameters if entry.kind is not entry.VAR_KEYWORD}
    if taken := [option for option in given if option in own]:
        remedy = give(name, taken[0], before=" ", after=".")
        raise ParameterError(f"{listing(map(repr, taken))} is an argument of its own and no option.{remedy}")
    return dict(given)


def generator(rng: Any, *, name: str = "rng", function: str) -> np.random.Generator:
    """A random generator from a seed or a generator; None: a generator that nobody can make again.

    Raises
    ------
    ParameterError
        A seed that is no whole number from 0 up.
    """
    if rng is None or isinstance(rng, (np.random.Generator, np.random.BitGenerator, np.random.SeedSequence)):
        return np.random.default_rng(rng)
    if not _fits(rng, SEED):
        raise ParameterError(f"{subject(function, name)} must be {in_words(SEED)}. Got {rng!r} instead.")
    return np.random.default_rng(int(rng))


LARGEST = 2**63 - 1
SEED = Annotated[int, Between(0, LARGEST)]


def _is_whole(value: Any) -> bool:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return bool(whole and -LARGEST <= value <= LARGEST)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, (float, np.floating)) and bool(np.isfinite(value)))


SIMPLE: dict[Any, tuple[Callable[[Any], bool], str]] = {
    bool: (lambda value: isinstance(value, (bool, np.bool_)), "true or false"),
    int: (_is_whole, "a whole number"),
    float: (_is_number, "a number"),
    str: (lambda value: isinstance(value, str), "text"),
    Path: (lambda value: isinstance(value, Path), "a path"),
    type(None): (lambda value: value is None, "left out"),
}
"""How a value of a simple type is told, and what it is called."""


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the kind that an annotation means; True is no number, and text is no list."""
    if kind is Any:
        return True
    if kind in SIMPLE:
        return SIMPLE[kind][0](value)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _fits(value, inner[0]) and all(rule.low <= value <= rule.high for rule in inner[1:])
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if origin is None:
        return isinstance(value, kind)
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(name, inner[0]) and _fits(item, inner[1]) for name, item in value.items()
        )
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        return False
    if origin is tuple:
        return len(value) == len(inner) and all(map(_fits, value, inner))
    return all(_fits(item, inner[0]) for item in value)


def _words_of(kind: Any) -> list[str]:
    """The words among which a ``Literal`` lets choose."""
    inner = get_args(kind)
    if get_origin(kind) is Literal:
        return [str(word) for word in inner]
    return [word for one in inner for word in _words_of(one)] if get_origin(kind) is not Annotated else []


def in_words(kind: Any) -> str:
    """An annotation in words."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return f"{in_words(inner[0])} from {inner[1].low:g} to {inner[1].high:g}"
    if origin in (Union, UnionType):
        given = " or ".join(in_words(one) for one in inner if one is not type(None))
        return given + (say(python=", or None", command=", or left out") if type(None) in inner else "")
    if origin is Literal:
        return ("one of " if len(inner) > 1 else "") + ", ".join(map(repr, inner))
    if origin is not None and issubclass(origin, Mapping):
        return f"a mapping of {in_words(inner[0])} to {in_words(inner[1])}"
    if origin is not None:
        return "a list of " + " and ".join(in_words(one) for one in inner)
    return SIMPLE[kind][1] if kind in SIMPLE else "anything" if kind is Any else f"a {kind.__name__}"
