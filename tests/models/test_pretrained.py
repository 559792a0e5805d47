"""Pretrained weights: where they come from, and what they fill."""

import errno
import os
import re
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
def announce(tmp_path, monkeypatch):
    """Write a state as a weight file whose digest torchvision is made to announce."""

    def write(state):
        path = tmp_path / "weights.pth"
        torch.save(state, path)
        digest = pretrained.hashlib.sha256(path.read_bytes()).hexdigest()
        announced = SimpleNamespace(
            IMAGENET1K_V1=SimpleNamespace(url=f"https://example.org/resnet18-{digest[:8]}.pth")
        )
        monkeypatch.setattr(torchvision.models, "get_model_weights", lambda _: announced)
        return path

    return write


@pytest.fixture
def weight_file(announce):
    """Return the weight file of an untrained network."""
    torch.manual_seed(1)
    return announce(torchvision.models.resnet18().state_dict())


def test_pretrained_weights_fill_all_layers_but_the_last(weight_file):
    network = build_model(PRETRAINED, 100, 32, weights=weight_file)
    saved = torch.load(weight_file)
    assert torch.equal(network.layer4[1].conv2.weight, saved["layer4.1.conv2.weight"])
    assert network.fc.weight.shape == (100, 512)


def pretrained_network(name, weights):
    model = read({"kind": "torchvision", "name": name, "pretrained": True})
    return build_model(model, 10, 224, weights=weights)


@pytest.mark.parametrize("name", ["mnasnet0_5", "squeezenet1_1"])
def test_a_network_loads_what_torchvision_saves(announce, name):
    """MNASNets read their version from it."""
    saved = torchvision.models.get_model(name).state_dict()
    network = pretrained_network(name, announce(saved))
    first = next(iter(saved))
    assert torch.equal(network.state_dict()[first], saved[first])


def test_a_densenet_loads_the_names_of_its_official_file(announce):
    """They have a dot before a number where modules of today have none."""
    saved = torchvision.models.densenet121().state_dict()
    dotted = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])")
    official = {dotted.sub(r"\1.\2", key): value for key, value in saved.items()}
    assert official.keys() != saved.keys()
    network = pretrained_network("densenet121", announce(official))
    name = "features.denseblock1.denselayer1.norm1.weight"
    assert torch.equal(network.get_parameter(name), saved[name])
    name = "features.denseblock4.denselayer16.conv2.weight"
    assert torch.equal(network.get_parameter(name), saved[name])


def test_googlenet_turns_its_input_into_that_of_its_weights(announce):
    """The weights were trained on values from -1 to 1, and not on normalised ones."""
    saved = torchvision.models.googlenet(aux_logits=True, init_weights=False).state_dict()
    assert any(key.startswith("aux1.") for key in saved)
    network = pretrained_network("googlenet", announce(saved))
    assert network.transform_input
    plain = read({"kind": "torchvision", "name": "googlenet"})
    assert not build_model(plain, 10, 224).transform_input


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


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_a_cache_that_cannot_be_written_is_no_missing_download(monkeypatch, number):
    """The user frees space or names another folder, and no run goes unmeasured for it."""

    def fail(*_, **__):
        raise OSError(number, os.strerror(number), "/home/ann/.cache/torch")

    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", fail)
    with pytest.raises(OSError, match="torch") as failed:
        build_model(PRETRAINED, 100, 32)
    assert failed.value.errno == number
