"""How values are written for people."""

from __future__ import annotations

import math
import re

from regrade.studies.vocabulary import EPOCH, FRACTION, PRINTED_UNITS, SECONDS

THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
_SHORT = {"minutes": "min", "hours": "h"}
"""How units are written beside a number, where not by their names."""


def value(number: float | None, unit: str) -> str:
    """Write a value given in the unit of our files; nothing is a dash."""
    if number is None or math.isnan(number):
        return DASH
    if math.isinf(number):
        return "diverged"
    match unit:
        case "fraction":
            return percent(number)
        case "nats":
            return significant(number)
        case "count" | "epoch":
            return count(number) if float(number).is_integer() else grouped(f"{number:.1f}")
        case "bytes":
            return f"{significant(number / 1e6)}{THIN}MB"
        case "seconds":
            return duration(number)
    return count(number) if float(number).is_integer() and abs(number) >= 1 else plain(number)


def printed(digits: str, number: float, unit: str) -> str:
    """Write a published value with the digits that the report prints.

    Parameters
    ----------
    digits
        As printed, such as `0.717`, `71.7` or `1.20`.
    number
        The same in the unit of our files.
    unit
        The unit of our files; how the report's unit differs follows from the two values.
    """
    if "e" in digits or not number:
        return value(number, unit)
    decimals = len(digits.partition(".")[2])
    scale = float(digits) / number
    if unit == FRACTION:
        return percent(number, max(0, decimals - 2 + round(math.log10(scale))))
    if math.isclose(scale, 1):
        text = _signed(grouped(digits))
        return f"{text}{THIN}s" if unit == SECONDS else text
    for name, printed_unit in PRINTED_UNITS.items():
        if printed_unit.unit == unit and math.isclose(1 / scale, printed_unit.factor, rel_tol=1e-6):
            return f"{_signed(grouped(digits))}{THIN}{_SHORT.get(name, name)}"
    return value(number, unit)


def interval(low: float | None, high: float | None, unit: str) -> str:
    """Write an interval, its unit once; nothing where it has no ends."""
    if low is None or high is None or not math.isfinite(high - low):
        return ""
    first, second = value(low, unit), value(high, unit)
    if unit == FRACTION:
        first = first.removesuffix(f"{THIN}%")
    return f"{first} to {second}"


def difference(published: float | None, measured: float | None, unit: str) -> str:
    """Write how far a measured value lies from the published one: points, or percent of it."""
    if published is None or measured is None or not math.isfinite(measured - published):
        return DASH
    if unit == FRACTION:
        return _signed(f"{100 * (measured - published):+.2f}{THIN}pt")
    if unit == EPOCH or not published:
        return _signed(f"{measured - published:+g}")
    return _signed(f"{100 * (measured / published - 1):+.1f}{THIN}%")


def percent(fraction: float, digits: int = 2) -> str:
    """Write a fraction as a percentage; what is not nothing never looks like nothing."""
    least = 10.0**-digits
    if 0 < 100 * fraction < least / 2:
        return f"< {least:.{digits}f}{THIN}%"
    return _signed(f"{100 * fraction:.{digits}f}{THIN}%")


def share(fraction: float) -> str:
    """Write what share of a recipe was executed: a small one with a further digit."""
    return percent(fraction, 1 if fraction >= 0.001 else 2)


def significant(number: float) -> str:
    """Write a loss with four significant digits from 1 on, with three below."""
    if number and not 1e-3 <= abs(number) < 1e5:
        return plain(number)
    before = math.floor(math.log10(abs(number))) + 1 if number else 1
    return _signed(f"{number:.{max(0, 4 - before if before > 0 else 3 - before)}f}")


def plain(number: float, digits: int = 4) -> str:
    """Write any number with so many significant digits and no trailing zeros."""
    text = f"{number:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        times = "" if mantissa == "1" else f"{mantissa}{THIN}{TIMES}{THIN}"
        return _signed(f"{times}10^{int(exponent)}")
    return _signed(grouped(mantissa))


def count(number: float) -> str:
    """Write a whole number in groups of three."""
    return _signed(f"{int(number):,}".replace(",", THIN))


def grouped(text: str) -> str:
    """Put thin spaces between groups of three digits before the decimal point."""
    whole, point, decimals = text.partition(".")
    return re.sub(r"(?<=\d)(?=(\d{3})+$)", THIN, whole) + point + decimals


def duration(seconds: float) -> str:
    """Write a time in the largest unit that it fills."""
    if seconds < 90:
        return f"{seconds:.3g}{THIN}s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.1f}{THIN}min"
    return f"{seconds / 3600:.1f}{THIN}h"


def sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop."""
    return end(text[:1].upper() + text[1:])


def end(text: str) -> str:
    """Return a text with a full stop."""
    return text.rstrip(".") + "."


def slug(text: str) -> str:
    """Make an identifier for anchors."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
