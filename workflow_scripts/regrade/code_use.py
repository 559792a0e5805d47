"""Which code counts for which numbers: what changes none, and what only some recipes use."""

WITHOUT_INFLUENCE = {
    "__init__.py",
    "code_use.py",
    "commit.py",
    "data/card.py",
    "errors.py",
    "files.py",
    "fingerprint.py",
    "layout.py",
    "machine.py",
    "packages.py",
    "torchvision_compat.py",
    "training/attempts.py",
    "training/device_lease.py",
    "training/identity.py",
    "training/kept_outputs.py",
    "training/leases.py",
    "training/preloading.py",
    "training/progress.py",
    "training/replicate_lock.py",
}
"""Modules whose edits change no number: they tell, keep and write what others make."""

DECLARATIONS = frozenset(
    {
        "studies/__init__.py",
        "studies/activations.py",
        "studies/architectures.py",
        "studies/augmentation.py",
        "studies/averaging.py",
        "studies/base.py",
        "studies/bounds.py",
        "studies/colour_words.py",
        "studies/compositions.py",
        "studies/decay_words.py",
        "studies/foreign_advice.py",
        "studies/foreign_words.py",
        "studies/functions.py",
        "studies/geometric_words.py",
        "studies/initialization.py",
        "studies/layers.py",
        "studies/library_words.py",
        "studies/measures.py",
        "studies/mixing.py",
        "studies/optimization.py",
        "studies/own_datasets.py",
        "studies/recipe.py",
        "studies/schedules.py",
        "studies/shortcuts.py",
        "studies/shorthand.py",
        "studies/spelling.py",
        "studies/splitting.py",
        "studies/stopping.py",
        "studies/subsets.py",
        "studies/vocabulary.py",
    }
)
"""Modules of words: a recipe says in full what was made of them, so that a new word makes no other
recipe's numbers anew."""
OF_THE_DATA = frozenset({"studies/datasets.py"})
"""Modules whose say is in the checksum of the data and in the budget, for trainings."""

_BY_THE_LIBRARY = ("random_perspective", "gaussian_blur", "elastic_transform", "aug_mix")
_TONES = (
    *("random_invert", "random_autocontrast", "random_equalize", "random_posterize"),
    *("random_solarize", "random_adjust_sharpness"),
)
USED_BY = {
    "data/stratified.py": ("stratified",),
    "data/library.py": _BY_THE_LIBRARY,
    "data/library_workers.py": _BY_THE_LIBRARY,
    "data/nested.py": ("random_apply", "random_order", "random_choice"),
    "data/tones.py": _TONES,
    "data/auto_augment.py": (
        *("trivial_augment_wide", "auto_augment_cifar10", "rand_augment", "random_rotation"),
        *("resize", "random_resized_crop"),
    ),
    "data/erasing.py": ("cutout", "random_erasing"),
    "data/shifting.py": ("random_shift",),
    "data/resizing.py": ("resize",),
    "data/affine_maps.py": ("random_affine",),
    "data/resample_kernels.py": ("resize", "random_resized_crop"),
    "data/resized_crops.py": ("random_resized_crop",),
    "data/colours.py": ("color_jitter", "grayscale", "random_grayscale"),
    "data/colour_kernels.py": ("color_jitter", "grayscale", "random_grayscale"),
    "data/kernels.py": (
        *("rand_augment", "trivial_augment_wide", "auto_augment_cifar10", "random_rotation"),
        *("resize", "random_affine", "random_resized_crop", "color_jitter", "grayscale"),
        *("random_grayscale", *_TONES),
    ),
    "data/pil_transforms.py": (
        *("rand_augment", "trivial_augment_wide", "auto_augment_cifar10", "random_rotation"),
        *("resize", "random_resized_crop"),
    ),
    "models/activations.py": ("chain",),
    "models/chain.py": ("chain",),
    "models/compositions.py": ("chain",),
    "models/counted_layers.py": ("torchvision", "timm"),
    "models/timm_networks.py": ("timm",),
    "models/initialization.py": (
        *("zeros", "ones", "constant", "uniform", "normal", "trunc_normal", "orthogonal"),
        *("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"),
        *("dirac", "eye", "sparse"),
    ),
    "models/layers.py": ("chain",),
    "models/own_layers.py": ("chain",),
    "models/pretrained.py": ("torchvision",),
    "models/stages.py": ("stages", "pad"),
    "studies/counts.py": ("chain",),
    "studies/layer_rows.py": ("chain",),
    "studies/residual_shortcuts.py": ("chain",),
    "studies/whole_numbers.py": ("chain",),
    "training/averaging.py": ("ema", "swa"),
    "training/mixing.py": ("mixup", "cutmix"),
    "training/foreach_optimizers.py": (
        *("rmsprop", "adagrad", "adadelta", "adamax", "nadam", "radam", "asgd", "rprop"),
    ),
}
"""Modules that only recipes with one of these words use."""

READS = {
    "data/npz.py": "npz",
    "data/image_folders.py": "npz",
    "data/synthetic.py": "synthetic",
    "data/torchvision_source.py": "torchvision",
}
"""Modules that only this source of data uses."""
