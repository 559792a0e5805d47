"""Networks, settings, counts of the NYU study are those of its report and its sources."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
import torch
from tests.support.published_curves import read_curve

from regrade.data.auto_augment import CIFAR10_POLICY
from regrade.data.load import split_order
from regrade.grading.printed import read_printed
from regrade.studies.architectures import Stages
from regrade.studies.cost import cost
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Study
from regrade.training.schedules import Schedule

STUDY = "nyu"
COSTS = {
    "O1 O2 O3 C1 S1": (2_797_610, 139_299_328), "C2": (2_912_682, 241_011_200),
    "C3": (3_232_426, 234_719_744), "C4 H0": (4_535_594, 234_719_744),
    "C5": (4_915_306, 173_146_504), "R18": (11_173_962, 555_422_720),
    "K4": (4_933_674, 271_944_192), "S2": (2_926_634, 144_017_920),
    "S3 B1alt": (3_141_674, 151_882_240), "S3alt H6": (3_843_114, 387_811_840),
    "B1": (3_367_978, 341_674_496), "B2": (3_441_962, 417_171_968), "B3": (3_737_386, 492_669_440),
    "B4": (4_032_810, 511_543_808), "B5": (4_106_794, 587_041_280), "B6": (4_476_202, 738_036_224),
    "B7": (4_698_154, 964_528_640),
    "M1 M4 M6-as-run M1_constant M1_basic H1": (4_951_338, 784_173_568),
    "M2": (4_915_754, 491_620_864), "M3": (4_988_586, 595_429_888),
    "M5 M6-as-told": (4_970_154, 272_206_336), "H5": (4_997_162, 116_233_216),
}  # fmt: skip
"""Parameters and multiply-adds of the runs that are trained, and of ResNet-18."""
EPOCHS = dict.fromkeys("OCRKS", 100) | {"B": 40, "M": 150, "H": 150, "H0": 5, "H1": 10}
"""By run, or by the first letter of its name."""
COUNTED = {"C1_typo": 2_787_586, "C5_384": 5_175_850, "K4_skip_4": 5_578_794, "K5": 7_680_042}
COUNTED |= {"S5": 3_829_802, "M2_source": 6_761_130, "B1_late": 3_367_978 + 1_180_672}
OTHER_COUNTS = {  # kernel of the shortcuts, stem, channels: parameters by blocks
    "3 32 64-128-128-256": {  # the block table, were its shortcuts those of the models
        "2-2-2-2": 3_843_114, "3-2-2-2": 3_917_098, "3-3-2-2": 4_212_522, "3-3-3-2": 4_507_946,
        "4-3-3-2": 4_581_930, "5-4-3-2": 4_951_338, "8-4-3-2": 5_173_290,
    },
    "1 32 64-128-128-256": {  # candidates for the 3.1 of row B1
        "2-2-1-2": 3_072_554, "2-1-2-2": 3_072_554, "3-2-1-2": 3_146_538, "3-1-2-2": 3_146_538,
    },
    # The channel table, likewise, and with a stem of 64.
    "3 32 64-64-128-256": {"2-2-2-2": 3_289_514}, "3 32 32-128-128-256": {"2-2-2-2": 3_658_410},
    "3 32 32-64-256-256": {"2-2-2-2": 5_207_338}, "3 32 32-64-128-372": {"2-2-2-2": 5_378_154},
    "1 64 32-64-256-256": {"2-2-2-2": 4_547_850},
}  # fmt: skip
"""What rules other variants out, or leaves them open."""
CUTS = {
    "M1": [65, 84, 95, 106, 119], "M2": [60, 90, 101, 112, 123], "M3": [61, 83, 94, 105, 116],
    "M4": [19, 30, 41, 52, 63], "M5": [59, 73, 87, 102, 113],
}  # fmt: skip
"""Epochs after which the learning rate is divided by ten."""
POLICY = """
Invert 1 7 Contrast 2 6|Rotate 7 2 TranslateX 3 9|Sharpness 8 1 Sharpness 9 3
ShearY 5 8 TranslateY 7 9|AutoContrast 5 8 Equalize 9 2|ShearY 2 7 Posterize 3 7
Color 4 3 Brightness 6 7|Sharpness 3 9 Brightness 7 9|Equalize 6 5 Equalize 5 1
Contrast 6 7 Sharpness 6 5|Color 7 7 TranslateX 5 8|Equalize 3 7 AutoContrast 4 8
TranslateY 4 3 Sharpness 2 6|Brightness 9 6 Color 2 8|Solarize 5 2 Invert 0 3
Equalize 2 0 AutoContrast 6 0|Equalize 2 8 Equalize 6 4|Color 9 9 Equalize 6 6
AutoContrast 8 4 Solarize 2 8|Brightness 1 3 Color 7 0|Solarize 4 5 AutoContrast 9 3
TranslateY 9 9 TranslateY 7 9|AutoContrast 9 2 Solarize 8 3|Equalize 8 8 Invert 1 3
TranslateY 7 9 AutoContrast 9 1
"""
"""The report's sub-policies: operation, tenths of its probability, index of its strength."""


