"""Optimizers: the parameters in groups, what is kept of past gradients, and the formulas.

The classes of `torch.optim` call the same kernels, and import torch's compiler to do so, which
takes half of a short job's start; tests hold both to the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from regrade.training.parameter_group import ParameterGroup, kernels_of

if TYPE_CHECKING:
    from regrade.studies.optimization import Adam, Sgd
    from regrade.studies.recipe import Recipe

OPTIMIZER_KERNEL = "fused"
"""Recorded in the provenance: other kernels give other bits."""

Formula = Callable[[Any, ParameterGroup, list[torch.Tensor]], None]
"""Changes the parameters of a group by their gradients, as the word of an optimizer says."""


def sgd(word: Sgd, group: ParameterGroup, gradients: list[torch.Tensor]) -> None:
    """Call torch's kernel of SGD."""
    momentum = group["momentum"]
    first = bool(momentum) and "momentum" not in group.kept
    torch._fused_sgd_(
        group.parameters,
        gradients,
        group.averages("momentum") if momentum else [],
        weight_decay=group.weight_decay,
        momentum=momentum,
        lr=group["lr"],
        dampening=word.dampening,
        nesterov=word.nesterov,
        maximize=False,
        is_first_step=first,
    )


def adam(
    word: Adam,
    group: ParameterGroup,
    gradients: list[torch.Tensor],
    *,
    kernel: Callable[..., None],
) -> None:
    """Call torch's kernel of Adam (weight decay in the gradient) or AdamW (decoupled from it)."""
    counts = group.on_device("counts")
    torch._foreach_add_(counts, 1)
    kernel(
        group.parameters,
        gradients,
        group.averages("gradients"),
        group.averages("squares"),
        group.averages("largest squares") if word.amsgrad else [],
        counts,
        lr=group["lr"],
        beta1=group["betas"][0],
        beta2=group["betas"][1],
        weight_decay=group.weight_decay,
        eps=word.eps,
        amsgrad=word.amsgrad,
        maximize=False,
    )


def _foreach(name: str) -> Formula:
    # Imported at the first step of such an optimizer: only its recipes count the module.
    def change(word: Any, group: ParameterGroup, gradients: list[torch.Tensor]) -> None:
        from regrade.training import foreach_optimizers

        getattr(foreach_optimizers, name)(word, group, gradients)

    return change


FORMULAS: dict[str, Formula] = {
    "sgd": sgd,
    "adam": partial(adam, kernel=torch._fused_adam_),
    "adamw": partial(adam, kernel=torch._fused_adamw_),
    "rmsprop": _foreach("rmsprop"),
    "adagrad": _foreach("adagrad"),
    "adadelta": _foreach("adadelta"),
    "adamax": _foreach("adamax"),
    "nadam": _foreach("nadam"),
    "radam": _foreach("radam"),
    "asgd": _foreach("asgd"),
    "rprop": _foreach("rprop"),
}
"""What changes parameters, by the kind of an optimizer's word."""


class FormulaOptimizer(torch.optim.Optimizer):
    """A `torch.optim.Optimizer` for torch's schedulers, which read and set `param_groups`."""

    def __init__(self, word: Any, network: torch.nn.Module, formula: Formula) -> None:
        self.word = word
        self.formula = formula
        self.groups = [ParameterGroup(word, *part) for part in _parts(word, network)]
        self.param_groups = [group.settings for group in self.groups]

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Change all parameters by their gradients, which are computed before and not here."""
        if closure is not None:
            raise ValueError("the gradients must be there before the step: it takes no closure")
        with torch.no_grad():
            for group in self.groups:
                gradients = [p.grad for p in group.parameters if p.grad is not None]
                if len(gradients) < len(group.parameters):
                    raise RuntimeError("a parameter has no gradient")
                group.count += 1
                self.formula(self.word, group, gradients)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients."""
        for group in self.groups:
            for parameter in group.parameters:
                parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint must keep."""
        return {"groups": [group.state() for group in self.groups]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a checkpoint's state."""
        for group, state in zip(self.groups, state_dict["groups"], strict=True):
            group.restore(state)


def _parts(word: Any, network: torch.nn.Module) -> list[tuple[list[torch.Tensor], float]]:
    """Return groups of trained parameters, each with its weight decay."""
    trained: list[torch.Tensor] = [p for p in network.parameters() if p.requires_grad]
    if getattr(word, "weight_decay_on", "all") == "all":
        return [(trained, getattr(word, "weight_decay", 0.0))]
    kernels = kernels_of(network)
    counted = set(map(id, kernels))
    others = [p for p in trained if id(p) not in counted]
    parts = [(kernels, word.weight_decay), (others, 0.0)]
    return [part for part in parts if part[0]]


def build_optimizer(recipe: Recipe, network: torch.nn.Module) -> FormulaOptimizer:
    """Build the recipe's optimizer of the trained parameters of a network."""
    return FormulaOptimizer(recipe.optimizer, network, FORMULAS[recipe.optimizer.kind])
