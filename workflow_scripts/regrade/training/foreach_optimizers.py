"""The optimizers for which torch has no fused kernels: its formulas, on all parameters at once.

They follow `torch.optim` with `foreach=True` operation by operation, so that the bits are the same.
What is one number for all parameters is computed on the host: no step waits for the device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.training.parameter_group import ParameterGroup

if TYPE_CHECKING:
    from regrade.studies.optimization import (
        Adadelta,
        Adagrad,
        Adamax,
        Asgd,
        NAdam,
        RAdam,
        RmsProp,
        Rprop,
    )

Tensors = list[torch.Tensor]


def _average(averages: Tensors, gradients: Tensors, beta: float) -> None:
    """Move running averages towards the gradients."""
    torch._foreach_lerp_(averages, gradients, 1 - beta)


def _average_squares(squares: Tensors, gradients: Tensors, beta: float) -> None:
    """Move running averages towards the squares of the gradients."""
    torch._foreach_mul_(squares, beta)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1 - beta)


def rmsprop(word: RmsProp, group: ParameterGroup, gradients: Tensors) -> None:
    """Divide by the root of a running average of squares."""
    gradients = group.decayed(gradients)
    squares = group.averages("squares")
    _average_squares(squares, gradients, word.alpha)
    if word.centered:
        means = group.averages("gradients")
        _average(means, gradients, word.alpha)
        roots = list(torch._foreach_addcmul(squares, means, means, value=-1))
        torch._foreach_sqrt_(roots)
    else:
        roots = list(torch._foreach_sqrt(squares))
    torch._foreach_add_(roots, word.eps)
    if group["momentum"] > 0:
        buffers = group.averages("momentum")
        torch._foreach_mul_(buffers, group["momentum"])
        torch._foreach_addcdiv_(buffers, gradients, roots)
        torch._foreach_add_(group.parameters, buffers, alpha=-group["lr"])
    else:
        torch._foreach_addcdiv_(group.parameters, gradients, roots, value=-group["lr"])


def adagrad(word: Adagrad, group: ParameterGroup, gradients: Tensors) -> None:
    """Divide by the root of the sum of all squares."""
    gradients = group.decayed(gradients)
    sums = group.averages("squares", word.initial_accumulator_value)
    rate = group["lr"] / (1 + (group.count - 1) * word.lr_decay)
    torch._foreach_addcmul_(sums, gradients, gradients, value=1)
    roots = list(torch._foreach_sqrt(sums))
    torch._foreach_add_(roots, word.eps)
    torch._foreach_addcdiv_(group.parameters, torch._foreach_mul(gradients, -rate), roots)


def adadelta(word: Adadelta, group: ParameterGroup, gradients: Tensors) -> None:
    """Scale by the ratio of running averages: of the changes, and of the gradients."""
    gradients = group.decayed(gradients)
    squares, changes = group.averages("squares"), group.averages("changes")
    _average_squares(squares, gradients, word.rho)
    roots = list(torch._foreach_add(squares, word.eps))
    torch._foreach_sqrt_(roots)
    deltas = list(torch._foreach_add(changes, word.eps))
    torch._foreach_sqrt_(deltas)
    torch._foreach_div_(deltas, roots)
    torch._foreach_mul_(deltas, gradients)
    _average_squares(changes, deltas, word.rho)
    torch._foreach_add_(group.parameters, deltas, alpha=-group["lr"])


def adamax(word: Adamax, group: ParameterGroup, gradients: Tensors) -> None:
    """Adam with the largest gradient in the place of the root of squares."""
    gradients = group.decayed(gradients)
    averages, largest = group.averages("gradients"), group.averages("largest")
    beta1, beta2 = group["betas"]
    _average(averages, gradients, beta1)
    torch._foreach_mul_(largest, beta2)
    sizes = list(torch._foreach_abs(gradients))
    torch._foreach_add_(sizes, word.eps)
    torch._foreach_maximum_(largest, sizes)
    rate = group["lr"] / (1 - beta1**group.count)
    torch._foreach_addcdiv_(group.parameters, averages, largest, value=-rate)


def _decay(word: NAdam | RAdam, group: ParameterGroup, gradients: Tensors) -> Tensors:
    """Decay the parameters themselves, or return the gradients with their decay."""
    if not word.decoupled_weight_decay:
        return group.decayed(gradients)
    if group.weight_decay:
        torch._foreach_mul_(group.parameters, 1 - group["lr"] * group.weight_decay)
    return gradients


def nadam(word: NAdam, group: ParameterGroup, gradients: Tensors) -> None:
    """Adam with Nesterov's momentum, which is warmed up."""
    gradients = _decay(word, group, gradients)
    averages, squares = group.averages("gradients"), group.averages("squares")
    (beta1, beta2), rate, count = group["betas"], group["lr"], float(group.count)
    _average(averages, gradients, beta1)
    _average_squares(squares, gradients, beta2)
    roots = list(torch._foreach_sqrt(squares))
    torch._foreach_div_(roots, (1 - beta2**count) ** 0.5)
    torch._foreach_add_(roots, word.eps)
    now, following = (
        beta1 * (1.0 - 0.5 * (0.96 ** (at * word.momentum_decay))) for at in (count, count + 1)
    )
    # torch keeps the product in single precision.
    before = np.float32(group.numbers.get("momentum", 1.0))
    product = group.numbers["momentum"] = float(before * np.float32(now))
    of_gradients = rate * (1.0 - now) / (1.0 - product)
    of_averages = rate * following / (1.0 - product * following)
    torch._foreach_addcdiv_(group.parameters, gradients, roots, value=-of_gradients)
    torch._foreach_addcdiv_(group.parameters, averages, roots, value=-of_averages)


