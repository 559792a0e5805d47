"""What is said otherwise here than in PyTorch, Keras or papers, where no single word answers it."""

from __future__ import annotations

from collections.abc import Collection

from regrade.studies.foreign_words import plain

_OF = "it is a key of `{}`"
_KNOWN = "what comes in is known: leave it out"
_ACTIVATION = "an activation is a layer by its own name, such as `- relu`"
_DECAY = "Keras' decay is the schedule `inverse_time`"
_L2 = "that is the recipe's `penalty: {kind: l2, of: kernels, strength: ...}`"
_ERROR = "an error rate is `1 - last(test_accuracy)`"
_WHICH = "of which images: `train_{0}`, `validation_{0}` or `test_{0}`?"
_BEST = "`max` is the best accuracy, `min` the best loss"
_MACHINE = "the machine's settings stand in config.yaml"
_SETTINGS = (
    *("dataset", "subset", "split", "transforms", "batches", "model", "loss", "mix", "penalty"),
    *("optimizer", "clip", "averageweights", "schedule", "warmupepochs", "stop", "evaluate"),
    *("alsotest", "selection", "metrics", "measures"),
)
"""Those of recipes."""

ADVICE: dict[str, dict[str, str]] = {
    "optimizer": {
        **dict.fromkeys(
            ("lr", "learningrate", "weightdecay", "momentum", "nesterov", "betas", "wd"),
            _OF.format("optimizer"),
        ),
        "labelsmoothing": _OF.format("loss"),
        **dict.fromkeys(
            ("epochs", "numepochs", "nepochs", "maxepochs", "earlystopping", "patience"),
            _OF.format("stop"),
        ),
        **dict.fromkeys(
            ("validationsplit", "valsplit", "validation", "testsize"),
            "`split` holds images back: `{kind: last, validation: 5000}`",
        ),
        **dict.fromkeys(
            ("seed", "seeds", "randomseed", "manualseed"),
            "every replicate has a seed of its own: `--config seeds=3` trains three",
        ),
        **dict.fromkeys(
            ("device", "precision", "numworkers", "workers", "amp", "mixedprecision"), _MACHINE
        ),
        **dict.fromkeys(("numclasses", "classes", "inputshape"), "the data set has them"),
    },
    "conv": {
        "activation": _ACTIVATION,
        **dict.fromkeys(
            ("identity", "input", "inputlayer"), "what changes nothing is left out of the list"
        ),
        "add": "`residual` adds a shortcut to what its layers give",
        "sequential": "`sequence` is a list of layers within a list",
        **dict.fromkeys(
            ("depthwiseconv2d", "depthwiseconv", "depthwise"),
            "it is `{kind: conv, channels: inputs, groups: inputs, kernel: ...}`",
        ),
        **dict.fromkeys(
            ("separableconv2d", "separableconv", "separable"),
            "it is two of `conv`: the first with `channels: inputs, groups: inputs`, the second"
            " with `kernel: 1`",
        ),
        **dict.fromkeys(("reshape", "view"), "`flatten` makes a vector of an image"),
        "rescaling": "`to_tensor` makes numbers from 0 to 1 of bytes",
    },
    "kind": {
        "activation": "an activation is a layer of its own, such as `- relu` after this one",
        **dict.fromkeys(
            ("inchannels", "infeatures", "inputchannels", "inputshape", "inputdim", "inputsize"),
            _KNOWN,
        ),
        "numfeatures": _KNOWN,
        "normalizedshape": _KNOWN,
        **dict.fromkeys(("kernelregularizer", "regularizer", "kernelregularization"), _L2),
        "decay": _DECAY,
        "inplace": "it changes no number: leave it out",
    },
    "parameters": {
        **dict.fromkeys(
            ("error", "testerror", "errorrate", "testerrorrate", "testerr", "err", "top1error"),
            _ERROR,
        ),
        **{
            f"best{which}{what}": f"the best is `max({which}_accuracy)`"
            for which in ("train", "validation", "test")
            for what in ("accuracy", "acc")
        },
        "top5error": "it is `1 - top5_accuracy`",
        **dict.fromkeys(("accuracy", "acc"), _WHICH.format("accuracy")),
        "loss": _WHICH.format("loss"),
        **dict.fromkeys(
            ("flops", "gflops", "mflops", "madds", "multadds"),
            "multiply-adds are `macs`; what reports call FLOPs is these or twice as many",
        ),
        **dict.fromkeys(("time", "trainingtime", "walltime"), "all epochs take `total(seconds)`"),
    },
    "argmax": {"best": _BEST, "highest": _BEST, "lowest": _BEST},
    **{
        kind: {"none": "leave the key out", "off": "leave the key out"}
        for kind in ("cutmix", "l1", "norm", "ema")
    },
    "fraction": {
        "accuracy": "an accuracy is a `fraction` or `percent`",
        "loss": "it is in `nats`",
        **dict.fromkeys(("points", "percentagepoints", "pp"), "points of accuracy are `percent`"),
    },
    "measure_only": dict.fromkeys(_SETTINGS, "a run's settings stand in its `recipe`"),
    "protocol": dict.fromkeys(_SETTINGS, "settings stand in `protocol`, or in a run's `recipe`"),
}
"""What a foreign word is answered with, by a word that is allowed where the answer is one."""


def advise(word: str, known: Collection[str]) -> str | None:
    """Return what is written instead of a word, where it is no single word of ours."""
    told = (answers.get(plain(word)) for anchor, answers in ADVICE.items() if anchor in known)
    return next((answer for answer in told if answer), None)
