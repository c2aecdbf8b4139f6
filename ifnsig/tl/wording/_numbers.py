"""Numbers as people write them in a sentence."""

from __future__ import annotations

import math
from typing import Any

MINUS = "\N{MINUS SIGN}"
_HUGE, _NOTHING = 1e6, 1e-9


def p_text(p: float) -> str:
    """A p-value for reading: ``p = 0.032``, ``p < 0.001``; empty for none. Beside 0.05 it shows on which side it lies."""
    if math.isnan(p):
        return ""
    if p < 0.001:
        return "p < 0.001"
    text = f"{p:.2g}" if p < 0.1 else f"{p:.2f}"
    if text == "0.05":
        text = next((more for digits in range(3, 9) if float(more := f"{p:.{digits}f}") != 0.05), "0.05")
    return f"p = {text}"


def number(value: float) -> str:
    """An estimate for reading: three significant digits, no exponent, a real minus sign; beyond a million it is said so."""
    size = abs(value)
    if math.isinf(value) or size > _HUGE:
        return f"{'over ' if value > 0 else 'below ' + MINUS}1,000,000"
    if size < _NOTHING:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(size)))
    text = f"{value:,.{digits}f}" if size < 1000 else f"{float(f'{value:.3g}'):,.0f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)


def counted(many: int, noun: str) -> str:
    """``1 patient``, ``3 patients``, ``no donor``."""
    return f"no {noun}" if many == 0 else f"{many:,} {noun}{'' if many == 1 else 's'}"


def interval(row: dict[str, Any]) -> str:
    """``95 % CI low to high``; empty when there is none."""
    if math.isnan(row["ci_low"]) or math.isnan(row["ci_high"]):
        return ""
    return f"{row['ci_level']:.0%} CI {number(row['ci_low'])} to {number(row['ci_high'])}".replace("%", " %")


def facts(*parts: str) -> str:
    """What stands in brackets behind an estimate; parts that are empty are left out."""
    return "; ".join(part for part in parts if part)
