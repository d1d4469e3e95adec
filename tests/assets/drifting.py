"""A small dataset that is watched for drift, with a reference of twenty stored days. No tests."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from aug_assets.assets import drift_record
from aug_assets.drift.features import of_label, of_table
from aug_assets.drift.rule import unjudged
from tests import builders
from tests.assets.days import Days

REFERENCE, ROWS = 20, 200
DRIFT = {"days": REFERENCE, "min_rows": 50}


def day_of(n: int) -> str:
    """The n-th day of the dataset, from 0."""
    return (date(2025, 1, 1) + timedelta(n)).isoformat()


def rows_of(n: int, factor: float = 1.0) -> pd.DataFrame:
    """Rows of the n-th day, with amounts multiplied."""
    rows = builders.frame(ROWS, seed=n + 1)
    rows["amount"] = (rows["amount"] * factor).clip(0, 999).round(2)
    return rows


def watched(folder: Path, **changes: Any) -> Days:
    """The dataset, of which nothing is known yet."""
    return Days(folder, **{"drift": DRIFT, **changes})


def with_reference(folder: Path, **changes: Any) -> Days:
    """The dataset after its first days, whose sketches are stored as the asset stores them."""
    days = watched(folder, **changes)
    for n in range(REFERENCE):
        rows = builders.table(ROWS, n + 1, days.spec)
        context = step(day_of(n))
        found = {**of_table(days.spec, rows), **of_label(days.spec, rows)}
        drift_record.keep_sketches(context, days.spec, days.lake, found)
        drift_record.keep_decision(context, days.spec, days.lake, unjudged(day_of(n), ROWS, "too few days"))
    return days


def step(day: str, run_id: str = "first") -> Any:
    """What a table's commit needs of a step."""
    run = SimpleNamespace(run_id=run_id, tags={"user": "ann"})
    return SimpleNamespace(partition_key=day, run=run, retry_number=0)
