"""Writers in processes of their own on local disk."""

import logging
import time

import pytest

from resources.delta_commit import Replacement, replace_partition
from resources.delta_schema import table_schema
from resources.delta_table import LakeTable
from resources.lake import LakeResource
from resources.lake_storage import Storage
from resources.parquet_parts import Part
from tests.resources.samples import DAY, numbers
from tests.resources.writers import day_rows, write_concurrently

WRITERS = range(6)


@pytest.mark.slow
def test_processes_that_write_different_days_lose_nothing(tmp_path) -> None:
    table = LakeResource(uri=str(tmp_path)).table("t", "d", "s")
    days = {writer: [f"2026-01-{writer * 4 + turn + 1:02}" for turn in range(4)] for writer in WRITERS}
    versions = write_concurrently(table, days, {})
    assert sorted(versions) == list(range(1, 25))
    assert table.partitions() == [{"date": day} for mine in days.values() for day in mine]
    for writer, mine in days.items():
        for day in mine:
            assert table.read({"date": day})["n"].to_pylist() == day_rows(writer)


@pytest.mark.slow
def test_processes_that_write_one_day_leave_one_of_them_whole(tmp_path) -> None:
    table = LakeResource(uri=str(tmp_path)).table("t", "d", "s")
    versions = write_concurrently(table, {writer: [DAY["date"]] for writer in WRITERS}, {})
    assert sorted(versions) == list(range(1, 7))
    contents = [table.read(DAY, version)["n"].to_pylist() for version in versions]
    assert contents == [day_rows(writer) for writer in WRITERS]


@pytest.mark.slow
def test_opening_stays_quick_after_400_commits(tmp_path) -> None:
    schema = table_schema(numbers().schema, DAY, ("date",))
    for number in range(400):  # the log only: whether files exist makes no difference to it
        day = {"date": f"{2000 + number // 28}-01-{number % 28 + 1:02}"}
        part = Part(f"date={day['date']}/p.parquet", 100, 1, day, '{"numRecords": 1}')
        replace_partition(Storage(str(tmp_path)), Replacement([part], day, schema, ("date",), {}))
    table = LakeTable(Storage(str(tmp_path)))
    began = time.perf_counter()
    assert len(table.partitions()) == 400
    spent = time.perf_counter() - began
    logging.getLogger(__name__).info("opened and listed in %.3f s", spent)
    assert spent < 1
    assert len(table.partitions(version=123)) == 123
