"""The data sets: what there is of each; without pydantic, so that every room can import it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RGB = 3
"""Channels of images in colour."""
GRAY = 1
"""Channels of images without colour."""


@dataclass(frozen=True)
class Dataset:
    """A data set of labelled square images, in a training and a test part."""

    name: str
    """As study files write it; its files are named by it."""
    title: str
    """As people write it."""
    classes: int
    training_images: int
    test_images: int
    side: int
    """Of its images, in pixels."""
    channels: int
    torchvision: str | None = None
    """The class of torchvision that downloads it, where there is one."""
    class_counts: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    """Training and test images of each class, where those of the official files are not alike."""
    class_names: tuple[str, ...] | None = None
    """Of a data set of one's own, in the order of its labels."""

    @property
    def image_bytes(self) -> int:
        """What all images take in memory."""
        return (self.training_images + self.test_images) * self.side**2 * self.channels

    @property
    def counts(self) -> dict[str, int]:
        """How many images each part has."""
        return {"train": self.training_images, "test": self.test_images}

    def images_of(self, classes: Sequence[int]) -> tuple[int, int] | None:
        """Count the training and test images of some classes; None where nobody knows."""
        if self.class_names:
            return None
        if self.class_counts:
            train, test = (sum(counts[label] for label in classes) for counts in self.class_counts)
            return train, test
        share = len(classes)
        return (
            self.training_images // self.classes * share,
            self.test_images // self.classes * share,
        )


_SVHN = (
    (4_948, 13_861, 10_585, 8_497, 7_458, 6_882, 5_727, 5_595, 5_045, 4_659),
    (1_744, 5_099, 4_149, 2_882, 2_523, 2_384, 1_977, 2_019, 1_660, 1_595),
)
_MNIST = (
    (5_923, 6_742, 5_958, 6_131, 5_842, 5_421, 5_918, 6_265, 5_851, 5_949),
    (980, 1_135, 1_032, 1_010, 982, 892, 958, 1_028, 974, 1_009),
)
_NAMED = (
    Dataset("cifar10", "CIFAR-10", 10, 50_000, 10_000, 32, RGB, "CIFAR10"),
    Dataset("cifar100", "CIFAR-100", 100, 50_000, 10_000, 32, RGB, "CIFAR100"),
    Dataset("svhn", "SVHN", 10, 73_257, 26_032, 32, RGB, "SVHN", _SVHN),
    Dataset("mnist", "MNIST", 10, 60_000, 10_000, 28, GRAY, "MNIST", _MNIST),
    Dataset("fashion_mnist", "Fashion-MNIST", 10, 60_000, 10_000, 28, GRAY, "FashionMNIST"),
    Dataset("kmnist", "KMNIST", 10, 60_000, 10_000, 28, GRAY, "KMNIST"),
    Dataset("stl10", "STL-10", 10, 5_000, 8_000, 96, RGB, "STL10"),
)
DATASETS = {dataset.name: dataset for dataset in _NAMED}
"""Those that go by name."""
