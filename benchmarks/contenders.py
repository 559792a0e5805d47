"""What contenders do in processes of their own: build what a specification says, then run slices.

Nothing of ours is imported into a student's process but what builds the same network.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import torch

from benchmarks.slices import Contender, Done, Slices, repeating
from benchmarks.subjects import SUBJECTS
from regrade.studies.datasets import DATASETS
from regrade.studies.images import image_size
from regrade.studies.optimization import Adam
from regrade.studies.recipe import Recipe

if TYPE_CHECKING:
    from regrade.data.load import Splits
    from regrade.training.trainer import Trainer


def run(spec: SimpleNamespace, slices: Slices) -> None:
    """Build a contender and run its slices until the parent has no more."""
    if getattr(spec, "device", "cpu").startswith("cuda"):
        slices.synchronize = torch.cuda.synchronize
    try:
        KINDS[spec.kind](spec, slices)
    except Done:
        return


def ours(spec: SimpleNamespace, slices: Slices) -> None:
    """Train as a replicate does; `bare`, `peak` and `save` are contenders in the same process."""
    from regrade.data.load import load_splits
    from regrade.models.build import build_model
    from regrade.training import checkpoints
    from regrade.training.devices import prepare_device, to_channels_last
    from regrade.training.optimizers import build_optimizer
    from regrade.training.precision import allow_tf32, usable_precision
    from regrade.training.trainer import Trainer

    subject = SUBJECTS[spec.subject]
    recipe = subject.recipe(spec.batch)
    if spec.adam:
        recipe = recipe.model_copy(update={"optimizer": Adam(kind="adam", learning_rate=1e-4)})
    device = prepare_device(spec.device, spec.threads)
    splits = load_splits(Path(spec.data), recipe, 10**9, 1_000)
    torch.manual_seed(0)
    network = build_model(recipe.model, splits.classes, image_size(recipe))
    network = to_channels_last(network, device)
    precision = usable_precision(spec.precision, network, device)
    allow_tf32(precision)
    optimizer = build_optimizer(recipe, network)
    trainer = Trainer(recipe, network, optimizer, splits.training, 0, device, precision)

    def save() -> int:
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        checkpoints.save(Path(spec.scratch) / "checkpoint", state, 1)
        return 1

    slices.others["save"] = repeating(save, slices.synchronize)
    slices.others["bare"] = repeating(_bare_step(trainer, splits), slices.synchronize)
    slices.others["peak"] = _peak(device)
    slices.start(precision=precision, images=len(splits.training), threads=torch.get_num_threads())
    for epoch in count(1):
        trainer.train_epoch(epoch, slices.step)


def _bare_step(trainer: Trainer, splits: Splits) -> Callable[[], int]:
    """Return a step of the same recipe on one fixed batch, of a network of its own."""
    from regrade.data.pipeline import Stream
    from regrade.models.build import build_model
    from regrade.training.devices import to_channels_last
    from regrade.training.optimizers import build_optimizer
    from regrade.training.precision import autocast

    recipe, device = trainer.recipe, trainer.device
    size = recipe.batches.training
    drawn = trainer.pipeline.draw(0, 1, Stream.TRAINING, size)
    inputs = trainer.pipeline.apply(trainer.images[:size], drawn, slice(0, size))
    labels = trainer.labels[:size]
    network = build_model(recipe.model, splits.classes, image_size(recipe))
    network = to_channels_last(network, device).train()
    optimizer = build_optimizer(recipe, network)

    def step() -> int:
        optimizer.zero_grad(set_to_none=True)
        with autocast(trainer.precision, device):
            logits = network(inputs)
        torch.nn.functional.cross_entropy(logits.float(), labels).backward()
        optimizer.step()
        return size

    return step


def _peak(device: torch.device) -> Contender:
    """Return convolutions 3x3 of 256 channels, float32, channels last; a count is an operation."""
    images, side = (32, 16) if device.type == "cpu" else (256, 32)
    layer = torch.nn.Conv2d(256, 256, 3, padding=1, bias=False, device=device)
    layer.weight.data = layer.weight.data.to(memory_format=torch.channels_last)
    inputs = torch.randn(images, 256, side, side, device=device)
    inputs = inputs.to(memory_format=torch.channels_last)
    operations = 2 * images * side**2 * 256 * 256 * 9

    def step() -> int:
        with torch.no_grad():
            layer(inputs)
        return operations

    def run(seconds: float, steps: int) -> dict:
        synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None
        return repeating(step, synchronize)(seconds, steps)

    return run


def matrices(spec: SimpleNamespace, slices: Slices) -> None:
    """Multiply square matrices in float32 (`loop`) and bf16; a count is an operation."""
    torch.backends.cuda.matmul.allow_tf32 = False
    side = spec.side

    def multiply(dtype: torch.dtype) -> Callable[[], int]:
        a = torch.randn(side, side, device=spec.device, dtype=dtype)
        b = torch.randn(side, side, device=spec.device, dtype=dtype)

        def step() -> int:
            torch.mm(a, b)
            return 2 * side**3

        return step

    slices.others["bf16"] = repeating(multiply(torch.bfloat16), slices.synchronize)
    step = multiply(torch.float32)
    slices.start(threads=torch.get_num_threads(), **_device_facts(spec.device))
    while True:
        slices.step(step())


def student(spec: SimpleNamespace, slices: Slices) -> None:
    """Train as a student does, with torch's defaults."""
    from benchmarks import student as opponent
    from regrade.models.build import build_model

    subject = SUBJECTS[spec.subject]
    recipe = subject.recipe(spec.batch)
    device = torch.device(spec.device)
    torch.manual_seed(0)
    network = build_model(recipe.model, DATASETS[subject.dataset].classes, image_size(recipe)).to(
        device
    )
    images = opponent.loader(recipe, Path(spec.data), spec.workers, pinned=device.type == "cuda")
    optimizer = opponent.optimizer(recipe, network)
    slices.start(threads=torch.get_num_threads())
    opponent.train(network, images, optimizer, device, slices.step)


