"""Figures: they exist for every display, show what their CSV says, and repeat byte by byte."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from tests.support.report_results import STUDY, write_results, write_study

from regrade.grading.graded_study import GradedStudy
from regrade.report.figures import style
from regrade.report.figures.bars import draw_accuracies, draw_bars
from regrade.report.figures.curves import draw_loss_and_accuracy, draw_panels, draw_run_page
from regrade.report.figures.draw import draw
from regrade.report.figures.scatter import draw_scatter, draw_weight_histogram
from regrade.report.figures.style import Drawing
from regrade.report.series import to_csv
from regrade.report.study_results import StudyResults


def make(folder: Path, text: str = STUDY, **options: object) -> StudyResults:
    study = write_study(folder, text)
    seeds = write_results(study, folder, **options)
    curves, results = folder / "studies" / "curves", folder / "results"
    return StudyResults(GradedStudy(study, curves, results, seeds))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> StudyResults:
    return make(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def drawn(results: StudyResults, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return draw_all(results, tmp_path_factory.mktemp("drawn"))


def texts(path: Path) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)", path.read_text()))


def draw_all(results: StudyResults, destination: Path) -> dict[str, bytes]:
    seeds = {run.name: results.measurements.seeds(run) for run in results.runs}
    curves = results.results.parent / "studies" / "curves"
    draw(GradedStudy(results.study, curves, results.results, seeds), destination)
    return {
        path.relative_to(destination).as_posix(): path.read_bytes()
        for path in sorted(destination.rglob("*.*"))
    }


def test_every_figure_and_every_trained_run_is_drawn_with_its_numbers(
    drawn: dict[str, bytes],
) -> None:
    names = {"fig1", "fig2", "panels", "weights", "bars", "scatter", "overview/numbers"}
    names |= {f"runs/{run}" for run in ("A", "B-as-told", "B-as-run", "C")}
    assert set(drawn) == {f"{name}.{end}" for name in names for end in ("svg", "csv")}


def test_the_same_results_give_the_same_bytes(
    results: StudyResults, drawn: dict[str, bytes], tmp_path: Path
) -> None:
    assert draw_all(results, tmp_path) == drawn


def test_ids_differ_from_figure_to_figure_so_that_one_page_can_hold_them(
    drawn: dict[str, bytes],
) -> None:
    shared = [
        set(re.findall(rb'<clipPath id="([^"]+)"', drawn[f"{name}.svg"]))
        for name in ("fig1", "fig2")
    ]
    assert shared[0] and not shared[0] & shared[1]


def test_lines_show_the_numbers_of_the_csv(results: StudyResults) -> None:
    drawing = draw_loss_and_accuracy(results.study.displays["fig1"], results)
    frame = rows(drawing)
    lines = {
        tuple(zip(*line.get_data(), strict=True))
        for axes in drawing.figure.axes
        for line in axes.lines
    }
    for (source, _), part in frame.groupby(["source", "quantity"]):
        if source == "published":
            assert tuple(zip(part["x"], part["y"], strict=True)) in lines
    seeds = frame[(frame["quantity"] == "train_loss") & (frame["source"] != "published")]
    means = seeds.groupby("x")["y"].mean()
    curves = [pd.Series(dict(line)).reindex(means.index) for line in lines]
    assert any((curve - means).abs().max() < 1e-12 for curve in curves)


def rows(drawing: Drawing) -> pd.DataFrame:
    return pd.read_csv(StringIO(to_csv(drawing.series)))


def test_a_report_that_counts_from_zero_is_drawn_from_epoch_one(
    results: StudyResults,
) -> None:
    frame = rows(draw_loss_and_accuracy(results.study.displays["fig1"], results))
    assert frame[frame["source"] == "published"]["x"].min() == 1


def test_loss_limits_and_accuracy_axis_are_those_of_the_report(results: StudyResults) -> None:
    figure = draw_loss_and_accuracy(results.study.displays["fig1"], results).figure
    assert figure.axes[0].get_ylim() == (0, 3)
    assert figure.axes[1].get_ylim() == (0, 1)


def test_a_constant_rate_is_the_one_number_of_its_axis(results: StudyResults) -> None:
    drawing = draw_run_page(results.runs[0], results)
    assert drawing is not None
    (label,) = [tick.get_text() for tick in drawing.figure.axes[2].get_yticklabels()]
    assert label == "0.01"


def test_the_other_reading_is_drawn_dotted_beside_the_default_one(
    results: StudyResults,
) -> None:
    drawing = draw_loss_and_accuracy(results.study.displays["fig2"], results)
    assert set(rows(drawing)["variant"]) == {"as-run", "as-told"}
    labels = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
    assert "measured, as told" in labels


def test_a_preview_spans_the_recipe_and_says_its_share(tmp_path: Path) -> None:
    results = make(tmp_path, scale="preview", seeds=[0])
    drawing = draw_panels(results.study.displays["panels"], results)
    assert drawing.figure.axes[0].get_xlim()[1] > 20
    draw_all(results, tmp_path / "figures")
    for name in ("fig1", "panels", "bars", "scatter", "weights", "overview/numbers", "runs/A"):
        assert "preview: 1.2" in texts(tmp_path / "figures" / f"{name}.svg"), name


def test_a_run_without_replicates_shows_what_is_published_and_says_so(tmp_path: Path) -> None:
    results = make(tmp_path, seeds=[])
    draw_all(results, tmp_path / "figures")
    assert "not measured" in texts(tmp_path / "figures" / "fig1.svg")
    frame = pd.read_csv(tmp_path / "figures" / "fig1.csv")
    assert set(frame["source"]) == {"published"}


def test_bars_carry_the_interval_of_the_graded_number(results: StudyResults) -> None:
    frame = rows(draw_bars(results.study.displays["bars"], results)).set_index(["run", "source"])
    graded = next(row for row in results.numbers if row["run"] == "A")
    for source, column in (("measured", "measured"), ("measured low", "low"), ("published",) * 2):
        assert frame.loc[("A", source), "y"] == graded[column]


def test_weights_are_counted_whole_in_wider_bins(results: StudyResults) -> None:
    frame = rows(draw_weight_histogram(results.study.displays["weights"], results))
    assert frame[frame["run"] == "A"]["y"].sum() == pytest.approx(31_674, rel=1e-3)
    assert len(frame[frame["run"] == "A"]) == 20


def test_a_counted_quantity_places_the_published_point_too(results: StudyResults) -> None:
    frame = rows(draw_scatter(results.study.displays["scatter"], results))
    published = frame[(frame["run"] == "B") & (frame["source"] == "published")]
    assert published["x"].tolist() == [31_674]


def test_the_overview_holds_accuracies_of_the_report_alone(results: StudyResults) -> None:
    frame = rows(draw_accuracies(results))
    assert frame[frame["source"] == "published"]["y"].tolist() == [0.606, 0.70]


def test_the_stripe_of_the_overview_is_the_bar_that_was_graded_by(tmp_path: Path) -> None:
    """A truncated number leaves a digit open above itself alone."""
    text = STUDY.replace('printed: "60.6", unit', 'printed: "60.6", rounding: truncated, unit', 1)
    results = make(tmp_path, text)
    drawing = draw_accuracies(results)
    graded = next(row for row in results.main_numbers if row["run"] == "A")
    (stripe,) = [p for p in drawing.figure.axes[0].patches if abs(p.get_y() + 0.31) < 1e-9]
    low, high = stripe.get_x(), stripe.get_x() + stripe.get_width()
    assert (low, high) == pytest.approx((graded["bar_low"], graded["bar_high"]))
    assert (low, high) == pytest.approx((0.606 - 0.02, 0.607 + 0.02), abs=1e-5)


def test_a_diverged_loss_leaves_a_gap_and_no_error(tmp_path: Path) -> None:
    results = make(tmp_path)
    history = tmp_path / "results/runs/tiny/A/seed-0/history.csv"
    head, *lines = history.read_text().splitlines()
    lines[5:] = [re.sub(r"^(\d+),([^,]*),[^,]*", r"\1,\2,nan", line) for line in lines[5:]]
    history.write_text("\n".join([head, *lines]) + "\n")
    with style.style("salt"):
        style.write(draw_run_page(results.by_name["A"], results), tmp_path / "run.svg")
    assert "nan" not in (tmp_path / "run.svg").read_text()


def test_a_run_without_replicate_and_published_curve_has_no_empty_figure(tmp_path: Path) -> None:
    results = make(tmp_path, seeds=())
    assert draw_run_page(results.by_name["A"], results).series
    assert draw_run_page(results.by_name["B-as-run"], results) is None


def test_no_figure_has_a_date_or_letters_below_eight_points(drawn: dict[str, bytes]) -> None:
    for name, content in drawn.items():
        if name.endswith(".svg"):
            sizes = re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", content.decode())
            assert sizes and min(map(float, sizes)) >= 8, name
            assert b"dc:date" not in content
