"""A partition of pictures as the platform makes it, against the bare operators: what all the rest costs.

    python bench/image_days.py [--quick] [--json]

Colour scenes of 512 x 512 with a mask and 20 boxes, and films of 16 bits with a mask. The bare operators
work on pictures in memory, in all worker processes at once. The partition is what the assets do, by their own
code: read the source, make candidates in chunks, write and commit them, read them again for the digest,
and judge them by all gates of the dataset. Copying the accepted ones into training data is not part of it.

Shares are of processor seconds of all workers, with Dask's own: other programs on the machine slow both
sides but leave the ratio. Times faster are of the clock, and on a busy machine a low estimate.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("AUG_CODE_DIGEST", "bench")  # files that are edited meanwhile do not stop the workers
sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets import frames, operators, recipe
from aug_assets.assets import augmented, chunks, common, judging
from aug_assets.keys import generators
from aug_assets.operators.image.base import samples
from aug_assets.provenance import RECORD
from aug_assets.rows import source_ids, to_hex
from aug_assets.spec import DatasetSpec
from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from resources.lake import LakeResource
from resources.lake_scratch import Scratch

_SIDE, _DAY, _COPIES = 512, "2025-01-01", 2
_WHERE = {"date": _DAY}
_CONTEXT: Any = SimpleNamespace(run=SimpleNamespace(run_id="bench"), retry_number=0)
_STAGES = ("make", "digest", "check")
_CHAINS: dict[str, list[dict[str, Any]]] = {
    "scenes": [
        {"operator": "flip"}, {"operator": "affine", "rotation_deg": [-5, 5]},
        {"operator": "brightness_contrast"}, {"operator": "noise"},
    ],
    "films": [
        {"operator": "affine", "rotation_deg": [-4, 4], "scale": [1.0, 1.07], "border": "reflect"},
        {"operator": "bias_field", "strength": [0.02, 0.06], "order": 1},
        {"operator": "quantum_noise", "photons_px": [3000, 12000]},
        {"operator": "tone_curve", "midtone": [-0.04, 0.04], "contrast": [-0.12, 0.12]},
    ],
}  # fmt: skip


def spec(name: str = "scenes") -> DatasetSpec:
    """A dataset whose candidates all gates of its kind judge."""
    image: dict[str, Any] = {"type": "image"}
    if name == "films":
        image |= {"dtype": "uint16", "channels": 1, "min": 0, "max": 4095}
    plain = {"id": {"type": "string"}, "image": image, "mask": {"type": "mask"}}
    if name == "scenes":
        plain["boxes"] = {"type": "boxes"}
    return DatasetSpec.model_validate(
        {
            "tenant": "bench", "name": name, "source": {"uri": "/nowhere/{date}.parquet"}, "key": ["id"],
            "partitions": {"start": _DAY}, "columns": plain,
            "safety": {"laterality": "symmetric", "orientation": "any"},
            "recipe": [
                {"name": "all", "select": {"rows": "all", "copies": _COPIES}, "steps": _CHAINS[name]}
            ],
            "gates": [{"gate": "box_visibility", "max_share": 1}],
        }
    )  # fmt: skip


def source(rows: int, name: str = "scenes") -> pa.Table:
    """Crops of a photograph that scikit-learn brings along, each another; films are its green in 12 bits."""
    from sklearn.datasets import load_sample_image

    photo = cv2.resize(load_sample_image("china.jpg"), (1024, 700), interpolation=cv2.INTER_AREA)
    rng = Generator(Philox(key=1))
    pictures, masks, boxes = [], [], []
    for _ in range(rows):
        top, left = int(rng.integers(0, 188)), int(rng.integers(0, 512))
        crop = np.ascontiguousarray(photo[top : top + _SIDE, left : left + _SIDE])
        corner = rng.uniform(40, 350, (20, 2))
        film = crop[:, :, 1].astype(np.uint16) * 15 + rng.integers(0, 16, crop.shape[:2], np.uint16)
        pictures.append(Picture.of(film if name == "films" else crop))
        masks.append(Picture.of(np.ascontiguousarray(crop[:, :, 0] // 64)))
        boxes.append(Boxes(np.hstack([corner, corner + rng.uniform(20, 80, (20, 2))]), np.full(20, "car")))
    names = pd.Series([f"scene-{n}" for n in range(rows)], dtype=pd.StringDtype("pyarrow"))
    columns = {"id": names, "image": objects(pictures), "mask": objects(masks), "boxes": objects(boxes)}
    frame = pd.DataFrame(columns)[[*spec(name).columns]]
    ids = to_hex(source_ids(spec(name).id, [pa.array(names)], rows))
    return frames.to_table(frame, spec(name), ids, synthetic=False)


# --- on the workers ------------------------------------------------------------------------------------
def bare(folder: str, name: str, rounds: int) -> float:
    """Processor seconds a picture of the operators alone, the middle of some rounds."""
    cv2.setNumThreads(1)
    table = common.table(LakeResource(uri=folder), spec(name), "source")
    plan = recipe.plan(spec(name), _DAY, table.read(_WHERE).slice(0, 16))
    branch = plan.branches[0]
    held = list(samples(branch.parents, branch.states[0].columns))
    keys = generators(np.array([number, 1], np.uint64) for number in count())

    def once() -> float:
        begun = time.thread_time()
        for sample in held:
            for step, state in zip(branch.branch.steps, branch.states, strict=True):
                operator: Any = operators.get(step.operator)
                sample, _ = operator.change(sample, state, step, next(keys))  # noqa: PLW2901
        return (time.thread_time() - begun) / len(held)

    once()
    return float(np.median([once() for _ in range(rounds)]))


def make(folder: str, name: str) -> int:
    """Read the source, make the candidates, write and commit them; how many they are."""
    lake, own = LakeResource(uri=folder), spec(name)
    rows = common.table(lake, own, "source").read(_WHERE)
    made = chunks.make_all(_CONTEXT, recipe.plan(own, _DAY, rows), lake)
    for stage, schema in (("augmented", frames.table_schema(own)), ("provenance", RECORD)):
        common.table(lake, own, stage).commit([getattr(one, stage) for one in made], _WHERE, schema, {})
    return sum(one.augmented.rows for one in made)


def hashed(folder: str, name: str) -> str:
    """The digest of the candidates as they are stored, as the asset takes it."""
    table = common.table(LakeResource(uri=folder), spec(name), "augmented")
    return str(augmented.stored_digest(table, _WHERE, table.version() or 0)[0])


def check(folder: str, name: str, planned: int) -> tuple[bool, str]:
    """Judge the candidates by all gates; whether each has spoken, and the digest of what they judged."""
    lake, own = LakeResource(uri=folder), spec(name)
    tables = [common.table(lake, own, stage) for stage in ("augmented", "provenance")]
    stored = [judging.stored(table, _WHERE, table.version() or 0) for table in tables]
    day = judging.Day(own, _DAY, common.table(lake, own, "source").read(_WHERE), None, None, {})
    scratch = Scratch(lake.scratch("bench").storage.sub("gates"))
    verdict, content, _ = judging.judge_all(day, stored[0], stored[1], planned, scratch, "bench.gates")
    complete = next(j for j in verdict.judgements if j.gate == "verdict")
    return complete.passed, content


# --- the measurement -----------------------------------------------------------------------------------
def partition(client: Any, folder: str, name: str) -> dict[str, tuple[float, float]]:
    """Seconds of the clock and of all workers' processors, by stage, and of the whole."""
    spent: dict[str, tuple[float, float]] = {}

    def stage(what: str, work: Callable[..., Any], *more: Any) -> Any:
        before, begun = client.run(time.process_time), time.perf_counter()
        found = client.submit(work, folder, name, *more, pure=False).result()
        wall, after = time.perf_counter() - begun, client.run(time.process_time)
        spent[what] = wall, sum(after.values()) - sum(before.values())
        return found

    planned = stage("make", make)
    content = stage("digest", hashed)
    assert stage("check", check, planned) == (True, content)
    spent["all"] = sum(spent[s][0] for s in _STAGES), sum(spent[s][1] for s in _STAGES)
    return {what: (wall / planned, cpu / planned) for what, (wall, cpu) in spent.items()}


