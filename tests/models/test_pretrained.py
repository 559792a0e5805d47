"""Pretrained weights: where they come from, and what they fill."""

from types import SimpleNamespace

import pytest
import torch
from tests.support.networks import (
    read,
)

from regrade.models import pretrained
from regrade.models.build import build_model
from regrade.models.pretrained import UnavailableWeightsError
from regrade.torchvision_compat import torchvision

PRETRAINED = read({"kind": "torchvision", "name": "resnet18", "pretrained": True})


@pytest.fixture
def weight_file(tmp_path, monkeypatch):
    """A weight file of the untrained network, whose digest torchvision is made to announce."""
    torch.manual_seed(1)
    path = tmp_path / "weights.pth"
    torch.save(torchvision.models.resnet18().state_dict(), path)
    digest = pretrained.hashlib.sha256(path.read_bytes()).hexdigest()
    announced = SimpleNamespace(
        IMAGENET1K_V1=SimpleNamespace(url=f"https://example.org/resnet18-{digest[:8]}.pth")
    )
    monkeypatch.setattr(torchvision.models, "get_model_weights", lambda _: announced)
    return path


def test_pretrained_weights_fill_all_layers_but_the_last(weight_file):
    network = build_model(PRETRAINED, 100, 32, weights=weight_file)
    saved = torch.load(weight_file)
    assert torch.equal(network.layer4[1].conv2.weight, saved["layer4.1.conv2.weight"])
    assert network.fc.weight.shape == (100, 512)


def test_another_weight_file_is_refused(weight_file):
    weight_file.write_bytes(b"something else")
    with pytest.raises(UnavailableWeightsError, match=r"is not torchvision's resnet18-.*SHA-256"):
        build_model(PRETRAINED, 100, 32, weights=weight_file)


def test_a_missing_weight_file_is_named(tmp_path):
    with pytest.raises(UnavailableWeightsError, match=r"none\.pth cannot be read"):
        build_model(PRETRAINED, 100, 32, weights=tmp_path / "none.pth")


def test_a_failed_download_tells_what_to_fetch(monkeypatch):
    def fail(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fail)
    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", fail)
    with pytest.raises(UnavailableWeightsError, match=r"no network.*fetch https://.*resnet18"):
        build_model(PRETRAINED, 100, 32)
