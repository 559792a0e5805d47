"""A replicate is what its whole identity says: recipe, budget, data, code, machine, versions."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from dataclasses import replace

import pytest
import torch
from tests.support.kills import Killed, kill_after
from tests.support.recipes import make_recipe
from tests.support.replicates import (
    ADAM,
    read_json,
)

from regrade.errors import UserError
from regrade.training.identity import machine_identity
from regrade.training.replicate import is_complete, state_folder, train_replicate

CPU = torch.device("cpu")


def test_a_checkpoint_belongs_to_one_replicate_alone(make_job) -> None:
    """Whatever may change its bits gives its state a folder of its own."""
    recipe = make_recipe()
    faster = make_recipe(optimizer=ADAM)
    jobs = [
        make_job(recipe),
        make_job(faster),
        make_job(recipe, seed=1),
        make_job(recipe, epochs=5),
        make_job(recipe, train_images=400),
        make_job(recipe, threads=2),
    ]
    folders = [state_folder(job, "checksum", CPU) for job in jobs]
    folders += [state_folder(jobs[0], "other", CPU)]
    assert len(set(folders)) == 7
    assert state_folder(make_job(recipe), "checksum", CPU) == folders[0]


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("regrade.training.identity.device_name", "NVIDIA H200"),
        ("regrade.training.identity.processor", "another processor"),
        ("torch.backends.cpu.get_cpu_capability", "another"),
        ("importlib.metadata.version", "0.1"),
    ],
)
def test_a_checkpoint_belongs_to_machines_of_one_kind(
    make_job, monkeypatch, place: str, other: str
) -> None:
    """Elsewhere it would go on with other bits, and nothing would tell where they begin."""
    job = make_job(make_recipe())
    here = state_folder(job, "checksum", CPU)
    monkeypatch.setattr(place, lambda *_: other)
    assert state_folder(job, "checksum", CPU) != here
    assert machine_identity(CPU, 1, "float32") == machine_identity(CPU, 1, "float32")


def test_a_record_names_the_machine(make_job) -> None:
    job = make_job(make_recipe(stop={"epochs": 1}))
    train_replicate(job)
    found = read_json(job, "provenance.json")
    identity = machine_identity(CPU, job.threads, job.precision)
    assert {**found, "packages": identity["packages"]}.items() >= identity.items()
    assert found["packages"].items() >= identity["packages"].items()
    assert set(identity["packages"]) == {"torch", "numba", "numpy"}


@pytest.mark.parametrize("package", ["torch", "numba", "numpy", "torchvision"])
def test_a_version_of_what_makes_the_numbers_makes_another_replicate(
    make_job, monkeypatch, package: str
) -> None:
    """Streams of numpy's distributions, and the networks of torchvision, may change with it."""
    job = make_job(make_recipe(model={"kind": "torchvision", "name": "resnet18"}))
    here, version = state_folder(job, "checksum", CPU), importlib.metadata.version
    monkeypatch.setattr(
        "importlib.metadata.version", lambda name: "0.1" if name == package else version(name)
    )
    assert state_folder(job, "checksum", CPU) != here


def test_a_checkpoint_of_another_replicate_is_not_continued(make_job, monkeypatch) -> None:
    recipe = make_recipe()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, 3)
        train_replicate(make_job(recipe))
    job = make_job(recipe, seed=1)
    train_replicate(job)
    assert read_json(job, "provenance.json")["resumed_at_epochs"] == []


def test_a_replicate_is_finished_if_its_whole_identity_is(make_job, tmp_path) -> None:
    """Another data set, precision, budget, recipe, seed or code is another replicate."""
    cpu = torch.device("cpu")
    recipe = make_recipe(stop={"epochs": 1})
    job = make_job(recipe)
    assert not is_complete(job, cpu)
    train_replicate(job)
    assert is_complete(job, cpu)
    for other in (
        replace(job, precision="bf16"),
        replace(job, threads=2),
        make_job(make_recipe(stop={"epochs": 2})),
        make_job(recipe, train_images=400),
    ):
        assert not is_complete(other, cpu)
    data = tmp_path / "cifar10.npz"
    shutil.copy(job.data, data)
    card = json.loads(job.data.with_suffix(".json").read_text())
    data.with_suffix(".json").write_text(json.dumps({**card, "checksum": "another"}))
    assert not is_complete(replace(job, data=data), cpu)
    provenance = read_json(job, "provenance.json")
    changed = {**provenance, "code": "another"}
    (job.output / "provenance.json").write_text(json.dumps(changed))
    assert not is_complete(job, cpu)


def test_a_data_set_that_was_changed_since_it_was_prepared_is_refused(make_job, tmp_path) -> None:
    job = make_job(make_recipe())
    data = tmp_path / "cifar10.npz"
    content = job.data.read_bytes()
    middle = len(content) // 2
    data.write_bytes(content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :])
    shutil.copy(job.data.with_suffix(".json"), data.with_suffix(".json"))
    with pytest.raises(UserError, match=r"cifar10\.npz: (its checksum is|damaged)"):
        train_replicate(replace(job, data=data))
    assert not job.output.exists()
