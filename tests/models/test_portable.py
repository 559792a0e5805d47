"""Strided 1 x 1 convolutions of few channels get the right gradients on every processor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from regrade.models.portable import StridedPointwise, make_portable

PROGRAM = """
import torch
from torch import nn
from regrade.models.portable import make_portable

torch.manual_seed(0)
network = make_portable(nn.Sequential(nn.Conv2d(4, 8, 1, 2, bias=False)))
network = network.to(memory_format=torch.channels_last)
images = torch.randn(32, 4, 32, 32).to(memory_format=torch.channels_last).requires_grad_()
for _ in range(50):
    network.zero_grad()
    network(images).square().sum().backward()
weight, inputs = network[0].weight.detach().double(), images.detach().double()
exact = nn.functional.conv2d(inputs, weight, stride=2)
torch.testing.assert_close(network(images).double(), exact, rtol=1e-4, atol=1e-5)
gradient = torch.einsum("bohw,bihw->oi", 2 * exact, inputs[:, :, ::2, ::2])
found = network[0].weight.grad.flatten(1).double()
torch.testing.assert_close(found, gradient, rtol=1e-3, atol=1e-2)
print(torch.backends.cpu.get_cpu_capability())
"""
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}


@pytest.mark.parametrize("limits", [AVX2, {}], ids=["avx2", "this-processor"])
@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_are_right_on_every_processor(limits: dict[str, str], threads: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **limits, "OMP_NUM_THREADS": str(threads)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not limits or done.stdout.strip() == "AVX2"


def test_a_group_norm_that_comes_first_has_the_right_gradients() -> None:
    program = """
import torch
from torch import nn
from regrade.models.portable import make_portable

images = torch.randn(50, 6, 8, 8)
plain, guarded = nn.GroupNorm(3, 6), make_portable(nn.Sequential(nn.GroupNorm(3, 6)))[0]
for _ in range(30):
    plain(images).square().sum().backward()
    guarded(images.to(memory_format=torch.channels_last)).square().sum().backward()
torch.testing.assert_close(guarded.weight.grad, plain.weight.grad)
torch.testing.assert_close(guarded.bias.grad, plain.bias.grad)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_only_what_is_concerned_is_replaced() -> None:
    network = make_portable(
        nn.Sequential(
            nn.Conv2d(3, 8, 1, 2), nn.Conv2d(8, 8, 3, 2, 1), nn.Conv2d(16, 8, 1, 2),
            nn.Conv2d(32, 32, 1, 2, groups=4), nn.Conv2d(8, 8, 1),
        )
    )  # fmt: skip
    replaced = [type(module) is StridedPointwise for module in network]
    assert replaced == [True, False, False, True, False]


def test_the_replacement_computes_what_the_convolution_does() -> None:
    torch.manual_seed(1)
    plain = nn.Conv2d(6, 5, 1, 2)
    guarded = make_portable(nn.Sequential(nn.Conv2d(6, 5, 1, 2)))
    guarded[0].load_state_dict(plain.state_dict())
    images = torch.rand(3, 6, 9, 9)
    torch.testing.assert_close(guarded(images), plain(images))
