"""Public reports, and the examples: each is said whole, checked, previewed and on a page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from tests.support.small_workflow import PROJECT, Workspace, read_rows

from regrade.studies.load import load_study
from regrade.studies.resolve import resolve

REPORTS = sorted((Path(__file__).parent / "public_reports").glob("*.yaml"))
EXAMPLES = sorted((PROJECT / "studies/examples").glob("*.yaml"))
EXAMPLE_PAGES = [path for path in EXAMPLES if path.stem not in ("template", "vgg16")]
"""Those two have tests of their own."""
PARAMETERS = {
    # github.com/kuangliu/pytorch-cifar
    "bottleneck": {"plain": 23_520_842, "smoothed": 23_520_842, "deeper": 42_512_970},
    "zoo": {
        "ResNet18": 11_173_962,
        "ResNet50": 23_520_842,
        "PreActResNet18": 11_171_146,
        "DenseNet121": 6_956_298,
        "MobileNetV2": 2_296_922,
    },
    # The summary that Keras prints.
    "keras_cnn": {"K": 1_250_858},
    # 11.0 and 36.5 million in the paper.
    "cutout": {
        "ResNet18": 11_173_962,
        "ResNet18_cutout": 11_173_962,
        "WRN_28_10": 36_479_194,
        "WRN_28_10_cutout": 36_479_194,
        "WRN_16_8": 10_961_370,
    },
    # What frameworks print of LeNet-5 with all maps of C3 connected: 156 + 2,416 + 48,120 + 10,164
    # + 850. In the paper of 1998 a map of C3 sees some of those before it, and there are 60,000.
    "lenet": {"L": 61_706},
    # github.com/andreasveit/densenet-pytorch; 1.0 and 0.8 million in the paper.
    "densenet": {"D40": 1_019_722, "BC100": 769_162},
    # The shapes of its code: 6,563,520 of convolutions, 4,480 of norms, 5,120 of the last layer.
    "resnet9": {"R": 6_573_120},
}
"""What the networks' own sources count."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_example_has_the_parameters_that_are_published(name: str) -> None:
    runs = resolve(load_study(PROJECT / f"studies/examples/{name}.yaml"))
    assert {run.name: run.cost.parameters for run in runs} == PARAMETERS[name]


@pytest.mark.parametrize("file", [*REPORTS, *EXAMPLES], ids=lambda path: path.stem)
def test_a_report_is_said_whole(file: Path) -> None:
    """Nothing is excused: what the words could not say would stand in a comment or a note."""
    text = file.read_text(encoding="utf-8")
    assert "cannot be said" not in text
    assert "deviat" not in text
    assert load_study(file).study == file.stem


def test_only_the_test_images_of_the_variants_are_not_augmented() -> None:
    """The report augments its validation images, because they are a part of its training set."""
    file = next(path for path in REPORTS if path.stem == "baseline_variants")
    recipe = resolve(load_study(file))[0].recipe
    assert recipe.transforms.test is not None
    kinds = [[word.kind for word in words] for words in (
        recipe.transforms.training, recipe.transforms.evaluation, recipe.transforms.test
    )]  # fmt: skip
    assert kinds[0] == kinds[1] == ["random_crop", "random_horizontal_flip", *kinds[2]]


@pytest.mark.slow
@pytest.mark.parametrize("file", [*REPORTS, *EXAMPLE_PAGES], ids=lambda path: path.stem)
def test_a_report_is_checked_and_previewed_to_a_page(file: Path, tmp_path: Path) -> None:
    space = Workspace.create(tmp_path / "copy", tmp_path)
    study = space.root / "studies" / file.name
    shutil.copy2(file, study)
    if (curves := file.parent / "curves").is_dir():
        shutil.copytree(curves, study.parent / "curves")
    assert "no mistakes" in space.regrade("check", f"studies/{file.name}").succeeded().text
    space.quietly(studies=file.stem, scale="preview", data="synthetic").succeeded()

    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    page = (space.root / f"results/report/{file.stem}.html").read_text(encoding="utf-8")
    assert told["report"]["title"] in page
    for run in told["runs"].values():
        assert run["title"] in page
    sizes = read_rows(space.root / "results/tables/complexity.csv")
    assert {row["verdict"] for row in sizes if row["published_parameters"]} <= {"reproduced"}
