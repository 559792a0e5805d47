"""The tables hold what the contract promises."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from scipy.stats import t
from tests.support.tiny_study import (
    FAST,
    TWO_VARIANTS,
    number,
    row,
    study,
    tables,
    write_curves,
    write_model,
    write_replicate,
)

from regrade.errors import UserError
from regrade.fingerprint import recipe_hash
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate, collect, write_tables
from regrade.studies.resolve import resolve

BEST = "max(validation_accuracy)"
SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"


def test_variants_are_graded_apart(tmp_path: Path) -> None:
    for name, value in (("A-as-told", 0.5), ("A-as-run", 0.75)):
        write_model(tmp_path, name)
        for seed in (0, 1, 2):
            write_replicate(tmp_path, name, seed, validation_accuracy=[value])
    told = number(BEST, "0.51", variant="as-told", role="peer")
    runs = {"A": {**TWO_VARIANTS, "published": {"numbers": [number(BEST, "0.75"), told]}}}
    seeds = {name: [0, 1, 2] for name in ("A-as-told", "A-as-run")}
    found = tables(tmp_path, runs, seeds)["numbers"]
    assert found[["variant", "role", "measured", "verdict"]].to_numpy().tolist() == [
        ["as-told", "primary", 0.5, "not reproduced"],
        ["as-run", "primary", 0.75, "reproduced"],
        ["as-told", "peer", 0.5, "reproduced"],
    ]


def test_complexity_grades_every_published_count(tmp_path: Path) -> None:
    counts = {
        "A": [number("parameters", "30.73e3", "count"), number("macs", "0.03", "million")],
        "B": [number("parameters", "30730", "count"), number("macs", "0.04", "million")],
        "C": [number("parameters", "1", "count", role="peer")],
    }
    runs = {
        name: {"recipe": {"stop": {"epochs": epochs}}, "published": {"numbers": counts[name]}}
        for epochs, name in enumerate(counts, 1)
    }
    for name in runs:
        write_model(tmp_path, name)
    found = tables(tmp_path, runs, {})["complexity"]
    assert list(found.verdict) == ["reproduced", "not reproduced", "not published"]
    assert found.iloc[0][["parameters", "published_parameters", "published_macs"]].tolist() == [
        30730,
        30730,
        30000,
    ]
    assert found.iloc[2].published_parameters is None


def test_claims_stand_side_by_side(tmp_path: Path) -> None:
    """The text's variant gives another verdict than the evidence; an untestable claim has none."""
    for name, value in (("A-as-told", 0.5), ("A-as-run", 0.7), ("B", 0.6)):
        write_model(tmp_path, name)
        for seed in (0, 1, 2):
            write_replicate(tmp_path, name, seed, validation_accuracy=[value])
    both = {"numbers": [number(BEST, "0.65")]}
    runs = {"A": {**TWO_VARIANTS, "published": both}, "B": {"published": both}}
    better = {
        "sentence": "A is better.",
        "predicate": "max(A.validation_accuracy) > max(B.validation_accuracy)",
        "source": "text",
    }
    alone = {"sentence": "B.", "predicate": "B.parameters > 0", "source": "t", "note": "N"}
    opinion = {"sentence": "Nice.", "untestable": "an opinion", "source": "text"}
    seeds = {name: [0, 1, 2] for name in ("A-as-told", "A-as-run", "B")}
    found = tables(
        tmp_path, runs, seeds, claims={"c1": better, "c2": alone, "c3": opinion}
    )["claims"].set_index("claim")  # fmt: skip
    verdicts = ["on_published", "on_measured", "on_measured_as_told", "replicates", "scale"]
    assert found.loc["c1", verdicts].tolist() == [
        "undecided",
        "reproduced",
        "not reproduced",
        3,
        "full",
    ]
    assert "= 0.65 > " in found.loc["c1", "evidence_published"]
    assert "margin +0.1" in found.loc["c1", "evidence"]
    assert found.loc["c2", verdicts[:3]].tolist() == ["not published", "reproduced", None]
    assert found.loc["c3", [*verdicts[:2], "evidence"]].tolist() == [
        "untestable",
        "untestable",
        "an opinion",
    ]
    assert pd.isna(found.loc["c3", "predicate"])


