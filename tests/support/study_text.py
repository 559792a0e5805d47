"""The study file that tests of reading change a piece of."""

from tests.support.protocol import protocol_text

STUDY = """\
study: tiny
report: {title: T, author: A, course: C, summary: S, sources: [s]}
tolerances: {accuracy: 0.02, loss: 0.1, time: 0.5, reason: because}
"""
STUDY += protocol_text(
    optimizer={"kind": "sgd", "learning_rate": 0.1}, selection={"kind": "last_epoch"}
)
STUDY += """\
architectures:
  net:
    kind: chain
    layers:
      - {kind: conv, channels: 4, kernel: 5}
      - {kind: flatten}
      - {kind: linear, features: classes}
runs:
  A1:
    title: plain
    recipe: {model: net}
    published:
      numbers:
        - {quantity: max(validation_accuracy), printed: "0.61", unit: fraction, source: text}
  A2:
    title: two variants
    recipe: {model: net}
    variants:
      as-told: {stop: {epochs: 4}}
      as-run: {stop: {epochs: 5}}
displays:
  figure: {kind: loss_and_accuracy, title: A1, runs: [A1], source: figure}
claims:
  better:
    sentence: the second is better
    predicate: max(A2.validation_accuracy) > max(A1.validation_accuracy)
    source: text
"""
"""A study file without mistakes."""

FIRST_LAYER = "{kind: conv, channels: 4, kernel: 5}"


def first_layer(written: str) -> tuple[str, str]:
    """Return what puts another first layer into the study, as `write_study` takes it."""
    return (f"    layers:\n      - {FIRST_LAYER}\n", f"    layers:\n      - {written}\n")
