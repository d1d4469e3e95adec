"""A bulk backfill: days by `aug run` and by the UI's backfill, beside the same functions called bare.

    AUG_FRAUD_DATA=handbook_transformed.parquet python bench/backfill.py --json

All three on two Dask workers that are warm, each with a lake of its own. Bare are the functions of the same
assets and gates, called in order: they read, make, judge, write and commit the same, and Dagster is not asked
for anything. CPU time is that of all processes that took part.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
from audit import _DATA, _DATASET, _DAYS, _FIRST

_WARM = 4  # days before the clock starts: workers load libraries, and compile
_WORKERS = 2
_PORT = 3911
_STAGES = ("source", "augmented", "gates", "validated")


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """One dict a figure: ``name, ours, peer, value, goal, met``."""
    days = [(_FIRST + timedelta(n)).isoformat() for n in range(_DAYS // (8 if quick else 1))]
    os.environ |= {
        "AUG_DATASETS": str(Path(__file__).parent / "datasets"), "AUG_CODE_DIGEST": "bench",
        "AUG_DASK_WORKERS": str(_WORKERS), "AUG_AUTOMATION": "off",
    }  # fmt: skip
    os.environ.setdefault("AUG_FRAUD_DATA", str(_DATA))
    bare, ours, ui = (measure(way, days) for way in (by_functions, by_command, by_interface))
    found = []
    for name, (wall, cpu) in (("aug run", ours), ("backfill of the UI", ui)):
        own = (cpu - bare[1]) / (len(days) - _WARM)
        found.append(_row(f"{name}, {len(days) - _WARM} days: seconds", wall, bare[0], wall / bare[0], 1.5))
        found.append(_row(f"{name}: CPU seconds of Dagster a day", cpu, bare[1], own, 1.0))
    return found


def measure(way: Callable[[list[str]], Any], days: list[str]) -> tuple[float, float]:
    """Seconds by the clock and of CPU of the days after the first few."""
    from resources import dask_cluster

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["DAGSTER_HOME"] = folder
        try:
            with way(days) as go:
                go(days[:_WARM])
                wall, cpu = time.perf_counter(), spent()
                go(days[_WARM:])
                return time.perf_counter() - wall, spent() - cpu
        finally:
            dask_cluster.stop(folder)


def spent() -> float:
    """CPU seconds of this process, the cluster, and all that they have started."""
    from resources import dask_cluster

    roots = [
        psutil.Process(),
        *(psutil.Process(one.pid) for one in dask_cluster.status(os.environ["DAGSTER_HOME"])),
    ]
    alive = {one.pid: one for root in roots for one in (root, *root.children(recursive=True))}
    times = [one.cpu_times() for one in alive.values()]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


@contextmanager
def by_functions(_days: list[str]) -> Iterator[Callable[[list[str]], None]]:
    """The functions of a day's assets, day by day on the workers of the same cluster."""
    import backfill  # by its name: a worker cannot import what is in `__main__`

    from aug_assets.commands import home
    from resources import dask_cluster

    with dask_cluster.connect(home.prepare()) as client:

        def go(days: list[str]) -> None:
            for future in client.map(backfill.bare_day, days, pure=False):
                future.result()

        yield go


@contextmanager
def by_command(_days: list[str]) -> Iterator[Callable[[list[str]], None]]:
    """`aug run`."""
    from aug_assets import loader
    from aug_assets.commands.run import run_days

    def go(days: list[str]) -> None:
        told = run_days(loader.get(_DATASET), days)
        assert all(day.succeeded for day in told), told

    yield go


@contextmanager
def by_interface(_days: list[str]) -> Iterator[Callable[[list[str]], None]]:
    """`aug ui`, and the backfill that its dialog launches."""
    command = [str(Path(sys.executable).with_name("aug")), "ui", "--port", str(_PORT)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _until(_is_up, 240)

        def go(days: list[str]) -> None:
            _launch(days)
            _until(lambda: _ended(days), 3600)

        yield go
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def bare_day(day: str) -> None:
    """A day's assets and gates as plain functions; what one tells the next is kept in memory."""
    from aug_assets.assets import common
    from resources.lake import LakeResource

    told: dict[str, dict[str, Any]] = {}
    common.latest = lambda _context, _spec, stage: told[stage]  # instead of the event log
    context = SimpleNamespace(
        partition_key=day, retry_number=0, run=SimpleNamespace(run_id=f"bare-{day}", tags={}),
        log=SimpleNamespace(info=lambda *_: None, warning=lambda *_: None),
    )  # fmt: skip
    lake = LakeResource()
    for stage, compute in _functions().items():
        made = compute(context, lake)
        for result in made if hasattr(made, "__next__") else [made]:
            if getattr(result, "data_version", None) is not None:
                plain = {name: getattr(value, "value", value) for name, value in result.metadata.items()}
                told[stage] = plain
    assert set(told) == {"source", "augmented", "validated"}, told.keys()


@cache
def _functions() -> dict[str, Callable[..., Any]]:
    from aug_assets import loader
    from aug_assets.assets.augmented import build_augmented
    from aug_assets.assets.gates import build_gates
    from aug_assets.assets.source import build_source
    from aug_assets.assets.validated import build_validated

    spec = loader.get(_DATASET)
    built = (build_source(spec), build_augmented(spec), build_gates(spec), build_validated(spec))
    return {stage: one.op.compute_fn.decorated_fn for stage, one in zip(_STAGES, built, strict=True)}


def _ask(query: str, **variables: Any) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{_PORT}/graphql", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)["data"]
    return told


def _is_up() -> bool:
    try:
        entries = _ask("{workspaceOrError {... on Workspace {locationEntries {loadStatus}}}}")
    except OSError:
        return False
    loaded = entries["workspaceOrError"].get("locationEntries", [])
    return bool(loaded) and all(one["loadStatus"] == "LOADED" for one in loaded)


def _launch(days: list[str]) -> None:
    tenant, name = _DATASET.split("/")
    keys = [{"path": [tenant, f"{name}_{stage}"]} for stage in ("source", "augmented", "validated")]
    told = _ask(
        "mutation ($keys: [AssetKeyInput!], $days: [String!]) { launchPartitionBackfill("
        "backfillParams: {assetSelection: $keys, partitionNames: $days}) {__typename} }",
        keys=keys, days=days,
    )  # fmt: skip
    assert told["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", told


def _ended(days: list[str]) -> bool:
    """Whether each day is published."""
    tenant, name = _DATASET.split("/")
    told = _ask(
        "query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {"
        "assetPartitionStatuses { ... on TimePartitionStatuses { ranges {startKey endKey status} } } } } }",
        key={"path": [tenant, f"{name}_validated"]},
    )  # fmt: skip
    ranges = told["assetNodeOrError"]["assetPartitionStatuses"]["ranges"]
    done = [one for one in ranges if one["status"] == "MATERIALIZED"]
    return any(one["startKey"] <= days[0] and days[-1] <= one["endKey"] for one in done)


def _until(look: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(1)


def _row(name: str, ours: float, peer: float, value: float, most: float) -> dict[str, Any]:
    goal = {"goal": f"<= {most:g}", "met": bool(value <= most)}
    return {"name": name, "ours": ours, "peer": peer, "value": value, **goal}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true")
    chosen = words.parse_args()
    found = rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    for one in found:
        print(f"{one['name']:55} {one['value']:12.4g} goal {one['goal']} met {one['met']}")


if __name__ == "__main__":
    main()
