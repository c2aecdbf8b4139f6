"""Every mistake a user can mend has a class here, so that callers can catch one kind and the CLI can choose an exit code."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable


class IfnsigError(ValueError):
    """Something in the input must change before the work can go on.

    ``exit_code`` is what the command line returns: 1 for data, 2 for usage.
    """

    exit_code = 1


class UsageError(IfnsigError):
    """The call itself is wrong: an unknown option, name or key."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that no catalogue holds (signature, method, response, format)."""


class ParameterError(UsageError):
    """An argument outside what the function allows."""


class StudyFileError(UsageError):
    """The study file cannot be read or does not follow its schema."""


class RuleFileError(UsageError):
    """The file of a response rule cannot be read or does not follow its grammar."""


class MissingFileError(UsageError):
    """A file that was named is not there, or may not be read."""


class TableError(IfnsigError):
    """A table of values cannot be read as what it should be."""


class SampleSheetError(IfnsigError):
    """The sample sheet and the matrix do not fit, or a row of the sheet is wrong.

    ``faults`` has each fault as a sentence, where there are several.
    """

    faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, faults: Iterable[str]) -> SampleSheetError:
        """The error of a file with these faults."""
        found = tuple(faults)
        head = f"{name}: {found[0]}" if len(found) == 1 else f"{name} has {len(found)} faults:"
        error = cls("\n  ".join([head, *(found if len(found) > 1 else ())]))
        error.faults = found
        return error


class GeneNameError(IfnsigError):
    """Gene names cannot be told, are doubled, or belong to another organism."""


class CoverageError(IfnsigError):
    """Too few genes of a signature are in the matrix to score it."""


class UnitError(IfnsigError):
    """The unit of the values is missing, or is not one the method accepts."""


class ReferenceRequiredError(IfnsigError):
    """A method needs reference samples, and none fit what was asked."""


class DesignError(IfnsigError):
    """Visits, patients or pairs are not as declared."""


class FatalFlagError(DesignError):
    """A strict call met a flag that forbids the result, and nobody acknowledged it."""


class ResponseInputError(IfnsigError):
    """A response measure lacks an input, or an input lies outside its range."""


class IfnsigWarning(UserWarning):
    """Base of all warnings of this package."""


class CoverageWarning(IfnsigWarning):
    """A signature is scored with fewer than 80 % of its genes."""


class GeneNameWarning(IfnsigWarning):
    """Gene names were ambiguous, damaged or doubled; nothing was guessed."""


class DesignWarning(IfnsigWarning):
    """Samples or patients were left out of a comparison."""


class UnitWarning(IfnsigWarning):
    """The values do not look like the unit that was declared."""


BETWEEN, PHRASE = ",;", "'\"()[]{}"
"""Marks that stand between names, and marks that only a phrase has."""


def warn(message: str, category: type[IfnsigWarning], *, stacklevel: int = 3) -> None:
    """Issue one of our warnings, pointing at the caller of the public function."""
    warnings.warn(message, category, stacklevel=stacklevel)


def listing(names: Iterable[object], *, shown: int = 5) -> str:
    """Names for a message: the first ``shown``, then how many more.

    A name that would not be seen to begin or end where it does (it has a comma, a semicolon, space at an end, a mark without
    width) stands in quotation marks; a phrase, which has quotation marks or brackets of its own, stays as it is.
    """
    items = [_told_apart(str(name)) for name in names]
    text = ", ".join(items[:shown])
    return text if len(items) <= shown else f"{text} and {len(items) - shown} more"


def _told_apart(name: str) -> str:
    if not any(mark in name for mark in PHRASE) and (
        name != name.strip() or not name.isprintable() or any(mark in name for mark in BETWEEN)
    ):
        return repr(name)
    return name


def suggestion(name: object, known: Iterable[str]) -> str | None:
    """The known name nearest to ``name`` (case is ignored), or None."""
    lower = {item.lower(): item for item in known}
    near = difflib.get_close_matches(str(name).lower(), lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None
