"""A world from a file of card payments: recorded or simulated days, with a season put on their honest rows.

The file is Parquet as the fraud detection handbook has it (Le Borgne et al., 2022): ``TRANSACTION_ID``,
``TX_DATETIME``, ``CUSTOMER_ID``, ``TX_AMOUNT`` and ``TX_FRAUD``; models read every other column of numbers
too. Nobody knows what such days would have been in a season, so that it is put on: 45 % of the
customers pay more, their averages with it.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aug_assets.errors import SourceError
from aug_assets.incident.span import DAYS
from aug_assets.incident.world import LABEL, World
from aug_assets.keys import digest_bits

_NEEDED = ("TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TX_AMOUNT", "TX_FRAUD")
_ASIDE = (
    "TX_FRAUD_SCENARIO",
    "TX_TIME_SECONDS",
    "TX_TIME_DAYS",
    "TERMINAL_ID",
)  # tells the label, or is an id
_SHARE = 45  # of a hundred customers
_MORE = 0.4  # by which they pay more at strength 1
_STRENGTH = 0.35  # false alarms rise by about a quarter, in the handbook
_WARM = 30  # days that the file's own windows need
_APART = 16  # days between the first days of two seeds


def recorded(file: str, seed: int, uri: str, strength: float | None = None) -> World:
    """A stretch of the file's days, another for each seed.

    Args:
        file: The Parquet file.
        seed: Which stretch.
        uri: Where raw files are put.
        strength: Of the season; by default false alarms rise by about a quarter.

    Raises:
        SourceError: The file cannot be read, lacks a column, or has too few days for this seed.
    """
    table = _read(file)
    times = table["TX_DATETIME"]
    first = pc.min(times).as_py().date() + timedelta(_WARM + seed * _APART)
    last = pc.max(times).as_py().date()
    if first + timedelta(DAYS.last) > last:
        raise SourceError(
            "the file has too few days", seen=f"days to {last}, and seed {seed} needs some to "
            f"{first + timedelta(DAYS.last)}", legal="fewer seeds, or a longer file", todo="lower `--seeds`",
        )  # fmt: skip
    names = [name for name in table.column_names if _is_feature(table, name)]
    days = [_named(_of(table, first + timedelta(n)), names) for n in range(DAYS.last + 1)]
    level = _STRENGTH if strength is None else strength
    moved = [
        day if n < DAYS.onset else _season(day, level * min(1.0, (n - DAYS.onset + 1) / 2))
        for n, day in enumerate(days)
    ]
    much = {"copies": 2}  # of few frauds many copies are refused by the gates
    return World(_columns(names), "customer", "amount", moved, days[DAYS.onset :], uri, much)


def _read(file: str) -> pa.Table:
    try:
        found = pq.ParquetFile(file).schema_arrow.names
        missing = [name for name in _NEEDED if name not in found]
        if missing:
            raise SourceError(
                "the file lacks columns", seen=missing, legal=list(_NEEDED), todo="rename the file's columns"
            )
        return pq.read_table(file, columns=[name for name in found if name not in _ASIDE])
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(
            "the file of payments cannot be read", seen=file, legal="a Parquet file", todo=str(error)
        ) from error


def _is_feature(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    return name not in _NEEDED and (pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _of(table: pa.Table, day: Any) -> pa.Table:
    start = pd.Timestamp(day)
    at = table["TX_DATETIME"].type
    low, high = (pa.scalar(moment, at) for moment in (start, start + timedelta(1)))
    return table.filter(
        pc.and_(pc.greater_equal(table["TX_DATETIME"], low), pc.less(table["TX_DATETIME"], high))
    )


def _named(rows: pa.Table, names: list[str]) -> pd.DataFrame:
    frame = rows.to_pandas()
    told = {
        "id": frame["TRANSACTION_ID"].astype(str), "customer": frame["CUSTOMER_ID"].astype(str),
        "amount": frame["TX_AMOUNT"].astype(float).clip(lower=0.0).round(2),
        **{name.lower(): frame[name].astype(float).round(4) for name in names},
        LABEL: frame["TX_FRAUD"].astype(int),
    }  # fmt: skip
    return pd.DataFrame(told)


def _columns(names: list[str]) -> dict[str, Any]:
    return {
        "id": {"type": "string"},
        "customer": {"type": "string"},
        "amount": {"type": "float64", "min": 0, "decimals": 2},
        **{name.lower(): {"type": "float64", "nullable": True, "decimals": 4} for name in names},
        LABEL: {"type": "int64", "values": [0, 1], "nullable": True},
    }


def _season(day: pd.DataFrame, level: float) -> pd.DataFrame:
    who = day["customer"].unique()
    mine = {one: int(digest_bits("season", str(one))[0]) % 100 < _SHARE for one in who}
    moved = (day["customer"].map(mine) & (day[LABEL] == 0)).to_numpy(bool)
    told = day.copy()
    for name in [name for name in day if name == "amount" or "avg_amount" in str(name)]:
        told[name] = np.where(moved, (day[name] * (1 + _MORE * level)).round(2), day[name])
    return told
