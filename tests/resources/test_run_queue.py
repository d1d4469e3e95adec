"""Backfills begin when they are launched, and the daemon still pauses when there is nothing new."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._daemon import controller
from dagster._daemon.daemon import BackfillDaemon

from resources.run_queue import PromptBackfills, _Pause

ROOT = Path(__file__).parents[2]
_LONG = 30.0
_SOON = 10.0  # seconds; a look is due after one


def backfill(name: str, status: BulkActionStatus = BulkActionStatus.REQUESTED) -> PartitionBackfill:
    return PartitionBackfill(
        name, status=status, backfill_timestamp=1.0, from_failure=False, tags={},
        reexecution_steps=None, partition_names=[],
    )  # fmt: skip


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def end() -> threading.Event:
    return threading.Event()


def waited(pause: _Pause, seconds: float) -> tuple[bool, float]:
    """Whether it was the end, and after how many seconds."""
    since = time.monotonic()
    return pause.wait(seconds), time.monotonic() - since


def test_a_new_backfill_ends_the_pause(instance: dg.DagsterInstance, end: threading.Event) -> None:
    pause = _Pause(end, instance)
    threading.Timer(0.3, lambda: instance.add_backfill(backfill("one"))).start()
    ended, seconds = waited(pause, _LONG)
    assert not ended
    assert 0.3 <= seconds < _SOON


def test_one_that_came_between_two_pauses_is_seen(instance: dg.DagsterInstance, end: threading.Event) -> None:
    pause = _Pause(end, instance)
    instance.add_backfill(backfill("one"))
    assert waited(pause, _LONG)[1] < _SOON


def test_one_that_is_under_way_is_no_news(instance: dg.DagsterInstance, end: threading.Event) -> None:
    instance.add_backfill(backfill("one"))
    ended, seconds = waited(_Pause(end, instance), 2.5)
    assert not ended
    assert seconds >= 2.5


def test_one_that_is_to_be_cancelled_ends_the_pause(
    instance: dg.DagsterInstance, end: threading.Event
) -> None:
    made = backfill("one")
    instance.add_backfill(made)
    pause = _Pause(end, instance)
    instance.update_backfill(made.with_status(BulkActionStatus.CANCELING))
    assert waited(pause, _LONG)[1] < _SOON


def test_the_end_of_the_daemon_ends_the_pause(instance: dg.DagsterInstance, end: threading.Event) -> None:
    pause = _Pause(end, instance)
    assert not pause.is_set()
    threading.Timer(0.2, end.set).start()
    ended, seconds = waited(pause, _LONG)
    assert ended
    assert seconds < _SOON
    assert pause.is_set()


def test_the_instance_of_dagster_yaml_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert BackfillDaemon.daemon_type() in instance.get_required_daemon_types()
        daemon = controller.create_daemon_of_type(BackfillDaemon.daemon_type(), instance)
        with daemon:
            assert isinstance(daemon, PromptBackfills)
