"""A partition of pictures as the platform makes it, against the bare operators: what all the rest costs.

    python bench/image_days.py [--quick] [--json]

Pictures of 512 x 512 in colour with a mask and 20 boxes go through flip, affine, brightness and noise.
The bare operators work in this process on pictures in memory. The partition is planned, made in chunks
on Dask workers, packed, written as Parquet, read again, digested and judged by all gates of the dataset.
Seconds of the clock, the least of some repeats; on a busy machine the ratios are low estimates.
"""

import argparse
import json
import os
import pickle
import tempfile
import time
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.random import Generator, Philox

from aug_assets import frames, operators, recipe
from aug_assets.gates.judge import judge
from aug_assets.keys import generators
from aug_assets.operators.image.base import samples
from aug_assets.rows import digest, source_ids, to_hex
from aug_assets.spec import DatasetSpec
from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from resources import parquet_parts

_SIDE, _DAY, _CHUNK = 512, "2025-01-01", 16
_STEPS = [
    {"operator": "flip"}, {"operator": "affine", "rotation_deg": [-5, 5]},
    {"operator": "brightness_contrast"}, {"operator": "noise"},
]  # fmt: skip


def spec() -> DatasetSpec:
    plain = {
        "id": {"type": "string"},
        "image": {"type": "image"},
        "mask": {"type": "mask"},
        "boxes": {"type": "boxes"},
    }
    return DatasetSpec.model_validate(
        {
            "tenant": "bench", "name": "scenes", "source": {"uri": "/nowhere/{date}.parquet"}, "key": ["id"],
            "partitions": {"start": _DAY}, "columns": plain, "chunk_rows": _CHUNK,
            "safety": {"laterality": "symmetric", "orientation": "any"},
            "recipe": [{"name": "all", "select": {"rows": "all", "copies": 2}, "steps": _STEPS}],
            "gates": [{"gate": "box_visibility", "max_share": 1}],
        }
    )  # fmt: skip


def source(rows: int) -> pa.Table:
    """Crops of a photograph that scikit-learn brings along, each another."""
    from sklearn.datasets import load_sample_image

    photo = cv2.resize(load_sample_image("china.jpg"), (1024, 700), interpolation=cv2.INTER_AREA)
    rng = Generator(Philox(key=1))
    pictures, masks, boxes = [], [], []
    for _ in range(rows):
        top, left = int(rng.integers(0, 188)), int(rng.integers(0, 512))
        crop = np.ascontiguousarray(photo[top : top + _SIDE, left : left + _SIDE])
        corner = rng.uniform(40, 350, (20, 2))
        pictures.append(Picture.of(crop))
        masks.append(Picture.of(np.ascontiguousarray(crop[:, :, 0] // 64)))
        boxes.append(Boxes(np.hstack([corner, corner + rng.uniform(20, 80, (20, 2))]), np.full(20, "car")))
    names = pd.Series([f"scene-{n}" for n in range(rows)], dtype=pd.StringDtype("pyarrow"))
    frame = pd.DataFrame(
        {"id": names, "image": objects(pictures), "mask": objects(masks), "boxes": objects(boxes)}
    )
    ids = to_hex(source_ids(spec().id, [pa.array(names)], rows))
    return frames.to_table(frame, spec(), ids, synthetic=False)


# --- the two ways --------------------------------------------------------------------------------------
def bare(plan: recipe.Plan) -> float:
    """Seconds a picture of the operators alone, one process."""
    branch = plan.branches[0]
    held = list(samples(branch.parents.iloc[:16], branch.states[0].columns))
    keys = generators(np.array([number, 1], np.uint64) for number in count())

    def once() -> None:
        for sample in held:
            for step, state in zip(branch.branch.steps, branch.states, strict=True):
                operator: Any = operators.get(step.operator)
                sample, _ = operator.change(sample, state, step, next(keys))  # noqa: PLW2901

    once()
    return min(seconds(once) for _ in range(4)) / len(held)


def seconds(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@lru_cache(maxsize=1)
def _plan(path: str) -> recipe.Plan:
    plan: recipe.Plan = pickle.loads(Path(path).read_bytes())
    return plan


def chunk(path: str, branch: int, start: int, end: int) -> tuple[str, str]:
    made = recipe.make(_plan(path), branch, start, end)
    files = tuple(f"{path}.{what}.{branch}.{start:06d}" for what in ("rows", "told"))
    for file, table in zip(files, (made.rows, made.told), strict=True):
        Path(file).write_bytes(parquet_parts.encode(table))
    return files


def partition(client: Any, folder: str, table: pa.Table) -> dict[str, float]:
    """Seconds of a whole partition by what they were spent on."""
    begun = time.perf_counter()
    plan = recipe.plan(spec(), _DAY, table)
    path = f"{folder}/plan"
    Path(path).write_bytes(pickle.dumps(plan))
    files = client.gather([client.submit(chunk, path, *part, pure=False) for part in plan.chunks(_CHUNK)])
    made = time.perf_counter() - begun
    batches = [tuple(pq.read_table(file) for file in pair) for pair in files]
    digest(pa.concat_tables([rows for rows, _ in batches]))
    verdict = judge(spec(), _DAY, table, batches, plan.rows)
    assert verdict.candidates == plan.rows
    return {"made": made, "all": time.perf_counter() - begun}


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """The figures with a goal."""
    from distributed import Client, LocalCluster

    table, repeats = source(32 if quick else 96), 2 if quick else 3
    plan = recipe.plan(spec(), _DAY, table)
    found: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, 2):
            options: dict[str, Any] = {
                "threads_per_worker": 1,
                "dashboard_address": None,
                "preload": ["resources.dask_preload"],
            }
            with LocalCluster(workers, **options) as cluster, Client(cluster) as client:
                partition(client, folder, table)
                tries = [partition(client, folder, table) for _ in range(repeats)]
            found[workers] = {name: min(one[name] for one in tries) for name in ("made", "all")}
    alone = bare(plan) * plan.rows
    return [
        row("making on 2 workers, share of the bare operators' rate", alone / 2 / found[2]["made"], 0.8),
        row(
            "whole partition on 2 workers, share of the bare operators' rate",
            alone / 2 / found[2]["all"],
            0.8,
        ),
        row("making, 1 to 2 workers, times faster", found[1]["made"] / found[2]["made"], 1.8),
    ]


def row(name: str, value: float, goal: float) -> dict[str, Any]:
    return {
        "name": name,
        "ours": value,
        "peer": None,
        "value": value,
        "goal": f">= {goal}",
        "met": value >= goal,
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true")
    chosen = words.parse_args()
    found = rows(quick=chosen.quick)
    print(json.dumps({"rows": found}) if chosen.json else pd.DataFrame(found).to_string(index=False))


if __name__ == "__main__":
    main()
