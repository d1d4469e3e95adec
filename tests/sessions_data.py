"""Small sessions of a shop for tests of operators and gates: a spec that can be bent, and its rows."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.frames import arrow_type, to_frame, to_table
from aug_assets.rows import order, source_ids, to_hex
from aug_assets.spec import ColumnSpec, DatasetSpec, Sessions
from tests import builders

DAY = builders.DAY
GAP_MINUTES = 30
GRAMMAR = {
    "view": ["view", "add_to_cart"],
    "add_to_cart": ["view", "add_to_cart", "purchase"],
    "purchase": ["view", "purchase"],
}
ITEMS = [f"item-{n:02d}" for n in range(24)]
CATEGORIES = ["books", "games", "tools"]

COLUMNS: dict[str, Any] = {
    "session_id": {"type": "string"},
    "user_id": {"type": "string"},
    "past_visits": {"type": "int64", "min": 0},
    "note": {"type": "string", "nullable": True},
    "item_id": {"type": "string", "each": True},
    "event": {"type": "category", "each": True, "values": list(GRAMMAR)},
    "event_time": {"type": "timestamp", "each": True},
    "category": {"type": "category", "each": True, "values": CATEGORIES},
    "price": {"type": "float64", "each": True, "min": 0, "max": 500},
    "seconds": {"type": "int32", "each": True, "nullable": True, "min": 0},
}
EACH = tuple(name for name, column in COLUMNS.items() if column.get("each"))
ROLES = {"item": "item_id", "time": "event_time", "event": "event", "with_item": ["category", "price"]}


def spec(**changes: Any) -> DatasetSpec:
    """A dataset of such sessions; keyword arguments replace whole fields, ``steps`` those of its branch."""
    steps = changes.pop("steps", [{"operator": "substitute", **ROLES}])
    plain = {
        "name": "visits",
        "label": None,
        "key": ["session_id"],
        "columns": COLUMNS,
        "sessions": {"by": "user_id", "time": "event_time", "gap_minutes": GAP_MINUTES, "id": "session_id"},
        "recipe": [{"name": "more", "select": {"rows": "all", "copies": 2}, "steps": steps}],
    }
    return builders.checked(builders.body(**{**plain, **changes}))


def shape(**changes: Any) -> DatasetSpec:
    """The same without a say of the recipe's operators, which may not be in the catalogue yet."""
    return _shape().model_copy(update=changes) if changes else _shape()


@lru_cache(maxsize=1)
def _shape() -> DatasetSpec:
    plain = builders.spec()
    columns = {name: ColumnSpec.model_validate(column) for name, column in COLUMNS.items()}
    told = {"by": "user_id", "time": "event_time", "gap_minutes": GAP_MINUTES, "id": "session_id"}
    sessions = Sessions.model_validate(told)
    fields = {"name": "visits", "label": None, "key": ("session_id",), "columns": columns, "recipe": ()}
    return plain.model_copy(update={**fields, "sessions": sessions})


def frame(rows: int = 40, seed: int = 1, events: tuple[int, int] = (1, 12)) -> pd.DataFrame:
    """Sessions by the grammar: views, some of them followed by a cart and a purchase of the same item."""
    return _frame(rows, seed, events).copy()


@lru_cache(maxsize=64)
def _frame(rows: int, seed: int, events: tuple[int, int]) -> pd.DataFrame:
    made: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    start = pd.Timestamp(DAY, tz="UTC").value // 1000
    for n in range(rows):
        rng = Generator(Philox(key=[seed, n]))
        count = int(rng.integers(events[0], events[1] + 1))
        items, kinds = _visit(rng, count)
        pauses = rng.integers(0, 20 * 60, count) * 1_000_000
        made["session_id"].append(f"user-{seed}-{n:03d}/x")
        made["user_id"].append(f"user-{seed}-{n:03d}")
        made["past_visits"].append(n % 5)
        made["note"].append(None if n % 3 == 2 else f"note {n}")
        made["item_id"].append([ITEMS[i] for i in items])
        made["event"].append(kinds)
        made["event_time"].append((start + np.cumsum(pauses)).tolist())
        made["category"].append([CATEGORIES[i % 3] for i in items])
        made["price"].append([5.0 + i for i in items])
        made["seconds"].append([None if i % 4 == 0 else int(i) for i in range(count)])
    table = pa.table({n: pa.array(v, arrow_type(shape().columns[n])) for n, v in made.items()})
    return to_frame(table, shape())


def _visit(rng: Generator, count: int) -> tuple[list[int], list[str]]:
    items: list[int] = []
    kinds: list[str] = []
    while len(items) < count:
        item = int(len(ITEMS) * rng.random() ** 2)  # few items are popular
        steps = ("view", "add_to_cart", "purchase")[: int(rng.choice([1, 1, 1, 2, 3]))]
        items += [item] * len(steps)
        kinds += steps
    return items[:count], kinds[:count]


def table(rows: int = 40, seed: int = 1, dataset: DatasetSpec | None = None) -> pa.Table:
    """The same rows as the source stage would store them."""
    dataset = dataset or shape()
    made = frame(rows, seed)
    ids = source_ids(dataset.id, [pa.array(made["session_id"])], rows)
    return to_table(made, dataset, to_hex(ids), synthetic=False).take(pa.array(order(ids)))


def lists(rows: pd.DataFrame, name: str) -> list[list[Any]]:
    """A list column as Python lists; times as microseconds."""
    column = pa.chunked_array(pa.Table.from_pandas(rows[[name]]).column(name).chunks)
    if pa.types.is_timestamp(column.type.value_type):
        column = column.cast(pa.list_(pa.int64()))
    return column.to_pylist()
