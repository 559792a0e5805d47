"""What quantities of study files are called, and in which unit they are."""

from __future__ import annotations

import ast

from regrade.report import formatting
from regrade.report.formatting import COUNT, EPOCH, FRACTION, NATS, PLAIN, SECONDS
from regrade.studies.expressions import parse
from regrade.studies.vocabulary import ATTRIBUTES, Kind

_NAMES = {
    "learning_rate": "learning rate",
    "train_loss": "training loss",
    "train_accuracy": "training accuracy",
    "validation_loss": "validation loss",
    "validation_accuracy": "validation accuracy",
    "test_loss": "test loss",
    "test_accuracy": "test accuracy",
    "seconds": "time of an epoch",
    "weights": "weights",
    "parameters": "parameters",
    "macs": "multiply-adds",
    "selected_epoch": "selected epoch",
    "selected_test_accuracy": "test accuracy of the selected epoch",
    "selected_test_image_accuracy": "test accuracy of the selected epoch, by images",
    "last_test_accuracy": "final test accuracy",
    "selected_test_loss": "test loss of the selected epoch",
    "initial_loss": "loss before training",
    "initial_l1_norm": "L1 norm before training",
    "steps_per_epoch": "steps an epoch",
    "block_macs": "multiply-adds in blocks",
    "separable_block_macs": "multiply-adds in separable blocks",
    "block_weights": "weights in blocks",
    "separable_block_weights": "weights in separable blocks",
}
_OF_A_SERIES = {
    "first": "first {}",
    "last": "final {}",
    "selected": "{} of the selected epoch",
    "mean": "mean {}",
    "median": "median {}",
    "total": "total {}",
    "argmax": "epoch of the highest {}",
    "argmin": "epoch of the lowest {}",
}
_SIGNS = {ast.Add: "+", ast.Sub: formatting.MINUS, ast.Mult: formatting.TIMES, ast.Div: "/"}
_UNITS = {
    **dict.fromkeys(("argmax", "argmin", "epochs_to"), EPOCH),
    **dict.fromkeys(("rises", "length", "floor"), COUNT),
    **dict.fromkeys(("share_within", "share_below"), FRACTION),
    **dict.fromkeys(
        ("rank_correlation", "correlation", "ks_distance", "log", "separable_saving", "slope"),
        PLAIN,
    ),
}
"""Units of functions that do not keep the unit of their first argument."""


def describe(quantity: str) -> str:
    """Write a quantity in words, as far as there are plain ones."""
    return _describe(parse(quantity))


def _describe(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return _NAMES.get(name, name.replace("_", " "))
        case ast.Attribute(value=ast.Name(id=run), attr=name):
            return f"{_describe(ast.Name(name))} of {run}"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            return f"{_describe(left)} {_SIGNS[type(op)]} {_describe(right)}"
        case ast.Constant(value=int() as number):
            return formatting.count(number)
        case ast.Call(func=ast.Name(id=name), args=[series, *rest]):
            return _describe_call(name, series, rest) or ast.unparse(node)
    return ast.unparse(node)


def _describe_call(name: str, series: ast.expr, rest: list[ast.expr]) -> str | None:
    of = _describe(series)
    match name, rest:
        case "at", [epoch]:
            return f"{of} at epoch {_describe(epoch)}"
        case "share_within", [limit]:
            return f"{of} below {_describe(limit)} in size"
        case ("max" | "min") as extreme, [] | [_, _]:
            if of.startswith(_NAMES["seconds"]):
                text = f"{'longest' if extreme == 'max' else 'shortest'} {of}"
            elif "accuracy" in of:
                text = f"{'best' if extreme == 'max' else 'worst'} {of}"
            else:
                text = f"{'highest' if extreme == 'max' else 'lowest'} {of}"
        case "total", [] | [_, _] if of == _NAMES["seconds"]:
            text = "total time"
        case _, [] | [_, _] if name in _OF_A_SERIES:
            text = _OF_A_SERIES[name].format(of)
        case _:
            return None
    if rest:
        text += f", epochs {_describe(rest[0])} to {_describe(rest[1])}"
    return text


def unit_of(quantity: str) -> str:
    """Tell the unit of a quantity's value in our files."""
    return _unit(parse(quantity))


def _unit(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in ATTRIBUTES:
            return _unit_of_attribute(name)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]):
            return _UNITS.get(name) if name in _UNITS else _unit(first)
        case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=right):
            return _unit(right) if isinstance(left, ast.Constant) else _unit(left)
        case ast.UnaryOp(operand=operand):
            return _unit(operand)
    return PLAIN


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
    """Tell whether a quantity is a share of scored images, not a difference of two."""
    node = parse(quantity)
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & set(ATTRIBUTES)
    reads = any(ATTRIBUTES[name].accuracy for name in names)
    return reads and not isinstance(node, ast.BinOp) and _unit(node) == FRACTION
