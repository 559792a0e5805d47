"""The rules of the workflow and the package look for the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from regrade import layout

RULES = Path(__file__).parents[1] / "rules"
RESULTS = Path("<results>")


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ("data", layout.data_file(RESULTS, "{dataset}")),
        ("data", layout.card_file(layout.data_file(RESULTS, "{dataset}"))),
        ("measure", layout.model_folder(RESULTS, "{study}")),
        ("aggregate", layout.table_file(RESULTS, "{study}")),
        *(("aggregate", layout.table_file(RESULTS, name)) for name in layout.TABLES),
        *(("aggregate", layout.table_file(RESULTS, name, "{study}")) for name in layout.TABLES),
        ("report", layout.figures_folder(RESULTS) / "{study}"),
        ("report", layout.front_page(RESULTS)),
        ("exports", layout.exports_folder(RESULTS) / "results.csv"),
    ],
)
def test_rules_write_where_the_package_reads(rules: str, path: Path) -> None:
    assert f'"{path}"' in (RULES / f"{rules}.smk").read_text()


def test_a_replicate_lies_alike_in_results_and_in_records(tmp_path: Path) -> None:
    folders = [
        layout.replicate_folder(tmp_path / place, "duke", "D01", 10)
        for place in ("results", "records")
    ]
    for folder in folders:
        folder.mkdir(parents=True)
        place = folder.parents[3]
        assert (
            layout.replicate_folders(place) == layout.replicate_folders(place, "duke") == [folder]
        )
        assert layout.replicate_folders(place, "duke", "D02") == []
        assert layout.seed_of(folder) == 10
    assert len({folder.relative_to(folder.parents[3]) for folder in folders}) == 1


def test_the_place_of_a_file_is_known_from_its_path_alone() -> None:
    """Whatever the folders above are called."""
    for place in (Path(), Path("runs/mine"), Path("models"), Path("/data/runs/a/b")):
        replicate = layout.replicate_folder(place, "duke", "models", 0)
        assert layout.place_of(replicate / layout.SUMMARY) == place
        assert layout.place_of(layout.model_file(place, "duke", "D01")) == place
        assert layout.place_of(layout.basis_file(place, "duke")) is None
