"""What pages of a report show of measured values."""

from __future__ import annotations

import re

from tests.support.html_tree import Element, Page


def cells(page: Page) -> list[Element]:
    """Return all cells of a page that show something measured."""
    return [one for one in page.root.all("td") if "measured" in one.classes and _tells(one)]


def _tells(cell: Element) -> bool:
    """Tell whether a cell shows a number, and not that there is none."""
    return bool(re.search(r"\d|diverged", cell.text(without=("small",))))


def value_of(cell: Element) -> str:
    """Return the value that a cell shows, without interval, evidence and verdict."""
    return cell.text(without=("small", "span"))


def interval_of(cell: Element) -> str:
    """Return the interval of the value, which is within its link."""
    return "".join(one.text() for link in cell.all("a") for one in link.all("small"))


def quantity_of(row: Element) -> str:
    """Return the expression that a row of a run's numbers is about."""
    (head,) = row.all("th")
    codes = head.all("code")
    return codes[0].text() if codes else head.text(without=("span",))


def headings(table: Element) -> list[str]:
    """Return the headings of a table's columns: the last row of its head."""
    lines = [row for part in table.all("thead") for row in part.all("tr")]
    return [one.text() for one in lines[-1].all("th", "td")] if lines else []


def body(table: Element) -> list[list[Element]]:
    """Return the cells of a table's rows, without those rows that join columns."""
    lines = [row.all("th", "td") for part in table.all("tbody") for row in part.all("tr")]
    return [cells for cells in lines if not any("colspan" in one.attributes for one in cells)]


def plain(text: str) -> str:
    """Return a text with ordinary single spaces, as texts of elements are given."""
    return " ".join(text.split())
