"""The page of an assignment's reports, and the grade book."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from tests.support.report_set import SHARED, make_set

from regrade.report import sets
from regrade.report.sets import GRADE_BOOK, coincidence


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_set(tmp_path_factory.mktemp("set"))


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    return (report / "set-tiny.html").read_text(encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_reports_are_graded_by_the_assignments_replicates(report: Path) -> None:
    theirs = rows(report.parent / "tables" / "tiny.csv")
    own = rows(report.parent / "tables" / "ann.csv")
    assert {row["trained_as"] for row in own} == {f"tiny/{row['trained_as']}" for row in theirs}
    assert not (report.parent / "runs" / "ann").exists()
    (number,) = [r for r in rows(report.parent / "tables/ann/numbers.csv") if r["spread"]]
    assert number["replicates"] == "3"


def test_lent_replicates_are_one_training_in_the_long_table(report: Path) -> None:
    lines = rows(report.parent / "exports" / "results.csv")
    lent = [one for one in lines if one["study"] in ("ann", "bea") and one["basis"]]
    assert {one["trained_as"].partition("/")[0] for one in lent} == {"tiny"}
    table = rows(report.parent / "tables" / "ann.csv")
    own = {one["trained_as"] for one in lent if one["study"] == "ann"}
    assert own == {row["trained_as"] for row in table}


def test_every_report_stands_against_every_run_with_sign_colour_and_distance(
    report: Path, page: str
) -> None:
    (number,) = [r for r in rows(report.parent / "tables/ann/numbers.csv") if r["spread"]]
    distance = (float(number["published"]) - float(number["measured"])) / float(number["spread"])
    told = f"{distance:+.1f} s".replace("-", "−")
    assert page.count(f"<small>{told}</small>") == 2
    assert f'aria-label="{number["verdict"]}"' in page
    assert page.count("left out") == 2  # run D of either
    assert 'href="runs/ann/A.html#n-' in page


def test_digits_that_several_reports_share_are_listed_with_their_chance(page: str) -> None:
    digits = page[page.index('id="digits"') :]
    assert SHARED in digits and "two trainings in" in digits
    assert digits.count("<tr>") == 2, "a head and one row: counted parameters are no coincidence"
    assert "says nothing about people" in page


def test_the_grade_book_has_a_row_a_report(report: Path) -> None:
    book = rows(report.parent / "exports" / "gradebook.csv")
    assert [row["report"] for row in book] == ["ann", "bea"]
    assert list(book[0]) == list(GRADE_BOOK)
    numbers = rows(report.parent / "tables/ann/numbers.csv")
    for verdict in ("reproduced", "not reproduced", "atypical", "inconclusive", "not measured"):
        own = [r for r in numbers if r["verdict"] == verdict and r["role"] == "primary"]
        assert int(book[0][f"numbers {verdict}"]) == len(own)
    told = {row["column"] for row in rows(report.parent / "exports/data-dictionary.csv")}
    assert {f"gradebook.csv: {column}" for column in GRADE_BOOK} <= told


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_report_says_is_no_formula_in_the_grade_book(sign: str) -> None:
    """Spreadsheets calculate what begins so, and may send it elsewhere."""
    text = f"{sign}HYPERLINK(1)"
    assert sets._inert(text) == f"'{text}"
    assert sets._inert("Ann = Bea") == "Ann = Bea"


def test_the_set_stands_in_the_navigation_in_the_place_of_its_reports(report: Path) -> None:
    index = (report / "index.html").read_text(encoding="utf-8")
    navigation = index[index.index("<nav") : index.index("</nav>")]
    assert 'href="set-tiny.html"' in navigation and "ann.html" not in navigation
    assert 'href="ann.html"' in index


def test_a_run_names_the_one_that_lends_it_its_replicates(report: Path) -> None:
    text = (report / "runs/ann/A.html").read_text(encoding="utf-8")
    assert 'href="../../runs/tiny/A.html"' in text
    file = report.parents[1] / "studies" / "tiny.yaml"
    assert f"train --study {file} --run A " in text


def test_authors_are_escaped(page: str) -> None:
    assert "ann &lt;b&gt;" in page and "ann <b>" not in page


def test_replicates_of_several_reports_count_once(report: Path, page: str) -> None:
    assert "9 replicates" in page and "12 replicates" not in page
    replicates = {
        (row["trained_as"].removeprefix("tiny/"), row["seed"])
        for name in ("tiny", "ann", "bea")
        for row in rows(report.parent / "tables" / f"{name}.csv")
    }
    assert len(replicates) == len(list((report.parent / "runs" / "tiny").glob("*/seed-*")))


def test_the_chance_of_equal_digits_is_that_of_drawn_results() -> None:
    rng = np.random.Generator(np.random.Philox(3))
    spread, digit = 0.005, 0.001
    first, second = np.round(rng.normal(0.6, spread, (2, 400_000)) / digit)
    told, seen = coincidence(digit / 2, spread), np.mean(first == second)
    assert math.isclose(told, seen, rel_tol=0.03)


@pytest.mark.parametrize(
    ("quantity", "trained"),
    [("last(train_loss)", True), ("weights", True), ("block_weights", False), ("macs", False)],
)
def test_only_what_is_trained_can_agree_by_chance(quantity: str, trained: bool) -> None:
    """`block_weights` is counted, though the name of the trained `weights` stands in it."""
    assert sets._is_trained({"quantity": quantity, "run": "A"}) is trained