def test_claims_are_corrected_for_their_number_and_told_which_of_them_stand(
    tmp_path: Path,
) -> None:
    """All deviate by 0.002: t of 6 degrees of freedom, and Holm of the three by chance."""
    runs = {
        name: {"recipe": {"optimizer": {"kind": "sgd", "learning_rate": rate}}}
        for name, rate in (("A", 0.1), ("B", 0.2), ("C", 0.3))
    }
    for name, centre in (("A", 0.5), ("B", 0.5048), ("C", 0.55)):
        write_model(tmp_path, name)
        for seed, shift in enumerate((-0.002, 0, 0.002)):
            write_replicate(tmp_path, name, seed, validation_accuracy=[centre + shift])

    def claim(predicate: str) -> dict:
        return {"sentence": "S", "predicate": predicate, "source": "t"}

    claims = {
        "frail": claim("max(B.validation_accuracy) > max(A.validation_accuracy)"),
        "open": claim("max(A.validation_accuracy) > 0.4995"),
        "sure": claim("max(C.validation_accuracy) > max(A.validation_accuracy)"),
        "counted": claim("A.parameters > 0"),
    }
    seeds = {name: [0, 1, 2] for name in runs}
    found = tables(tmp_path, runs, seeds, claims=claims)["claims"].set_index("claim")
    error = 0.002 * (2 / 3) ** 0.5
    frail, unsure = 2 * t.sf(0.0048 / error, 6), 2 * t.sf(0.0005 / (0.002 * 3**-0.5), 6)
    assert 0.025 < frail < 0.05
    assert found.loc["frail", "p_holm"] == pytest.approx(2 * frail)
    assert found.loc["open", "p_holm"] == pytest.approx(unsure)
    assert found.loc["sure", "p_holm"] == pytest.approx(3 * 2 * t.sf(0.05 / error, 6))
    assert found.loc["counted", "p_holm"] is None
    assert found["survives_holm"].to_dict() == {
        "frail": False, "open": None, "sure": True, "counted": None,
    }  # fmt: skip


def test_errata_show_what_their_predicates_give(tmp_path: Path) -> None:
    write_model(tmp_path, "A")
    shown = {"sentence": "S", "evidence": "E", "source": "t", "runs": ["A"]}
    errata = {"e1": shown | {"predicate": "A.parameters == 30730"}, "e2": shown}
    found = tables(tmp_path, {"A": {}}, {}, errata=errata)["errata"]
    assert found[["on_published", "on_measured", "runs", "evidence"]].to_numpy().tolist() == [
        ["not published", "reproduced", "A", "E"],
        [None, None, "A", "E"],
    ]


def test_replicates_of_repeated_recipes_are_those_of_the_trained_run(tmp_path: Path) -> None:
    write_model(tmp_path, "A")
    write_model(tmp_path, "C")
    best = {"best": {"validation_accuracy": {"epoch": 2, "value": 0.7}}}
    for name in ("A", "C"):
        write_replicate(tmp_path, name, 3, validation_accuracy=[0.5, 0.7, 0.6], summary=best)
    runs = {"A": {}, "B": {}, "C": {"recipe": FAST}, "D": {"measure_only": "no code"}}
    write_model(tmp_path, "D")
    found = tables(tmp_path, runs, {"A": [3], "C": [3]})["replicates"]
    assert found[["run", "trained_as", "seed"]].to_numpy().tolist() == [
        ["A", "A", 3],
        ["B", "A", 3],
        ["C", "C", 3],
    ]
    first = found.iloc[0]
    assert (first.best_validation_accuracy, first.best_validation_accuracy_epoch) == (0.7, 2)
    assert (first.last_validation_accuracy, first.last_test_accuracy) == (0.6, None)
    assert (first.recipe_hash, first.data_source) == ("0123456789abcdef", "npz")


def test_columns_of_the_contract_come_first_and_in_order(tmp_path: Path) -> None:
    write_model(tmp_path, "A")
    found = tables(tmp_path, {"A": {"measure_only": "no code"}}, {})
    promised = {
        "numbers": "study,run,variant,quantity,unit,published,precision,source,measured,low,high,"
        "replicates,scale,share,verdict",
        "complexity": "study,run,variant,parameters,macs,published_parameters,published_macs,"
        "verdict",
        "claims": "study,claim,sentence,predicate,on_published,on_measured,evidence,"
        "replicates,scale",
        "errata": "study,erratum,sentence,evidence,source",
        "replicates": "study,run,variant,trained_as,seed,scale,share,epochs,train_images",
    }
    for name, columns in promised.items():
        assert ",".join(found[name].columns).startswith(columns)


def test_floats_are_written_in_full_and_counts_whole(tmp_path: Path) -> None:
    row(tmp_path, number(BEST, "0.7"), [0.7, 0.1])
    runs = {
        "A": {"published": {"numbers": [number(BEST, "0.7"), number("parameters", "1", "count")]}}
    }
    path = tmp_path / "numbers.csv"
    write_tables(tables(tmp_path, runs, {"A": [0, 1]}), {"numbers": path})
    trained, counted = pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    assert (trained["measured"], trained["replicates"]) == (repr((0.7 + 0.1) / 2), "2")
    assert (counted["measured"], counted["replicates"]) == ("2797610", "")
    assert b"\r" not in path.read_bytes()


