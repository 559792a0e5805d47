"""Exports say what the tables say, in the forms that other tools read, with the same bytes."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from tests.support.report_results import HOSTILE, write_results, write_study

from regrade import layout
from regrade.evidence import IMPORTED, RECORDED, TRAINED
from regrade.exports.dictionary import dictionary
from regrade.exports.results_table import COLUMNS, results_table
from regrade.exports.summary import badge, plain
from regrade.exports.write import can_write_parquet, export
from regrade.grading.graded_study import GradedStudy
from regrade.report.data_files import EXPORTED, TABLES, data_links
from regrade.report.study_view import views
from regrade.studies.vocabulary import ATTRIBUTES, HISTORY_COLUMNS

KEYS = ["run", "variant", "seed"]


def make(folder: Path, **options: object) -> GradedStudy:
    """Write a small study with its results, and export them."""
    seeds = write_results(write_study(folder), folder, **options)
    graded = GradedStudy.read(folder / "studies" / "tiny.yaml", folder / "results", seeds)
    export([graded], folder / "results" / "exports", parquet=False)
    return graded


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> GradedStudy:
    return make(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def exports(graded: GradedStudy) -> Path:
    return graded.results / "exports"


@pytest.fixture(scope="module")
def table(exports: Path) -> pd.DataFrame:
    return pd.read_csv(exports / "results.csv", keep_default_na=False, dtype=str)


@pytest.fixture(scope="module")
def replicates(graded: GradedStudy) -> pd.DataFrame:
    path = graded.results / "tables" / "tiny.csv"
    return pd.read_csv(path, keep_default_na=False, dtype=str)


def test_every_replicate_of_the_table_has_all_its_epochs(
    table: pd.DataFrame, replicates: pd.DataFrame
) -> None:
    assert list(table) == list(COLUMNS)
    losses = table[table["quantity"] == "train_loss"]
    epochs = losses.groupby(KEYS).size()
    assert len(replicates) == 8
    assert dict(epochs) == {
        tuple(row[key] for key in KEYS): int(row["epochs"]) for row in replicates.to_dict("records")
    }


def test_values_and_where_they_come_from_are_those_of_the_tables(
    table: pd.DataFrame, replicates: pd.DataFrame
) -> None:
    for row in replicates.to_dict("records"):
        own = table[(table[KEYS] == [row[key] for key in KEYS]).all(axis=1)]
        for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
            curve = own[own["quantity"] == name].set_index("epoch")["value"]
            assert curve[row["epochs"]] == row[f"last_{name}"], name
        trained = own[own["scale"] != ""]
        for column in ("trained_as", "basis", "scale", "data_source", "device"):
            assert set(trained[column]) == {row[column]}, column


def test_the_dictionary_names_every_basis_that_replicates_can_have() -> None:
    meaning = COLUMNS["basis"][2]
    assert all(basis in meaning for basis in (TRAINED, RECORDED, IMPORTED))


def test_counts_are_those_of_the_table_of_networks(
    table: pd.DataFrame, graded: GradedStudy
) -> None:
    path = graded.results / "tables" / "tiny" / "complexity.csv"
    networks = pd.read_csv(path, keep_default_na=False, dtype=str).to_dict("records")
    for name in ("parameters", "macs"):
        counts = table[table["quantity"] == name].set_index(["run", "variant"])["value"]
        assert dict(counts) == {(row["run"], row["variant"]): row[name] for row in networks}


def test_a_loss_that_diverged_is_infinite_and_what_is_not_measured_has_no_line(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    assert "" not in set(table["value"]) and "test_loss" not in set(table["quantity"])
    graded = make(tmp_path)
    history = graded.measurements.history(graded.measurements.runs[0], 0)
    history.loc[history.index[-1], "train_loss"] = math.inf
    told = results_table([graded.measurements])
    diverged = told[(told["quantity"] == "train_loss") & (told["value"] == math.inf)]
    assert diverged["epoch"].tolist() == [20, 20], "of A, and of C which repeats it"


def test_the_dictionary_tells_every_column_and_quantity_by_the_vocabulary(
    table: pd.DataFrame, exports: Path
) -> None:
    rows = pd.read_csv(exports / "data-dictionary.csv", keep_default_na=False)
    assert list(rows) == ["column", "type", "unit", "meaning"]
    told = rows.set_index("column")
    assert set(COLUMNS) <= set(told.index) and (rows["meaning"] != "").all()
    for name, unit in table[["quantity", "unit"]].drop_duplicates().itertuples(index=False):
        entry = told.loc[f"quantity={name}"]
        assert (entry["unit"], entry["meaning"]) == (unit, ATTRIBUTES[name].meaning)
    assert {f"quantity={name}" for name in HISTORY_COLUMNS} <= set(told.index)


def test_without_pyarrow_there_is_no_parquet_file_and_the_dictionary_says_why(
    exports: Path,
) -> None:
    assert not (exports / "results.parquet").exists()
    told = dictionary(parquet=False, sets=False).set_index("column")["meaning"]
    assert "pyarrow is not installed" in told["results.parquet"]
    assert (
        "not"
        not in dictionary(parquet=True, sets=False).set_index("column")["meaning"][
            "results.parquet"
        ]
    )


@pytest.mark.skipif(not can_write_parquet(), reason="pyarrow, which is optional, is not installed")
def test_the_parquet_file_holds_the_same_table(graded: GradedStudy, tmp_path: Path) -> None:
    export([graded], tmp_path, parquet=True)
    whole = pd.read_parquet(tmp_path / "results.parquet")
    text = pd.read_csv(tmp_path / "results.csv")
    assert list(whole) == list(text) and len(whole) == len(text)
    assert whole["value"].tolist() == text["value"].tolist()
    assert whole["epoch"].isna().tolist() == text["epoch"].isna().tolist()
    export([graded], tmp_path, parquet=False)
    assert not (tmp_path / "results.parquet").exists()


def test_the_summary_counts_verdicts_as_the_tables_do(graded: GradedStudy, exports: Path) -> None:
    tables = graded.results / "tables"
    numbers, claims = (
        pd.read_csv(tables / f"{name}.csv", keep_default_na=False) for name in ("numbers", "claims")
    )
    numbers = numbers[(numbers["role"] == "primary") & (numbers["variant"] != "as-told")]
    claims = claims[claims["role"] == "report"]
    (line,) = re.findall(r"^\| A tiny.*", (exports / "summary.md").read_text(), re.MULTILINE)
    _, _, *cells, errata, _ = (cell.strip() for cell in re.split(r"(?<!\\)\|", line))
    counted = [
        {verdict: int(number) for number, verdict in re.findall(r"(\d+) ([a-z ]+)", cell)}
        for cell in cells
    ]
    assert counted == [
        Counter(numbers["verdict"]), Counter(claims["on_published"]), Counter(claims["on_measured"])
    ]  # fmt: skip
    assert errata == "1"


def test_text_of_reports_is_no_markup_in_the_summary(exports: Path) -> None:
    text = (exports / "summary.md").read_text()
    assert HOSTILE not in text and "\\<script\\>alert" in text
    assert plain("a | *b*\n  [c]_d") == r"a \| \*b\* \[c\]\_d"


def test_the_badge_is_an_endpoint_of_shields(graded: GradedStudy, exports: Path) -> None:
    told = json.loads((exports / "badge.json").read_text())
    assert (
        set(told) == {"schemaVersion", "label", "message", "color"} and told["schemaVersion"] == 1
    )
    (view,) = views([graded])
    decided = [row["on_measured"] for row in view.claims if row["role"] == "report"]
    held = decided.count("reproduced")
    assert told["message"] == f"{held} of {held + decided.count('not reproduced')} decided"
    assert held and json.loads(badge([]))["message"] == "none decided"


def test_the_crate_is_a_flat_graph_whose_links_lead_somewhere(exports: Path) -> None:
    crate = json.loads((exports / "ro-crate-metadata.json").read_text())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"]) and all(
        "@type" in one for one in entities.values()
    )
    about = entities["ro-crate-metadata.json"]
    assert about["about"] == {"@id": "./"}
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    linked = [value for one in entities.values() for value in values(one)]
    outside = {about["conformsTo"]["@id"]}
    assert {link["@id"] for link in linked if isinstance(link, dict)} - outside <= set(entities)
    assert not [link for link in linked if isinstance(link, dict) and set(link) != {"@id"}]


def values(entity: dict) -> list:
    """Return all values of an entity, those in lists one by one."""
    found = [value if isinstance(value, list) else [value] for value in entity.values()]
    return [value for several in found for value in several]


def test_the_crate_names_all_files_studies_and_replicates(
    exports: Path, replicates: pd.DataFrame
) -> None:
    crate = json.loads((exports / "ro-crate-metadata.json").read_text())
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    root = entities["./"]
    assert root["datePublished"] == "2026-01-01" and root["name"] and root["license"]
    files = {part["@id"] for part in root["hasPart"]}
    assert files == {path.name for path in exports.iterdir()} - {"ro-crate-metadata.json"}
    for name in files:
        assert entities[name]["@type"] == "File"
        assert entities[name]["contentSize"] == str((exports / name).stat().st_size)
    assert entities["#study-tiny"]["citation"] == ["the report's text", "its log"]
    actions = [one for one in entities.values() if one["@type"] == "CreateAction"]
    assert len(actions) == len(replicates[["trained_as", "seed"]].drop_duplicates()) == 6
    assert all(one["instrument"]["@id"] == "#regrade-0.1.0" for one in actions)


def test_a_study_without_any_replicate_is_exported(tmp_path: Path) -> None:
    exports = make(tmp_path, seeds=[]).results / "exports"
    assert json.loads((exports / "badge.json").read_text())["message"] == "1 of 1 decided", "a size"
    told = pd.read_csv(exports / "results.csv")
    assert set(told["quantity"]) >= {"parameters", "macs"} and told["scale"].isna().all()


def test_the_same_results_give_the_same_bytes(
    graded: GradedStudy, exports: Path, tmp_path: Path
) -> None:
    export([graded], tmp_path, parquet=False)
    names = {path.name for path in exports.iterdir()}
    assert names == {path.name for path in tmp_path.iterdir()} <= {one.name for one in EXPORTED}
    for name in names:
        assert (exports / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_report_links_what_is_there(graded: GradedStudy, exports: Path) -> None:
    links = {name: href for href, name, _ in data_links(graded.results)}
    assert links["results.csv"] == "../exports/results.csv" and "results.parquet" not in links
    assert links["claims.csv"] == "../tables/claims.csv"
    assert {f"{name}.csv" for name in layout.TABLES} <= links.keys()


def test_every_table_of_all_studies_is_told_of() -> None:
    assert tuple(TABLES) == layout.TABLES
