"""Networks of timm go by their names where it is installed; else they are refused, with why."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.support.networks import read
from tests.support.recipes import TO_TENSOR, make_recipe

from regrade.measuring.measure import measure
from regrade.models import timm_measured
from regrade.models.build import build_network
from regrade.studies import cost, timm_costs
from regrade.studies.layer_rows import ShapeError, UnknownNetworkError
from regrade.studies.recipe_checks import recipe_mistakes
from regrade.training.identity import replicate_identity

IMITATION = '''
"""What Regrade takes of timm, with two networks."""
import types
from torch import nn

__version__ = "9.9"
NAMES = ["plain", "fixed", "features"]
models = types.SimpleNamespace(
    get_pretrained_cfg=lambda name: types.SimpleNamespace(fixed_input_size=name == "fixed")
)
is_model = NAMES.__contains__
list_models = lambda: NAMES


class Plain(nn.Module):
    def __init__(self, num_classes, in_chans, img_size=None):
        super().__init__()
        self.conv = nn.Conv2d(in_chans, 4, 3, padding=1, bias=False)
        self.head = nn.Linear(4 * (img_size or 1), num_classes)

    def forward(self, images):
        rows = self.conv(images).mean(3)
        return self.head(rows.flatten(1) if self.head.in_features > 4 else rows.mean(2))


def create_model(name, **given):
    if name == "features":
        return nn.Conv2d(given["in_chans"], 4, 1)
    return Plain(**given)
'''


in_a_process = timm_costs._measured


def word(name: str, **keys: Any) -> Any:
    return read({"kind": "timm", "name": name, **keys})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Remember what is measured in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    timm_costs._remembered.cache_clear()
    return tmp_path / "cache"


@pytest.fixture
def imitation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put an imitation of timm where this process and those that it starts find it."""
    place = tmp_path / "packages"
    (place / "timm-9.9.dist-info").mkdir(parents=True)
    (place / "timm-9.9.dist-info" / "METADATA").write_text("Name: timm\nVersion: 9.9\n")
    (place / "timm.py").write_text(IMITATION)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    # One test has a process of its own start; the others answer here, which is fast.
    monkeypatch.setattr(timm_costs, "_measured", timm_measured.answer)
    yield
    sys.modules.pop("timm", None)


def test_a_missing_timm_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    recipe = make_recipe(model={"kind": "timm", "name": "resnet26"})
    (told,) = recipe_mistakes(recipe)
    expected = "model: model 'resnet26' is one of timm, which is not installed here: pip"
    assert told.startswith(expected)


@pytest.mark.parametrize("name", ["hf-hub:someone/something", "local-dir:x", "../x", "a.b", "A"])
def test_a_name_is_a_name_and_no_place(name: str) -> None:
    with pytest.raises(ValueError, match="should match pattern"):
        word(name)


def test_a_network_is_measured_once_in_a_process_of_its_own(
    imitation: None, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timm_costs, "_measured", in_a_process)
    values = 32 * 32 * 4 + 10
    macs = 32 * 32 * 4 * 27 + 40
    expected = cost.Cost(4 * 9 * 3 + 4 * 10 + 10, macs, values, 2 * values // 3)
    assert cost.cost(word("plain"), 32, 10) == expected
    (kept,) = cache.rglob("*.json")
    assert kept.parent.name.startswith("timm-9.9-") and kept.name.startswith("plain-32-10-3")
    timm_costs._remembered.cache_clear()
    monkeypatch.setattr(timm_costs, "_measured", None)
    assert cost.cost(word("plain"), 32, 10) == expected


def test_a_damaged_memory_is_measured_again(imitation: None, cache: Path) -> None:
    first = cost.cost(word("plain"), 8, 10, channels=1)
    (kept,) = cache.rglob("*.json")
    kept.write_text("{")
    timm_costs._remembered.cache_clear()
    assert cost.cost(word("plain"), 8, 10, channels=1) == first


def test_a_network_of_one_side_is_built_for_the_images(imitation: None) -> None:
    with torch.device("meta"):
        assert build_network(word("fixed"), 10, 12).head.in_features == 48
        assert build_network(word("plain"), 10, 12, 1).conv.in_channels == 1
    recipe = make_recipe(
        model={"kind": "timm", "name": "fixed"},
        transforms={
            "training": [{"kind": "random_crop", "size": 24}, TO_TENSOR],
            "evaluation": [TO_TENSOR],
        },
    )
    (told,) = recipe_mistakes(recipe)
    assert "24 x 24 pixels and evaluated on 32 x 32: networks of timm are built for one" in told


def test_what_timm_does_not_have_is_told_with_the_nearest_name(imitation: None) -> None:
    (told,) = recipe_mistakes(make_recipe(model={"kind": "timm", "name": "plane"}))
    assert told == "model: timm 9.9 has no network 'plane'; did you mean 'plain'?"


@pytest.mark.parametrize(
    ("name", "keys", "told"),
    [
        ("features", {}, "in training features gives something else than a logit a class"),
        ("plain", {"drop_rate": 0.1}, "unexpected keyword argument 'drop_rate'"),
    ],
)
def test_what_cannot_be_trained_is_refused(imitation: None, name, keys, told: str) -> None:
    with pytest.raises(ShapeError, match=f"timm cannot build it: .*{told}") as raised:
        cost.cost(word(name, **keys), 32, 10)
    assert not isinstance(raised.value, UnknownNetworkError)


def test_its_layers_are_listed_and_measured(imitation: None) -> None:
    recipe = make_recipe(model={"kind": "timm", "name": "plain"})
    found = measure(recipe, None)
    assert [row["name"] for row in found["layers"]] == ["conv", "head"]
    assert found["macs"] == cost.cost(recipe.model, 32, 10).macs


def test_the_version_of_timm_decides_the_bits_of_its_networks_alone(imitation: None) -> None:
    for recipe, there in (('{"kind":"timm"}', True), ('{"kind":"chain"}', False)):
        found = replicate_identity(recipe, {}, 0, "", {"packages": {"torch": "2"}})
        assert (found["packages"] == {"torch": "2", "timm": "9.9"}) == there


def test_networks_of_timm_have_its_published_sizes() -> None:
    """Parameters and GMACs of timm's own benchmark tables."""
    pytest.importorskip("timm", reason="timm is not installed")
    for name, millions, gmacs in (
        ("resnet26", 16.0, 2.36),
        ("vit_tiny_patch16_224", 5.72, 1.26),
        ("swin_tiny_patch4_window7_224", 28.29, 4.51),
    ):
        found = cost.cost(word(name), 224, 1000)
        assert found.parameters / 1e6 == pytest.approx(millions, abs=6e-3)
        assert found.macs / 1e9 == pytest.approx(gmacs, rel=0.01)
