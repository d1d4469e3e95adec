"""Evidently's page on a day: which figures it is given, and what is said where the package is missing."""

import importlib.util
import os
import sys

import numpy as np
import pyarrow as pa
import pytest

from aug_assets.errors import SpecError
from aug_assets.report import drift_evidently
from tests import builders, sessions_data

SPEC = builders.spec(drift={"report": True, "ignore": ["flag"]})
installed = pytest.mark.skipif(importlib.util.find_spec("evidently") is None, reason="needs evidently")


def test_the_watched_features_are_drawn_and_neither_key_nor_label() -> None:
    found = drift_evidently.sampled(SPEC, builders.table(60))
    assert [*found] == ["amount", "count", "kind"]
    assert found["amount"].dtype == np.float64
    assert set(found["kind"].dropna()) == {"a", "b", "c"}
    assert len(found) == 60


def test_of_events_only_what_is_one_a_row_is_drawn() -> None:
    found = drift_evidently.sampled(sessions_data.shape(), sessions_data.table(12))
    assert "event_time.events" in found
    assert "price" not in found
    assert len(found) == 12


def test_at_most_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_evidently, "ROWS", 7)
    found = drift_evidently.sampled(SPEC, builders.table(60))
    assert len(found) == 7
    assert drift_evidently.sampled(SPEC, builders.table(60).slice(0, 0)).empty


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evidently", None)
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    with pytest.raises(SpecError) as error:
        drift_evidently.page(SPEC, builders.table(40), builders.table(40, 2))
    assert "aug-assets[evidently]" in error.value.todo
    assert os.environ["DO_NOT_TRACK"] == "1"  # set before anything of it is loaded


@installed
def test_the_page_stands_alone_and_holds_no_row() -> None:  # pragma: no cover - where the extra is installed
    text = drift_evidently.page(SPEC, builders.table(80), builders.table(80, 2))
    assert "<html" in text
    assert "amount" in text
    assert not any(row in text for row in builders.table(80)["row_id"].to_pylist())


@installed
def test_sides_without_values_are_refused() -> None:  # pragma: no cover - where the extra is installed
    nothing = pa.table(builders.table(40)).slice(0, 0)
    with pytest.raises(SpecError, match="nothing is left"):
        drift_evidently.page(SPEC, builders.table(40), nothing)