def measured(name: str, workers: int, parents: int, rounds: int) -> dict[str, Any]:
    """A day on so many workers, and the bare operators on as many before and after it."""
    from distributed import Client, LocalCluster

    options: dict[str, Any] = {
        "n_workers": workers,  # by name: the first place is that of the cluster's own name
        "threads_per_worker": 1,
        "dashboard_address": ":0",
        "preload": ["resources.dask_preload"],
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(**options) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(workers)
        assert len(client.scheduler_info(n_workers=-1)["workers"]) == workers
        table = common.table(LakeResource(uri=folder), spec(name), "source")
        rows = source(parents, name)
        table.commit([table.write_part(rows, _WHERE, "source")], _WHERE, rows.schema, {})
        bares = [*client.run(bare, folder, name, rounds).values()]
        partition(client, folder, name)  # what a worker does once, such as imports, is no part of a day
        found: dict[str, Any] = {"day": partition(client, folder, name)}
        bares += client.run(bare, folder, name, rounds).values()
        return found | {"bare": float(np.mean(bares))}


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """The figures with a goal, ``ours`` and ``peer`` in seconds a picture; the stages on the error stream."""
    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a bench by its name
    found = []
    for name in _CHAINS:
        one, two = (measured(name, workers, 48 if quick else 512, 3 if quick else 9) for workers in (1, 2))
        for workers, day in ((1, one), (2, two)):
            told = ", ".join(f"{s} {w * 1e3:.1f} ({c * 1e3:.1f})" for s, (w, c) in day["day"].items())
            print(f"{name}, {workers} workers, ms a picture by the clock (processor): {told}; "
                  f"bare operators ({day['bare'] * 1e3:.1f})", file=sys.stderr)  # fmt: skip
        bare_seconds, day = two["bare"], two["day"]
        found += [
            row(f"{name}: making on 2 workers, share of the bare operators' rate",
                day["make"][1], bare_seconds, bare_seconds / day["make"][1], 0.8),
            row(f"{name}: whole partition on 2 workers, share of the bare operators' rate",
                day["all"][1], bare_seconds, bare_seconds / day["all"][1], 0.8),
            row(f"{name}: whole partition, 1 to 2 workers, times faster",
                day["all"][0], one["day"]["all"][0], one["day"]["all"][0] / day["all"][0], 1.8),
        ]  # fmt: skip
    return found


def row(name: str, ours: float, peer: float, value: float, goal: float) -> dict[str, Any]:
    return {
        "name": name, "ours": ours, "peer": peer, "value": value, "goal": f">= {goal}", "met": value >= goal,
    }  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true")
    chosen = words.parse_args()
    found = rows(quick=chosen.quick)
    print(json.dumps({"rows": found}) if chosen.json else pd.DataFrame(found).to_string(index=False))


if __name__ == "__main__":
    main()
