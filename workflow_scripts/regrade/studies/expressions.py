"""Predicates and quantities: a small, safe expression language over runs.

`max(D03.validation_accuracy) - max(D01.validation_accuracy) >= 0.03` is a predicate of the runs
D03 and D01; `D05.as_told.train_loss` asks for one variant; `max(validation_accuracy)` is a
quantity of the run it is written under. Python's own parser reads the text, and every node that
is not listed here is refused, so that nothing of a study file is ever executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from regrade.studies import expression_hints as hints
from regrade.studies.functions import FUNCTIONS, Function
from regrade.studies.shares import percent_error_of, percent_mistake
from regrade.studies.spelling import choice, suggest
from regrade.studies.spreads import as_side, has_spread
from regrade.studies.vocabulary import ATTRIBUTES, Attribute, Kind

VARIANTS = {"as_told": "as-told", "as_run": "as-run"}
"""Names of the variants in expressions: those of study files with an underscore."""

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_DEEPEST = 100
"""Levels of nesting: what walks an expression is recursive, and must not overflow."""
_SHOWN = 80
"""How much of a bad expression an error message quotes."""


class ExpressionError(ValueError):
    """An expression that cannot be read, or that does not fit the study."""


@dataclass(frozen=True)
class Reference:
    """Something asked of a run, in one of its variants or in the study's default variant."""

    run: str
    variant: str | None
    name: str

    @property
    def attribute(self) -> Attribute:
        """The vocabulary's entry."""
        return ATTRIBUTES[self.name]


@cache
def parse(text: str) -> ast.expr:
    """Read an expression, each text once: nobody may change what it returns.

    Raises
    ------
    ExpressionError
        When it is no expression at all, or too deep a one; what it means is for `check`.
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        told = f"{_shown(text)} is not an expression: {error.msg}{hints.of_text(text)}"
        raise ExpressionError(told) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{_shown(text)} cannot be read: {error}") from error
    if _levels(node) > _DEEPEST:
        raise ExpressionError(f"{_shown(text)} is nested more than {_DEEPEST} levels deep")
    return node


def _levels(node: ast.AST) -> int:
    level: list[ast.AST] = [node]
    count = 0
    while level:
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
        count += 1
    return count


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def quantity(text: str, run: str, variant: str | None = None) -> ast.expr:
    """Read a quantity of one run: bare names become attributes of that run."""
    owner: ast.expr = ast.Name(run, ast.Load())
    if variant:
        owner = ast.Attribute(owner, variant.replace("-", "_"), ast.Load())

    def bind(node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(id=name):
                return ast.Attribute(owner, name, ast.Load())
            case ast.Call():
                return ast.Call(node.func, [bind(a) for a in node.args], node.keywords)
            case ast.BinOp():
                return ast.BinOp(bind(node.left), node.op, bind(node.right))
            case ast.UnaryOp():
                return ast.UnaryOp(node.op, bind(node.operand))
        return node

    return _as_fraction(bind(parse(text)))


def _as_fraction(node: ast.expr) -> ast.expr:
    """Read `100 - accuracy`, as reports write an error rate, in the fractions of our files."""
    accuracy = percent_error_of(node)
    return ast.BinOp(ast.Constant(1), ast.Sub(), accuracy) if accuracy else node


def reference(node: ast.expr) -> Reference | None:
    """Return the reference that a node is, if it is one."""
    if not isinstance(node, ast.Attribute):
        return None
    owner, variant = node.value, None
    if isinstance(owner, ast.Attribute) and owner.attr in VARIANTS:
        variant = VARIANTS[owner.attr]
        owner = owner.value
    return Reference(owner.id, variant, node.attr) if isinstance(owner, ast.Name) else None


def references(node: ast.expr) -> Iterator[Reference]:
    """Yield every reference inside an expression."""
    found = reference(node)
    if found:
        yield found
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from references(child)


def class_mistakes(node: ast.expr, asked: Reference, classes: int) -> Iterator[str]:
    """Yield what is wrong with the classes that a run with so many of them is asked for."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Name(id="of_class"), args=[first, number]):
                value = number.value if isinstance(number, ast.Constant) else None
                if reference(first) == asked and value not in range(classes):
                    yield f"{ast.unparse(part)!r}: classes are 0 to {classes - 1}"


