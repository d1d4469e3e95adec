"""The built-in source of ``payments/card_fraud``: an invented day of card transactions, ever the same.

It is made to be worth augmenting: about 1.5 % fraud of three kinds, mixed columns, nulls that have a cause,
rules between columns, a weekly rhythm, and the dirt that real deliveries have (about 0.4 % of rows).
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.keys import digest_bits

_ROWS = 4000
_CATEGORIES = ("electronics", "fuel", "gaming", "grocery", "restaurant", "travel")
_CHANNELS = ("atm", "online", "pos")
_COUNTRIES = ("BE", "DE", "ES", "FR", "GB", "IT", "NL", "US")
_KINDS = ("testing", "takeover", "skimming")


def day(day: str) -> pa.Table:
    """The raw rows of a day, as a delivery would hold them."""
    rng = Generator(Philox(key=digest_bits("sample", "card_fraud", day)))
    weekend = date.fromisoformat(day).weekday() >= 5  # noqa: PLR2004
    rows = int(_ROWS * (1.15 if weekend else 1.0))
    honest = _honest(rng, rows, weekend=weekend)
    fraud = rng.random(rows) < 0.015  # noqa: PLR2004
    frame = _with_fraud(rng, honest, np.flatnonzero(fraud))
    frame["is_fraud"] = fraud.astype(np.int64)
    frame = _derived(rng, frame, day)
    return pa.Table.from_pandas(_with_dirt(rng, frame), preserve_index=False)


def _honest(rng: Generator, rows: int, *, weekend: bool) -> pd.DataFrame:
    mix = (0.08, 0.14, 0.06, 0.42, 0.22, 0.08) if not weekend else (0.1, 0.1, 0.08, 0.34, 0.27, 0.11)
    category = rng.choice(_CATEGORIES, rows, p=mix)
    level = pd.Series(category).map(
        {"electronics": 4.6, "fuel": 3.8, "gaming": 2.9, "grocery": 3.3, "restaurant": 3.5, "travel": 5.1}
    )
    tx_24h = 1 + rng.poisson(1.6, rows)
    return pd.DataFrame(
        {
            "card_id": [f"card-{n:05d}" for n in rng.integers(0, 6000, rows)],
            "category": category,
            "channel": rng.choice(_CHANNELS, rows, p=(0.06, 0.38, 0.56)),
            "country": rng.choice(_COUNTRIES, rows, p=(0.05, 0.2, 0.08, 0.3, 0.12, 0.1, 0.1, 0.05)),
            "amount": rng.lognormal(level.to_numpy(), 0.7),
            "distance_km": rng.gamma(1.2, 9.0, rows),
            "second": (rng.normal(14.5, 4.2, rows) % 24 * 3600).astype(int),
            "tx_24h": tx_24h,
            "tx_1h": rng.binomial(tx_24h - 1, 0.15) + 1,
            "device_age_days": rng.gamma(1.5, 160.0, rows),
        }
    )


def _with_fraud(rng: Generator, frame: pd.DataFrame, where: np.ndarray) -> pd.DataFrame:
    """Turn rows into fraud of three kinds that differ in amount, pace, place and device."""
    kind = rng.choice(_KINDS, len(where), p=(0.45, 0.35, 0.2))
    testing, takeover, skimming = (where[kind == name] for name in _KINDS)
    frame.loc[testing, "channel"] = "online"
    frame.loc[testing, "amount"] = rng.lognormal(0.9, 0.5, len(testing))
    frame.loc[testing, "tx_24h"] = 6 + rng.poisson(6, len(testing))
    frame.loc[testing, "tx_1h"] = 3 + rng.binomial(3, 0.6, len(testing))
    frame.loc[takeover, "channel"] = "online"
    frame.loc[takeover, "category"] = rng.choice(("electronics", "travel", "gaming"), len(takeover))
    frame.loc[takeover, "amount"] = rng.lognormal(5.9, 0.6, len(takeover))
    frame.loc[takeover, "device_age_days"] = rng.gamma(1.0, 3.0, len(takeover))
    frame.loc[skimming, "channel"] = rng.choice(("atm", "pos"), len(skimming))
    frame.loc[skimming, "distance_km"] = rng.gamma(3.0, 260.0, len(skimming))
    return frame


def _derived(rng: Generator, frame: pd.DataFrame, day: str) -> pd.DataFrame:
    """Columns that follow from others: what rules hold, and nulls with a cause."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    seconds = frame.pop("second")
    frame.insert(0, "transaction_id", [f"{day}-{n:06d}" for n in range(len(frame))])
    frame.insert(1, "event_time", [start + timedelta(seconds=int(s)) for s in seconds])
    frame["amount"] = frame["amount"].clip(0.5, 9000).round(2)
    frame["fee"] = (frame["amount"] * rng.uniform(0.002, 0.03, len(frame))).round(2)
    earlier = frame["amount"].median() * (frame["tx_24h"] - 1) * rng.uniform(0.5, 1.8, len(frame))
    frame["amount_24h"] = (frame["amount"] + earlier).round(2)
    frame["distance_km"] = frame["distance_km"].round(1)
    online = frame["channel"] == "online"
    frame["device_age_days"] = frame["device_age_days"].round(0).where(online)
    frame["chip_used"] = pd.Series(rng.random(len(frame)) < 0.93, dtype="boolean").mask(online)  # noqa: PLR2004
    return frame


def _with_dirt(rng: Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """What goes wrong on the way: a sign lost, a field lost, an unknown code, a row sent twice."""
    spots = rng.choice(len(frame), 16, replace=False)
    frame.loc[spots[:4], "amount"] *= -1
    frame.loc[spots[4:8], "country"] = None
    frame.loc[spots[8:12], "channel"] = "phone"
    return pd.concat([frame, frame.loc[spots[12:]]], ignore_index=True)
