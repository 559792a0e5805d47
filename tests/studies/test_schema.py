"""The JSON Schema that editors read is that of the package."""

import json

from regrade.commands.studies import STUDIES
from regrade.studies.reference import reference
from regrade.studies.study import Study


def test_the_committed_schema_is_todays() -> None:
    committed = json.loads((STUDIES / "schema.json").read_text())
    assert committed == Study.model_json_schema(), "run `make schema`"


def test_the_committed_reference_of_words_is_todays() -> None:
    page = STUDIES.parent / "docs" / "words.md"
    assert page.read_text(encoding="utf-8") == reference(), "run `make schema`"
