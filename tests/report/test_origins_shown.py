"""The page of a run says where each setting comes from."""

from __future__ import annotations

from pathlib import Path

from tests.support.rendered import make
from tests.support.report_results import STUDY

ORIGINS = """
origins:
  optimizer.learning_rate: {told: "<i>page 3</i>"}
  split: {evidence: the log, assumed: which images}
architectures:"""


def rows(page: Path) -> dict[str, str]:
    text = page.read_text(encoding="utf-8")
    table = text[text.index('<table class="recipe">') :].partition("</table>")[0]
    found = (row.partition("</th>") for row in table.split('<th scope="row">')[1:])
    return {name: cells for name, _, cells in found}


def test_a_setting_shows_where_it_comes_from(tmp_path: Path) -> None:
    report = make(tmp_path, study=STUDY.replace("\narchitectures:", ORIGINS))
    shown = rows(report / "runs/tiny/A.html")
    assert "<b>evidence</b> the log" in shown["Split"]
    assert "<b>assumed</b> which images" in shown["Split"]
    learning_rate = "learning rate: <b>told</b> &lt;i&gt;page 3&lt;/i&gt;"
    assert learning_rate in shown["Optimizer"] and "the rest: " in shown["Optimizer"]
    assert "not stated" in shown["Batches"] and "the default" in shown["Mixing"]
