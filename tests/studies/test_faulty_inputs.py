"""Small faults of study files and curves, each told with its place and what would be right."""

from __future__ import annotations

import json

import pytest
from tests.support.mistakes import mistakes

from regrade.errors import UserError
from regrade.grading.published_curves import read_curve
from regrade.studies.foreign_words import FOREIGN
from regrade.studies.functions import FUNCTIONS
from regrade.studies.load import load_study
from regrade.studies.spelling import suggest
from regrade.studies.study import Study

SGD = "{kind: sgd, learning_rate: 0.1}"
TRAINING = "training: [{kind: to_tensor}]"
QUANTITY = "quantity: max(validation_accuracy), printed"


@pytest.mark.parametrize(
    ("pad", "words"),
    [
        ("padding: -2", "found -2: it must be greater than or equal to 0"),
        ("padding: x", "found 'x': a whole number or a list belongs here"),
    ],
)
def test_a_value_of_several_types_is_one_mistake(write_study, pad: str, words: str) -> None:
    """Nothing is said of the types that the value was never meant to have."""
    path = write_study((TRAINING, f"training: [{{pad: {{{pad}}}}}, to_tensor]"))
    (told,) = mistakes(path)
    assert told.endswith(f"protocol.transforms.training[0].pad.padding: {words}")


def test_a_key_under_another_name_is_one_mistake(write_study) -> None:
    """Nothing is said of the name that it should have."""
    path = write_study(("{kind: conv, channels: 4,", "{kind: conv, out_channels: 4,"))
    (told,) = mistakes(path)
    assert told.endswith("layers[0].out_channels: unknown key; did you mean 'channels'?")


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (
            (SGD, "{kind: adam, learning_rate: 0.1, betas: [0.9]}"),
            "protocol.optimizer.betas",
            "found 1 item: 2 belong here",
        ),
        (
            (SGD, "{kind: adam, learning_rate: 0.1, betas: [9, 0.999]}"),
            "protocol.optimizer.betas[0]",
            "found 9: it must be less than 1",
        ),
        (
            (SGD, "{kind: sgd, learning_rate: .inf}"),
            "protocol.optimizer.learning_rate",
            "found inf: a finite number belongs here",
        ),
        (
            (SGD, "{kind: sgd, learning_rate: .nan}"),
            "protocol.optimizer.learning_rate",
            "found nan: a finite number belongs here",
        ),
        (
            (TRAINING, "training: [{kind: to_tensor}, {kind: normalize, mean: [1, 2], std: [1]}]"),
            "protocol.transforms.training[1].mean",
            "found 2 items: one belongs here for each channel, 1 or 3",
        ),
        (
            (
                TRAINING,
                "training: [{kind: to_tensor}, {kind: normalize, mean: [0, 0, 0], std: [1, 0, 1]}]",
            ),
            "protocol.transforms.training[1].std[1]",
            "found 0: it must be greater than 0",
        ),
        (
            (QUANTITY, "quantity: at(validation_accuracy, 2), printed"),
            "runs.A1.published.numbers[0].quantity",
            'in quotes: "at(validation_accuracy, 2)"',
        ),
        (
            ("runs:\n  A1:", "runs:\n  NO:"),
            "runs.NO",
            "YAML reads this key as true or false: write it in quotes, 'NO'",
        ),
        (("runs: [A1]", "runs: [NO]"), "displays.figure.runs[0]", "found False: YAML reads"),
        (("runs:\n  A1:", "runs:\n  A-1:"), "runs.A-1", "a letter, then letters, digits"),
    ],
)
def test_a_fault_is_told_at_its_place(write_study, change, place, words) -> None:
    told = [line for line in mistakes(write_study(change)) if f": {place}: " in line]
    assert len(told) == 1
    assert words in told[0]


def test_nesterov_needs_a_momentum(write_study) -> None:
    told = mistakes(write_study((SGD, "{kind: sgd, learning_rate: 0.1, nesterov: true}")))
    assert all("optimizer.nesterov needs a momentum" in line for line in told)


def test_batches_that_are_dropped_whole_are_told(write_study) -> None:
    change = ("batches: {training: 128,", "batches: {drop_last_training: true, training: 45001,")
    told = mistakes(write_study(change))
    assert all("with drop_last_training there is no batch" in line for line in told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n\tb: 1\n", "line 2: a tab: YAML indents with spaces"),
        ("a: 2024-13-45\n", "a value is no date or number"),
        (f"a: {'[' * 60}{']' * 60}\n", "line 1: nested more than 50 levels deep"),
        ("a: [x", "not valid YAML"),
        ("[" * 50_000, "line 1: nested more than 50 levels deep"),
        (f"a:\n  {'- ' * 50_000}", "line 2: nested more than 50 levels deep"),
    ],
)
def test_what_yaml_refuses_is_told_in_one_line(tmp_path, text, words) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as refused:
        load_study(path)
    assert words in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_aliases_that_unfold_without_an_end_are_refused_unread(tmp_path) -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    path = tmp_path / "tiny.yaml"
    path.write_text("\n".join(lines))
    with pytest.raises(UserError, match=r"with its aliases .* more than 100000 values"):
        load_study(path)