def network(skip: str, stem: str, channels: str, blocks: str) -> Stages:
    words = {"kind": "stages", "stem": {"channels": stem}, "block": {"kind": "basic"}}
    lists = {"channels": channels.split("-"), "blocks": blocks.split("-")}
    return Stages(**words, **lists, shortcut={"kind": "projection", "kernel": skip})


def test_costs_are_exact(runs: dict[str, ResolvedRun]) -> None:
    found = {name: (run.cost.parameters, run.cost.macs) for name, run in runs.items()}
    assert {name: found.pop(name)[0] for name in COUNTED} == COUNTED
    assert found == {name: both for names, both in COSTS.items() for name in names.split()}


def test_only_what_is_for_counting_is_not_trained(runs: dict[str, ResolvedRun]) -> None:
    assert {name for name, run in runs.items() if run.measure_only} == {*COUNTED, "R18"}
    repeated = {name: run.trained_as for name, run in runs.items() if run.trained_as != name}
    assert repeated == {"C1": "O3", "S1": "O3"}
    assert len(trained_runs(runs.values())) == 32


def test_counts_of_other_readings() -> None:
    for words, counts in OTHER_COUNTS.items():
        for blocks, count in counts.items():
            found = cost(network(*words.split(), blocks), 32, 10).parameters
            assert found == count, (words, blocks)


def test_which_sizes_do_not_print_as_published(study: Study, runs: dict[str, ResolvedRun]) -> None:
    """All but 3.8 and 3.1 do; the 4.97 of model 6 belongs to its printed row."""
    wrong = set()
    for name, run in study.runs.items():
        for number in run.published.numbers:
            resolved = runs[f"{name}-{number.variant}" if number.variant else name]
            exact = resolved.cost.parameters
            if number.quantity == "parameters" and not read_printed(number, run).prints(exact):
                wrong.add((resolved.name, number.printed))
    assert wrong == {("S3", "3.8"), ("B1", "3.1")}
    all_numbers = [(name, n) for name, run in study.runs.items() for n in run.published.numbers]
    truncated = {(name, n.printed) for name, n in all_numbers if n.rounding != "rounded"}
    assert truncated == {("M2", "4.91"), ("R18", "11.1")}


def test_what_a_block_adds_in_each_stage(runs: dict[str, ResolvedRun]) -> None:
    rows = [runs[name].cost.parameters for name in ("B1", "B2", "B3", "B4", "B5")]
    added = [larger - smaller for smaller, larger in pairwise(rows)]
    assert added == [73_984, 295_424, 295_424, 73_984]  # stages 1, 2, 3 and 1; 4 is B1_late


