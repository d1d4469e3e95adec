"""The built-in day of card transactions keeps what it promises."""

import subprocess
import sys

import pandas as pd
import pytest

from aug_assets import loader
from aug_assets.ingest import ingest
from aug_assets.rows import digest
from aug_assets.samples import card_fraud

DAYS = ["2025-01-01", "2025-03-30", "2025-06-14", "2026-02-28"]
SPEC = loader.get("payments/card_fraud")


def test_the_same_on_each_call_and_another_on_each_day() -> None:
    assert card_fraud.day(DAYS[0]).equals(card_fraud.day(DAYS[0]))
    assert len({digest(ingest(SPEC, day).rows) for day in DAYS}) == len(DAYS)


def test_the_same_in_another_process() -> None:
    code = (
        "from aug_assets import loader, ingest, rows;"
        f"print(rows.digest(ingest.ingest(loader.get('payments/card_fraud'), {DAYS[0]!r}).rows))"
    )
    environment = {"PYTHONHASHSEED": "99", "PYTHONPATH": ":".join(filter(None, sys.path))}
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert fresh.stdout.decode().strip() == digest(ingest(SPEC, DAYS[0]).rows)


@pytest.mark.parametrize("day", DAYS)
def test_the_promised_shares(day: str) -> None:
    found = ingest(SPEC, day)
    weekend = pd.Timestamp(day).weekday() >= 5
    assert found.read == (4600 if weekend else 4000) + 4
    assert (
        0.009 < sum(found.rows["is_fraud"].to_pylist()) / found.rows.num_rows < 0.021
    )  # 1.5 %, 3 deviations
    assert found.quarantine.num_rows / found.read == pytest.approx(0.004, abs=0.0006)
    kinds = {"min:amount": 4, "not_null:country": 4, "values:channel": 4, "duplicate_row": 4}
    assert {reason: found.reasons[reason] for reason in kinds} == kinds


def test_fraud_looks_different_and_holds_the_rules() -> None:
    rows = pd.concat([ingest(SPEC, day).rows.to_pandas() for day in DAYS], ignore_index=True)
    fraud, honest = rows[rows["is_fraud"] == 1], rows[rows["is_fraud"] == 0]
    assert fraud["tx_1h"].mean() > 1.5 * honest["tx_1h"].mean()
    assert fraud["distance_km"].mean() > 2 * honest["distance_km"].mean()
    assert fraud["amount"].std() > honest["amount"].std()
    assert (rows["fee"] <= rows["amount"]).all()
    assert (rows["amount"] <= rows["amount_24h"]).all()
    assert (rows["tx_1h"] <= rows["tx_24h"]).all()


def test_nulls_have_their_cause() -> None:
    rows = ingest(SPEC, DAYS[0]).rows.to_pandas()
    online = rows["channel"] == "online"
    assert (rows["device_age_days"].notna() == online).all()
    assert (rows["chip_used"].isna() == online).all()


def test_times_lie_in_the_day() -> None:
    times = ingest(SPEC, DAYS[0]).rows["event_time"].to_pandas()
    assert set(times.dt.strftime("%Y-%m-%d")) == {DAYS[0]}
