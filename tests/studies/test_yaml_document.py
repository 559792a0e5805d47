"""Mistakes of study files: all told at once, with line, place, what was found and what is right."""

from __future__ import annotations

import pytest
from tests.support.mistakes import line_of, mistakes

from regrade.errors import UserError
from regrade.studies.load import load_study

PREDICATE = "predicate: max(A2.validation_accuracy) > max(A1.validation_accuracy)"


def test_a_study_without_mistakes_loads(plain_study) -> None:
    assert list(plain_study.runs) == ["A1", "A2"]


def test_every_mistake_is_told_at_once_with_its_line(write_study) -> None:
    path = write_study(
        ("accuracy: 0.02", "accuracy: two"),
        ("kind: flatten", "kind: flaten"),
        ("title: plain", "titel: plain"),
        ("unit: fraction", "unit: percents"),
        ("epochs: 4", "epochs: 0"),
        ("source: text\n", "source: text\nextra: 1\n"),
    )
    told = mistakes(path)
    for text, place, words in (
        ("accuracy: two", "tolerances.accuracy", "found 'two'"),
        ("flaten", "architectures.net.layers[1]", "found 'flaten'; did you mean 'flatten'?"),
        ("titel", "runs.A1.titel", "unknown key; did you mean 'title'?"),
        ("percents", "runs.A1.published.numbers[0].unit", "did you mean 'percent'?"),
        ("epochs: 0", "runs.A2.variants.as-told.stop.epochs", "found 0: it must be greater than 0"),
        ("extra", "extra", "unknown key; known keys: study, extends, report"),
    ):
        start = f"line {line_of(path, text)}: {place}: "
        (line,) = [line for line in told if line.startswith(start)]
        assert words in line
    assert len(told) == 6


def test_what_the_schema_cannot_say_is_told_at_once_too(write_study) -> None:
    path = write_study(
        ("study: tiny", "study: tony"),
        ("quantity: max", "quantity: maxx"),
        ("runs: [A1], source", "runs: [A1x], source"),
        (PREDICATE, "predicate: last(A3.train_loss) > 1"),
        ("recipe: {model: net}\n    published", "recipe: {model: nett}\n    published"),
    )
    told = mistakes(path)
    assert [line.split(": ")[1] for line in told] == [
        "study",
        "runs.A1.recipe.model",
        "runs.A1.published.numbers[0].quantity",
        "displays.figure.runs[0]",
        "claims.better.predicate",
    ]
    for line, words in zip(
        told,
        (
            "found 'tony': it must be the file's name 'tiny'",
            "unknown architecture 'nett'; did you mean 'net'?",
            "unknown function 'maxx'; did you mean 'max'?",
            "unknown run 'A1x'; did you mean 'A1'?",
            "unknown run 'A3'",
        ),
        strict=True,
    ):
        assert words in line


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("{kind: sgd, learning_rate: 0.1}", "{kind: sdg, learning_rate: 0.1}"),
            ["optimizer: found 'sdg'; did you mean 'sgd'?"],
        ),
        (
            ("{kind: sgd, learning_rate: 0.1}", "{kind: sgd, learning_rate: -1}"),
            ["optimizer.learning_rate: found -1: it must be greater than 0"],
        ),
        (
            ("{kind: sgd, learning_rate: 0.1}", "{learning_rate: 0.1}"),
            ["optimizer: the key 'kind' is missing"],
        ),
        (
            ("{kind: sgd, learning_rate: 0.1}", "{lion: {learning_rate: 0.1}}"),
            ["optimizer: found 'lion'; allowed: sgd, adam"],
        ),
        (
            ("split: {kind: random, validation: 5000, seed: 1}", "split: {randm: {validation: 5}}"),
            ["split: found 'randm'; did you mean 'random'?"],
        ),
        (
            ("evaluate: validation", "evaluate: validation\n  clip: 1.0"),
            ["clip: found 1.0: keys with values belong here"],
        ),
        (
            ("evaluate: validation", "evaluate: validation\n  average_weights: {ema: 0.9}"),
            ["average_weights: found 0.9 in ema: its keys stand there: `decay`"],
        ),
        (
            ("{kind: sgd, learning_rate: 0.1}", "sgd"),
            ["optimizer: the key 'learning_rate' is missing"],
        ),
        (
            ("schedule: {kind: constant}", "schedule: {kind: table, rates: {0: 0.1, 5: x}}"),
            [
                "schedule.rates[0]: found 0: it must be greater than 0",
                "schedule.rates[5]: found 'x': a number belongs here",
            ],
        ),
        (
            ("evaluate: validation", "evaluate: validation\n  warmup_epochs: -1"),
            ["warmup_epochs: found -1: it must be greater than or equal to 0"],
        ),
    ],
)
def test_a_mistake_of_the_protocol_is_told_once(write_study, change, expected) -> None:
    """Not once for every word that could have stood there, nor once for every run."""
    told = mistakes(write_study(change))
    assert len(told) == len(expected)
    for line, words in zip(told, expected, strict=True):
        assert f"protocol.{words}" in line


