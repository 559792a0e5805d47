"""Every word of a recipe survives a kill: a resumed training ends with the undisturbed bits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.kills import train_whole_and_broken
from tests.support.recipes import make_recipe
from tests.support.replicates import assert_same_bits, read_json
from tests.support.words import TRAINED, recipe_with

from regrade.studies.reference import KINDS
from regrade.training.job import Job

SECTIONS = {*TRAINED, "splits", "selections", "stop rules"}
WORDS = [(section, kind) for section in sorted(SECTIONS) for kind in KINDS[section]]
KILLED_AFTER = 2


@pytest.mark.parametrize(("section", "kind"), WORDS)
def test_a_word_is_resumed_to_the_bit(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, section: str, kind: str
) -> None:
    recipe = make_recipe(**{"stop": {"epochs": 4}} | recipe_with(section, kind))
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_whole_and_broken(whole, broken, monkeypatch, KILLED_AFTER)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [KILLED_AFTER - 1]
    assert_same_bits(whole, broken)
