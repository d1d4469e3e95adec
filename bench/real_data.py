"""The public data sets that the benches read, brought into the form that bench/datasets describes.

They are not part of the repository: AUG_TEST_DATA names the folder that has them, by default
``../shared/data`` beside the repository.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("AUG_TEST_DATA", ROOT.parent / "shared" / "data"))
FRAUD, BANK, ADULT = "payments/fraud_handbook", "marketing/bank_calls", "census/adult_income"
DAY = {BANK: "2010-11-17", ADULT: "1994-01-01"}


@contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """The environment in which the datasets of bench/datasets can be read; writes to ``folder``."""
    settings = {
        "AUG_DATASETS": str(ROOT / "bench" / "datasets"),
        "AUG_FRAUD_DATA": str(DATA / "fraud" / "handbook_transformed.parquet"),
        "AUG_BANK_DATA": str(folder),
        "AUG_ADULT_DATA": str(folder),
    }
    _bank().to_parquet(folder / f"bank-{DAY[BANK]}.parquet")
    _adult().to_parquet(folder / f"adult-{DAY[ADULT]}.parquet")
    before = {name: os.environ.get(name) for name in settings}
    os.environ |= settings
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _bank() -> pd.DataFrame:
    rows = pd.read_parquet(DATA / "tabular" / "bank_marketing" / "bank_marketing.parquet")
    called = rows["previous"] > 0
    rows["pdays"] = rows["pdays"].where(called).astype("Int64")
    rows["poutcome"] = rows["poutcome"].where(called)
    return rows.drop(columns=["duration", "event_date"]).assign(id=np.arange(len(rows)))


def _adult() -> pd.DataFrame:
    parts = [pd.read_parquet(DATA / "tabular" / "adult" / f"{part}.parquet") for part in ("train", "test")]
    rows = pd.concat(parts, ignore_index=True)
    rows["capital_loss"] = rows["capital_loss"].where(rows["capital_gain"] == 0).astype("Int64")
    return rows.drop(columns="education_num").assign(id=np.arange(len(rows)))
