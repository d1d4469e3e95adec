"""Costs are summed up from what steps and verdicts recorded in the event log."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aug_assets import gates
from aug_assets.assets import common
from aug_assets.commands import cost as command
from aug_assets.cost import Prices, Spent
from aug_assets.spec import DatasetSpec
from tests import builders

SHEET = Prices(cpu_hour=3600.0)  # a second of a core costs 1
FIRST, SECOND = "2025-01-02", "2025-01-03"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        yield made


def _made(instance: Any, spec: DatasetSpec, stage: str, day: str, seconds: float, **more: int) -> None:
    told = {**Spent(cpu_seconds=seconds).metadata(SHEET), **more}
    key = common.asset_key(spec, stage)
    instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=told, partition=day))


def _judged(instance: Any, spec: DatasetSpec, day: str, seconds: float) -> None:
    told = Spent(cpu_seconds=seconds).metadata(SHEET)
    event = dg.AssetCheckEvaluation(
        asset_key=common.asset_key(spec, "augmented"), check_name=gates.VERDICT, passed=True,
        metadata=told, partition=day,
    )  # fmt: skip
    instance.report_runless_asset_event(event)


def test_reruns_and_verdicts_count_and_rows_are_those_of_the_newest_run(instance: dg.DagsterInstance) -> None:
    spec = builders.spec()
    _made(instance, spec, "source", FIRST, 1)
    _made(instance, spec, "source", FIRST, 2)
    _judged(instance, spec, FIRST, 4)
    _made(instance, spec, "validated", FIRST, 8, accepted=100)
    _made(instance, spec, "validated", FIRST, 16, accepted=31)
    (line,) = command.costs(instance, [spec], "day")
    assert (line.name, line.steps, line.accepted) == (FIRST, 5, 31)
    assert line.row()["money_per_accepted_row"] == pytest.approx(1.0)
    assert line.row()["cpu_seconds"] == pytest.approx(31.0)


def test_a_day_without_accepted_rows_has_no_price_a_row(instance: dg.DagsterInstance) -> None:
    spec = builders.spec()
    _judged(instance, spec, FIRST, 4)
    (line,) = command.costs(instance, [spec], "day")
    assert (line.row()["money"], line.row()["money_per_accepted_row"]) == (pytest.approx(4.0), None)


def test_sums_are_by_day_dataset_or_tenant_of_the_days_asked_for(instance: dg.DagsterInstance) -> None:
    one, other = builders.spec(), builders.spec(name="other")
    _made(instance, one, "validated", FIRST, 1, accepted=10)
    _made(instance, one, "validated", SECOND, 2, accepted=20)
    _made(instance, other, "validated", SECOND, 4, accepted=40)

    def summed(by: str, *days: str) -> dict[str, tuple[float, int]]:
        found = command.costs(instance, [one, other], by, *days)
        return {line.name: (pytest.approx(line.cost.money), line.accepted) for line in found}

    assert summed("day") == {FIRST: (1, 10), SECOND: (6, 60)}
    assert summed("dataset") == {one.id: (3, 30), other.id: (4, 40)}
    assert summed("tenant") == {one.tenant: (7, 70)}
    assert summed("day", FIRST, FIRST) == {FIRST: (1, 10)}
