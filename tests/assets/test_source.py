"""The source asset: what is published of a delivery, what is held, and what a bad day leaves untouched."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from aug_assets import sources
from aug_assets.errors import LakeUnreachableError
from aug_assets.rows import IS_SYNTHETIC, ROW_ID, digest
from tests import builders
from tests.assets.days import NEXT_DAY, Days, Run


def test_a_day_is_published_with_its_figures_and_without_its_bad_rows(published: tuple[Days, Run]) -> None:
    days, run = published
    rows, held = days.rows("source"), days.held("source")
    told = run.metadata["source"]
    assert (told["rows_read"], told["dagster/partition_row_count"], told["quarantined"]) == (80, 77, 3)
    assert (rows.num_rows, held.num_rows) == (77, 3)
    assert not set(rows[ROW_ID].to_pylist()) & set(held[ROW_ID].to_pylist())
    assert not any(rows[IS_SYNTHETIC].to_pylist())
    reasons = [reason for row in held["reasons"].to_pylist() for reason in row]
    assert sorted(reasons) == ["min:amount", "min:amount", "values:kind"]
    assert {json.loads(row)["id"] for row in held["row"].to_pylist()} == {f"row-1-000{n}" for n in (1, 2, 3)}


def test_the_data_version_is_the_digest_of_what_a_reader_gets(published: tuple[Days, Run]) -> None:
    days, run = published
    version = run.metadata["source"]["delta_version"]
    assert run.data_versions["source"] == digest(days.rows("source", version=version))
    info = days.table("source").commit_info(version)
    assert info["digest"] == run.data_versions["source"]
    assert info["run_id"] == run.run_id
    assert info["spec_digest"] == days.spec.digest


def test_equal_content_keeps_its_data_version_and_other_content_changes_it(days: Days) -> None:
    rows = builders.frame(80)
    first = days.run("source").data_versions["source"]
    days.deliver(rows.sample(frac=1.0, random_state=3))
    assert days.run("source").data_versions["source"] == first
    rows.loc[5, "amount"] += 0.01
    days.deliver(rows)
    assert days.run("source").data_versions["source"] != first


def test_a_refused_day_publishes_nothing_and_leaves_the_last_good_version(days: Days) -> None:
    assert days.run().success
    before = {stage: days.table(stage).version() for stage in ("source", "augmented", "verdict", "validated")}
    good = days.rows("validated")
    rows = builders.frame(80)
    rows.loc[:19, "amount"] = -1.0
    days.deliver(rows)
    run = days.run()
    assert not run.success
    assert run.failed_checks == ["source.schema"]
    assert "20 of 80 rows" in run.checks["source.schema"].description
    assert run.metadata == {}
    assert run.attempts("source") == 1
    assert run.attempts("augmented") == run.attempts("gates") == run.attempts("validated") == 0
    assert {stage: days.table(stage).version() for stage in before} == before
    assert days.rows("validated").equals(good)
    assert days.held("source").num_rows == 20
    assert set(days.held("source")["reasons"].to_pylist()[0]) == {"min:amount"}


def test_other_days_are_untouched_by_a_day(days: Days) -> None:
    days.deliver(builders.frame(80, seed=2), NEXT_DAY)
    assert days.run("source").success
    first = days.rows("source")
    assert days.run("source", day=NEXT_DAY).success
    assert days.rows("source").equals(first)
    assert days.rows("source", NEXT_DAY).num_rows == 80


@pytest.mark.usefixtures("at_once")
def test_a_day_that_was_not_delivered_fails_once_and_says_what_to_do(days: Days) -> None:
    run = days.run(day=NEXT_DAY)
    assert run.errors == {"source": "source_not_found"}
    assert f"{NEXT_DAY}.parquet" in run.told
    assert "Next: " in run.told
    assert run.attempts("source") == 1
    assert days.table("source").version() is None


def failing(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The object store does not answer the first few times."""
    left = [LakeUnreachableError("the object store did not answer", seen=n) for n in range(times)]
    read: Callable[..., pa.Table] = sources.read

    def flaky(*args: Any) -> pa.Table:
        if left:
            raise left.pop()
        return read(*args)

    monkeypatch.setattr(sources, "read", flaky)


@pytest.mark.usefixtures("at_once")
def test_a_passing_trouble_is_tried_again(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(2, monkeypatch)
    run = days.run("source")
    assert run.success
    assert run.attempts("source") == 3
    assert days.rows("source").num_rows == 80


@pytest.mark.usefixtures("at_once")
def test_a_trouble_that_does_not_pass_ends_the_step(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(9, monkeypatch)
    run = days.run("source")
    assert run.errors == {"source": "lake_unreachable"}
    assert run.attempts("source") == 3


def test_an_empty_day_is_a_missing_delivery(days: Days) -> None:
    days.deliver(builders.frame(80).iloc[:0])
    run = days.run()
    assert run.errors == {"source": "empty_partition"}
    assert days.table("source").version() is None


def test_an_empty_day_may_be_normal(days: Days) -> None:
    days.respec(limits={"allow_empty": True})
    days.deliver(builders.frame(80).iloc[:0])
    run = days.run()
    assert run.success, run.told
    assert days.rows("validated").num_rows == 0
    assert run.metadata["augmented"]["candidates"] == 0
    assert "no rows" in run.metadata["augmented"]["skipped/more"]
    assert run.failed_checks == []
