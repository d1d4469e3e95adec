"""The ledger of trainings: what a model version was trained on, kept once, and marked."""

from pathlib import Path

import pytest

from aug_assets.errors import UnknownModelError
from resources import model_ledger
from resources.lake import LakeResource
from tests import builders

DAYS = [
    {"date": "2025-01-02", "validated_version": 4, "digest": "b"},
    {"date": "2025-01-01", "validated_version": 3, "digest": "a"},
]


@pytest.fixture
def place(tmp_path: Path) -> LakeResource:
    return LakeResource(uri=str(tmp_path))


def test_days_name_the_models_trained_on_them(place: LakeResource) -> None:
    spec = builders.spec()
    assert model_ledger.of_days(place, spec, ["2025-01-01"]) == []
    for _ in range(2):  # a retried step says it again
        model_ledger.record(place, spec, "fraud / card", "7", "run", DAYS)
    model_ledger.record(place, spec, "fraud / card", "8", "run", DAYS[:1])
    told = model_ledger.of_days(place, spec, ["2025-01-02"])
    assert [(row["model"], row["version"], row["validated_version"]) for row in told] == [
        ("fraud / card", "7", 4),
        ("fraud / card", "8", 4),
    ]
    assert [row["version"] for row in model_ledger.of_days(place, spec, ["2025-01-01"])] == ["7"]


def test_a_mark_stays_when_the_training_is_recorded_again(place: LakeResource) -> None:
    spec = builders.spec()
    model_ledger.record(place, spec, "m", "1", "run", DAYS)
    model_ledger.record(place, spec, "m", "2", "run", DAYS)
    model_ledger.mark(place, spec, "m", "1", "a person was forgotten")
    model_ledger.record(place, spec, "m", "1", "run", DAYS)
    marks = {row["version"]: row["marked"] for row in model_ledger.of_days(place, spec, ["2025-01-01"])}
    assert marks == {"1": "a person was forgotten", "2": ""}


def test_a_model_nobody_trained_cannot_be_marked(place: LakeResource) -> None:
    with pytest.raises(UnknownModelError, match="m version 9"):
        model_ledger.mark(place, builders.spec(), "m", "9", "why")
