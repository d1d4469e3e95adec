"""Small datasets for tests: a spec that can be bent, and rows for it from fixed keys. No test is in here."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.frames import to_frame, to_table
from aug_assets.keys import digest_bits
from aug_assets.rows import PROVENANCE, order, source_ids, to_hex
from aug_assets.spec import DatasetSpec

DAY = "2025-01-02"
KINDS = ("a", "b", "c")

COLUMNS: dict[str, Any] = {
    "id": {"type": "string"},
    "amount": {"type": "float64", "min": 0, "max": 1000, "decimals": 2},
    "count": {"type": "int64", "nullable": True, "min": 0, "max": 50},
    "kind": {"type": "category", "values": list(KINDS), "nullable": True},
    "flag": {"type": "bool", "nullable": True},
    "note": {"type": "string", "nullable": True},
    "fraud": {"type": "int64", "values": [0, 1]},
}


def body(**changes: Any) -> dict[str, Any]:
    """A dataset as its YAML would say it; keyword arguments replace whole fields."""
    return {
        "tenant": "lab",
        "name": "small",
        "source": {"uri": "/nowhere/{date}.parquet"},
        "partitions": {"start": "2025-01-01"},
        "key": ["id"],
        "label": "fraud",
        "columns": COLUMNS,
        "recipe": [branch()],
        **changes,
    }


def branch(name: str = "more", **select: Any) -> dict[str, Any]:
    """A branch of SMOTE over the rows with label 1."""
    chosen = {"rows": "minority", "label_value": 1, "copies": 2, **select}
    return {"name": name, "select": chosen, "steps": [{"operator": "smote_nc", "k": 3}]}


def spec(**changes: Any) -> DatasetSpec:
    """The dataset of :func:`body`, checked."""
    return checked(body(**changes))


def checked(said: dict[str, Any]) -> DatasetSpec:
    """The dataset that a file says; checked once for all tests that say the same."""
    try:
        return _checked(json.dumps(said))
    except TypeError:  # something that no YAML could say
        return DatasetSpec.model_validate(said)


@lru_cache(maxsize=512)
def _checked(said: str) -> DatasetSpec:
    return DatasetSpec.model_validate(json.loads(said))


def frame(rows: int = 40, seed: int = 1) -> pd.DataFrame:
    """Rows of the dataset, with nulls in every nullable column and rows that repeat another's values."""
    return _frame(rows, seed).copy()


@lru_cache(maxsize=64)
def _frame(rows: int, seed: int) -> pd.DataFrame:
    rng = Generator(Philox(key=seed))
    count = pd.Series(rng.integers(0, 9, rows), dtype="Int64")
    made = pd.DataFrame(
        {
            "id": [f"row-{seed}-{n:04d}" for n in range(rows)],
            "amount": rng.gamma(2.0, 30.0, rows).round(2),
            "count": count.mask(rng.random(rows) < 0.2),
            "kind": pd.Series(rng.choice(KINDS, rows)).mask(rng.random(rows) < 0.2),
            "flag": pd.Series(rng.random(rows) < 0.5, dtype="boolean").mask(rng.random(rows) < 0.2),
            "note": pd.Series([f"note {n}" for n in range(rows)]).mask(rng.random(rows) < 0.2),
            "fraud": (np.arange(rows) % 4 == 0).astype(np.int64),
        }
    )
    if rows >= 8:
        made.loc[rows - 4, "amount":"note"] = made.loc[0, "amount":"note"].to_numpy()
    return made


def table(rows: int = 40, seed: int = 1, dataset: DatasetSpec | None = None) -> pa.Table:
    """The same rows as the source stage would store them."""
    dataset = dataset or spec()
    made = frame(rows, seed)
    ids = source_ids(dataset.id, [pa.array(made["id"])], rows)
    return to_table(made, dataset, to_hex(ids), synthetic=False).take(pa.array(order(ids)))


def typed(rows: int = 40, seed: int = 1) -> pd.DataFrame:
    """The same rows as operators and gates see them."""
    return _typed(rows, seed).copy()


@lru_cache(maxsize=64)
def _typed(rows: int, seed: int) -> pd.DataFrame:
    return to_frame(table(rows, seed), spec())


@lru_cache(maxsize=64)
def row_ids(rows: int) -> np.ndarray:
    """Ids of as many rows, in canonical order."""
    bits = (
        np.stack([digest_bits("row", str(n)) for n in range(rows)]) if rows else np.empty((0, 2), np.uint64)
    )
    made = bits[order(bits)]
    made.flags.writeable = False
    return made


def candidate_ids(numbers: np.ndarray) -> np.ndarray:
    """Ids of candidates by number, in no order."""
    bits = [_candidate(int(n)) for n in numbers]
    return np.stack(bits) if bits else np.empty((0, 2), np.uint64)


@lru_cache(maxsize=10_000)
def _candidate(number: int) -> np.ndarray:
    return digest_bits("candidate", str(number))


def told(ids: pa.Array, dataset: DatasetSpec, parents: np.ndarray) -> pa.Table:
    """Provenance of one step for candidates whose parents are spread evenly over the given row ids."""
    count = len(ids)
    names = to_hex(parents[[int(i[:8], 16) % len(parents) for i in ids.to_pylist()]]) if count else ids
    rows = {
        "row_id": ids,
        "branch": ["more"] * count,
        "step": [0] * count,
        "operator": ["smote_nc"] * count,
        "operator_version": ["1"] * count,
        "key": ids,
        "parents": [[name] for name in names.to_pylist()],
        "drawn": [[("gap", 0.5)]] * count,
        "copy": [0] * count,
        "recipe_digest": [dataset.recipe_digest] * count,
        "source_digest": [""] * count,
    }
    return pa.Table.from_pydict(rows, schema=PROVENANCE)