def test_shared_protocol(runs: dict[str, ResolvedRun]) -> None:
    for name, run in runs.items():
        recipe = run.recipe
        assert (recipe.split.validation, recipe.split.seed) == (5000, 1234)
        assert (recipe.batches.training, recipe.batches.evaluation) == (64, 64)
        assert not recipe.batches.drop_last_training and not recipe.batches.drop_last_evaluation
        assert (recipe.selection.kind, recipe.selection.test) == ("lowest_validation_loss", True)
        assert set(recipe.metrics.model_dump().values()) == {"batch_mean"}
        sgd = name in ("O1", "M6-as-told", "M6-as-run", "H6")
        assert recipe.optimizer.kind == ("sgd" if sgd else "adamw" if name == "O2" else "adam")
        assert recipe.optimizer.learning_rate == 1e-3
        assert recipe.optimizer.weight_decay == (0.01 if name == "O2" else 0)
        assert not sgd or recipe.optimizer.momentum == 0.9
        assert recipe.stop.epochs == EPOCHS.get(name, EPOCHS[name[0]])
        constant = name in ("M6-as-run", "M1_constant", "H6")
        assert recipe.schedule.kind == ("constant" if constant else "plateau")


def test_augmentation(runs: dict[str, ResolvedRun]) -> None:
    plain = ["to_tensor", "normalize"]
    basic = ["random_rotation", "random_horizontal_flip", "random_crop", *plain]
    for name, run in runs.items():
        expected = basic if name == "M1_basic" else [*basic[:3], "auto_augment_cifar10", *plain]
        if name == "M4" or name[0] in "OCRKS":
            expected = plain
        assert [word.kind for word in run.recipe.transforms.training] == expected, name
        assert [word.kind for word in run.recipe.transforms.evaluation] == plain, name


def test_the_split_is_that_of_the_notebooks() -> None:
    train, validation = split_order(50_000, 5000, 1234)
    assert train[:4].tolist() == [19775, 41921, 43688, 136]
    assert validation[:4].tolist() == [18565, 21590, 23866, 22031]
    digest = hashlib.sha256(validation.sort().values.numpy().astype("<i8").tobytes()).hexdigest()
    assert digest == "afe4ad7d990627cbe982eda9a3e5081b9785d61b4b764b0958019def8a30e18e"


def test_the_reports_policy_is_the_one_trained_with() -> None:
    rows = [row.split() for row in POLICY.replace("\n", "|").strip("|").split("|")]
    operations = [
        [(name, int(tenths) / 10, int(index)) for name, tenths, index in (row[:3], row[3:])]
        for row in rows
    ]
    assert tuple(map(tuple, operations)) == CIFAR10_POLICY


def test_the_page_of_model_1_lists_the_reports_policy(study: Study) -> None:
    cells = [
        f"({one}, 0.{p}, {index}) ({other}, 0.{q}, {second})"
        for one, p, index, other, q, second in map(
            str.split, POLICY.replace("\n", "|").strip("|").split("|")
        )
    ]
    (listed,) = (note for note in study.runs["M1"].notes if "sub-policies" in note)
    assert listed.endswith("; ".join(cells) + ".")


def test_forty_of_fifty_operations_leave_the_geometry_as_it_is() -> None:
    names = [word for word in POLICY.replace("|", " ").split() if word.isalpha()]
    moving = {"Rotate", "ShearX", "ShearY", "TranslateX", "TranslateY"}
    assert (len(names), sum(name not in moving for name in names)) == (50, 40)


@pytest.mark.parametrize("name", CUTS)
def test_the_schedule_cuts_the_rate_where_the_logs_show_it(
    name: str, runs: dict[str, ResolvedRun]
) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
    schedule, rates = Schedule(runs[name].recipe, optimizer), [1e-3]
    for point in read_curve(f"nyu/{name}.csv"):
        schedule.finish_epoch({"validation_loss": float(point["validation_loss"])})
        rates.append(schedule.learning_rate)
    assert [epoch for epoch in range(1, 151) if rates[epoch] < rates[epoch - 1]] == CUTS[name]
    assert rates[-1] == pytest.approx(1e-8)
