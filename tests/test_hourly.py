"""A dataset whose partitions are hours: made, watched, streamed and told of as one of days."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from aug_assets import ingest
from aug_assets.assets import common, drift_record
from aug_assets.assets.dataset import build_dataset
from aug_assets.commands import trace
from aug_assets.drift.features import of_label, of_table
from aug_assets.drift.rule import unjudged
from aug_assets.errors import LakeError, UnknownPartitionError
from aug_assets.online import AugmentedStream
from resources.lake import LakeResource
from tests import builders
from tests.assets.days import Days
from tests.assets.drifting import DRIFT, step

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")
SPAN = {"start": "2025-01-02", "end": "2025-01-05", "every": "hour"}
HOUR, NEXT = "2025-01-02T05", "2025-01-02T06"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Two hours, published. Not to be changed."""
    days = Days(tmp_path_factory.mktemp("hours"), partitions=SPAN)
    for hour, seed in ((HOUR, 1), (NEXT, 2)):
        days.deliver(builders.frame(80, seed=seed), hour)
        run = days.run(day=hour)
        assert run.success, run.told
    return days


def test_each_hour_is_a_partition_of_every_table(made: Days) -> None:
    for stage in ("source", "augmented", "validated", "provenance"):
        assert [one["date"] for one in made.table(stage).partitions()] == [HOUR, NEXT]
    assert made.rows("source", HOUR).column("id") != made.rows("source", NEXT).column("id")
    assert made.rows("validated", HOUR).num_rows > 80
    keys = common.partitions(made.spec).get_partition_keys()
    assert (keys[:2], len(keys)) == (["2025-01-02T00", "2025-01-02T01"], 72)


def test_a_row_of_an_hour_is_traced_and_streamed(made: Days) -> None:
    rows = made.rows("validated", NEXT)
    synthetic = rows.filter(pa.compute.field("is_synthetic"))
    found = trace.of(made.lake, made.spec, synthetic.column("row_id")[0].as_py(), values=False)
    assert found is not None
    assert found.date == NEXT
    stream = AugmentedStream(made.spec, f"{HOUR}..{NEXT}", lake=made.lake)
    streamed = pa.concat_tables([pa.table(batch) for batch in stream]).column("row_id").to_pylist()
    offline = [made.rows("validated", hour).column("row_id").to_pylist() for hour in (HOUR, NEXT)]
    assert sorted(streamed) == sorted(offline[0] + offline[1])
    with pytest.raises(UnknownPartitionError, match="T05"):
        AugmentedStream(made.spec, "2025-01-02", lake=made.lake)


def test_a_file_of_all_hours_gives_each_its_rows(tmp_path: Path) -> None:
    rows = builders.frame(60)
    rows["at"] = [
        pd.Timestamp("2025-01-02T00:30", tz="UTC") + pd.Timedelta(minutes=20 * n) for n in range(60)
    ]
    rows.loc[59, "at"] = pd.NaT
    rows.to_parquet(tmp_path / "all.parquet")
    columns = {**builders.COLUMNS, "at": {"type": "timestamp", "nullable": True}}
    spec = builders.spec(
        source={"uri": f"{tmp_path}/all.parquet", "timestamp": "at"}, partitions=SPAN, columns=columns
    )
    hours = [f"2025-01-02T{hour:02d}" for hour in range(21)]
    found = {hour: ingest.ingest(spec, hour).rows for hour in hours if hour < "2025-01-02T20"}
    counts = {hour: table.num_rows for hour, table in found.items()}
    assert counts.pop(hours[0]) == 2 + 1, "and the one without a time"
    assert set(counts.values()) == {3}
    ids = [value for table in found.values() for value in table.column("id").to_pylist()]
    assert len(set(ids)) == len(ids) == 3 + 3 * 19


def test_an_hour_of_other_rows_is_asked_for_again_and_no_other(tmp_path: Path) -> None:
    days = Days(tmp_path, partitions=SPAN, drift=DRIFT)
    hours = [f"2025-01-0{2 + n // 24}T{n % 24:02d}" for n in range(48)]
    for seed, hour in enumerate(hours, start=1):
        rows = builders.table(200, seed, days.spec)
        sketches = {**of_table(days.spec, rows), **of_label(days.spec, rows)}
        drift_record.keep_sketches(step(hour), days.spec, days.lake, sketches)
        drift_record.keep_decision(step(hour), days.spec, days.lake, unjudged(hour, 200, "too few days"))
    shifts = {"2025-01-04T00": 1.0, "2025-01-04T01": 1.6, "2025-01-04T02": 1.0}
    words = {}
    for seed, (hour, factor) in enumerate(shifts.items(), start=49):
        rows = builders.frame(200, seed=seed)
        days.deliver(rows.assign(amount=(rows["amount"] * factor).clip(0, 999).round(2)), hour)
        words[hour] = days.run("source", "drift", day=hour).metadata["drift"]["word"]
    assert words == {"2025-01-04T00": "steady", "2025-01-04T01": "refresh", "2025-01-04T02": "steady"}
    shared = dg.Definitions(resources={"lake": days.lake})
    repository = dg.Definitions.merge(build_dataset(days.spec), shared).get_repository_def()
    sensor = repository.get_sensor_def("lab__small_drift")
    ticked = sensor.evaluate_tick(dg.build_sensor_context(days.instance, repository_def=repository))
    assert [request.partition_key for request in ticked.run_requests] == ["2025-01-04T01"]


def test_the_schedule_asks_each_hour_for_the_one_before() -> None:
    spec = builders.spec(partitions={"start": "2025-01-01", "every": "hour"}, schedule={"minute": 7})
    shared = dg.Definitions(resources={"lake": LakeResource()})
    repository = dg.Definitions.merge(build_dataset(spec), shared).get_repository_def()
    (only,) = repository.schedule_defs
    assert (only.name, only.cron_schedule) == ("lab__small_hourly", "7 * * * *")
    at = datetime(2025, 3, 1, 0, 7, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=at, repository_def=repository)
        (request,) = only.evaluate_tick(context).run_requests
    assert request.partition_key == "2025-02-28T23"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"partitions": {**SPAN, "timezone": "Europe/Paris"}}, "UTC"),
        ({"partitions": SPAN, "source": {"uri": "sample://card_fraud"}}, "whole days"),
    ],
)
def test_hours_that_cannot_be_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        builders.spec(**changes)


@pytest.mark.parametrize("key", ["2025-01-02", "2025-01-05T00", "2025-01-01T23", "2025-01-02T24"])
def test_another_hour_or_a_day_is_no_partition(made: Days, key: str) -> None:
    with pytest.raises(UnknownPartitionError, match="YYYY-MM-DDTHH"):
        ingest.ingest(made.spec, key)


def test_a_table_of_hours_takes_no_days(made: Days) -> None:
    table, rows = made.table("source"), made.rows("source", HOUR)
    with pytest.raises(LakeError, match="change its type"):
        table.commit(
            [table.write_part(rows, {"date": "2025-01-03"}, "x")], {"date": "2025-01-03"}, rows.schema, {}
        )


def test_a_dataset_of_days_keeps_its_digest() -> None:
    named = builders.spec(partitions={"start": "2025-01-02", "end": "2025-01-05", "every": "day"})
    plain = builders.spec(partitions={"start": "2025-01-02", "end": "2025-01-05"})
    hourly = builders.spec(partitions=SPAN)
    assert named.digest == plain.digest != hourly.digest