def test_tables_are_collected_cell_by_cell_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('x,y\n0.10,\n"a, b",NA\n')
    (tmp_path / "b.csv").write_text("x,y\n1e-3,2\n")
    (tmp_path / "empty.csv").write_text("x,y\n")
    found = collect([tmp_path / name for name in ("b.csv", "empty.csv", "a.csv")])
    assert found.to_numpy().tolist() == [["1e-3", "2"], ["0.10", ""], ["a, b", "NA"]]


def test_tables_with_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    (tmp_path / "b.csv").write_text("x,z\n")
    with pytest.raises(UserError, match=r"b\.csv: its columns differ from those of .*a\.csv"):
        collect([tmp_path / "a.csv", tmp_path / "b.csv"])


def test_published_curves_are_found_below_their_folder(tmp_path: Path) -> None:
    write_curves(tmp_path / "curves" / "tiny" / "a.csv", train_loss=[2, 1])
    write_model(tmp_path, "A")
    runs = {"A": {"published": {"curves": [{"file": "tiny/a.csv", "source": "Fig. 1"}]}}}
    claim = {"sentence": "S", "predicate": "last(A.train_loss) < 2", "source": "t"}
    found = tables(tmp_path, runs, {}, claims={"c": claim})["claims"].iloc[0]
    assert (found.on_published, found.on_measured) == ("holds", "not measured")


class Named(dict):
    """Files by name, as Snakemake gives them to a script."""

    __getattr__ = dict.__getitem__


def run_script(name: str, folder: Path, **job: object) -> None:
    snakemake = SimpleNamespace(log=[str(folder / f"{name}.log")], **job)
    runpy.run_path(str(SCRIPTS / f"{name}.py"), init_globals={"snakemake": snakemake})


def test_the_scripts_write_every_table_that_their_rules_name(tmp_path: Path) -> None:
    write_model(tmp_path, "A")
    tiny = study({"A": {"published": {"numbers": [number(BEST, "0.7")]}}})
    (run,) = resolve(tiny)
    made = {"recipe_hash": recipe_hash(run.recipe_json)}
    for seed in range(3):
        write_replicate(tmp_path, "A", seed, validation_accuracy=[0.7], provenance=made)
    file = tmp_path / "studies" / "tiny.yaml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(tiny.model_dump(mode="json", exclude_unset=True)))
    names = ("replicates", "numbers", "claims", "complexity", "errata", "checks", "agreement")
    tables = {name: str(tmp_path / f"{name}.csv") for name in names}
    run_script(
        "aggregate_study",
        tmp_path,
        input=Named(study=str(file)),
        output=Named(tables | {"basis": str(tmp_path / "basis.json")}),
        params=SimpleNamespace(results=str(tmp_path), seeds={"A": [0, 1, 2]}, recorded={}),
    )
    assert len(pd.read_csv(tmp_path / "replicates.csv")) == 3
    run_script(
        "collect_tables",
        tmp_path,
        input=Named({name: [str(tmp_path / f"{name}.csv")] * 2 for name in names[1:]}),
        output=Named({name: str(tmp_path / "all" / f"{name}.csv") for name in names[1:]}),
    )
    assert list(pd.read_csv(tmp_path / "all" / "numbers.csv").verdict) == ["reproduced"] * 2
    assert (tmp_path / "all" / "claims.csv").read_bytes() == (tmp_path / "claims.csv").read_bytes()


def test_one_diverged_seed_is_graded_with_the_others(tmp_path: Path) -> None:
    """Its accuracy is what it scored; its loss is infinite, and nothing becomes "not measured"."""
    published = [
        number("selected_test_accuracy", "0.60"),
        number("selected_test_loss", "1.20", "nats"),
    ]
    told = study({"A": {"published": {"numbers": published}}})
    for seed, accuracy, loss, diverged in (
        (0, 0.6, 1.2, None),
        (1, 0.61, 1.2, None),
        (2, 0.1, None, 2),
    ):
        summary = {
            "selected_test_accuracy": accuracy,
            "selected_test_loss": loss,
            "diverged_at_epoch": diverged,
        }
        write_replicate(tmp_path, "A", seed, summary=summary, validation_accuracy=[0.5, accuracy])
    write_model(tmp_path, "A")
    rows = aggregate(GradedStudy(told, tmp_path, tmp_path, {"A": [0, 1, 2]}))["numbers"].to_dict(
        "records"
    )
    assert [row["verdict"] != "not measured" for row in rows] == [True, True]
    assert rows[0]["measured"] == pytest.approx((0.6 + 0.61 + 0.1) / 3)