def our_images(spec: SimpleNamespace, slices: Slices) -> None:
    """Make the batches of an epoch as the trainer does, and nothing else."""
    from regrade.data.load import load_splits
    from regrade.data.pipeline import Pipeline, Stream

    torch.set_num_threads(spec.threads)
    recipe = _augmentation(spec)
    images = load_splits(Path(spec.data), recipe, 10**9, 1_000).training.images
    pipeline = Pipeline(recipe.transforms.training, torch.device("cpu"))
    size = recipe.batches.training
    pipeline.apply(images[:1], pipeline.draw(0, 0, Stream.TRAINING, 1), slice(0, 1))  # compiles
    slices.start()
    for epoch in count(1):
        order = torch.randperm(len(images))
        drawn = pipeline.draw(0, epoch, Stream.TRAINING, len(images))
        for start in range(0, len(images), size):
            batch = slice(start, min(start + size, len(images)))
            slices.step(len(pipeline.apply(images, drawn, batch, order[batch])))


def student_images(spec: SimpleNamespace, slices: Slices) -> None:
    """Draw batches from the student's loader, and do nothing with them."""
    from benchmarks import student as opponent

    images = opponent.loader(_augmentation(spec), Path(spec.data), workers=0)
    slices.start()
    opponent.load(images, slices.step)


def _augmentation(spec: SimpleNamespace) -> Recipe:
    """Return the recipe of a subject with batches of 128: all augmentations alike."""
    return SUBJECTS[spec.subject].recipe(batch=128)


def memory(spec: SimpleNamespace, slices: Slices) -> None:
    """Train and score whole epochs; after each, `memory` tells the process's resident bytes."""
    from regrade.data.load import load_splits
    from regrade.models.build import build_model
    from regrade.training.devices import prepare_device, to_channels_last
    from regrade.training.evaluation import Evaluator
    from regrade.training.optimizers import build_optimizer
    from regrade.training.trainer import Trainer

    imported = resident()
    recipe = SUBJECTS[spec.subject].recipe()
    device = prepare_device("cpu", spec.threads)
    splits = load_splits(Path(spec.data), recipe, spec.images, min(2_000, spec.images))
    network = build_model(recipe.model, splits.classes, image_size(recipe))
    network = to_channels_last(network, device)
    optimizer = build_optimizer(recipe, network)
    trainer = Trainer(recipe, network, optimizer, splits.training, 0, device)
    evaluator = Evaluator(recipe, splits.scored, 0, device)

    def tell(seconds: float, steps: int) -> dict:
        sets = (splits.training, splits.scored, splits.test)
        data = {one.images.data_ptr(): one.images.nbytes for one in sets}
        state = [*network.parameters(), *network.buffers()]
        state += [p.grad for p in network.parameters() if p.grad is not None]
        state += [v for moments in optimizer.state_dict()["moments"] for v in moments
                  if torch.is_tensor(v)]  # fmt: skip
        return {
            "resident": resident(),
            "imported": imported,
            "data": sum(data.values()),
            "state": sum(t.nbytes for t in state),
            "seconds": time.perf_counter(),
        }

    slices.others["memory"] = tell
    slices.start()
    for epoch in count(1):
        trainer.train_epoch(epoch, lambda _: None)
        evaluator.score(network, epoch)
        slices.step(1)


def resident() -> int:
    """Return the bytes of main memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _device_facts(name: str) -> dict:
    if not name.startswith("cuda"):
        return {"device": "cpu"}
    return {"device": torch.cuda.get_device_name(name), "cuda": torch.version.cuda}


KINDS = {
    "ours": ours,
    "student": student,
    "our_images": our_images,
    "student_images": student_images,
    "matrices": matrices,
    "memory": memory,
}
