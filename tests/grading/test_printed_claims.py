"""What `check` says of claims on the printed numbers alone."""

from __future__ import annotations

from regrade.grading.printed_claims import told_claims
from regrade.studies.load import load_study

PREDICATE = "predicate: max(A2.validation_accuracy) > max(A1.validation_accuracy)"


def _told(path) -> str:
    return told_claims(load_study(path), path.parent / "curves")


def _claims(**predicates: str) -> tuple[str, str]:
    """Return what puts further claims into the study, as `write_study` takes it."""
    claims = "".join(
        f"  {name}:\n    sentence: s\n    predicate: {predicate}\n    source: t\n"
        for name, predicate in predicates.items()
    )
    return "claims:\n", f"claims:\n{claims}"


def test_claims_are_counted_by_what_the_printed_numbers_make_of_them(write_study) -> None:
    claims = _claims(
        a="max(A1.validation_accuracy) > 0.5",
        b="max(A1.validation_accuracy) > 0.7",
        c="max(A1.validation_accuracy) > 0.61",
        d="last(A1.validation_accuracy) > 0.5",
    )
    assert _told(write_study(claims)) == (
        "claims on the printed numbers: 1 holds, 1 fails (b), 1 left open by the digits (c),"
        " 2 not published (d: A1 has max(validation_accuracy); better)"
    )


def test_many_claims_are_counted_and_few_named(write_study) -> None:
    many = {f"c{n}": "max(A1.validation_accuracy) > 0.7" for n in range(9)}
    assert "9 fail (c0; c1; c2; c3; c4; c5; 3 more)" in _told(write_study(_claims(**many)))


def test_nothing_is_said_of_a_study_without_predicates(write_study) -> None:
    assert _told(write_study((PREDICATE, "untestable: no numbers"))) == ""
