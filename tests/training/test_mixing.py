"""Mixup and CutMix: pixels and labels of the papers' own code, with the choices given."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.support.recipes import as_trainer_sees, make_recipe
from torch.nn import functional

from regrade.training.losses import mean_loss
from regrade.training.mixing import Mixed, box_of, draw, mix

CPU = torch.device("cpu")
SIZES = [32] * 400 + [7]


def word(kind: str, **keys: float):
    return as_trainer_sees(make_recipe(mix={"kind": kind} | keys)).mix


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(1))


PARTNERS = torch.tensor([3, 5, 0, 1, 2, 4])


def test_mixup_adds_two_images(images) -> None:
    """facebookresearch/mixup-cifar10: lam * x + (1 - lam) * x[index, :]."""
    found, share = mix(word("mixup"), images, Mixed(PARTNERS, 0.3, (0.5, 0.5)))
    assert torch.equal(found, images * 0.3 + images[PARTNERS] * (1 - 0.3))
    assert share == 0.3


@pytest.mark.parametrize("middle", [(0.5, 0.5), (0.01, 0.9), (0.99, 0.0)])
def test_cutmix_pastes_a_box(images, middle) -> None:
    """clovaai/CutMix-PyTorch: `rand_bbox`, and lam from the pixels that were pasted."""
    lam, side = 0.3, 32
    cut = int(side * np.sqrt(1.0 - lam))
    centre = [int(m * side) for m in middle]
    low = [int(np.clip(c - cut // 2, 0, side)) for c in centre]
    high = [int(np.clip(c + cut // 2, 0, side)) for c in centre]
    expected = images.clone()
    rows, columns = slice(low[0], high[0]), slice(low[1], high[1])
    expected[:, :, rows, columns] = images[PARTNERS][:, :, rows, columns]
    found, share = mix(word("cutmix"), images, Mixed(PARTNERS, lam, middle))
    assert torch.equal(found, expected) and not torch.equal(found, images)
    assert share == 1 - (high[0] - low[0]) * (high[1] - low[1]) / side**2


def test_two_losses_in_shares_are_the_loss_of_soft_labels() -> None:
    """As torchvision.transforms.v2 has it, whose labels are vectors."""
    logits, labels = torch.randn(6, 10), torch.arange(6)
    loss = as_trainer_sees(make_recipe()).loss
    ours = 0.3 * mean_loss(loss, logits, labels) + 0.7 * mean_loss(loss, logits, labels[PARTNERS])
    one_hot = functional.one_hot(labels, 10).float()
    soft = 0.3 * one_hot + 0.7 * one_hot[PARTNERS]
    torch.testing.assert_close(ours, functional.cross_entropy(logits, soft))


def test_shares_are_drawn_from_a_beta_distribution() -> None:
    shares = [m.share for m in draw(word("mixup", alpha=0.4), 1, 1, SIZES, CPU) if m]
    assert len(shares) == len(SIZES)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)
    # Of Beta(a, a) the variance is 1 / (4 (2 a + 1)).
    assert np.var(shares) == pytest.approx(1 / (4 * 1.8), abs=0.02)


def test_a_batch_is_mixed_with_its_probability_and_within_itself() -> None:
    drawn = list(draw(word("cutmix", probability=0.25), 1, 1, SIZES, CPU))
    assert np.mean([m is not None for m in drawn]) == pytest.approx(0.25, abs=0.07)
    for mixed, size in zip(drawn, SIZES, strict=True):
        if mixed:
            assert sorted(mixed.partners.tolist()) == list(range(size))


def test_the_choices_depend_on_seed_and_epoch_alone() -> None:
    def shares(seed: int, epoch: int) -> list[float]:
        return [m.share for m in draw(word("mixup"), seed, epoch, SIZES, CPU) if m]

    assert shares(1, 1) == shares(1, 1)
    assert shares(1, 1) != shares(1, 2)
    assert shares(1, 1) != shares(2, 1)


def test_a_box_lies_within_the_image_whatever_its_side() -> None:
    for number in range(200):
        rng = np.random.default_rng(number)
        mixed = Mixed(PARTNERS, float(rng.random()), tuple(rng.random(2)))
        for box, side in zip(box_of(mixed, 64, 20), (64, 20), strict=True):
            assert 0 <= box.start <= box.stop <= side
