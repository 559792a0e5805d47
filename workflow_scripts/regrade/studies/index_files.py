"""Splits by a file of indices: its numbers are read before anything else, and stand in the recipe.

So a recipe says in full which images are held out, wherever it is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from regrade.errors import UserError
from regrade.studies.mistakes import Keys, Mistake
from regrade.studies.own_datasets import place_of
from regrade.studies.shorthand import Shorthand
from regrade.studies.splitting import AnySplit
from regrade.studies.yaml_document import read_text

KIND = "indices"
SHORT_FORMS = Shorthand.of(AnySplit)


class IndexReader:
    """Reads the files that splits name, and keeps what is wrong with them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = list(folders)
        self.mistakes: list[Mistake] = []

    def read(self, data: Any) -> Any:
        """Return a study as plain data with the numbers of its files beside their names."""
        if not isinstance(data, dict):
            return data
        found = dict(data)
        if "protocol" in found:
            found["protocol"] = self._settings(found["protocol"], ("protocol",))
        runs = found.get("runs")
        if isinstance(runs, dict):
            found["runs"] = {name: self._run(run, ("runs", name)) for name, run in runs.items()}
        return found

    def _run(self, run: Any, keys: Keys) -> Any:
        if not isinstance(run, dict):
            return run
        found = dict(run)
        if "recipe" in found:
            found["recipe"] = self._settings(found["recipe"], (*keys, "recipe"))
        variants = found.get("variants")
        if isinstance(variants, dict):
            found["variants"] = {
                name: self._settings(changes, (*keys, "variants", name))
                for name, changes in variants.items()
            }
        return found

    def _settings(self, settings: Any, keys: Keys) -> Any:
        split = settings.get("split") if isinstance(settings, dict) else None
        try:
            split = SHORT_FORMS.spell_out(split)
        except PydanticCustomError:  # The schema tells it, at its place.
            return settings
        if not isinstance(split, dict) or split.get("kind") != KIND:
            return settings
        return settings | {"split": self._split(split, (*keys, "split"))}

    def _split(self, split: Mapping[str, Any], keys: Keys) -> Mapping[str, Any]:
        file = split.get("file")
        if ("file" in split) == ("numbers" in split):
            self.mistakes.append(Mistake(keys, "it needs either a file or numbers"))
        elif isinstance(file, str):
            try:
                return {**split, "numbers": read_numbers(self._place(file))}
            except (UserError, ValueError) as error:
                self.mistakes.append(Mistake((*keys, "file"), str(error)))
        return split

    def _place(self, file: str) -> Path:
        there = [folder for folder in self.folders if (folder / file).exists()]
        return place_of(file, (there or self.folders)[0])


def read_numbers(path: Path) -> list[int]:
    """Read the whole numbers of a text file, between which stand spaces, commas or line ends.

    Raises
    ------
    UserError
        When it cannot be read, or naming the first line that holds something else.
    """
    numbers = []
    for position, line in enumerate(read_text(path).splitlines(), start=1):
        for word in line.replace(",", " ").split():
            if not word.isdecimal():
                raise UserError(
                    f"{path}: line {position}: found {word!r}; whole numbers from 0 belong here,"
                    " such as numpy.savetxt(file, indices, fmt='%d') writes"
                )
            numbers.append(int(word))
    return numbers
