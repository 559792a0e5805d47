"""Pages: complete, self-contained, linked without a dead end, safe against hostile text."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from tests.support.rendered import DESIGN, make
from tests.support.report_results import HOSTILE

from regrade.grading.graded_study import GradedStudy
from regrade.report import formatting
from regrade.report.pages import render
from regrade.studies.vocabulary import ATTRIBUTES, CURVES

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """A parsed page: ids, links, texts in their elements, and tags that do not match."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.numbers: list[tuple[bool, str]] = []
        self.open: list[tuple[str, dict]] = []
        self.tags: list[str] = []
        self.feed(self.text)
        assert not self.open, f"{path}: {self.open} never closed"

    def handle_starttag(self, tag: str, attributes: list) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        if "src" in found:
            self.sources.append(found["src"])
        if tag == "link" and found["rel"] == "stylesheet":
            self.sources.append(found["href"])
        if tag not in VOID:
            self.open.append((tag, found))

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        if "id" in dict(attributes):
            self.ids.append(dict(attributes)["id"])

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, text: str) -> None:
        cells = [found for tag, found in self.open if tag == "td"]
        if cells and "measured" in cells[-1].get("class", "").split() and text.strip():
            is_small = any(tag == "small" for tag, _ in self.open)
            if not is_small:
                self.numbers.append((any(tag == "a" for tag, _ in self.open), text.strip()))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("preview"), seeds=[0], scale="preview", source="synthetic")


def pages(report: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(report.rglob("*.html"))}


def test_there_is_a_page_for_everything(report: Path) -> None:
    names = {path.relative_to(report).as_posix() for path in report.rglob("*.html")}
    runs = {f"runs/tiny/{run}.html" for run in ("A", "B-as-told", "B-as-run", "C", "D")}
    shared = {f"{name}.html" for name in ("index", "claims", "compare", "methods")}
    assert names == {"tiny.html"} | shared | runs


def test_the_page_of_a_run_shows_each_confusion_matrix_and_tells_it_in_words(report: Path) -> None:
    text = Page(report / "runs" / "tiny" / "A.html").text
    assert "Confusion matrix: 1900 of 2000 images right; most often class 0 taken for 1" in text
    assert "Confusion matrix of seed 1 on the test set" in " ".join(text.split())


def test_nothing_is_fetched_from_anywhere(report: Path, preview: Path) -> None:
    for path, page in [*pages(report).items(), *pages(preview).items()]:
        assert not re.search(r"(src|href|action)\s*=\s*[\"']?\s*(https?:)?//", page.text), path
        assert not {"iframe", "object", "embed"} & set(page.tags), path
        assert "default-src 'none'; script-src 'self'" in page.text, path
        for source in page.sources:
            assert (path.parent / source).resolve().is_relative_to(path.parents[-2]), source
            assert (path.parent / source).is_file(), f"{path.name}: {source}"
    for path in (report / "assets").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text and "url(http" not in text, path
        assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|importScripts", text), path


def test_every_link_and_anchor_leads_somewhere(report: Path, preview: Path) -> None:
    for folder in (report, preview):
        found = pages(folder)
        ids = {path.resolve(): set(page.ids) for path, page in found.items()}
        for path, page in found.items():
            for link in page.links:
                file, _, anchor = link.partition("#")
                target = (path.parent / file).resolve() if file else path.resolve()
                assert target.is_file(), f"{path.name}: {link}"
                in_page = not anchor or "=" in anchor or anchor in ids.get(target, {anchor})
                assert in_page, f"{path.name}: {link}"


def test_ids_are_unique_on_every_page(report: Path) -> None:
    for path, page in pages(report).items():
        assert len(page.ids) == len(set(page.ids)), path


def test_every_measured_number_of_a_study_links_to_its_run(report: Path) -> None:
    page = Page(report / "tiny.html")
    assert len(page.numbers) > 10
    for is_linked, number in page.numbers:
        assert is_linked or not re.search(r"\d", number), number


def test_what_stands_in_a_line_of_its_own_is_a_word_of_its_own(report: Path) -> None:
    """Sorting, copying and reading aloud take the text of a cell, where styles break no line."""
    for path, page in pages(report).items():
        assert not re.findall(r"(?<![\s>])<small|</(?:a|span|code)><small", page.text), path


def test_preview_and_synthetic_data_are_said_on_every_page(preview: Path, report: Path) -> None:
    for path, page in pages(preview).items():
        if path.stem not in ("D", "compare"):
            assert "Preview scale" in page.text and "Synthetic data" in page.text, path
    for path, page in pages(report).items():
        assert "Preview scale." not in page.text and "Synthetic data." not in page.text, path


def test_at_preview_scale_nothing_trained_is_judged(preview: Path) -> None:
    text = Page(preview / "runs/tiny/B-as-run.html").text
    numbers = text[text.index('id="numbers"') : text.index('id="recipe"')]
    assert "not measured" in numbers and "chip good" not in numbers


def test_hostile_text_is_shown_and_not_obeyed(report: Path) -> None:
    for name in ("index.html", "tiny.html", "runs/tiny/A.html", "runs/tiny/B-as-run.html"):
        text = (report / name).read_text()
        assert "<b>bold</b>" not in text and "<script>" not in text
    assert "&lt;b&gt;bold" in (report / "index.html").read_text()
    assert "alert" in HOSTILE and "&lt;script&gt;alert" in (report / "runs/tiny/A.html").read_text()


def test_the_same_results_give_the_same_bytes(report: Path, tmp_path: Path) -> None:
    studies = report.parents[1] / "studies"
    seeds = {run: [0, 1] for run in ("A", "B-as-told", "B-as-run")}
    render([GradedStudy.read(studies / "tiny.yaml", report.parent, seeds)], DESIGN, tmp_path)
    for path in report.rglob("*.html"):
        assert path.read_bytes() == (tmp_path / path.relative_to(report)).read_bytes(), path


