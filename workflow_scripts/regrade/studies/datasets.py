"""The data sets: what there is of each; without pydantic, so that every room can import it."""

from __future__ import annotations

from dataclasses import dataclass

RGB = 3
"""Channels of images in colour."""
GRAY = 1
"""Channels of images without colour."""


@dataclass(frozen=True)
class Dataset:
    """A data set of labelled square images, in a training and a test part."""

    title: str
    """As people write it."""
    classes: int
    training_images: int
    test_images: int
    side: int
    """Of its images, in pixels."""
    channels: int
    torchvision: str
    """The class of torchvision that downloads it."""

    @property
    def image_bytes(self) -> int:
        """What the training images take in memory."""
        return self.training_images * self.side**2 * self.channels


DATASETS = {
    "cifar10": Dataset("CIFAR-10", 10, 50_000, 10_000, 32, RGB, "CIFAR10"),
    "cifar100": Dataset("CIFAR-100", 100, 50_000, 10_000, 32, RGB, "CIFAR100"),
    "svhn": Dataset("SVHN", 10, 73_257, 26_032, 32, RGB, "SVHN"),
    "mnist": Dataset("MNIST", 10, 60_000, 10_000, 28, GRAY, "MNIST"),
    "fashion_mnist": Dataset("Fashion-MNIST", 10, 60_000, 10_000, 28, GRAY, "FashionMNIST"),
    "kmnist": Dataset("KMNIST", 10, 60_000, 10_000, 28, GRAY, "KMNIST"),
    "stl10": Dataset("STL-10", 10, 5_000, 8_000, 96, RGB, "STL10"),
}
