"""Who makes candidates ahead of the loop: this thread, others, or other processes. Decides nothing of rows.

A day is always made by the same worker, which so plans it once. What a day becomes depends on no worker.
"""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Literal, Protocol

import pyarrow as pa

from aug_assets.errors import StreamWorkerError
from aug_assets.online.days import Days
from aug_assets.online.maker import Maker

Kind = Literal["process", "thread"]
Answer = Callable[[], pa.Table]


class Pool(Protocol):
    """Takes orders and answers them."""

    def ask(self, date: str, epoch: int) -> Answer:
        """Order a day's candidates; the answer waits for them and raises what stopped them."""

    def close(self) -> None:
        """Stop the workers; what was ordered is not made any more."""


def pool(days: Days, workers: int, kind: Kind, keep: int) -> Pool:
    """Workers of a kind; with none the loop's own thread makes a day when its rows are wanted."""
    return Workers(days, workers, kind, keep) if workers else Here(days, keep)


class Here:
    """No workers."""

    def __init__(self, days: Days, keep: int) -> None:
        self._maker = Maker(days, keep)

    def ask(self, date: str, epoch: int) -> Answer:
        """See :class:`Pool`."""
        return lambda: self._maker.candidates(date, epoch)

    def close(self) -> None:
        """See :class:`Pool`."""


class Workers:
    """Threads, or processes by spawn, each of which keeps its own days."""

    def __init__(self, days: Days, workers: int, kind: Kind, keep: int) -> None:
        self._turn = {date: n % workers for n, date in enumerate(days.content)}
        self._asks = [
            _process(days, keep) if kind == "process" else _thread(days, keep) for _ in range(workers)
        ]

    def ask(self, date: str, epoch: int) -> Answer:
        """See :class:`Pool`."""
        _, begin = self._asks[self._turn[date]]
        try:
            future = begin(date, epoch)
        except BrokenExecutor as error:
            raise _died(date) from error
        return lambda: _answer(future, date)

    def close(self) -> None:
        """See :class:`Pool`."""
        for executor, _ in self._asks:
            executor.shutdown(wait=False, cancel_futures=True)


Begin = Callable[[str, int], "Future[pa.Table]"]


def _thread(days: Days, keep: int) -> tuple[Executor, Begin]:
    executor, maker = ThreadPoolExecutor(1, thread_name_prefix="stream"), Maker(days, keep)
    return executor, lambda date, epoch: executor.submit(maker.candidates, date, epoch)


def _process(days: Days, keep: int) -> tuple[Executor, Begin]:
    # By spawn: a forked child would inherit locks of threads that it does not have.
    executor = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin, initargs=(days, keep))
    return executor, lambda date, epoch: executor.submit(_candidates, date, epoch)


def _answer(future: "Future[pa.Table]", date: str) -> pa.Table:
    try:
        return future.result()
    except BrokenExecutor as error:
        raise _died(date) from error


def _died(date: str) -> StreamWorkerError:
    return StreamWorkerError(
        "a worker of the stream died", seen=f"at {date}", legal="a process that lives to the end of the loop",
        todo="iterate again, it goes on at the next batch; if it dies again give it more memory, or a "
        "smaller `keep_days`",
    )  # fmt: skip


_MAKERS: list[Maker] = []  # of a worker process: the one that it serves with


def _begin(days: Days, keep: int) -> None:
    _MAKERS.append(Maker(days, keep))


def _candidates(date: str, epoch: int) -> pa.Table:
    return _MAKERS[0].candidates(date, epoch)