def radam(word: RAdam, group: ParameterGroup, gradients: Tensors) -> None:
    """Adam whose division by the root waits until its variance is known."""
    gradients = _decay(word, group, gradients)
    averages, squares = group.averages("gradients"), group.averages("squares")
    (beta1, beta2), rate, count = group["betas"], group["lr"], float(group.count)
    _average(averages, gradients, beta1)
    _average_squares(squares, gradients, beta2)
    rate /= 1 - beta1**count
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * count * beta2**count / (1 - beta2**count)
    if length <= RECTIFIED_FROM:
        torch._foreach_add_(group.parameters, averages, alpha=-rate)
        return
    share = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    roots = list(torch._foreach_sqrt(squares))
    torch._foreach_add_(roots, word.eps)
    torch._foreach_div_(roots, -((1 - beta2**count) ** 0.5) * (rate * share**0.5))
    torch._foreach_reciprocal_(roots)
    torch._foreach_addcmul_(group.parameters, averages, roots)


RECTIFIED_FROM = 5
"""Length of the running average of squares up to which RAdam does not divide by its root."""


def asgd(word: Asgd, group: ParameterGroup, gradients: Tensors) -> None:
    """Stochastic gradient descent with a decay of its own.

    torch keeps the average of the parameters aside and never computes with it: neither do we.
    """
    gradients = group.decayed(gradients)
    rate = group.numbers.get("rate", group["lr"])
    changes = list(torch._foreach_add(gradients, group.parameters, alpha=word.lambd))
    torch._foreach_add_(group.parameters, changes, alpha=-rate)
    slowed = (1 + word.lambd * group["lr"] * group.count) ** word.alpha
    group.numbers["rate"] = group["lr"] / slowed


def rprop(word: Rprop, group: ParameterGroup, gradients: Tensors) -> None:
    """Step by the sign of the gradient; steps grow while it stays and shrink when it turns."""
    before, sizes = group.averages("gradients"), group.averages("sizes", group["lr"])
    (shrink, grow), (smallest, largest) = word.etas, word.step_sizes
    products = torch._foreach_mul(gradients, before)
    for parameter, gradient, product, size, kept in zip(
        group.parameters, gradients, products, sizes, before, strict=True
    ):
        turned, stayed = product < 0, product > 0
        factor = torch.ones_like(size).masked_fill_(stayed, grow).masked_fill_(turned, shrink)
        size.mul_(factor).clamp_(smallest, largest)
        kept.copy_(gradient.masked_fill(turned, 0.0))
        parameter.addcmul_(kept.sign(), size, value=-1)
