"""How values and quantities are written for people."""

from __future__ import annotations

import ast
import math
import re

from regrade.studies.expressions import parse
from regrade.studies.vocabulary import ATTRIBUTES, Kind

THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"

FRACTION, NATS, COUNT, EPOCH, SECONDS, PLAIN = (
    "fraction",
    "nats",
    "count",
    "epoch",
    "seconds",
    "",
)
_SERIES = {
    "learning_rate": "learning rate",
    "train_loss": "training loss",
    "train_accuracy": "training accuracy",
    "validation_loss": "validation loss",
    "validation_accuracy": "validation accuracy",
    "test_loss": "test loss",
    "test_accuracy": "test accuracy",
    "seconds": "seconds an epoch",
}
_ATTRIBUTES = {
    **_SERIES,
    "parameters": "parameters",
    "macs": "multiply-adds",
    "selected_epoch": "selected epoch",
    "selected_test_accuracy": "test accuracy of the selected epoch",
    "selected_test_loss": "test loss of the selected epoch",
    "initial_loss": "loss before training",
    "initial_l1_norm": "L1 norm before training",
    "steps_per_epoch": "steps an epoch",
    "scored_images": "scored images",
    "block_macs": "multiply-adds in blocks",
    "separable_block_macs": "multiply-adds in separable blocks",
    "block_weights": "weights in blocks",
    "separable_block_weights": "weights in separable blocks",
    "flattened_features": "flattened features",
}
_OF_A_SERIES = {
    "first": "first {}",
    "last": "final {}",
    "selected": "{} of the selected epoch",
    "mean": "mean {}",
    "argmax": "epoch of the highest {}",
    "argmin": "epoch of the lowest {}",
    "length": "epochs",
}
_EPOCHS = {"argmax", "argmin", "epochs_to"}
_COUNTS = {"rises", "length", "floor"}
_SHARES = {"share_within", "share_below"}
_NUMBERS = {"rank_correlation", "correlation", "ks_distance", "log", "separable_saving"}


def describe(quantity: str) -> str:
    """Write a quantity of a study file in words, where there are plain ones."""
    node = parse(quantity)
    match node:
        case ast.Name(id=name) if name in _ATTRIBUTES:
            return _ATTRIBUTES[name]
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=series)]) if series in _SERIES:
            if name in ("max", "min"):
                best = (name == "max") == series.endswith("accuracy")
                extreme = "best" if best else "worst"
                if series.endswith("loss"):
                    extreme = "lowest" if name == "min" else "highest"
                return f"{extreme} {_SERIES[series]}"
            if name in _OF_A_SERIES:
                return _OF_A_SERIES[name].format(_SERIES[series])
        case ast.Call(
            func=ast.Name(id="at"), args=[ast.Name(id=series), ast.Constant(value=epoch)]
        ) if series in _SERIES:
            return f"{_SERIES[series]} at epoch {epoch}"
        case ast.Call(
            func=ast.Name(id="share_within"),
            args=[ast.Name(id="weights"), ast.Constant(value=limit)],
        ):
            return f"weights below {limit} in size"
    return quantity


def unit_of(quantity: str) -> str:
    """Tell the unit of a quantity's value in our files."""
    node = parse(quantity)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for names, unit in (
            (_EPOCHS, EPOCH),
            (_COUNTS, COUNT),
            (_SHARES, FRACTION),
            (_NUMBERS, PLAIN),
        ):
            if node.func.id in names:
                return unit
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult | ast.Pow):
        return PLAIN
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & set(ATTRIBUTES)
    units = {_unit_of_attribute(name) for name in names}
    return units.pop() if len(units) == 1 else PLAIN


def _unit_of_attribute(name: str) -> str:
    if ATTRIBUTES[name].accuracy:
        return FRACTION
    if name.endswith("loss"):
        return NATS
    if name == "seconds":
        return SECONDS
    if name == "selected_epoch":
        return EPOCH
    decimal = name.startswith("initial_") or name in ("learning_rate", "largest_batch_norm_shift")
    return PLAIN if decimal or ATTRIBUTES[name].kind is Kind.HISTOGRAM else COUNT


def is_accuracy(quantity: str) -> bool:
    """Tell whether a quantity is a share of scored images."""
    names = {part.id for part in ast.walk(parse(quantity)) if isinstance(part, ast.Name)}
    reads = any(ATTRIBUTES[name].accuracy for name in names & set(ATTRIBUTES))
    return reads and unit_of(quantity) == FRACTION


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
        case "seconds":
            return duration(number)
    return count(number) if float(number).is_integer() and abs(number) >= 1 else plain(number)


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
    """Write a fraction as a percentage."""
    return _signed(f"{100 * fraction:.{digits}f}{THIN}%")


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
    """Give a text a capital letter and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def slug(text: str) -> str:
    """Make an identifier for anchors."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
