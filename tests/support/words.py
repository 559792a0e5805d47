"""An example of every kind of word whose keys cannot all be left out."""

from typing import Any

from tests.support.recipes import TO_TENSOR

from regrade.studies.augmentation import FLOAT_TRANSFORMS
from regrade.studies.base import kinds_of
from regrade.studies.optimization import Optimizer

BLOCK, NO_SHORTCUT = {"kind": "basic"}, {"kind": "none"}
SMALL_STAGES = {
    "kind": "stages",
    "stem": {"channels": 4},
    "block": BLOCK,
    "shortcut": {"kind": "projection"},
    "blocks": [1, 1],
    "channels": [4, 6],
}
SMALL_CHAIN = {
    "kind": "chain",
    "layers": [
        {"kind": "average_pool", "kernel": 8},
        {"kind": "flatten"},
        {"kind": "linear", "features": "classes"},
    ],
}
RATE = {"learning_rate": 0.01}
BEFORE: dict[str, list[dict[str, Any]]] = {
    "linear": [{"kind": "flatten"}],
    "glu": [{"kind": "conv", "channels": 4, "kernel": 1}],
}
"""What stands before a layer that does not take an image of three channels."""
KEYS: dict[tuple[str, str], dict[str, Any]] = {
    ("networks", "chain"): SMALL_CHAIN,
    ("networks", "stages"): SMALL_STAGES,
    ("networks", "torchvision"): {"name": "resnet18"},
    ("networks", "timm"): {"name": "resnet26"},
    ("layers", "conv"): {"channels": 3, "kernel": 3},
    ("layers", "linear"): {"features": 8},
    ("layers", "max_pool"): {"kernel": 2},
    ("layers", "average_pool"): {"kernel": 2},
    ("layers", "dropout"): {"probability": 0.5},
    ("layers", "channel_dropout"): {"probability": 0.5},
    ("layers", "alpha_dropout"): {"probability": 0.5},
    ("layers", "channel_alpha_dropout"): {"probability": 0.5},
    ("layers", "stochastic_depth"): {"probability": 0.5},
    ("layers", "group_norm"): {"groups": 3},
    ("layers", "local_response_norm"): {"size": 2},
    ("layers", "adaptive_average_pool"): {"size": 3},
    ("layers", "adaptive_max_pool"): {"size": 3},
    ("layers", "pad"): {"left": 1, "mode": "reflect"},
    ("layers", "channel_shuffle"): {"groups": 3},
    ("layers", "channel_slice"): {"stop": 2},
    ("layers", "multiply"): {"factor": 0.125},
    ("layers", "threshold"): {"threshold": 0.1, "value": 0.05},
    ("layers", "sequence"): {"layers": ["relu"], "repeat": 2},
    ("layers", "residual"): {
        "main": [{"kind": "conv", "channels": 3, "kernel": 1}],
        "then": ["relu"],
    },
    ("layers", "concat"): {"branches": [[], ["relu"]]},
    ("layers", "scale"): {
        "layers": [{"kind": "average_pool", "kernel": "global"}, "flatten", "sigmoid"]
    },
    ("residual shortcuts", "layers"): {
        "layers": [{"kind": "conv", "channels": 4, "kernel": 2, "stride": 2}]
    },
    ("initializations", "constant"): {"value": 0.1},
    ("initializations", "sparse"): {"sparsity": 0.5},
    ("shortcuts", "pad"): {"subsample": "stride"},
    ("transforms", "normalize"): {"mean": [0.5] * 3, "std": [0.2] * 3},
    ("transforms", "random_crop"): {"size": 32, "padding": 4},
    ("transforms", "random_rotation"): {"degrees": 10},
    ("transforms", "random_shift"): {"width": 0.1},
    ("transforms", "cutout"): {"size": 8},
    ("transforms", "random_affine"): {"degrees": 10, "translate": [0.1, 0.1]},
    ("transforms", "random_resized_crop"): {"size": 32},
    ("transforms", "color_jitter"): {"brightness": 0.2},
    ("transforms", "resize"): {"size": 32},
    ("transforms", "center_crop"): {"size": 32},
    ("transforms", "pad"): {"padding": [1, 2, 3, 2], "padding_mode": "reflect"},
    ("transforms", "random_posterize"): {"bits": 3},
    ("transforms", "random_solarize"): {"threshold": 128},
    ("transforms", "random_adjust_sharpness"): {"sharpness_factor": 2},
    ("transforms", "gaussian_blur"): {"kernel": 3},
    ("transforms", "random_apply"): {
        "transforms": [{"kind": "color_jitter", "brightness": 0.4}, {"kind": "grayscale"}],
        "probability": 0.8,
    },
    ("transforms", "random_order"): {
        "transforms": [{"kind": "random_invert"}, {"kind": "random_rotation", "degrees": 9}]
    },
    ("transforms", "random_choice"): {
        "transforms": [{"kind": "random_crop", "size": 32, "padding": 2}, {"kind": "grayscale"}],
        "probabilities": [3, 1],
    },
    ("splits", "random"): {"validation": 10, "seed": 1},
    **{("splits", kind): {"validation": 10} for kind in ("first", "last")},
    ("splits", "stratified"): {"validation": 10, "seed": 1},
    ("splits", "indices"): {"numbers": [3, 1, 599, *range(20, 27)]},
    ("penalties", "l1"): {"strength": 1e-4, "differentiated": True},
    ("penalties", "l2"): {"strength": 1e-4, "of": "kernels"},
    **{("clips", kind): {"maximum": 0.1} for kind in ("norm", "value")},
    ("averages", "swa"): {"from_epoch": 1, "learning_rate": 0.02, "anneal_epochs": 2},
    ("selections", "best"): {"of": "train_loss"},
    **{("optimizers", kind): RATE for kind in kinds_of(Optimizer)},
    ("schedules", "step"): {"every": 1, "factor": 0.5},
    ("schedules", "multi_step"): {"after": [1], "factor": 0.5},
    ("schedules", "table"): {"rates": {1: 0.1, 2: 0.01}},
    ("schedules", "exponential"): {"factor": 0.9},
    ("schedules", "inverse_time"): {"decay": 0.1},
    ("schedules", "cosine"): {"epochs": 2, "per": "step"},
    ("schedules", "warm_restarts"): {"steps": 3},
    ("schedules", "linear"): {"epochs": 2},
    ("schedules", "polynomial"): {"epochs": 3},
    ("schedules", "piecewise_linear"): {"epochs": {0: 0, 1.5: 0.02, 3: 0}},
    ("schedules", "one_cycle"): {"epochs": 3},
    ("schedules", "cyclic"): {"minimum": 0.01, "maximum": 0.1, "steps_up": 2},
    ("schedules", "sequence"): {
        "parts": [{"kind": "linear", "epochs": 1, "per": "step"}, {"kind": "constant"}],
        "after": [1],
    },
    ("stop rules", "test_accuracy_below"): {"floor": 0.5, "of": "best"},
}
"""The keys that a kind needs."""
TRAINED = (
    *("layers", "residual shortcuts", "initializations", "blocks", "shortcuts", "transforms"),
    *("losses", "mixes", "penalties", "clips", "averages", "optimizers", "schedules"),
)
"""What is tried on the strict device; of the networks all but torchvision's, tried elsewhere."""


