"""What quantities of study files are called, and in which unit they are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from regrade.report import formatting
from regrade.studies.expressions import parse
from regrade.studies.functions import FUNCTIONS
from regrade.studies.quantity_units import unit_of as unit_of
from regrade.studies.shares import error_of, percent_error_of
from regrade.studies.vocabulary import ATTRIBUTES, FRACTION, PLAIN, SECONDS, Kind, Unit

_SIGNS = {
    ast.Add: "+", ast.Sub: formatting.MINUS, ast.Mult: formatting.TIMES, ast.Div: "/", ast.Pow: "^",
}  # fmt: skip
_BINDS = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.Pow: 3}
"""How tightly an operator binds; a part that binds less stands in brackets."""
_BETWEEN_RUNS = {ast.Sub: " minus ", ast.Div: " over "}
_EXTREMES = {
    "max": {SECONDS: "longest", FRACTION: "best", PLAIN: "highest"},
    "min": {SECONDS: "shortest", FRACTION: "worst", PLAIN: "lowest"},
}
"""Words for extremes by the unit of what they are of; those without a unit stand for the others."""


def describe(quantity: str) -> str:
    """Write a quantity in words, as far as there are plain ones."""
    return words(parse(quantity))


def words(node: ast.expr) -> str:
    """Write an expression in words; what is of one run names the run once, at the end."""
    found = by_run(node)
    return f"{found[0]} of {found[1]}" if found else _describe(node)


def by_run(node: ast.expr) -> tuple[str, str] | None:
    """Return what is asked, and of which run; None where several runs are asked differently.

    Runs that are asked the same are told together: `A and B`, `A minus B`, `A over B`.
    """
    runs = _runs(node)
    if len(runs) < 2:
        return (_describe(node), runs[0]) if runs else None
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BETWEEN_RUNS:
            return _together([left, right], _BETWEEN_RUNS[type(op)].join)
        case ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(op=ast.Sub()) as gap]):
            asked = _together([gap.left, gap.right], in_words)
            return asked and (f"distance in {asked[0]}", asked[1])
        case ast.Call(func=ast.Name(id=name), args=parts) if name in _EXTREMES:
            asked = _together(parts, in_words)
            if asked is None or all(_calls(part, name) for part in parts):
                return asked  # The best of the best is the best.
            return f"{_extreme(name, parts[0])} {asked[0]}", asked[1]
    return None


def _together(parts: list[ast.expr], join: Callable[[list[str]], str]) -> tuple[str, str] | None:
    """Tell runs together that are asked the same."""
    found = [by_run(part) for part in parts]
    told = [one for one in found if one]
    if len(told) < len(parts) or len({asked for asked, _ in told}) > 1:
        return None
    return told[0][0], join([run for _, run in told])


def in_words(names: Sequence[str]) -> str:
    """Write a list as a sentence does: `A, B and C`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _calls(node: ast.expr, *names: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _runs(node: ast.expr) -> list[str]:
    """Return the runs that an expression asks: `B`, or `B as told` where it names a variant."""
    asked = [part for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    found = [ast.unparse(part.value) for part in asked if part.attr in ATTRIBUTES]
    spelled = (
        f"{run} {variant.replace('_', ' ')}".rstrip()
        for run, _, variant in (name.partition(".") for name in found)
    )
    return list(dict.fromkeys(spelled))


def _describe(node: ast.expr) -> str:
    """Write an expression without its run; several runs are named where they stand."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return ATTRIBUTES[name].phrase
        case ast.BinOp(right=accuracy) if _is_error(node):
            return _as_error(_describe(accuracy))
        case ast.BinOp(op=op) if type(op) in _SIGNS:
            return f"{_side(node.left, node)} {_SIGNS[type(op)]} {_side(node.right, node)}"
        case ast.Constant(value=int() as number):
            return formatting.count(number)
        case ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(op=ast.Sub()) as gap]):
            return f"distance of {_side(gap.left, gap)} from {_side(gap.right, gap)}"
        case ast.Call(func=ast.Name(id="at"), args=[series, ast.Call() as epoch]):
            return f"{_part(series, node)} at the {_part(epoch, node)}"
        case ast.Call(func=ast.Name(id=name), args=[first, _, *_]) if _is_of_numbers(name, first):
            parts = [_part(part, node) for part in node.args]
            return f"the {_extreme(name, first)} of {in_words(parts)}"
        case ast.Call(func=ast.Name(id=name), args=[_, *_]):
            return _describe_call(name, node) or ast.unparse(node)
    return ast.unparse(node)


def _part(part: ast.expr, whole: ast.expr) -> str:
    """Write a part; it names its run where the whole is of several."""
    return words(part) if len(_runs(whole)) > 1 else _describe(part)


def _side(side: ast.expr, whole: ast.BinOp) -> str:
    """Write a side of a sum or product: a number that is added in the unit of the whole."""
    if isinstance(side, ast.Constant) and isinstance(whole.op, ast.Add | ast.Sub):
        return number(side, unit_of(whole))
    text = _part(side, whole)
    if not isinstance(side, ast.BinOp) or type(side.op) not in _BINDS:
        return text
    is_last = side is whole.right and isinstance(whole.op, ast.Sub | ast.Div)
    looser = _BINDS[type(side.op)] < _BINDS[type(whole.op)] + is_last
    return f"({text})" if looser else text


def number(node: ast.Constant, unit: Unit) -> str:
    """Write a number of an expression; a part of a share is in points."""
    value = float(str(node.value))
    if unit is FRACTION and not value.is_integer():
        return f"{formatting.plain(100 * value)}{formatting.THIN}points"
    return formatting.count(value) if value.is_integer() else formatting.plain(value)


def _describe_call(name: str, call: ast.Call) -> str | None:
    """Write a call by the phrase of its function; two further arguments are a span of epochs."""
    first, *others = call.args
    phrase = _phrase(name, first)
    if phrase is None:
        return None
    places = max(1, phrase.count("{"))
    if len(call.args) not in (places, places + 2):
        return None
    parts = [_part(first, call), *(_argument(one, call) for one in others)]
    text = phrase.format(*parts[:places])
    return text if len(parts) == places else f"{text}, epochs {' to '.join(parts[places:])}"


def _argument(argument: ast.expr, call: ast.Call) -> str:
    """Write a further argument: a level in the unit of what reaches it."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, float):
        is_share = unit_of(call.args[0]) is FRACTION
        return formatting.percent(argument.value, 0) if is_share else str(argument.value)
    return _part(argument, call)


def _phrase(name: str, first: ast.expr) -> str | None:
    """Return the phrase of a function; extremes and sums have one by the unit of what they take."""
    if name in _EXTREMES:
        return f"{_extreme(name, first)} {{}}"
    if name == "total" and unit_of(first) is SECONDS:
        return "total time"
    return FUNCTIONS[name].phrase


def _extreme(name: str, first: ast.expr) -> str:
    return _EXTREMES[name].get(unit_of(first), _EXTREMES[name][PLAIN])


def _is_of_numbers(name: str, first: ast.expr) -> bool:
    """Tell whether an extreme is one of several numbers, not of a series."""
    if name not in _EXTREMES or _calls(first, "smooth"):
        return False
    match first:
        case ast.Name(id=asked) | ast.Attribute(attr=asked):
            return ATTRIBUTES[asked].kind is not Kind.SERIES
    return True


def is_accuracy(quantity: str) -> bool:
    """Tell whether a quantity is a share of scored images or an error rate, not a difference."""
    node = parse(quantity)
    if isinstance(node, ast.BinOp):
        return _is_error(node)
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & set(ATTRIBUTES)
    return any(ATTRIBUTES[name].accuracy for name in names) and unit_of(node) is FRACTION


def _is_error(node: ast.expr) -> bool:
    return bool(error_of(node) or percent_error_of(node))


def _as_error(accuracy: str) -> str:
    """Name the error rate of an accuracy: the best accuracy is the lowest error."""
    for word, turned in (("accuracy", "error"), ("best", "lowest"), ("worst", "highest")):
        accuracy = accuracy.replace(word, turned)
    return accuracy
