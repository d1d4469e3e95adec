"""Stopping work in other threads: soon, with all that belongs to it, and never while it holds a lock."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dagster import DagsterExecutionInterruptedError

from resources import async_raise, interrupts


def spin() -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        time.sleep(0.001)


class Work(threading.Thread):
    """Runs a function as named work and keeps what it raised."""

    def __init__(self, name: str, function: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work, self.function, self.error = name, function, ""
        self.start()
        while self.is_alive() and self.work not in interrupts._THREADS:
            time.sleep(0.001)

    def run(self) -> None:
        try:
            interrupts.run(self.work, self.function)
        except BaseException as error:
            self.error = type(error).__name__


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    interrupts._STOPPED.clear()


def test_work_and_what_belongs_to_it_is_stopped_and_nothing_else() -> None:
    names = ["run.step.1", "run.step.1/chunks/0", "run.step.10", "other"]
    works = [Work(name, spin) for name in names]
    assert interrupts.stop("run.step.1") == names[:2]
    for work in works[:2]:
        work.join(5)
        assert work.error == "DagsterExecutionInterruptedError"
    assert all(work.is_alive() for work in works[2:])
    assert [interrupts.stop(name) for name in names[2:]] == [["run.step.10"], ["other"]]
    for work in works[2:]:
        work.join(5)
        assert not work.is_alive()
    assert interrupts._THREADS == {}


def test_stopped_work_that_arrives_late_does_not_begin() -> None:
    assert interrupts.stop("late") == []
    with pytest.raises(DagsterExecutionInterruptedError):
        interrupts.run("late/chunk", pytest.fail, "it began")
    assert interrupts.run("later", interrupts.current) == "later"
    assert interrupts.current() is None


LIBRARY = """
def hold(lock, sleep):
    lock.acquire()
    sleep(0.3)  # an exception that comes now leaves the lock taken
    try:
        pass
    finally:
        lock.release()
"""


@pytest.mark.parametrize("module", ["logging", "sqlalchemy.engine.base", "distributed.client"])
def test_work_is_not_interrupted_while_a_library_holds_a_lock(module: str) -> None:
    library: dict[str, Any] = {"__name__": module}
    exec(LIBRARY, library)
    lock = threading.Lock()

    def work_with_library() -> None:
        for _ in range(100):
            library["hold"](lock, time.sleep)
            time.sleep(0.1)

    work = Work("holder", work_with_library)
    while not lock.locked():
        time.sleep(0.001)
    interrupts.stop("holder")
    work.join(3)
    assert work.error == "DagsterExecutionInterruptedError"
    assert not lock.locked()


def test_work_that_waits_in_a_library_is_interrupted_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_raise, "_PATIENCE_SECONDS", 0.3)
    event = threading.Event()

    def wait() -> None:
        while not event.wait(0.05):
            pass

    work = Work("waiting", lambda: [wait() for _ in iter(int, 1)])
    interrupts.stop("waiting")
    work.join(5)
    assert work.error == "DagsterExecutionInterruptedError"
