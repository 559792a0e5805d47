"""The reference of words: every kind that a study file may write, with its keys, as Markdown."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticUndefined

from regrade.studies.architectures import Architecture, Stages
from regrade.studies.augmentation import Transform
from regrade.studies.averaging import Average
from regrade.studies.base import SchemaModel, kinds_of
from regrade.studies.blocks import Block
from regrade.studies.compositions import AnyShortcut, Layer
from regrade.studies.datasets import DATASETS
from regrade.studies.displays import AnyDisplay
from regrade.studies.initialization import AnyRule, Initialization
from regrade.studies.mixing import Mix
from regrade.studies.optimization import Clip, Loss, Penalty
from regrade.studies.own_datasets import DeclaredDataset
from regrade.studies.recipe import Batches, Metrics, Recipe, Transforms
from regrade.studies.schedules import Schedule
from regrade.studies.stopping import EarlyStopping, Selection, Stop
from regrade.studies.subsets import Subset
from regrade.studies.vocabulary import ATTRIBUTES, FUNCTIONS, PRINTED_UNITS

_WORDS: dict[str, Any] = {
    "networks": Architecture,
    "layers": Layer,
    "residual shortcuts": AnyShortcut,
    "initializations": AnyRule,
    "blocks": Stages.model_fields["block"].annotation,
    "shortcuts": Stages.model_fields["shortcut"].annotation,
    "transforms": Transform,
    "splits": Recipe.model_fields["split"].annotation,
    "losses": Loss,
    "penalties": Penalty,
    "mixes": Mix,
    "clips": Clip,
    "averages": Average,
    "optimizers": Recipe.model_fields["optimizer"].annotation,
    "schedules": Schedule,
    "stop rules": Stop.model_fields["then_while"].annotation,
    "selections": Selection,
    "displays": AnyDisplay,
}
KINDS: dict[str, dict[str, type[SchemaModel]]] = {
    section: kinds_of(words) for section, words in _WORDS.items()
}
"""All kinds of the schema by what they are, and the class of each."""
SETTINGS: dict[str, type[SchemaModel]] = {
    "`protocol`, and `recipe` of a run": Recipe,
    "`subset`": Subset,
    "`transforms`": Transforms,
    "`batches`": Batches,
    "`stop`": Stop,
    "`stop.early_stopping`": EarlyStopping,
    "`metrics`": Metrics,
    "`initialization` of an architecture": Initialization,
    "`datasets`, each under its name": DeclaredDataset,
}
"""The settings that have no kind."""
_EXAMPLE = """```yaml
blocks:
  bottleneck:
    parameters: [width, stride]
    layers:
      - residual:
          main:
            - {kind: conv, channels: width, kernel: 1, bias: false}
            - batch_norm
            - relu
            - {kind: conv, channels: width, kernel: 3, stride: stride, padding: 1, bias: false}
            - batch_norm
            - relu
            - {kind: conv, channels: 4 * width, kernel: 1, bias: false}
            - batch_norm
          shortcut: projection
          then: [relu]
```

In a list of layers, `{block: bottleneck, width: 64, stride: 1, repeat: 3}` is three of them, and
`{block: bottleneck, width: 128, stride: [2, 1, 1, 1]}` four with those strides. `residual` stands
here as the only key; layers of layers in this form may hold their list at once: `- concat: [...]`.
"""
_HEAD = """# Words

What a study file can say, from the schema itself: do not edit this page, run `make schema`.

Words have two short forms. One without keys stands alone: `- relu` is `- {kind: relu}`, and
`split: none` is `split: {kind: none}`. And a kind may be the only key, with the others inside:
`- conv: {channels: 16, kernel: 3}`, `schedule: {step: {every: 30, factor: 0.1}}`.

Keys are those of torch (`eps`, `momentum`, `betas`, `dilation`, `ceil_mode`), but for these, which
have one name wherever they occur: `learning_rate` (lr), `channels` (out_channels), `features`
(out_features), `kernel` (kernel_size), `groups` (num_groups), `probability` (p),
`running_statistics` (track_running_stats), `factor` (gamma), `every` (step_size), `after`
(milestones), `epochs` or `steps` (T_max, T_0, total_iters), `minimum` and `maximum` (eta_min,
max_lr). `check` answers torch's and Keras' other names with these.
"""


def reference() -> str:
    """Write the whole reference."""
    sections = (_section(title, kinds) for title, kinds in KINDS.items())
    return "\n".join([_HEAD, *_recipe(), *_blocks(), *sections, *_tables()])


def _recipe() -> Iterator[str]:
    """Write the settings of a recipe that are no kinds of words."""
    yield from ("## Recipes", "")
    for name, word in SETTINGS.items():
        yield from (f"**{name}**: {_told(word)}", "", *_keys(word), "")


def _blocks() -> Iterator[str]:
    yield from ("## Named blocks", "", f"**`blocks`**: {_told(Block)}", "")
    yield from (*_keys(Block), "", _EXAMPLE)


def _section(title: str, kinds: dict[str, type[SchemaModel]]) -> str:
    lines = [f"## {title.capitalize()}", ""]
    by_class: dict[type[SchemaModel], list[str]] = {}
    for kind, word in kinds.items():
        by_class.setdefault(word, []).append(kind)
    for word, names in by_class.items():
        lines += [f"**{', '.join(f'`{name}`' for name in names)}**: {_told(word)}", ""]
        keys = [*_keys(word)]
        lines += [*keys, ""] if keys else []
    return "\n".join(lines)


def _told(word: type[SchemaModel]) -> str:
    return " ".join((inspect.getdoc(word) or "").split())


def _keys(word: type[SchemaModel]) -> Iterator[str]:
    for name, field in word.model_fields.items():
        if name != "kind":
            told = f": {' '.join(field.description.split())}" if field.description else ""
            yield f"- `{name}`{_default(field.default)}{told}"


def _default(default: Any) -> str:
    if default is PydanticUndefined:
        return ""
    if isinstance(default, SchemaModel):
        return f" ({json.dumps(default.model_dump(mode='json'))})"
    return " (may be left out)" if default is None else f" ({json.dumps(default)})"


def _tables() -> Iterator[str]:
    columns = ("name", "title", "classes", "training images", "test images", "side", "channels")
    yield from ("## Data sets", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|")
    for name, data in DATASETS.items():
        counts = f"{data.classes} | {data.training_images:,} | {data.test_images:,}"
        yield f"| `{name}` | {data.title} | {counts} | {data.side} | {data.channels} |"
    yield from ("", "## What a run can be asked for", "", "| attribute | unit | meaning |")
    yield "|---|---|---|"
    for name, attribute in ATTRIBUTES.items():
        yield f"| `{name}` | {attribute.unit} | {attribute.meaning} |"
    yield from (
        "",
        "## Functions of predicates",
        "",
        "| function | unit | meaning |",
        "|---|---|---|",
    )
    for name, function in FUNCTIONS.items():
        forms = ", ".join(f"`{name}({', '.join(form)})`" for form in function.takes)
        unit = "that of what it takes" if function.unit is None else function.unit
        yield f"| {forms} | {unit} | {function.meaning} |"
    yield from ("", "## Units of printed numbers", "")
    yield f"{', '.join(f'`{unit}`' for unit in PRINTED_UNITS)}."
    yield ""
