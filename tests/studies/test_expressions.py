"""The predicate language: what it accepts, what it refuses and how it says so."""

from __future__ import annotations

import ast

import pytest

from regrade.studies.expressions import (
    ExpressionError,
    Reference,
    check,
    parse,
    quantity,
    references,
)
from regrade.studies.functions import FUNCTIONS
from regrade.studies.reference import reference
from regrade.studies.vocabulary import ATTRIBUTES, Kind

RUNS = {"A1": [], "A2": ["as-told", "as-run"]}


def kind(text: str) -> Kind:
    return check(parse(text), RUNS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", Kind.NUMBER),
        ("-1.5e-3", Kind.NUMBER),
        ("A1.train_loss", Kind.SERIES),
        ("A1.weights", Kind.HISTOGRAM),
        ("A1.parameter_shapes", Kind.LIST),
        ("[1, (2, 3)]", Kind.LIST),
        ("A1.parameters / 1e6 + 2 ** 3 - 4 * 5", Kind.NUMBER),
        ("last(smooth(A1.train_loss, 5))", Kind.NUMBER),
        ("max(1, 2, A1.macs, 4)", Kind.NUMBER),
        ("mean(A1.train_loss)", Kind.NUMBER),
        ("mean(A1.train_loss, 2, 3)", Kind.NUMBER),
        ("A2.as_told.parameters == 62006", Kind.TRUTH),
        ("0 < A1.macs <= A2.macs < 1e9", Kind.TRUTH),
        ("A1.feature_sizes == [28, 14]", Kind.TRUTH),
        ("A1.macs > 1 and not (A2.macs > 1 or A1.macs != 2)", Kind.TRUTH),
        ("\n  last(A1.train_loss)\n", Kind.NUMBER),
    ],
)
def test_the_language_gives_the_kind_of_an_expression(text: str, expected: Kind) -> None:
    assert kind(text) is expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("max(A01.train_loss)", r"unknown run 'A01'; did you mean 'A1'\?"),
        ("last(A1.train_los)", r"a run has no 'train_los'; did you mean 'train_loss'\?"),
        ("A1.as_told.macs", "run 'A1' has no variant 'as-told'"),
        ("A2.as_told", "a run has no 'as_told'"),
        ("maxx(A1.train_loss)", r"unknown function 'maxx'; did you mean 'max'\?"),
        ("A1", "'A1' is a run: ask it for something"),
        ("train_loss", "unknown name 'train_loss'"),
        ("max(A1.weights)", r"max\(histogram\) does not exist; there is max\(series\) or max\("),
        ("at(A1.train_loss)", r"at\(series\) does not exist; there is at\(series, number\)"),
        ("max(1)", r"max\(number\) does not exist"),
        ("max()", r"max\(\) does not exist"),
        ("A1.train_loss + 1", "'A1.train_loss' is a series; a number belongs here"),
        ("A1.train_loss < 1", "compares number with series"),
        ("A1.train_loss < A2.train_loss", r"`max\(\.\.\.\)` makes a number of a series"),
        ("A1.macs ≥ 3", "it is written >="),
        ("A1.best_test_accuracy > 0.5", r"\(the best is `max\(test_accuracy\)`\)$"),
        ("A1.confusion > 0.5", "did you mean 'class_accuracy'"),
        ("A1.feature_sizes < [1]", "compares list"),
        ("A1.feature_sizes == 1", "compares list with number"),
        ("A1.macs is 3", "only < <= > >= == != compare"),
        ("3 in [3]", "only < <= > >= == != compare"),
        ("A1.macs and A2.macs", "a truth belongs here"),
        ("not 3", "a truth belongs here"),
        ("A1.macs >", "is not an expression"),
        ("", "is not an expression"),
        ("x = 3", "is not an expression"),
        ("max(A1.test_accuracy) > 80%", "a percentage is a fraction here: 80% is 0.8"),
        ("A2.as-told.macs > 1", r"with an underscore: RUN\.as_told\.train_loss"),
        ("A1.macs = A2.macs", "two sides are equal by `==`"),
        ("A1.macs > 1 && A2.macs > 1", "joined by `and` and `or`"),
        ("train_loss", "it is asked of a run: RUN.train_loss"),
        ("A1.max(train_loss) < 1", r"it is written max\(A1.train_loss\)"),
        ("A1.train_loss + 1", r"such as last\(A1.train_loss\) or max\("),
        ("best(A1.train_loss)", r"`min` the best loss\)$"),
        ("max(A1.test_accuracy) > 80", "accuracies are fractions here: 80 % is 0.8"),
        ("3 < max(A1.test_accuracy) - max(A2.test_accuracy)", "3 % is 0.03"),
        ("1 - last(A1.test_accuracy) < 8.5", "8.5 % is 0.085"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(text: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=told):
        kind(text)


def test_the_example_of_the_reference_is_a_predicate() -> None:
    """The page of words tells the form of predicates by it."""
    example = reference().split("## Predicates and quantities")[1].split("```")[1].strip()
    assert check(parse(example), {"D01": [], "D03": [], "D05": ["as-told", "as-run"]}) is Kind.TRUTH


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "A1.__class__",
        "A1.train_loss.__class__.__mro__",
        "A1.train_loss.as_told",
        "A1.as_run.as_told.macs",
        "A1.macs.real",
        "(lambda: 1)()",
        "lambda: 1",
        "[x for x in A1.train_loss]",
        "{x for x in (1,)}",
        "max(x for x in (1,))",
        "A1.train_loss[0]",
        "{'a': 1}",
        "{1}",
        "'text'",
        "b'bytes'",
        "f'{A1}'",
        "True",
        "None",
        "...",
        "1j",
        "(x := 3)",
        "1 if A1.macs > 1 else 2",
        "max(*[1, 2])",
        "max(A1.train_loss, key=1)",
        "max(**{})",
        "7 // 2",
        "7 % 2",
        "7 << 2",
        "~7",
        "+7",
        "[1] @ [2]",
        "A1.train_loss()",
        "max(1, 2)(3)",
        "await A1",
        "eval(1)",
        "open(1)",
        "1; 2",
        "\0",
        "A1.macs > 1 # and more\n+ 1",
    ],
)
def test_everything_outside_the_language_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        kind(text)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 900 + "1",
        "-" * 50_000 + "1",
        "not " * 900 + "1 > 2",
        "1" + " + 1" * 900,
        "1" + " + 1" * 50_000,
        "(" * 50 + "[" * 120 + "1" + "]" * 120 + ")" * 50,
        "[" * 5_000 + "]" * 5_000,
        "A1" + ".a" * 900,
        "max(" * 90 + "1" + ")" * 90,
        "9" * 5_000,
    ],
)
@pytest.mark.parametrize("read", [parse, lambda text: quantity(text, "A1")])
def test_deep_nesting_is_refused_in_few_words(text: str, read) -> None:
    """Neither a stack overflow nor a page of the text itself."""
    with pytest.raises(ExpressionError) as refused:
        check(read(text), RUNS)
    assert len(str(refused.value)) < 400