def example(section: str, kind: str) -> dict[str, Any]:
    """Write a kind as a study file would."""
    return {"kind": kind} | KEYS.get((section, kind), {})


def recipe_with(section: str, kind: str) -> dict[str, Any]:
    """Return the settings of a small recipe that has a kind and that a device can train."""
    word = example(section, kind)
    if section == "layers":
        flat = [] if kind in ("flatten", "linear") else [{"kind": "flatten"}]
        first = BEFORE.get(kind, [])
        pool, last = {"kind": "average_pool", "kernel": 4}, SMALL_CHAIN["layers"][-1]
        return {"model": {"kind": "chain", "layers": [pool, *first, word, *flat, last]}}
    if section == "residual shortcuts":
        # The main path keeps the shape where the input itself must fit, else it changes it.
        changed = {} if kind == "identity" else {"channels": 4, "stride": 2}
        conv = {"kind": "conv", "channels": 3, "kernel": 3, "padding": 1} | changed
        block = {"kind": "residual", "main": [conv], "shortcut": word}
        return {"model": {"kind": "chain", "layers": [block, "flatten", SMALL_CHAIN["layers"][-1]]}}
    if section == "initializations":
        which = "linear" if kind in ("eye", "sparse") else "conv"
        layers = [{"kind": "conv", "channels": 2, "kernel": 3}, *SMALL_CHAIN["layers"]]
        begins = {which: {"weight": word}}
        return {"model": {"kind": "chain", "layers": layers, "initialization": begins}}
    if section == "blocks":
        return {"model": SMALL_STAGES | {"block": word, "shortcut": NO_SHORTCUT}}
    if section == "shortcuts":
        return {"model": SMALL_STAGES | {"shortcut": word}}
    if section == "transforms":
        before = [] if kind in (*FLOAT_TRANSFORMS, "to_tensor") else [word]
        after = [word] if kind in FLOAT_TRANSFORMS else []
        both = [*before, TO_TENSOR, *after]
        # Images are of one side, whether the network learns from them or is scored.
        scored = both if kind == "pad" else [TO_TENSOR]
        return {"transforms": {"training": both, "evaluation": scored}}
    if section == "stop rules":
        return {
            "model": SMALL_CHAIN,
            "evaluate": "test",
            "selection": {"kind": "last_epoch"},
            "split": {"kind": "none"},
            "optimizer": {"kind": "sgd", "learning_rate": 1e-6},  # It stays below every floor.
            "stop": {"epochs": 2, "then_while": [word], "at_most": 4},
        }
    if section == "averages":
        # On the network with a batch norm, whose statistics have a say in the average's scores.
        return {"average_weights": word}
    if (section, kind) == ("splits", "none"):
        selection = {"kind": "last_epoch"}
        return {"model": SMALL_CHAIN, "evaluate": "test", "split": word, "selection": selection}
    if section == "selections":
        test = {"evaluate": "test", "split": {"kind": "none"}} if "test" in kind else {}
        return {"model": SMALL_CHAIN, "selection": {**word, "test": True}} | test
    name = {"networks": "model", "splits": "split", "optimizers": "optimizer"}
    name |= {"losses": "loss", "penalties": "penalty", "mixes": "mix", "clips": "clip"}
    return {"model": SMALL_CHAIN} | {name.get(section, "schedule"): word}