def check(node: ast.expr, runs: Mapping[str, Iterable[str]]) -> Kind:
    """Check an expression against the runs (name: variants) and give what it stands for.

    Raises
    ------
    ExpressionError
        For an unknown run, variant, attribute or function, a wrong argument, or anything that
        is not part of the language.
    """
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float()):
            return Kind.NUMBER
        case ast.List() | ast.Tuple():
            for element in node.elts:
                _expect(element, (Kind.NUMBER, Kind.LIST), runs)
            return Kind.LIST
        case ast.Attribute():
            return _check_reference(node, runs)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _check_call(name, [check(a, runs) for a in arguments])
        case ast.BinOp(op=op) if isinstance(op, _ARITHMETIC):
            if accuracy := percent_error_of(node):
                raise ExpressionError(
                    f"{ast.unparse(node)!r}: accuracies are fractions here; an error rate is"
                    f" '1 - {ast.unparse(accuracy)}'"
                )
            _expect(node.left, (Kind.NUMBER,), runs)
            _expect(node.right, (Kind.NUMBER,), runs)
            return Kind.NUMBER
        case ast.UnaryOp(op=ast.USub()):
            _expect(node.operand, (Kind.NUMBER,), runs)
            return Kind.NUMBER
        case ast.UnaryOp(op=ast.Not()):
            _expect(node.operand, (Kind.TRUTH,), runs)
            return Kind.TRUTH
        case ast.BoolOp():
            for value in node.values:
                _expect(value, (Kind.TRUTH,), runs)
            return Kind.TRUTH
        case ast.Compare():
            return _check_comparison(node, runs)
        case ast.Name(id=name):
            raise ExpressionError(_unknown_name(name, runs))
    text = f"{ast.unparse(node)!r} is not part of the predicate language{hints.of_form(node)}"
    raise ExpressionError(text)


def _expect(node: ast.expr, kinds: tuple[Kind, ...], runs: Mapping[str, Iterable[str]]) -> None:
    kind = check(node, runs)
    if kind not in kinds:
        wanted = " or a ".join(kinds)
        text, hint = ast.unparse(node), hints.of_kind(ast.unparse(node), kind)
        raise ExpressionError(f"{text!r} is a {kind}; a {wanted} belongs here{hint}")


def _unknown_name(name: str, runs: Mapping[str, Iterable[str]]) -> str:
    if name in runs:
        such = f"max({name}.test_accuracy) or last({name}.train_loss)"
        return f"{name!r} is a run: ask it for something, such as {such}"
    return f"unknown name {name!r}{hints.of_name(name) or suggest(name, [*runs, *FUNCTIONS])}"


def _check_reference(node: ast.Attribute, runs: Mapping[str, Iterable[str]]) -> Kind:
    found = reference(node)
    if found is None:
        raise ExpressionError(f"{ast.unparse(node)!r} is not of the form RUN.attribute")
    if found.run not in runs:
        raise ExpressionError(f"unknown run {found.run!r}{suggest(found.run, runs)}")
    if found.variant and found.variant not in runs[found.run]:
        raise ExpressionError(f"run {found.run!r} has no variant {found.variant!r}")
    if found.name not in ATTRIBUTES:
        told = choice(found.name, ATTRIBUTES, "it has")
        raise ExpressionError(f"a run has no {found.name!r}{told}")
    return found.attribute.kind


def _check_call(name: str, kinds: list[Kind]) -> Kind:
    function = FUNCTIONS.get(name)
    if function is None:
        told = choice(name, FUNCTIONS, "there are")
        raise ExpressionError(f"unknown function {name!r}{told}")
    if not any(_fits(function, form, kinds) for form in function.takes):
        forms = " or ".join(f"{name}({', '.join(form)})" for form in function.takes)
        raise ExpressionError(f"{name}({', '.join(kinds)}) does not exist; there is {forms}")
    return function.gives


def _fits(function: Function, form: tuple[Kind, ...], kinds: list[Kind]) -> bool:
    if function.variadic and form == function.takes[-1]:
        return len(kinds) >= len(form) and all(kind == form[-1] for kind in kinds)
    return list(form) == kinds


def _check_spreads(node: ast.Compare) -> None:
    """Refuse a comparison of spreads over seeds that no test of variances decides."""
    sides = [as_side(side) for side in (node.left, *node.comparators)]
    orders = all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
    known = [side for side in sides if side]
    if len(known) < len(sides) or not orders:
        raise ExpressionError(
            f"{ast.unparse(node)!r}: a spread, or a number of times one, is below or above another"
            " or a number: 'spread(last(B.test_accuracy)) < spread(last(A.test_accuracy))'"
        )
    for side in known:
        asked = {(found.run, found.variant) for found in references(side.of)} if side.of else {""}
        if len(asked) != 1:
            raise ExpressionError(f"{ast.unparse(node)!r}: a spread is of what one run gives")


def _check_comparison(node: ast.Compare, runs: Mapping[str, Iterable[str]]) -> Kind:
    if has_spread(node):
        _check_spreads(node)
    for op in node.ops:
        if not isinstance(op, _COMPARISONS):
            raise ExpressionError(f"{ast.unparse(node)!r}: only < <= > >= == != compare")
    kinds = {check(side, runs) for side in (node.left, *node.comparators)}
    equality = all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
    if kinds != {Kind.NUMBER} and not (equality and kinds == {Kind.LIST}):
        raise ExpressionError(
            f"{ast.unparse(node)!r} compares {' with '.join(sorted(kinds))}; numbers compare,"
            " and lists by == and !="
            + "; `last(...)` or `max(...)` makes a number of a series"
            * (Kind.SERIES in kinds)
        )
    if mistake := percent_mistake(node):
        raise ExpressionError(mistake)
    return Kind.TRUTH