def test_long_sums_and_conjunctions_of_real_predicates_pass() -> None:
    total = " + ".join(["max(A1.train_loss)"] * 30)
    assert kind(" and ".join([f"({total}) / 30 > 1"] * 30)) is Kind.TRUTH


def test_a_quantity_is_asked_of_its_run() -> None:
    for text in ("max(validation_accuracy)", "-last(train_loss) + parameters / 2"):
        asked = {found.run for found in references(quantity(text, "A1"))}
        assert asked == {"A1"}
        assert check(quantity(text, "A1"), RUNS) is Kind.NUMBER


def test_a_quantity_may_be_asked_of_a_variant() -> None:
    node = quantity("last(train_loss)", "A2", "as-told")
    assert list(references(node)) == [Reference("A2", "as-told", "train_loss")]
    assert check(node, RUNS) is Kind.NUMBER


def test_a_quantity_may_name_another_run() -> None:
    node = quantity("parameters / A2.as_run.parameters", "A1")
    assert list(references(node)) == [
        Reference("A1", None, "parameters"),
        Reference("A2", "as-run", "parameters"),
    ]


def test_a_quantity_of_unknown_words_is_refused() -> None:
    with pytest.raises(ExpressionError, match="did you mean 'train_loss'"):
        check(quantity("last(train_los)", "A1"), RUNS)


def test_references_are_found_wherever_they_stand() -> None:
    node = parse("not (max(A1.macs, [A2.as_run.macs]) > -A1.initial_loss) and A2.macs < 1 < 2")
    assert [(f.run, f.variant, f.name) for f in references(node)] == [
        ("A1", None, "macs"),
        ("A2", "as-run", "macs"),
        ("A1", None, "initial_loss"),
        ("A2", None, "macs"),
    ]


def test_no_attribute_is_a_name_of_the_language() -> None:
    """A bare word of a quantity must mean one thing; variants stand where attributes do."""
    assert not set(ATTRIBUTES) & {"as_told", "as_run"}
    assert all(name.isidentifier() for name in [*ATTRIBUTES, *FUNCTIONS])


def test_reading_executes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    node = parse("print(1)")
    assert isinstance(node, ast.Call)
    with pytest.raises(ExpressionError):
        check(node, RUNS)
    assert capsys.readouterr().out == ""