def test_settings_that_nothing_gives_are_told_where_they_are_missing(write_study) -> None:
    path = write_study(
        ("  optimizer: {kind: sgd, learning_rate: 0.1}\n", ""),
        ("recipe: {model: net}\n    variants", "variants"),
        ("as-run: {stop: {epochs: 5}}", "as-run: {optimizer: {kind: sgd, learning_rate: 1}}"),
    )
    missing = "this key is missing; neither the protocol nor the run gives it; the same of A2"
    a1, told = (line_of(path, text) for text in ("recipe: {model", "as-told"))
    assert mistakes(path) == [
        f"line {a1}: runs.A1.recipe: optimizer: {missing}-as-told",
        f"line {told}: runs.A2.variants.as-told: model: {missing}-as-run",
    ]


def test_a_setting_of_null_is_missing_from_the_protocol(write_study) -> None:
    path = write_study(("schedule: {kind: constant}", "schedule: null"))
    (told,) = mistakes(path)
    line = line_of(path, "schedule: null")
    assert told.startswith(f"line {line}: protocol.schedule: this key is missing")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{kind: torchvision, name: resnet18}", "found keys with values: the name of a network"),
        ("resnet18", "unknown architecture 'resnet18'; declare it under `architectures`"),
    ],
)
def test_a_network_that_is_not_declared_is_told_where_to_declare_it(
    write_study, written, words
) -> None:
    recipe = "recipe: {model: net}\n    published"
    (told,) = mistakes(write_study((recipe, recipe.replace("net", written))))
    assert ": runs.A1.recipe.model: " in told
    assert words in told


def test_keys_that_are_numbers_have_lines_too(write_study) -> None:
    path = write_study(
        (
            "schedule: {kind: constant}",
            "schedule:\n    kind: table\n    rates:\n      1: 1\n      5: x",
        )
    )
    told = [line for line in mistakes(path) if "rates[5]" in line]
    assert told[0].startswith(f"line {line_of(path, '5: x')}: ")


def test_a_key_that_stands_twice_is_told_with_its_second_line(write_study) -> None:
    path = write_study(("title: plain", "title: plain\n    title: other"))
    assert mistakes(path) == [
        f"line {line_of(path, 'other')}: runs.A1.title: this key stands twice"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the file: found None: keys with values belong here"),
        ("- 1\n", "line 1: the file: found a list: keys with values belong here"),
        ("title: With: momentum\n", "text with a colon in it stands in quotes (line 1, column 12)"),
        (
            "report:\n   title: T\n    author: A\n",
            "line 3 is indented by 4, line 2 by 3: keys of one mapping stand below each other",
        ),
        ("a:\n    b: 1\n\n  c: 2\n", "line 4 is indented by 2, line 2 by 4: keys of one"),
        ("a:\n  - b: 1\n   - c: 2\n", "line 3 is indented by 3, line 2 by 2: items of one list"),
        ("a:\n  - b: 1\n   c: 2\n", "line 3 is indented by 3, line 2 by 4: keys of one mapping"),
        ('a: "b" is better\nc: 1\n', "line 1: text that begins with a quote is quoted to its end"),
        ('a: {b: "b" is better}\n', "line 1: text that begins with a quote is quoted to its end"),
        ("a: [1", "not valid YAML: while parsing a flow sequence"),
        ("? [a, b]\n: 1\n", "line 1: the file: a key must be text"),
        ("a: &a [*a]\n", "an anchor stands inside itself"),
        ("a: &a\n  b: *a\n", "an anchor stands inside itself"),
        ("a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        ("a: 1\n--- \nb: 2\n", "expected a single document"),
        ("a: \x00", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_study_is_refused(tmp_path, text, words) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"^.*/tiny\.yaml: ") as refused:
        load_study(path)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read: "), (b"\xff\xfe\x00", r"not UTF-8 \(byte 1\)")]
)
def test_a_file_that_cannot_be_read_is_told(tmp_path, content, words) -> None:
    path = tmp_path / "tiny.yaml"
    if content:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf"/tiny\.yaml: {words}"):
        load_study(path)


def test_a_hostile_predicate_is_refused_and_not_run(write_study, capsys) -> None:
    path = write_study((PREDICATE, "predicate: __import__('os').system('echo hacked') == 0"))
    (line,) = mistakes(path)
    assert "not part of the predicate language" in line
    assert capsys.readouterr().out == ""
