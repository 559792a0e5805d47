"""Mutated inputs end in a valid file or in one message of the user's; never in a traceback."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.study_text import STUDY

from regrade.commands.studies import STUDIES
from regrade.config import read_config
from regrade.data.npz import read_npz
from regrade.errors import UserError
from regrade.grading.published_curves import read_curve
from regrade.studies.datasets import DATASETS
from regrade.studies.load import load_study

LONGEST = 2.0
"""Seconds of processor time that reading any input may take."""
FAST = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SLOW = settings(FAST, max_examples=400)
PLAIN = yaml.safe_load(STUDY)
CONFIG = yaml.safe_load((STUDIES.parent / "config.yaml").read_text(encoding="utf-8"))
CURVE = ["epoch", "train_loss", "test_accuracy"], ["1", "1.70", "0.3"], ["2", "", "0.4"]

EXTREMES = st.sampled_from(
    [
        None, True, False, 0, -1, 1, 10**30, 1e308, -0.0, float("inf"), float("nan"), 0.5,
        "", " ", "NO", "0x", "1e999", "x" * 5000, "../..", "/", "a\0b", "<script>", "{{ 7 * 7 }}",
        "__import__('os')", "max(max(max(", "1/0", "9**9**9", "A1.as_run.macs", "$(id)", "\u202e",
        [], {}, [[]], {"kind": "relu"}, [None], {"a": {"b": {"c": []}}}, "12:30:45", "\ud83d\ude00",
    ]
)  # fmt: skip
VALUES = st.one_of(
    EXTREMES,
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(EXTREMES, max_size=3),
    st.dictionaries(st.text(max_size=8), EXTREMES, max_size=3),
)


def places(data: Any, here: tuple = ()) -> list[tuple]:
    """List every place of nested data."""
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [place for key in keys for place in ((*here, key), *places(data[key], (*here, key)))]


@st.composite
def mutated(draw: st.DrawFn, plain: dict) -> dict:
    """Drop, rename, retype, nest or repeat parts of nested data."""
    data = copy.deepcopy(plain)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(data) or [()]))
        if not place:
            continue
        *way, last = place
        owner = data
        for key in way:
            owner = owner[key]
        match draw(st.sampled_from(["drop", "rename", "replace", "nest", "repeat", "copy"])):
            case "drop":
                del owner[last]
            case "rename" if isinstance(owner, dict):
                owner[draw(st.one_of(st.text(max_size=12), EXTREMES.filter(_is_key)))] = owner.pop(
                    last
                )
            case "nest":
                for _ in range(draw(st.sampled_from([1, 3, 60]))):
                    owner[last] = [owner[last]] if draw(st.booleans()) else {"a": owner[last]}
            case "repeat" if isinstance(owner[last], list):
                owner[last] = owner[last] * draw(st.sampled_from([2, 50]))
            case "copy":
                owner[last] = copy.deepcopy(draw(st.sampled_from(list(plain.values()))))
            case _:
                owner[last] = copy.deepcopy(draw(VALUES))
    return data


def _is_key(value: Any) -> bool:
    return not isinstance(value, list | dict)


def end_in_one_message(read: Any, name: str) -> None:
    """Read an input: it is valid, or told in one error that names its file."""
    start = time.process_time()
    try:
        read()
    except UserError as error:
        assert name in str(error)
        assert len(str(error)) < 20_000
    assert time.process_time() - start < LONGEST


def check_study(folder: Path, data: dict) -> None:
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=False), encoding="utf-8")
    before = sorted(folder.rglob("*"))
    end_in_one_message(lambda: load_study(path), "tiny.yaml")
    assert sorted(folder.rglob("*")) == before


@st.composite
def torn(draw: st.DrawFn, text: str) -> bytes:
    """Cut, double and overwrite bytes of a text."""
    content = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 30)))
        content[start:end] = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from(
                    [b"\t", b": ", b"*a ", b"&a ", b"<<: ", b"? ", b"- ", b"[", b"{", b"!!", b"|",
                     b"\xff\xfe", b"\0", b"'", b'"', b",", b"\r", b"%", b"\n---\n", b"nan", b"1_0"]
                ),
            )
        )  # fmt: skip
    return bytes(content)


def check_torn_study(folder: Path, content: bytes) -> None:
    path = folder / "tiny.yaml"
    path.write_bytes(content)
    end_in_one_message(lambda: load_study(path), "tiny.yaml")


def check_config(changes: dict) -> None:
    end_in_one_message(lambda: read_config(changes), "config.yaml")


CURVE_TEXT = "\n".join(map(",".join, CURVE)) + "\n"
WITH_CURVE = STUDY.replace(
    "      numbers:", "      curves: [{file: a.csv, source: s}]\n      numbers:", 1
)


def check_curve(folder: Path, content: bytes) -> None:
    """What `check` lets pass is read by grading too."""
    path = folder / "tiny.yaml"
    path.write_text(WITH_CURVE)
    (folder / "curves").mkdir(exist_ok=True)
    (folder / "curves" / "a.csv").write_bytes(content)
    studies: list = []
    end_in_one_message(lambda: studies.append(load_study(path)), "a.csv")
    for study in studies:
        read_curve(folder / "curves", study.runs["A1"].published.curves[0])


def plain_arrays() -> dict[str, np.ndarray]:
    """Make a data set of three images."""
    images, labels = np.zeros((3, 32, 32, 3), np.uint8), np.zeros(3, np.uint8)
    return {
        "train_images": images,
        "train_labels": labels,
        "test_images": images,
        "test_labels": labels,
        "classes": np.array([f"class {number}" for number in range(10)]),
    }


@st.composite
def arrays(draw: st.DrawFn) -> tuple[dict[str, np.ndarray], int, bytes]:
    """Drop, retype and reshape arrays; then overwrite some bytes of their file."""
    found = plain_arrays()
    for key in draw(st.lists(st.sampled_from(sorted(found)), max_size=3)):
        value = found.pop(key, None)
        if value is None:
            continue
        dtype = draw(st.sampled_from(["f4", "f8", "i8", "u1", "?", "U3", "S2", "c8", "M8[s]"]))
        shape = draw(st.sampled_from([(), (0,), (3,), (3, 3), (1, 32, 32, 3), (10, 1)]))
        new = np.full(shape, draw(st.integers(0, 255)), np.int64).astype(dtype)
        found |= draw(
            st.sampled_from([{}, {key: new}, {key.upper(): value}, {key: np.atleast_1d(value)[:1]}])
        )
    return found, draw(st.integers(0, 4000)), draw(st.binary(max_size=6))


def check_npz(folder: Path, given: tuple[dict[str, np.ndarray], int, bytes]) -> None:
    found, start, overwritten = given
    path = folder / "cifar10.npz"
    np.savez_compressed(path, **found)
    content = bytearray(path.read_bytes())
    content[start : start + len(overwritten)] = overwritten
    path.write_bytes(content)
    end_in_one_message(lambda: read_npz(path, DATASETS["cifar10"]), "cifar10.npz")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def _fuzz(run: settings, folder: Path, kind: str) -> None:
    inputs = {
        "study": (mutated(PLAIN), lambda data: check_study(folder, data)),
        "text": (torn(STUDY), lambda content: check_torn_study(folder, content)),
        "config": (mutated(CONFIG), check_config),
        "npz": (arrays(), lambda changes: check_npz(folder, changes)),
        "curve": (torn(CURVE_TEXT), lambda content: check_curve(folder, content)),
    }
    strategy, check = inputs[kind]
    run(given(strategy)(check))()


KINDS = ("study", "text", "config", "curve", "npz")


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_inputs_are_valid_or_told(folder: Path, kind: str) -> None:
    _fuzz(FAST, folder, kind)


@pytest.mark.slow  # 2,000 cases take minutes
@pytest.mark.parametrize("kind", KINDS)
def test_many_mutated_inputs_are_valid_or_told(folder: Path, kind: str) -> None:
    _fuzz(SLOW, folder, kind)
