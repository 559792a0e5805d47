"""The reference of words: every kind that a study file may write, with its keys, as Markdown."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from regrade.studies.architectures import Architecture, Stages, Stem
from regrade.studies.augmentation import Transform
from regrade.studies.averaging import Average
from regrade.studies.base import SchemaModel, kinds_of
from regrade.studies.blocks import Block
from regrade.studies.compositions import AnyShortcut, Layer
from regrade.studies.datasets import DATASETS
from regrade.studies.displays import AnyDisplay
from regrade.studies.functions import FUNCTIONS
from regrade.studies.initialization import AnyRule, Initialization
from regrade.studies.mixing import Mix
from regrade.studies.optimization import Clip, Loss, Penalty
from regrade.studies.origins import Origin
from regrade.studies.own_datasets import DeclaredDataset
from regrade.studies.published import Published, PublishedCurve, PublishedNumber
from regrade.studies.recipe import Batches, Metrics, Recipe, Transforms
from regrade.studies.schedules import Schedule
from regrade.studies.stopping import EarlyStopping, Selection, Stop
from regrade.studies.study import (
    Claim,
    Erratum,
    Report,
    Run,
    Section,
    Stated,
    Study,
    Tolerances,
)
from regrade.studies.subsets import Subset
from regrade.studies.vocabulary import ATTRIBUTES, PRINTED_UNITS

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
PARTS: dict[str, type[SchemaModel]] = {
    "a study file": Study,
    "`report`": Report,
    "`tolerances`": Tolerances,
    "`origins`, each under the path of a setting": Origin,
    "`runs`, each under its name": Run,
    "`published` of a run": Published,
    "`published.numbers`": PublishedNumber,
    "`published.curves`": PublishedCurve,
    "`claims`, each under its id": Claim,
    "`errata`, each under its id": Erratum,
    "`stated`, each under its id": Stated,
    "`sections`": Section,
}
"""What a study file is made of, beside recipes, networks and displays."""
SETTINGS: dict[str, type[SchemaModel]] = {
    "`protocol`, and `recipe` of a run": Recipe,
    "`subset`": Subset,
    "`transforms`": Transforms,
    "`batches`": Batches,
    "`stop`": Stop,
    "`stop.early_stopping`": EarlyStopping,
    "`metrics`": Metrics,
    "`initialization` of an architecture": Initialization,
    "`stem` of a network of stages": Stem,
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
_PREDICATES = """A claim is a predicate over runs, such as

```
max(D03.validation_accuracy) - max(D01.validation_accuracy) >= 0.03 and D05.as_told.macs < D05.macs
```

- `RUN.attribute` asks a run. Where it has variants, that means the evidence, `as-run`;
  `RUN.as_told.attribute` and `RUN.as_run.attribute` ask one of them (with an underscore).
- A quantity, in `published.numbers` and displays, is of the run that it is written under: without
  `RUN.`, as in `max(validation_accuracy)`.
- A series, a value an epoch, becomes a number by a function: `last(D01.train_loss)`. Epochs count
  from 1, also where the report's own count from 0: `at(D01.train_loss, 1)` is the first.
- Accuracies are fractions (three points are 0.03, an error rate is `1 - max(test_accuracy)`), times
  are in seconds. Losses are in nats where they are cross-entropies or log-likelihoods, else in the
  unit of the recipe's loss; tables, axes and `unit` call both `nats`.
- A function of some epochs takes those from `from_epoch` to `to_epoch`, both included.
- Numbers are added, multiplied and so on by `+ - * / **`, compared by `< <= > >= == !=`, also in a
  chain as in `0.9 < last(D01.test_accuracy) < 0.95`; truths are joined by `and`, `or` and `not`.
  Lists, `[3, 4]`, are compared by `==` and `!=`.
"""
_HEAD = """# Words

What a study file can say, from the schema itself: do not edit this page, run `make schema`.

Words have two short forms. One without keys stands alone: `- relu` is `- {kind: relu}`, and
`split: none` is `split: {kind: none}`. And a kind may be the only key, with the others inside:
`- conv: {channels: 16, kernel: 3}`, `schedule: {step: {every: 30, factor: 0.1}}`.

Most keys are those of torch (`eps`, `momentum`, `betas`, `dilation`, `ceil_mode`). These of torch's
have another name wherever they occur: `learning_rate` (lr), `channels` (out_channels), `features`
(out_features), `kernel` (kernel_size), `groups` (num_groups), `probability` (p),
`running_statistics` (track_running_stats), `factor` (gamma), `every` (step_size), `after`
(milestones), `epochs` or `steps` (T_max, T_0, total_iters), `minimum` and `maximum` (eta_min,
max_lr). Some words rename further keys; torch's name stands beside those. `check` answers torch's
and Keras' names with these.

