"""Study files that extend an assignment: what they inherit, and what they say themselves.

A report of a homework has the homework's protocol, runs, figures and claims; its own file gives its
numbers and curves, and what its author did otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regrade.studies.mistakes import Keys, Mistake, dotted
from regrade.studies.origins import MODEL, lay_over
from regrade.studies.spelling import suggest
from regrade.studies.yaml_document import STUDY_ENDINGS, Document, textual

OWN = ("study", "extends", "report", "errata", "stated", "tolerances", "sections")
"""Keys that are not laid over the assignment's: the report's own, or given whole."""
INHERITED = ("tolerances", "sections")
"""Of those, the ones that come from the assignment where the report gives none."""
NAMED = ("blocks", "datasets", "architectures", "displays", "claims")
"""Keys with entries by name: an entry of the report's stands in the place of the assignment's."""
Entries = Mapping[Any, Any]


class Extending(Document):
    """A study file with the assignment that it extends; its data is that of both together.

    Raises
    ------
    UserError
        When a file cannot be read, or the report names what the assignment does not have.
    """

    def __init__(self, own: Document, assignment: Document) -> None:
        # The own file has been read already.
        self.path, self.lines = own.path, own.lines
        self.assignment = assignment
        runs = own.data.get("runs")
        self.left_out = [
            str(name)
            for name, run in (runs.items() if isinstance(runs, dict) else ())
            if run is None
        ]
        self.refuse(_unknown(own.data, assignment.data))
        self.data = extended(own.data, assignment.data)

    def _tell(self, mistake: Mistake) -> str:
        """Tell a mistake at the line of the file that has the key: the own one before the other."""
        keys = textual(mistake.keys)
        theirs = self.assignment.lines
        while keys and keys not in self.lines:
            if keys in theirs:
                told = self.assignment._tell(mistake)
                return f"{self.assignment.path}: {told}{self._told_left_out(mistake)}"
            keys = keys[:-1]
        return super()._tell(mistake)

    def _told_left_out(self, mistake: Mistake) -> str:
        """Say what to do where an entry of the assignment is about a run that is left out."""
        for name in self.left_out:
            if mistake.text.startswith(f"unknown run {name!r}"):
                place = dotted(mistake.keys[:2])
                return (
                    f"; {self.path.name} leaves this run out: write {place} there as well, without"
                    " it, or set it to null"
                )
        return ""


def open_study(path: Path) -> Document:
    """Read a study file, with the assignment that it extends.

    Raises
    ------
    UserError
        When a file cannot be read or is not YAML, or `extends` names no assignment.
    """
    own = Document(path)
    if not isinstance(own.data, dict) or "extends" not in own.data:
        return own
    own.refuse(_wrong_extends(own.data["extends"], path))
    assignment = Document(assignment_path(path, own.data["extends"]))
    if not isinstance(assignment.data, dict) or "extends" in assignment.data:
        text = f"{assignment.path} is no assignment: it {_why_none(assignment.data)}"
        own.refuse([Mistake(("extends",), text)])
    return Extending(own, assignment)


def assignment_path(path: Path, extends: str) -> Path:
    """Return the file of the assignment that a study file extends."""
    return path.parent / extends


def study_folders(data: Any, path: Path) -> list[Path]:
    """Return where files lie that a study names: in its own folder, or its assignment's."""
    extends = data.get("extends") if isinstance(data, dict) else None
    own = [path.parent]
    return own if extends is None else [*own, assignment_path(path, extends).parent]


def _why_none(data: Any) -> str:
    if not isinstance(data, dict):
        return "has no keys"
    return f"extends {data['extends']!r} itself, and there is one level alone"


def _wrong_extends(extends: Any, path: Path) -> Iterator[Mistake]:
    keys: Keys = ("extends",)
    allowed = "the path of a .yaml or .yml file, from this file's folder"
    if not isinstance(extends, str) or not extends.endswith(STUDY_ENDINGS):
        yield Mistake(keys, f"found {extends!r}; allowed: {allowed}")
    elif Path(extends).is_absolute():
        yield Mistake(
            keys, f"found {extends!r}, which other machines do not have; allowed: {allowed}"
        )
    elif not (place := assignment_path(path, extends)).is_file():
        yield Mistake(keys, f"no file {place}")
    elif place.samefile(path):
        yield Mistake(keys, "a file cannot extend itself")


