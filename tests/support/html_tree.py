"""HTML pages as trees of elements, to ask them what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass(eq=False)
class Element:
    """An element with all that it holds."""

    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """Yield the element and every one in it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, *tags: str) -> list[Element]:
        """Return every element of some kinds in it."""
        return [one for one in self.walk() if one.tag in tags and one is not self]

    def text(self, *, without: tuple[str, ...] = ()) -> str:
        """Return its text with single spaces, but for that of some kinds of elements."""
        return " ".join("".join(self._texts(without)).split())

    def _texts(self, without: tuple[str, ...]) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in without:
                yield from child._texts(without)

    @property
    def classes(self) -> set[str]:
        return set((self.attributes.get("class") or "").split())

    @property
    def links(self) -> list[str]:
        """Where its links lead, as written."""
        return [one.attributes["href"] or "" for one in self.all("a")]

    def around(self, tag: str) -> Element:
        """Return the nearest element of a kind around it."""
        here = self.parent
        while here is not None and here.tag != tag:
            here = here.parent
        assert here is not None, f"no <{tag}> is around {self.text()!r}"
        return here

    def following(self, tag: str) -> Element:
        """Return the next element of a kind after it, in the same part of the page."""
        assert self.parent is not None
        place = self.parent.children.index(self)
        behind = (one for one in self.parent.children[place + 1 :] if isinstance(one, Element))
        return next(found for one in behind for found in one.walk() if found.tag == tag)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.here = self.root = Element("", {})

    def handle_starttag(self, tag: str, attributes: list) -> None:
        made = Element(tag, dict(attributes), self.here)
        self.here.children.append(made)
        if tag not in VOID:
            self.here = made

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.here.children.append(Element(tag, dict(attributes), self.here))

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"<{self.here.tag}> is closed by </{tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, text: str) -> None:
        self.here.children.append(text)


class Page:
    """A parsed page of a report."""

    def __init__(self, path: Path) -> None:
        self.path = path
        builder = _Builder()
        builder.feed(path.read_text(encoding="utf-8"))
        assert builder.here is builder.root, f"{path}: <{builder.here.tag}> is never closed"
        self.root = builder.root

    @cached_property
    def by_id(self) -> dict[str, Element]:
        """Every element that has an id."""
        found = (one for one in self.root.walk() if one.attributes.get("id"))
        return {str(one.attributes["id"]): one for one in found}

    def target(self, link: str) -> tuple[Path, str]:
        """Return the file that a link of the page leads to, and the anchor in it."""
        file, _, anchor = link.partition("#")
        return ((self.path.parent / file).resolve() if file else self.path.resolve()), anchor