No word says yet: gradients accumulated over several batches, distillation from another network,
pruning, k-fold cross-validation, calibration, learning rates of single layers or groups of
parameters, a mean image that is subtracted. A claim about these is `untestable`; a run that has one
of them differs from the report in it, which its `notes` say.
"""


def reference() -> str:
    """Write the whole reference."""
    sections = (_section(title, kinds) for title, kinds in KINDS.items())
    files, recipes = _without_kinds("Study files", PARTS), _without_kinds("Recipes", SETTINGS)
    return "\n".join([_HEAD, *files, *recipes, *_blocks(), *sections, *_tables()])


def _without_kinds(title: str, words: dict[str, type[SchemaModel]]) -> Iterator[str]:
    """Write a section of what has keys, but no kinds."""
    yield from (f"## {title}", "")
    for name, word in words.items():
        yield from (f"**{name}**: {_told(word)}", "", *_keys(word, word.model_fields), "")


def _blocks() -> Iterator[str]:
    yield from ("## Named blocks", "", f"**`blocks`**: {_told(Block)}", "")
    yield from (*_keys(Block, Block.model_fields), "", _EXAMPLE)


def _section(title: str, kinds: dict[str, type[SchemaModel]]) -> str:
    lines = [f"## {title.capitalize()}", ""]
    by_class: dict[type[SchemaModel], list[str]] = {}
    for kind, word in kinds.items():
        by_class.setdefault(word, []).append(kind)
    for word, names in by_class.items():
        lines += [f"**{', '.join(f'`{name}`' for name in names)}**: {_told(word)}", ""]
        keys = [*_keys(word, [key for key in word.model_fields if key != "kind"])]
        lines += [*keys, ""] if keys else []
    return "\n".join(lines)


def _told(word: type[SchemaModel]) -> str:
    return " ".join((inspect.getdoc(word) or "").split())


def _keys(word: type[SchemaModel], keys: Iterable[str]) -> Iterator[str]:
    for name in keys:
        field = word.model_fields[name]
        told = [" ".join(field.description.split())] if field.description else []
        told += _choices(field.annotation)
        default = "" if field.is_required() else f" ({_default(field.default)})"
        yield f"- `{name}`{default}{': ' * bool(told)}{' '.join(told)}"


def _choices(annotation: Any) -> Iterator[str]:
    """Tell the words that a key may have, where it has words of its own."""
    if get_origin(annotation) is list and get_origin(get_args(annotation)[0]) is Literal:
        yield f"Any of {', '.join(f'`{word}`' for word in get_args(get_args(annotation)[0]))}."
        return
    union = get_origin(annotation) in (Union, UnionType)
    parts = (
        [part for part in get_args(annotation) if part is not NoneType] if union else [annotation]
    )
    words = [word for part in parts if get_origin(part) is Literal for word in get_args(part)]
    named = [f"`{word}`" for word in words if isinstance(word, str)]
    only = all(get_origin(part) is Literal for part in parts)
    if only and len(named) > 1:
        yield f"One of {', '.join(named)}."
    elif named and not only:
        yield f"{'Or one of' if len(named) > 1 else 'Or'} {', '.join(named)}."


def _default(default: Any) -> str:
    """Tell the default of a key; one that is empty is the same as none."""
    if isinstance(default, SchemaModel):
        default = {key: value for key, value in default.model_dump(mode="json").items() if value}
    if default in (None, PydanticUndefined, {}):
        return "may be left out"
    return json.dumps(default)


def _tables() -> Iterator[str]:
    columns = ("name", "title", "classes", "training images", "test images", "side", "channels")
    yield from ("## Data sets", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|")
    for name, data in DATASETS.items():
        counts = f"{data.classes} | {data.training_images:,} | {data.test_images:,}"
        yield f"| `{name}` | {data.title} | {counts} | {data.side} | {data.channels} |"
    yield from ("", "## Predicates and quantities", "", _PREDICATES)
    yield from ("## What a run can be asked for", "", "| attribute | unit | meaning |")
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
        forms = ", ".join(f"`{name}({form})`" for form in function.forms)
        unit = "that of what it takes" if function.unit is None else function.unit
        yield f"| {forms} | {unit} | {function.meaning} |"
    yield from ("", "## Units of printed numbers", "")
    yield f"{', '.join(f'`{unit}`' for unit in PRINTED_UNITS)}."
    yield ""
