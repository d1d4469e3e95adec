"""The section ``training`` of a dataset file: what it may say, and that it changes no row."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests import builders


def test_training_is_in_no_digest() -> None:
    assert builders.spec(training={}).digest == builders.spec().digest
    assert builders.spec(training={"seeds": 5}).gates_digest == builders.spec().gates_digest


@pytest.mark.parametrize(
    ("training", "told"),
    [
        ({"groups": ["nowhere"]}, "no column 'nowhere'"),
        ({"max_gap": 0.1}, "name columns in `groups`"),
        ({"learner": "os.system"}, "learner"),
        ({"window_days": 3}, "it needs 4"),
        ({"seeds": 1}, "seeds"),
        ({"canary": {"guards": {"accuracy": {}}}}, "accuracy"),
        ({"canary": {"guards": {"recall": {"margin": 0.1, "tolerated": 0.1}}}}, "must be below margin"),
        ({"canary": {"guards": {}}}, "guards"),
    ],
)
def test_what_cannot_work_is_refused(training: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        builders.spec(training=training)


def test_a_short_window_needs_a_holdout_and_every_model_a_label() -> None:
    assert builders.spec(training={"window_days": 3}, holdout={"by": "note"}).training is not None
    every = [
        {"name": "all", "select": {"rows": "all", "copies": 1}, "steps": [{"operator": "jitter_bootstrap"}]}
    ]
    with pytest.raises(ValidationError, match="tables with a label"):
        builders.spec(training={}, label=None, recipe=every)
