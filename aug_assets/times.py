"""Raw times as instants in UTC. A time that cannot be trusted is marked, and keeps the day it is likely of.

That day decides only in which day's quarantine the row ends: a file of many days is read once a day, and a
row must be counted on one of them.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

STORED = pa.timestamp("us", "UTC")
_OFFSET = r"[T ]\d{2}.*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
_WRITTEN = r"^\s*\d{4}"  # pandas also reads "now" and "today", by the clock of whoever asks
Instants = tuple[pa.Array, NDArray[np.bool_]]


def instants(values: pa.Array, zone: str) -> Instants | None:
    """Instants in UTC and which of them cannot be trusted; None when the type is no time.

    Local times are read in the dataset's zone; those that exist twice or never are not to be trusted.
    """
    if pa.types.is_string(values.type):
        return _from_text(values, zone)
    if pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("us"))
    if not pa.types.is_timestamp(values.type):
        return None
    if values.type.tz is not None:
        return pc.cast(values, STORED, safe=False), np.zeros(len(values), bool)  # below a microsecond is cut
    return _localized(values.cast(pa.timestamp("us"), safe=False).to_pandas(), zone)


def _from_text(values: pa.Array, zone: str) -> Instants:
    try:
        return pc.cast(values, STORED), np.zeros(len(values), bool)  # every value has an offset
    except pa.ArrowInvalid:
        pass
    text = values.to_pandas().astype(pd.StringDtype("pyarrow")).str.strip()
    given = text.notna().to_numpy()
    text = text.where(text.str.match(_WRITTEN))
    aware = text.str.contains(_OFFSET, regex=True).fillna(value=False).to_numpy(bool)
    known = pd.to_datetime(text.where(aware), errors="coerce", format="ISO8601", utc=True)
    local, bad = _localized(pd.to_datetime(text.mask(aware), errors="coerce", format="ISO8601"), zone)
    # A file that mixes both leaves open which zone the bare times mean: only those with an offset are taken.
    bad |= given & ~aware if aware.any() else np.zeros(len(text), bool)
    array = pc.coalesce(_stored(known), local)
    return array, bad | (given & array.is_null().to_numpy(zero_copy_only=False))


def _localized(local: pd.Series, zone: str) -> Instants:
    sure = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    bad = (local.notna() & sure.isna()).to_numpy()
    if not bad.any():
        return _stored(sure), bad
    first = np.ones(len(local), bool)  # of two equal times the earlier
    likely = local.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return _stored(likely), bad


def _stored(series: pd.Series) -> pa.Array:
    return pa.array(series.dt.tz_convert("UTC").dt.as_unit("us"), type=STORED, from_pandas=True)
