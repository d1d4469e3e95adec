"""The lake on a real S3 server: a race of processes, a reader beside them, and a server that dies."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aug_assets.errors import LakeError, LakeUnreachableError
from resources import s3_safety
from resources.delta_table import LakeTable
from resources.lake import LakeResource
from tests.resources.samples import DAY, OTHER_DAY, numbers
from tests.resources.writers import day_rows, write_concurrently, write_day
from tests.servers import AWS_ENVIRONMENT, BUCKET, Seaweed

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("aws")]


@pytest.fixture
def table(seaweed: Seaweed, tmp_path: Path) -> LakeTable:
    return LakeResource(uri=f"s3://{BUCKET}/{tmp_path.name}", endpoint_url=seaweed.endpoint).table(
        "t", "d", "s"
    )


def test_it_decides_races(seaweed: Seaweed) -> None:
    assert "decides races" in LakeResource(uri=f"s3://{BUCKET}", endpoint_url=seaweed.endpoint).check()


def test_processes_lose_nothing_while_a_reader_looks_on(table: LakeTable) -> None:
    days = {writer: [f"2026-01-{writer * 3 + turn + 1:02}" for turn in range(3)] for writer in range(6)}
    write_day(table, OTHER_DAY, 99, "start")  # writer 0 replaces it later
    finished, seen = threading.Event(), []

    def read_on() -> None:
        while not finished.wait(0.1):
            for day in table.partitions():
                seen.append((day["date"], table.read(day)["n"].to_pylist()))

    reader = threading.Thread(target=read_on)
    reader.start()
    versions = write_concurrently(table, days, AWS_ENVIRONMENT)
    finished.set()
    reader.join()
    assert sorted(versions) == list(range(2, 20))
    writer_of = {day: writer for writer, mine in days.items() for day in mine}
    assert table.partitions() == [{"date": day} for day in sorted(writer_of)]
    for day, writer in writer_of.items():
        assert table.read({"date": day})["n"].to_pylist() == day_rows(writer)
    assert len(seen) > 3
    for day, rows in seen:
        assert rows == day_rows(writer_of[day]) or (day == OTHER_DAY["date"] and rows == day_rows(99))


def test_wrong_keys_are_refused(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    from s3fs import S3FileSystem

    write_day(table, DAY, 1, "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setattr(s3_safety, "_proven", set())
    S3FileSystem.clear_instance_cache()
    for attempt in (lambda: table.read(DAY), lambda: table.write_part(numbers(1), DAY, "b"), table.version):
        with pytest.raises(LakeError, match="access was refused"):
            attempt()
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Seaweed]:
    (tmp_path / "data").mkdir()
    server = Seaweed(tmp_path / "data")
    server.start_new()
    yield server
    server.kill()


def test_a_server_that_dies_during_a_write_keeps_the_last_version(mortal: Seaweed) -> None:
    table = LakeResource(uri=f"s3://{BUCKET}/x", endpoint_url=mortal.endpoint).table("t", "d", "s")
    version = write_day(table, DAY, 1, "a")
    parts = [table.write_part(numbers(5), DAY, "b")]
    mortal.kill()
    for attempt in (
        lambda: table.write_part(numbers(6), DAY, "c"),
        lambda: table.commit(parts, DAY, numbers().schema, {}),
        lambda: table.read(DAY),
    ):
        began = time.monotonic()
        with pytest.raises(LakeUnreachableError):
            attempt()
        assert time.monotonic() - began < 30
    mortal.start()
    assert table.version() == version
    assert table.read(DAY)["n"].to_pylist() == day_rows(1)
    table.commit(parts, DAY, numbers().schema, {})
    assert table.read(DAY)["n"].to_pylist() == [5]
