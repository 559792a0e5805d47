"""A run whose weights could not be had is tried again by every call."""

from __future__ import annotations

from pathlib import Path

from regrade.files import json_text, write_atomically
from regrade.training.attempts import attempts, note_attempt


def test_each_attempt_without_weights_leaves_one_file_more(tmp_path: Path) -> None:
    replicate = tmp_path / "seed-0"
    assert attempts(replicate) == []
    write_atomically(replicate / "summary.json", json_text({"not_measured": "no network"}))
    for count in (1, 2):
        note_attempt(replicate)
        assert len(attempts(replicate)) == count
    assert "no network" in attempts(replicate)[0].read_text()


def test_a_training_leaves_the_files_of_former_attempts_as_they_are(tmp_path: Path) -> None:
    """One file more or less would train it again."""
    write_atomically(tmp_path / "summary.json", json_text({"not_measured": "no network"}))
    note_attempt(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in attempts(tmp_path)}
    write_atomically(tmp_path / "summary.json", json_text({"epochs": 1}))
    note_attempt(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in attempts(tmp_path)} == before
