"""The built-in world: invented card payments with a season, see :mod:`aug_assets.samples.season`."""

from dataclasses import replace
from itertools import islice
from typing import Any

from aug_assets.incident.span import DAYS, Span
from aug_assets.incident.world import LABEL, World
from aug_assets.samples.season import CATEGORIES, Season

NAME = "built-in sample"
ROWS = 60_000
STRENGTH = 0.14  # false alarms of a model that never saw the season rise by about 17 %
COLUMNS: dict[str, Any] = {
    "id": {"type": "string"},
    "customer": {"type": "string"},
    "category": {"type": "category", "values": list(CATEGORIES)},
    "amount": {"type": "float64", "min": 0.5, "max": 20_000, "decimals": 2},
    "hour": {"type": "float64", "min": 0, "max": 24, "decimals": 2},
    "distance_km": {"type": "float64", "min": 0, "decimals": 1},
    "device_age_days": {"type": "float64", "min": 0, "decimals": 0},
    "tx_7d": {"type": "int64", "min": 0},
    "tx_today": {"type": "int64", "min": 1},
    "mean_7d": {"type": "float64", "min": 0, "decimals": 2},
    "over_mean": {"type": "float64", "min": 0, "max": 999, "decimals": 3},
    "merchant_tx_7d": {"type": "int64", "min": 0},
    "busy": {"type": "int64", "values": [0, 1]},
    LABEL: {"type": "int64", "values": [0, 1], "nullable": True},
}


def sample(seed: int, uri: str, rows: int = ROWS, strength: float = STRENGTH, span: Span = DAYS) -> World:
    """A world of its own for each seed.

    Args:
        seed: Of all that is drawn.
        uri: Where raw files are put.
        rows: About so many a partition.
        strength: Of the season.
        span: How time runs.
    """
    season = Season(seed, rows, span.onset, strength, span.busy)
    names = list(COLUMNS)
    days = [day[names] for day in season.days(span.last + 1)]
    calm = replace(season, strength=0.0).days(span.last + 1)
    quiet = [day[names] for day in islice(calm, span.onset, None)]
    return World(COLUMNS, "customer", "amount", days, quiet, uri, span=span)
