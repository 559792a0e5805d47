"""What results were made from: fingerprints of recipes and of the code that can change numbers.

Comments, docstrings and formatting do not count, so that editing them trains nothing anew.
"""

import ast
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOMS = ("data", "measuring", "models", "training")
MEASURING = ("models/layer_table.py", "measuring/measure.py", "measuring/study.py")
WITHOUT_INFLUENCE = {
    "data/prepare.py",
    "data/synthetic.py",
    "data/npz.py",
    "data/torchvision_source.py",
    *MEASURING,
    "training/__main__.py",
    "training/environment.py",
    "training/preloaded.py",
    "training/preloading.py",
    "training/request.py",
    "training/kept_outputs.py",
    "training/sigterm.py",
    "training/outputs.py",
    "training/progress.py",
}
"""Modules whose edits change no trained number; what makes data is covered by its checksum."""


USED_BY = {
    "data/pil_transforms.py": (
        "trivial_augment_wide",
        "auto_augment_cifar10",
        "random_rotation",
        "resize",
    ),
    "data/kernels.py": (
        "trivial_augment_wide",
        "auto_augment_cifar10",
        "random_rotation",
        "resize",
    ),
    "data/auto_augment.py": ("trivial_augment_wide", "auto_augment_cifar10", "random_rotation"),
    "models/chain.py": ("chain",),
    "models/pretrained.py": ("torchvision",),
    "models/stages.py": ("stages",),
}
"""Modules that only recipes with one of these words use."""


def recipe_hash(recipe_json: str) -> str:
    """Give the first 16 hexadecimal digits of the SHA-256 of a recipe's canonical JSON."""
    return hashlib.sha256(recipe_json.encode()).hexdigest()[:16]


def is_result_of(replicate: Path, recipe_json: str, budget: Mapping[str, object]) -> bool:
    """Whether the folder of a replicate holds a result of this recipe with this budget."""
    try:
        provenance = json.loads((replicate / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    wanted = {"recipe_hash": recipe_hash(recipe_json), "budget": dict(budget)}
    return isinstance(provenance, dict) and wanted.items() <= provenance.items()


@cache
def numerics_fingerprint(recipe_json: str, *more: str) -> str:
    """Give 16 hexadecimal digits that change with the code that can change a recipe's numbers.

    Parameters
    ----------
    recipe_json
        The recipe as canonical JSON: modules of words that it lacks do not count.
    more
        Modules without influence on training that count all the same, such as `MEASURING`.
    """
    digest = hashlib.sha256()
    for name, text in _modules(ROOMS).items():
        words = USED_BY.get(name)
        used = words is None or any(f'"kind":"{word}"' in recipe_json for word in words)
        if name in more or (used and name not in WITHOUT_INFLUENCE):
            digest.update(f"{name}\n{text}\n".encode())
    return digest.hexdigest()[:16]


@cache
def rooms_fingerprint(*rooms: str) -> str:
    """Give 16 hexadecimal digits that change with the code of some rooms of the package."""
    return hashlib.sha256(repr(_modules(rooms)).encode()).hexdigest()[:16]


@cache
def _modules(rooms: tuple[str, ...]) -> dict[str, str]:
    root = Path(__file__).parent
    paths = (path for room in rooms for path in sorted((root / room).rglob("*.py")))
    return {
        path.relative_to(root).as_posix(): meaning(path.read_text(encoding="utf-8"))
        for path in paths
    }


def meaning(source: str) -> str:
    """Give the syntax tree of a module without docstrings, as text."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
