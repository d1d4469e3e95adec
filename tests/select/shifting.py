"""Days whose mix of rows moves, for tests of policies that look beside a day. No tests."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.frames import to_table
from aug_assets.rows import order, source_ids, to_hex
from aug_assets.spec import DatasetSpec
from tests import builders


def spec(policy: str, **select: Any) -> DatasetSpec:
    """The small dataset with one branch of that policy; ``steps`` and ``holdout`` replace its own."""
    steps = select.pop("steps", [{"operator": "jitter_bootstrap"}])
    more = {name: select.pop(name) for name in ("holdout", "drift") if name in select}
    chosen = {"rows": "all", "copies": 2, "policy": policy, **select}
    return builders.spec(recipe=[{"name": "more", "select": chosen, "steps": steps}], **more)


def rows(share: float, seed: int, count: int = 400, dataset: DatasetSpec | None = None) -> pa.Table:
    """A day of which this share is dear and of kind ``c``; everything else is alike on all days."""
    dataset = dataset or builders.spec()
    rng = Generator(Philox(key=seed))
    dear = rng.random(count) < share
    made = pd.DataFrame(
        {
            "id": [f"row-{seed}-{n:04d}" for n in range(count)],
            "amount": np.where(dear, rng.uniform(500, 900, count), rng.uniform(1, 100, count)).round(2),
            "count": pd.Series(rng.integers(0, 9, count), dtype="Int64"),
            "kind": np.where(dear, "c", rng.choice(["a", "b"], count)),
            "flag": pd.Series(rng.random(count) < 0.5, dtype="boolean"),
            "note": [f"note {n}" for n in range(count)],
            "fraud": (np.arange(count) % 4 == 0).astype(np.int64),
        }
    )
    ids = source_ids(dataset.id, [pa.array(made["id"])], count)
    return to_table(made, dataset, to_hex(ids), synthetic=False).take(pa.array(order(ids)))
