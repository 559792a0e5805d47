"""The JSON Schema and the reference of words are those of the package, and explain every key."""

import json
from itertools import chain

from regrade.commands.studies import STUDIES
from regrade.studies.reference import KINDS, PARTS, SETTINGS, reference
from regrade.studies.study import Study


def test_the_committed_schema_is_todays() -> None:
    committed = json.loads((STUDIES / "schema.json").read_text())
    assert committed == Study.model_json_schema(), "run `make schema`"


def test_the_committed_reference_of_words_is_todays() -> None:
    page = STUDIES.parent / "docs" / "words.md"
    assert page.read_text(encoding="utf-8") == reference(), "run `make schema`"


CLEAR = {
    # The word's own line is a formula, or a sentence with these keys in it.
    "LocalResponseNorm": {"beta", "k"},
    "Elu": {"alpha"},
    "Softplus": {"beta", "threshold"},
    "Shrink": {"lambd"},
    "Threshold": {"threshold", "value"},
    "ConstantValue": {"value"},
    "Orthogonal": {"gain"},
    "StepDecay": {"every", "factor"},
    "MultiStepDecay": {"factor"},
    "Exponential": {"every", "factor"},
    "InverseTime": {"every", "decay"},
    "Linear": {"start_factor", "end_factor"},
    "Polynomial": {"power", "minimum"},
    "EarlyStopping": {"patience"},
    # The word has no other keys, and its line says what it does with them.
    "Repeated": {"layers", "repeat"},
    "OwnShortcut": {"layers"},
    "NormalValues": {"mean", "std"},
    # Their names say it.
    "Report": {"title", "author"},
    "Section": {"title"},
    **{word.__name__: {"title"} for word in KINDS["displays"].values()},
}
"""Keys that need no explanation, by the class of their word."""


def test_every_key_of_the_reference_is_explained() -> None:
    words = {*chain.from_iterable(kinds.values() for kinds in (*KINDS.values(), PARTS, SETTINGS))}
    silent = {
        f"{word.__name__}.{key}"
        for word in words
        for key, field in word.model_fields.items()
        if not field.description and key != "kind" and key not in CLEAR.get(word.__name__, ())
    }
    assert silent == set(), "write a line under the key, where its class declares it"
