"""Days that people recorded, or simulated: which columns they have, and which drifts are known of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import real_data

from aug_assets.spec import DatasetSpec

_NO_MODEL = {"recipe": [{"name": "all", "select": {"rows": "all", "copies": 1},
                         "steps": [{"operator": "jitter_bootstrap"}]}]}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Recorded days.

    Attributes:
        name: For the table.
        rows: Reads all rows; a column ``day`` says where each belongs.
        columns: As a dataset's file would say them.
        ignore: Columns that are not watched.
        min_rows: Rows from which a day is judged.
        planted: First and last day of stretches with a drift that is known.
    """

    name: str
    rows: Callable[[], pd.DataFrame]
    columns: dict[str, dict[str, Any]]
    ignore: tuple[str, ...] = ()
    min_rows: int = 500
    planted: tuple[tuple[str, str], ...] = ()


def _fraud() -> pd.DataFrame:
    rows = pd.read_parquet(real_data.DATA / "fraud" / "handbook_transformed.parquet")
    rows = rows.rename(columns=str.lower).drop(columns=["tx_fraud", "tx_fraud_scenario"])
    return rows.assign(day=rows["tx_datetime"].dt.date.astype(str))


def _retail() -> pd.DataFrame:
    rows = pd.read_parquet(real_data.DATA / "sequences" / "online_retail" / "online_retail.parquet")
    return rows.assign(day=rows["event_time"].dt.date.astype(str))


def _clicks() -> pd.DataFrame:
    rows = pd.read_parquet(real_data.DATA / "sequences" / "retentioneering_ecom" / "ecom.parquet")
    return rows.assign(day=rows["event_time"].dt.date.astype(str))


_NUMBER, _WORD = {"type": "float64", "nullable": True}, {"type": "category", "nullable": True}
_TIME = {"type": "timestamp"}
_WINDOWS = [
    f"{name}_{days}day_window"
    for days in (1, 7, 30)
    for name in ("customer_id_nb_tx", "customer_id_avg_amount", "terminal_id_nb_tx", "terminal_id_risk")
]
_CARD = {"tx_datetime": _TIME, "tx_amount": _NUMBER, **dict.fromkeys(_WINDOWS, _NUMBER)}
CASES = (
    Case("card payments, simulated, all features", _fraud, _CARD),
    Case("card payments, simulated, amount and hour only", _fraud, _CARD, tuple(_WINDOWS)),
    Case("order lines of a shop", _retail,
         {"event_time": _TIME, "quantity": _NUMBER, "price": _NUMBER, "country": _WORD}),
    Case("clicks, simulated, three incidents planted", _clicks,
         {"event_time": _TIME, "event": _WORD, "platform": _WORD, "acquisition_channel": _WORD}, (), 50,
         (("2024-02-29", "2024-03-03"), ("2024-04-09", "2024-05-09"), ("2024-05-19", "2024-06-07"))),
)  # fmt: skip


def spec_of(case: Case) -> DatasetSpec:
    """The days as a dataset that is watched for drift."""
    return DatasetSpec.model_validate({
        "tenant": "lab", "name": "recorded", "source": {"uri": "/nowhere/{date}.parquet"},
        "partitions": {"start": "2008-01-01"}, "key": ["id"],
        "columns": {"id": {"type": "string"}, "made": {"type": "float64"}, **case.columns},
        "drift": {"ignore": ["made", *case.ignore], "min_rows": case.min_rows}, **_NO_MODEL,
    })  # fmt: skip