def extended(own: Entries, assignment: Entries) -> dict:
    """Lay a report over its assignment, both as plain data.

    What is of the wrong type stays as it is, for the schema to refuse.
    """
    data = {key: assignment[key] for key in INHERITED if key in assignment}
    data |= {key: own[key] for key in OWN if key in own}
    data["report"] = _laid(own.get("report", {}), {"course": _course(assignment)})
    data["protocol"] = _laid(own.get("protocol", {}), assignment.get("protocol", {}))
    data["origins"] = lay_over(own.get("origins", {}), assignment.get("origins", {}), _given(own))
    for key in NAMED:
        data[key] = _over(own.get(key, {}), assignment.get(key, {}))
    data["runs"] = _runs(own.get("runs", {}), assignment.get("runs", {}))
    unknown = {key: value for key, value in own.items() if key not in data}
    return data | unknown


def _given(own: Entries) -> list[str]:
    """Return the paths of what a report gives itself: settings, and networks by their names."""
    networks = [f"{MODEL}.{name}" for name in _keys(own.get("architectures"))]
    return [*_keys(own.get("protocol")), *networks]


def _keys(entries: Any) -> list[str]:
    return [str(key) for key in entries] if isinstance(entries, dict) else []


def _course(assignment: Entries) -> Any:
    report = assignment.get("report")
    return report.get("course") if isinstance(report, dict) else None


def _laid(own: Any, base: Any) -> Any:
    """Lay settings over others; null is a setting, which the recipe does without."""
    return base | own if isinstance(own, dict) and isinstance(base, dict) else own or base


def _over(own: Any, base: Any) -> Any:
    """Lay entries over others by name; null leaves out what stands beneath."""
    if not isinstance(own, dict) or not isinstance(base, dict):
        return own or base
    left_out = {key for key, value in own.items() if value is None and key in base}
    return {key: value for key, value in (base | own).items() if key not in left_out}


def _runs(own: Any, base: Any) -> Any:
    if not isinstance(own, dict) or not isinstance(base, dict):
        return own or base
    inherited = {name: _without_published(run) for name, run in base.items()}
    changed = {name: _run(run, inherited[name]) for name, run in own.items() if name in inherited}
    return _over(own | changed, inherited)


def _without_published(run: Any) -> Any:
    """Leave out what the assignment's own text gives: the numbers of another report."""
    if not isinstance(run, dict):
        return run
    return {key: value for key, value in run.items() if key != "published"}


def _run(own: Any, base: Any) -> Any:
    if not isinstance(own, dict) or not isinstance(base, dict):
        return own
    data = base | own
    variants = own.get("variants")
    parts = [own.get("recipe"), *(variants.values() if isinstance(variants, dict) else ())]
    given = [key for part in parts for key in _keys(part)]
    if origins := lay_over(own.get("origins", {}), base.get("origins", {}), given):
        data["origins"] = origins
    for key, lay in _PARTS.items():
        if key in own and key in base:
            data[key] = lay(own[key], base[key])
    return data


def _notes(own: Any, base: Any) -> Any:
    return [*base, *own] if isinstance(own, list) and isinstance(base, list) else own


_PARTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "recipe": _laid,
    "variants": _over,
    "notes": _notes,
}
"""What a run's own part makes of the inherited one; of all other keys the own one counts."""


def _unknown(own: Entries, assignment: Entries) -> Iterator[Mistake]:
    """Find entries that are left out or changed, but that the assignment does not have."""
    for part in (*NAMED, "runs"):
        entries, known = own.get(part), assignment.get(part) or {}
        if not isinstance(entries, dict) or not isinstance(known, dict):
            continue
        for name, value in entries.items():
            if name in known:
                continue
            hint = suggest(str(name), map(str, known))
            if value is None:
                text = f"null leaves out what the assignment has, and it has no {name!r}{hint}"
                yield Mistake((part, name), text)
            elif part == "runs" and isinstance(value, dict) and "title" not in value:
                text = (
                    f"the assignment has no run {name!r}{hint}; one of the report's own has a title"
                )
                yield Mistake((part, name), text)