def test_nothing_of_a_former_report_stays(report: Path, tmp_path: Path) -> None:
    """Pages of studies and runs that are no longer shown would have dead links."""
    results = tmp_path / "results"
    shutil.copytree(report.parent, results)
    rest = [Path("kaist.html"), Path("set-kaist.html"), Path("runs/kaist/K1.html"),
            Path("runs/tiny/Z.html"), Path("figures/kaist/fig1.svg")]  # fmt: skip
    drawn = results / "figures" / "kaist" / "fig1.svg"
    for path in (drawn, *(results / "report" / one for one in rest)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("of a former call")
    studies, seeds = report.parents[1] / "studies", {"A": [0, 1]}
    render([GradedStudy.read(studies / "tiny.yaml", results, seeds)], DESIGN, results / "report")
    assert not [one for one in rest if (results / "report" / one).exists()]
    # What was drawn is of use to the next call.
    assert drawn.exists()
    for path in (report / "figures").rglob("*.svg"):
        assert (results / path.relative_to(report.parent)).exists()


def test_claims_show_both_sides_and_link_their_runs(report: Path) -> None:
    text = (report / "tiny.html").read_text()
    claim = text[text.index('id="claim-c1"') :].partition("</article>")[0]
    assert '<a href="runs/tiny/B-as-run.html">B</a>.validation_accuracy' in claim
    assert ">holds<" in claim and ">reproduced<" in claim
    assert '<a href="runs/tiny/B-as-told.html">B.as_told</a>' in text


def test_a_run_that_repeats_another_says_so(report: Path) -> None:
    page = Page(report / "runs/tiny/C.html")
    assert "trained once" in page.text and "../../runs/tiny/A.html" in page.links


def test_what_differs_from_the_protocol_is_marked(report: Path) -> None:
    told = (report / "runs/tiny/B-as-told.html").read_text()
    row = told[told.index('class="particular"') :].partition("</tr>")[0]
    assert "factor 0.9" in row and "as run: step (every 5, factor 0.8)" in row
    assert 'class="particular"' not in (report / "runs/tiny/A.html").read_text()


def test_peers_do_not_count_in_the_scoreboard(report: Path) -> None:
    text = (report / "index.html").read_text()
    numbers = text[text.index("Numbers</a>") :].partition("</dd>")[0]
    assert sum(map(int, re.findall(r"<b>(\d+)</b>", numbers))) == 3


def test_every_drawing_has_a_description_and_every_table_a_caption(report: Path) -> None:
    for path, page in pages(report).items():
        assert page.text.count("<img ") == len(re.findall(r'<img [^>]*alt="[^"]+"', page.text)), (
            path
        )
        assert page.tags.count("caption") == page.tags.count("table"), path
        assert page.tags.count("h1") == 1 and page.tags.count("main") == 1, path


def test_a_study_without_any_replicate_is_shown_as_published(tmp_path: Path) -> None:
    report = make(tmp_path, seeds=[])
    assert "Nothing trained" in (report / "tiny.html").read_text()


def test_every_measured_value_of_a_study_equals_its_table(report: Path) -> None:
    table = pd.read_csv(report.parent / "tables" / "tiny" / "numbers.csv")
    text = (report / "tiny.html").read_text(encoding="utf-8")
    checked = 0
    for row in table[table["measured"].notna()].to_dict("records"):
        shown = formatting.value(row["measured"], row["unit"])
        variant = f"-{row['variant']}" if isinstance(row["variant"], str) else ""
        link = f'href="runs/tiny/{row["run"]}{variant}.html#n-{formatting.slug(row["quantity"])}'
        cells = [part.partition("</td>")[0] for part in text.split(link)[1:]]
        assert any(shown in cell for cell in cells), row
        checked += 1
    assert checked >= 4


def test_a_network_is_listed_once_and_linked_from_the_other_runs(report: Path) -> None:
    first = (report / "runs/tiny/A.html").read_text()
    assert first.count('<tr><th scope="row">3</th><td>linear</td>') == 1
    other = Page(report / "runs/tiny/C.html")
    assert "../../runs/tiny/A.html#network" in other.links and "<td>linear</td>" not in other.text


def test_logs_are_linked_and_pages_carry_no_indentation(report: Path) -> None:
    page = Page(report / "runs/tiny/A.html")
    logs = [link for link in page.links if link.endswith("/A/seed-0.log")]
    assert logs and "epoch 1 of A" in ((report / "runs/tiny") / logs[0]).resolve().read_text()
    assert "epoch 1 of A" not in page.text
    assert not re.search(r"\n[ \n]", page.text[: page.text.index("<pre")])


def test_the_front_page_links_the_data(report: Path) -> None:
    links = Page(report / "index.html").links
    assert {"../exports/results.csv", "../tables/numbers.csv", "../tables/claims.csv"} <= set(links)
    assert "../exports/results.parquet" not in links


def test_what_seeds_share_is_told_once(report: Path) -> None:
    text = (report / "runs/tiny/A.html").read_text()
    assert text.count("<dt>python</dt>") == text.count("<dt>recipe hash</dt>") == 1
    assert text.index("All seeds: how they were made") < text.index("<dt>python</dt>")


def test_every_curve_that_can_be_drawn_is_offered_for_comparison(report: Path) -> None:
    text = (report / "compare.html").read_text(encoding="utf-8")
    for name in CURVES:
        assert f'<option value="{name}">{ATTRIBUTES[name].label}</option>' in text
