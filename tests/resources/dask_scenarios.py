"""Jobs for the tests of the Dask executor; each run leaves marks in a folder that it names. No assertions."""

import os
import time
from pathlib import Path
from typing import Any

import dagster as dg

from resources.dask_executor import dask_executor
from resources.fanout import map_chunks

MARKS = "test/marks"
DAYS = dg.DailyPartitionsDefinition("2026-01-01")


def mark(context: Any, name: str) -> int:
    """Add a line to a file of the run's folder and count its lines."""
    path = Path(context.run.tags[MARKS]) / name
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return len(path.read_text().splitlines())


def beat(path: Path, seconds: float = 60) -> None:
    """Show life until told to stop."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        path.touch()
        time.sleep(0.02)


@dg.asset(group_name="day", partitions_def=DAYS)
def day(context: dg.AssetExecutionContext) -> None:
    mark(context, context.partition_key)


@dg.asset(group_name="failing")
def broken(context: dg.AssetExecutionContext) -> None:
    mark(context, "broken")
    raise RuntimeError("boom")


@dg.asset(group_name="failing", deps=[broken])
def after_broken(context: dg.AssetExecutionContext) -> None:
    mark(context, "after_broken")


@dg.asset(group_name="checked")
def judged(context: dg.AssetExecutionContext) -> None:
    mark(context, "judged")


@dg.asset_check(asset=judged, blocking=True)
def judge() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False)


@dg.asset(group_name="checked", deps=[judged])
def after_judged(context: dg.AssetExecutionContext) -> None:
    mark(context, "after_judged")


@dg.asset(group_name="inner", check_specs=[dg.AssetCheckSpec("own", asset="self_judged", blocking=True)])
def self_judged(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    mark(context, "self_judged")
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="own", passed=False)])


@dg.asset(group_name="inner", deps=[self_judged])
def after_self_judged(context: dg.AssetExecutionContext) -> None:
    mark(context, "after_self_judged")


@dg.asset(group_name="flaky", retry_policy=dg.RetryPolicy(max_retries=2))
def flaky(context: dg.AssetExecutionContext) -> None:
    if mark(context, "flaky") < 3:
        raise RuntimeError("not yet")


@dg.asset(group_name="deadly", retry_policy=dg.RetryPolicy(max_retries=1))
def deadly(context: dg.AssetExecutionContext) -> None:
    if mark(context, "deadly") == 1:
        os._exit(9)


@dg.asset(group_name="fatal")
def fatal(context: dg.AssetExecutionContext) -> None:
    mark(context, "fatal")
    os._exit(9)


@dg.asset(group_name="greedy")
def greedy(context: dg.AssetExecutionContext) -> None:
    mark(context, "greedy")
    held = []
    for _ in range(600):  # 20 MB each 50 ms, beyond what any worker of a test may have
        held.append(b"x" * 20_000_000)
        time.sleep(0.05)


@dg.asset(group_name="slow", partitions_def=DAYS)
def slow(context: dg.AssetExecutionContext) -> None:
    mark(context, f"begun-{context.partition_key}")
    time.sleep(1)
    mark(context, context.partition_key)


@dg.multi_asset(
    specs=[dg.AssetSpec(name, skippable=True, group_name="subset") for name in ("left", "right")],
    can_subset=True,
)
def either(context: dg.AssetExecutionContext) -> Any:
    for key in context.selected_asset_keys:
        mark(context, key.to_user_string())
        yield dg.MaterializeResult(asset_key=key)


@dg.asset(group_name="endless")
def endless(context: dg.AssetExecutionContext) -> None:
    beat(Path(context.run.tags[MARKS]) / "beat")


@dg.asset(group_name="endless_chunks")
def endless_chunks(context: dg.AssetExecutionContext) -> None:
    folder = Path(context.run.tags[MARKS])
    map_chunks(beat, [folder / f"beat{i}" for i in range(4)], label=f"{context.run_id}.endless_chunks")


def _pid(number: int) -> tuple[int, int]:
    time.sleep(0.1)
    return number, os.getpid()


def _fan(number: int) -> dg.AssetsDefinition:
    @dg.asset(name=f"fan_{number}", group_name="fans")
    def fan(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        found = map_chunks(_pid, range(4), label=f"{context.run_id}.fan_{number}")
        return dg.MaterializeResult(
            metadata={"numbers": [n for n, _ in found], "pids": sorted({pid for _, pid in found})}
        )

    return fan


ASSETS = [
    *(day, broken, after_broken, judged, after_judged, self_judged, after_self_judged, flaky, deadly, fatal),
    *(either, endless, endless_chunks, greedy, slow),
    *map(_fan, range(6)),
]


GROUPS = sorted({name for asset in ASSETS for name in asset.group_names_by_key.values()})
SCENARIOS = dg.Definitions(
    assets=ASSETS,
    asset_checks=[judge],
    jobs=[dg.define_asset_job(group, dg.AssetSelection.groups(group)) for group in GROUPS],
    executor=dask_executor,
)


def scenario(group: str) -> dg.JobDefinition:
    """The job of one group, loadable in any process by the group's name."""
    return SCENARIOS.resolve_job_def(group)
