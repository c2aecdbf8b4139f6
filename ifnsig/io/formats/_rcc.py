"""The text of an RCC file (nCounter): its sections and its probes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import TableError
from ..text._text import TextFile

SECTIONS = ("Header", "Sample_Attributes", "Lane_Attributes", "Code_Summary")
SECTION = re.compile(r"<(?P<close>/?)(?P<name>\w+)>\s*$")
COLUMNS = "CodeClass,Name,Accession,Count"
CONCENTRATION = re.compile(r"\(([\d.]+)\)\s*$")


@dataclass(frozen=True, slots=True)
class Probe:
    """One line of counts."""

    code_class: str
    name: str
    accession: str
    count: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One RCC file: attributes by section and name, and its probes."""

    attributes: dict[str, dict[str, str]]
    probes: list[Probe]

    def attribute(self, section: str, name: str) -> str:
        """The value, or ``""``."""
        return self.attributes.get(section, {}).get(name, "")


def parse(text: TextFile) -> Lane:
    """Read all sections.

    Raises
    ------
    TableError
        A section is missing or not closed, the header of the counts is another one, or a count is no number.
    """
    name = text.path.name
    sections = _sections(text.whole.decode(), name)
    if missing := [section for section in SECTIONS if section not in sections]:
        raise TableError(f"{name} is not a whole RCC file: it has no section {', '.join(missing)}.")
    attributes = {section: _attributes(sections[section]) for section in SECTIONS[:3]}
    return Lane(attributes, _probes(sections["Code_Summary"], name))


def _sections(body: str, name: str) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    open_section = ""
    for number, line in enumerate(body.split("\n"), start=1):
        mark = SECTION.match(line.strip())
        if mark and not mark["close"] and open_section:
            break
        if mark and not mark["close"]:
            open_section = mark["name"]
            found[open_section] = []
        elif mark and mark["name"] == open_section:
            open_section = ""
        elif open_section and line.strip():
            found[open_section].append((number, line.strip()))
    if open_section:
        raise TableError(f"{name} was cut off: section {open_section} is not closed.")
    return found


def _attributes(lines: list[tuple[int, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for _, line in lines:
        key, comma, value = line.partition(",")
        if comma:
            found[key.strip()], last = value.strip(), key.strip()
        elif last:  # a comment that goes on in the next line
            found[last] = f"{found[last]} {line}".strip()
    return found


def _probes(lines: list[tuple[int, str]], name: str) -> list[Probe]:
    if not lines or lines[0][1].replace(" ", "") != COLUMNS:
        raise TableError(f"{name}: the counts do not start with {COLUMNS}.")
    probes, faults = [], []
    for number, line in lines[1:]:
        code_class, _, rest = line.partition(",")
        cells = rest.rsplit(",", 2)  # names may hold commas
        count = _count(cells[-1]) if len(cells) == 3 else None
        if count is None:
            faults.append(f"line {number}: {line!r}")
        else:
            probes.append(Probe(code_class.strip(), cells[0].strip().strip('"'), cells[1].strip(), count))
    if faults:
        more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise TableError(
            f"{name}: {len(faults)} lines do not hold a class, name, accession and count (a number, 0 or more):"
            f" {'; '.join(faults[:5])}{more}."
        )
    if not probes:
        raise TableError(f"{name} has no probes.")
    return probes


def _count(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def concentration(name: str) -> float:
    """Concentration (fM) in the name of a control, ``POS_A(128)``; NaN without one."""
    found = CONCENTRATION.search(name)
    return float(found[1]) if found else float("nan")
