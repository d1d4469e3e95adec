"""The queue before the engine: bounded, asks that are alike answered together, nothing lost at the end."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from aug_assets.errors import ClosingError, OverloadedError
from aug_assets.service.asks import Answer, Ask

_MOST_TOGETHER = 64  # asks
_REMEMBERED = 1000  # batches, for the time that one takes


@dataclass
class _Waiting:
    ask: Ask
    future: "Future[Answer]" = field(default_factory=Future)


class Desk:
    """Takes asks from any thread and has one thread answer them.

    Args:
        answer: Answers asks that are alike in ``together``; called by that thread alone.
        room: How many asks may wait.
    """

    def __init__(self, answer: Callable[[list[Ask]], list[Answer]], room: int) -> None:
        self._answer, self._room = answer, room
        self._queue: queue.Queue[_Waiting | None] = queue.Queue()
        self._kept: deque[_Waiting] = deque()  # taken from the queue, of another kind
        self._lock, self._closed, self.waiting = threading.Lock(), False, 0
        self.seconds: deque[float] = deque(maxlen=_REMEMBERED)  # of the last batches
        self._thread = threading.Thread(target=self._work, name="aug-service", daemon=True)
        self._thread.start()

    def put(self, ask: Ask) -> "Future[Answer]":
        """Take an ask on.

        Raises:
            OverloadedError: As many wait as may.
            ClosingError: No more is taken on.
        """
        with self._lock:
            if self._closed:
                raise ClosingError("the service is stopping", seen="an ask", todo="ask another instance")
            if self.waiting >= self._room:
                raise OverloadedError(
                    "too much is waiting", seen=f"{self.waiting} asks", legal=f"at most {self._room}",
                    todo=f"ask again in {self.wait_seconds()} s",
                )  # fmt: skip
            self.waiting += 1
            one = _Waiting(ask)
            self._queue.put(one)
            return one.future

    @property
    def closed(self) -> bool:
        """Whether nothing is taken on any more."""
        return self._closed

    def wait_seconds(self) -> int:
        """About how long it takes until there is room again, at least 1."""
        each = sum(self.seconds) / len(self.seconds) if self.seconds else 0.1
        return max(1, round(each * self.waiting / _MOST_TOGETHER))

    def close(self) -> None:
        """Answer what was taken on, and stop."""
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (batch := self._batch()) is not None:
            start = time.perf_counter()
            try:
                answers = self._answer([one.ask for one in batch])
            except Exception as error:  # noqa: BLE001 - whoever asked is told, and the next ask is answered
                self._done(batch, [error] * len(batch))
            else:
                self._done(batch, answers)
            self.seconds.append(time.perf_counter() - start)

    def _done(self, batch: list[_Waiting], outcomes: Sequence[Answer | Exception]) -> None:
        with self._lock:
            self.waiting -= len(batch)
        for one, outcome in zip(batch, outcomes, strict=True):
            if not one.future.set_running_or_notify_cancel():
                continue
            if isinstance(outcome, Exception):
                one.future.set_exception(outcome)
            else:
                one.future.set_result(outcome)

    def _batch(self) -> list[_Waiting] | None:
        """The first that waits, with those like it; None once there is nothing and no more comes."""
        first = self._kept.popleft() if self._kept else self._queue.get()
        if first is None:
            return None
        batch, others, end = [first], list(self._kept), False
        while True:
            try:
                one = self._queue.get_nowait()
            except queue.Empty:
                break
            if one is None:
                end = True
                break
            others.append(one)
        self._kept.clear()
        for one in others:
            alike = one.ask.together == first.ask.together and len(batch) < _MOST_TOGETHER
            (batch if alike else self._kept).append(one)
        if end:
            self._queue.put(None)  # after what is kept
        return batch
