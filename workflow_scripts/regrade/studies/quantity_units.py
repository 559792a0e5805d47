"""The unit of what an expression gives, in the units of our files."""

from __future__ import annotations

import ast

from regrade.studies.expressions import ExpressionError, parse
from regrade.studies.functions import FUNCTIONS
from regrade.studies.vocabulary import ATTRIBUTES, PLAIN, PRINTED_UNITS, Unit


def unit_of(quantity: str | ast.expr) -> Unit:
    """Tell the unit of a quantity's value in our files.

    Products and quotients are plain: what they come to depends on what is multiplied.
    """
    node = parse(quantity) if isinstance(quantity, str) else quantity
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in ATTRIBUTES:
            return ATTRIBUTES[name].unit
        case ast.Call(func=ast.Name(id=name), args=[first, *_]):
            unit = FUNCTIONS[name].unit
            return unit_of(first) if unit is None else unit
        case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=right):
            return unit_of(right) if isinstance(left, ast.Constant) else unit_of(left)
        case ast.UnaryOp(operand=operand):
            return unit_of(operand)
    return PLAIN


def printed_units(of: Unit) -> str:
    """Name the units that a number is printed in that has a unit of our files."""
    return " or ".join(name for name, found in PRINTED_UNITS.items() if found.unit is of)


def units_for(quantity: object) -> str:
    """Name the units that a quantity may be printed in; nothing for what is none, or is plain."""
    try:
        return printed_units(unit_of(quantity)) if isinstance(quantity, str) else ""
    except (ExpressionError, KeyError):
        return ""
