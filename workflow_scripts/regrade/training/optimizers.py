"""SGD, Adam and AdamW: torch's fused kernels, called directly.

The classes of `torch.optim` call the same kernels, and import torch's compiler to do so, which
takes half of a short job's start; tests hold both to the same bits.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from regrade.studies.optimization import Adam, Sgd
    from regrade.studies.recipe import Recipe

OPTIMIZER_KERNEL = "fused"
"""Recorded in the provenance: other kernels give other bits."""
EPSILON = 1e-8
"""Of Adam and AdamW, as torch has it."""


class FusedOptimizer(torch.optim.Optimizer):
    """What the two kernels share: one group of parameters, and a state of lists of tensors.

    A `torch.optim.Optimizer` for torch's schedulers, which read and set `param_groups`.
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], learning_rate: float) -> None:
        self.parameters: list[torch.Tensor] = [p for p in parameters if p.requires_grad]
        self.param_groups = [{"params": self.parameters, "lr": learning_rate}]
        self.moments: list[list[torch.Tensor]] = []
        """Lists of running averages, a tensor a parameter each; empty before the first step."""

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Change all parameters by their gradients, which are computed before and not here."""
        if closure is not None:
            raise ValueError("the gradients must be there before the step: it takes no closure")
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        if len(gradients) < len(self.parameters):
            raise RuntimeError("a parameter has no gradient")
        with torch.no_grad():
            self.change(gradients)

    @abstractmethod
    def change(self, gradients: list[torch.Tensor]) -> None:
        """Change all parameters by these gradients, one each."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint must keep."""
        return {"learning_rate": self.param_groups[0]["lr"], "moments": self.moments}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a checkpoint's state."""
        self.param_groups[0]["lr"] = state_dict["learning_rate"]
        self.moments = [
            [value.to(p.device) for value, p in zip(values, self.parameters, strict=True)]
            for values in state_dict["moments"]
        ]


class FusedSgd(FusedOptimizer):
    """Stochastic gradient descent; weight decay applies to every parameter."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter], word: Sgd) -> None:
        super().__init__(parameters, word.learning_rate)
        self.word = word

    def change(self, gradients: list[torch.Tensor]) -> None:
        """Call the kernel of SGD."""
        first = bool(self.word.momentum) and not self.moments
        if first:
            self.moments = [[torch.empty_like(gradient) for gradient in gradients]]
        torch._fused_sgd_(
            self.parameters,
            gradients,
            self.moments[0] if self.moments else [],
            weight_decay=self.word.weight_decay,
            momentum=self.word.momentum,
            lr=self.param_groups[0]["lr"],
            dampening=0.0,
            nesterov=self.word.nesterov,
            maximize=False,
            is_first_step=first,
        )


class FusedAdam(FusedOptimizer):
    """Adam (weight decay in the gradient) or AdamW (decoupled from it)."""

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        word: Adam,
        kernel: Callable[..., None],
    ) -> None:
        super().__init__(parameters, word.learning_rate)
        self.word = word
        self.kernel = kernel

    def change(self, gradients: list[torch.Tensor]) -> None:
        """Call the kernel of Adam or AdamW."""
        if not self.moments:
            averages, squares = ([torch.zeros_like(p) for p in self.parameters] for _ in range(2))
            counts = [
                torch.zeros((), dtype=torch.float32, device=p.device) for p in self.parameters
            ]
            self.moments = [averages, squares, counts]
        averages, squares, counts = self.moments
        torch._foreach_add_(counts, 1)
        self.kernel(
            self.parameters,
            gradients,
            averages,
            squares,
            [],
            counts,
            lr=self.param_groups[0]["lr"],
            beta1=self.word.betas[0],
            beta2=self.word.betas[1],
            weight_decay=self.word.weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )


BUILDERS: dict[str, Callable[[Iterable[torch.nn.Parameter], Any], FusedOptimizer]] = {
    "sgd": FusedSgd,
    "adam": partial(FusedAdam, kernel=torch._fused_adam_),
    "adamw": partial(FusedAdam, kernel=torch._fused_adamw_),
}
"""What builds an optimizer of parameters, by the kind of its word."""


def build_optimizer(recipe: Recipe, parameters: Iterable[torch.nn.Parameter]) -> FusedOptimizer:
    """Build the recipe's optimizer."""
    return BUILDERS[recipe.optimizer.kind](parameters, recipe.optimizer)
