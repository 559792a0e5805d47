"""Studies are named by their authors in short, and no two alike."""

from __future__ import annotations

import pytest

from regrade.report.authors import short_names, surname


@pytest.mark.parametrize(
    ("names", "short"),
    [
        ("Genesis Qu", "Qu"),
        ("Shamit Bhatia, Leuber Leuterio and Pragnavi Ravuluri", "Bhatia et al."),
        ("Ada (invented)", "Ada"),
        ("Jane Doe (Duke University, Durham)", "Doe"),
        ("Kim Lee, PhD", "Lee"),
        ("Kim Lee, Ph.D., and Jo Park, M.Sc.", "Lee et al."),
        ("Jo Park Jr.", "Park"),
        ("Wei Ma, Bo Li", "Ma et al."),
        ("Ann Sand & Bo Rand; Cy Land", "Sand et al."),
        ("(anonymous)", "(anonymous)"),
        (", PhD", ", PhD"),
    ],
)
def test_a_study_is_named_by_the_surname_of_its_first_author(names: str, short: str) -> None:
    assert surname(names) == short


def test_studies_whose_authors_share_a_surname_are_told_apart() -> None:
    found = short_names({"one": "Ann Lee (Duke)", "two": "Bo Lee", "three": "Cy Ray"})
    assert found == {"one": "Lee (one)", "two": "Lee (two)", "three": "Ray"}
