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


class Cutout:
    """A hole in a tensor, as the code of its paper cuts it."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        """Return the image with a hole at a random place."""
        height, width = image.shape[1:]
        y, x = np.random.randint(height), np.random.randint(width)
        return cut(image, y, x, self.size)


def cut(image: torch.Tensor, y: int, x: int, size: int) -> torch.Tensor:
    """Return an image (channels, height, width) with a hole about a pixel."""
    height, width = image.shape[1:]
    mask = np.ones((height, width), np.float32)
    top, bottom = np.clip([y - size // 2, y + size // 2], 0, height)
    left, right = np.clip([x - size // 2, x + size // 2], 0, width)
    mask[top:bottom, left:right] = 0.0
    return image * torch.from_numpy(mask).expand_as(image)


TRANSFORMS: dict[str, Callable[[Any], Callable]] = {
    "to_tensor": lambda _: transforms.ToTensor(),
    "normalize": lambda word: transforms.Normalize(word.mean, word.std),
    "random_crop": lambda word: transforms.RandomCrop(
        word.size, padding=word.padding, padding_mode=word.padding_mode
    ),
    "random_horizontal_flip": lambda word: transforms.RandomHorizontalFlip(word.probability),
    "random_rotation": lambda word: transforms.RandomRotation(word.degrees),
    "random_affine": lambda word: transforms.RandomAffine(
        word.degrees, word.translate, word.scale, word.shear, fill=word.fill
    ),
    "random_resized_crop": lambda word: transforms.RandomResizedCrop(
        word.size, word.scale, word.ratio
    ),
    "color_jitter": lambda word: transforms.ColorJitter(
        word.brightness, word.contrast, word.saturation, word.hue
    ),
    "random_grayscale": lambda word: transforms.RandomGrayscale(word.probability),
    "rand_augment": lambda word: transforms.RandAugment(word.num_ops, word.magnitude),
    "auto_augment_cifar10": lambda _: transforms.AutoAugment(transforms.AutoAugmentPolicy.CIFAR10),
    "trivial_augment_wide": lambda _: transforms.TrivialAugmentWide(),
    "random_erasing": lambda word: transforms.RandomErasing(
        word.probability, word.scale, word.ratio, word.value
    ),
    "cutout": lambda word: Cutout(word.size),
}
"""torchvision's transforms, and the paper's cutout, by the kinds of our words."""


def _transform(word: Transform) -> Callable:
    return TRANSFORMS[word.kind](word)


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
