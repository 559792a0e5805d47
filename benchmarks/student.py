"""The opponent: a training loop as a student writes it, and as tutorials show it.

PIL images from a torchvision data set, `transforms.Compose`, a shuffling `DataLoader`, the loss and
accuracy read with `.item()` in every step, torch's default optimizer, memory layout and threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from regrade.studies.augmentation import Transform
from regrade.studies.recipe import Recipe
from regrade.torchvision_compat import torchvision

transforms = torchvision.transforms


class Pictures(Dataset):
    """Images in memory, given one by one as `torchvision.datasets.CIFAR10` gives them."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, transform: Callable) -> None:
        self.transform = transform
        self.data = images
        self.targets = labels.tolist()

    def __getitem__(self, index: int) -> tuple[Any, int]:
        """Return a transformed image and its label."""
        image, target = Image.fromarray(self.data[index]), self.targets[index]
        return self.transform(image), target

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.data)


def compose(words: Sequence[Transform]) -> Callable:
    """Return the transforms of a recipe as torchvision's, in the recipe's order."""
    return transforms.Compose([_transform(word) for word in words])


def _transform(word: Transform) -> Callable:
    match word.kind:
        case "to_tensor":
            return transforms.ToTensor()
        case "normalize":
            return transforms.Normalize(word.mean, word.std)
        case "random_crop":
            return transforms.RandomCrop(word.size, padding=word.padding)
        case "random_horizontal_flip":
            return transforms.RandomHorizontalFlip(word.probability)
        case "random_rotation":
            return transforms.RandomRotation(word.degrees)
        case "auto_augment_cifar10":
            return transforms.AutoAugment(transforms.AutoAugmentPolicy.CIFAR10)
        case "trivial_augment_wide":
            return transforms.TrivialAugmentWide()
    raise ValueError(f"the student has no transform {word.kind!r}")


def loader(recipe: Recipe, data: Path, workers: int, pinned: bool = False) -> DataLoader:
    """Return the loader of a recipe's training images."""
    with np.load(data) as file:
        images, labels = file["train_images"], file["train_labels"]
    if recipe.split.kind == "random":
        # Which images are held out changes no speed.
        kept = len(labels) - recipe.split.validation
        images, labels = images[:kept], labels[:kept]
    return DataLoader(
        Pictures(images, labels, compose(recipe.transforms.training)),
        batch_size=recipe.batches.training,
        shuffle=True,
        drop_last=recipe.batches.drop_last_training,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=pinned,
    )


def optimizer(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """Return the recipe's optimizer as torch makes it by default."""
    word = recipe.optimizer
    if word.kind == "sgd":
        return torch.optim.SGD(
            network.parameters(),
            lr=word.learning_rate,
            momentum=word.momentum,
            weight_decay=word.weight_decay,
        )
    return torch.optim.Adam(network.parameters(), lr=word.learning_rate)


def train(
    network: nn.Module,
    images: DataLoader,
    optimizer: torch.optim.Optimizer,
    device: torch.device,
    on_step: Callable[[int], None],
) -> None:
    """Train until `on_step` raises; it gets the number of images of each step."""
    criterion = nn.CrossEntropyLoss()
    while True:
        network.train()
        running_loss, correct, total = 0.0, 0, 0
        for inputs, labels in images:
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            outputs = network(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            correct += (outputs.argmax(1) == labels).sum().item()
            total += len(labels)
            on_step(len(labels))


def load(images: DataLoader, on_step: Callable[[int], None]) -> None:
    """Draw batches, and do nothing with them, until `on_step` raises."""
    while True:
        for inputs, _ in images:
            on_step(len(inputs))