def _with_curve(write_study, tmp_path, content: bytes, file: str = "a.csv"):
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "a.csv").write_bytes(content)
    (tmp_path / "outside.csv").write_bytes(content)
    change = ("      numbers:", f"      curves: [{{file: {file}, source: s}}]\n      numbers:")
    return write_study(change)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"epoch,train_loss,notes\n1,1.7,hello\n", "unknown column 'notes'; allowed: epoch"),
        (b"epoch,loss\n1,1.7\n", "unknown column 'loss'; did you mean 'train_loss'?"),
        (b"epoch,train_loss,train_loss\n1,1.7,1\n", "a column stands twice in its header"),
        (
            b"epoch,test_accuracy\n1,44.1\n",
            "epoch 1: test_accuracy: found 44.1: accuracies lie between 0 and 1; are these percent",
        ),
        (b"epoch,train_loss\n1,-0.5\n", "found -0.5: it must be finite and not negative"),
        (b"epoch,train_loss\n1,inf\n", "`nan` where a loss diverged"),
        (b"epoch,train_loss\n1,high\n", "found 'high': a number belongs here, or nothing"),
        (b"epoch,train_loss\n1,1.7,3\n", "line 2: 3 cells, but the header has 2"),
        (b"epoch,train_loss\n1,1.7\n1,1.6\n", "an epoch stands twice"),
        (b"epoch,train_loss\n9999999999,1.7\n", "at most 100000 is taken for an epoch"),
        ("epoch,train_loss\n1,1.7\n".encode("utf-16"), "not UTF-8 (byte 1): save it as UTF-8"),
        (b"epoch,train_loss\n1,\x001\n", "a.csv: "),
    ],
)
def test_a_curve_that_the_workflow_would_stumble_over_is_told(
    write_study, tmp_path, content, words
) -> None:
    (told,) = mistakes(_with_curve(write_study, tmp_path, content))
    assert "runs.A1.published.curves[0].file: " in told
    assert words in told


@pytest.mark.parametrize("file", ["../outside.csv", "/etc/passwd", "b/../../outside.csv"])
def test_a_curve_may_not_leave_its_folder(write_study, tmp_path, file) -> None:
    (told,) = mistakes(_with_curve(write_study, tmp_path, b"epoch,train_loss\n1,1\n", file))
    assert "leads out of the folder" in told


def test_a_mark_and_spaces_do_not_hide_a_curve(write_study, tmp_path) -> None:
    content = "\ufeffepoch , train_loss\r\n1, 1.70\r\n\r\n3, \r\n".encode()
    study = load_study(_with_curve(write_study, tmp_path, content))
    curve = read_curve(tmp_path / "curves", study.runs["A1"].published.curves[0])
    assert curve.frame["train_loss"].isna().tolist() == [False, True, True]
    assert curve.frame["train_loss"][1] == 1.7
    assert curve.digits["train_loss"] == 2


@pytest.mark.parametrize(
    ("word", "known", "ours"),
    [
        ("Conv2D", ["conv", "linear"], "conv"),
        ("nn.Conv2d", ["conv", "linear"], "conv"),
        ("lr", ["kind", "learning_rate"], "learning_rate"),
        ("batch_size", ["dataset", "batches"], "batches"),
        ("Dense", ["conv", "linear"], "linear"),
        ("CosineAnnealingLR", ["step", "cosine"], "cosine"),
        ("T_max", ["kind", "epochs"], "epochs"),
        ("RandomErasing", ["cutout", "random_erasing"], "random_erasing"),
        ("width_shift_range", ["kind", "width"], "width"),
    ],
)
def test_the_word_of_another_framework_is_translated(word, known, ours) -> None:
    assert suggest(word, known) == f"; did you mean {ours!r}?"


def test_words_are_translated_to_words_that_there_are() -> None:
    schema = json.dumps(Study.model_json_schema())
    of_the_configuration = {"float32", "bf16", "cuda"}
    ours = set(FOREIGN.values()) - of_the_configuration - FUNCTIONS.keys()
    assert [word for word in ours if f'"{word}"' not in schema] == []


def test_a_foreign_word_is_not_translated_to_what_is_not_allowed() -> None:
    assert suggest("lr", ["kind", "momentum"]) == ""


def test_keys_of_torch_are_translated_in_files(write_study) -> None:
    told = mistakes(write_study((SGD, "{kind: sgd, lr: 0.1}")))
    assert any("did you mean 'learning_rate'?" in line for line in told)
