"""The rows of an epoch as blocks of days in the epoch's order. Cuts no batches and remembers no place."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa

from aug_assets.online import order
from aug_assets.online.days import Days
from aug_assets.online.options import Options
from aug_assets.online.pool import Answer, Pool, pool


class Blocks:
    """Blocks of days, with workers who stay for all epochs.

    Args:
        days: The days.
        options: The stream's.
    """

    def __init__(self, days: Days, options: Options) -> None:
        self._days, self._how = days, options
        self._dates = list(days.content)
        self._real: OrderedDict[str, pa.Table] = OrderedDict()
        self._pool: Pool | None = None

    def of(self, epoch: int) -> list[list[str]]:
        """The days of each block: those whose rows are mixed, or one."""
        how = self._how
        dates = order.days(self._dates, how.seed, epoch) if how.shuffle else self._dates
        size, (part, parts) = max(how.shuffle, 1), how.shard
        return [dates[start : start + size] for start in range(0, len(dates), size)][part::parts]

    def rows(self, epoch: int, first: int) -> Iterator[pa.Table]:
        """The rows of the blocks from one on; each is ordered early enough for workers to be ahead."""
        ahead = self._how.prefetch if self._how.workers else 0
        waiting = iter(self.of(epoch)[first:])
        ordered = deque(self._order(dates, epoch) for dates in islice(waiting, ahead))
        for dates in waiting:
            ordered.append(self._order(dates, epoch))
            yield self._joined(ordered.popleft(), epoch)
        while ordered:
            yield self._joined(ordered.popleft(), epoch)

    def _order(self, dates: list[str], epoch: int) -> list[Answer]:
        return [self._ask(date, epoch) for date in dates]

    def _joined(self, answers: list[Answer], epoch: int) -> pa.Table:
        rows = pa.concat_tables([answer() for answer in answers])
        return order.rows(rows, self._how.seed, epoch) if self._how.shuffle else rows

    def _ask(self, date: str, epoch: int) -> Answer:
        if epoch == 0 and (rows := self._days.published(date)) is not None:
            return lambda: rows
        if self._pool is None:
            self._pool = pool(self._days, self._how.workers, self._how.kind, self._how.keep_days)
        candidates = self._pool.ask(date, epoch)
        return lambda: pa.concat_tables([self._real_of(date), candidates()])

    def _real_of(self, date: str) -> pa.Table:
        rows = self._real.pop(date, None)
        self._real[date] = rows = self._days.real(date) if rows is None else rows
        while len(self._real) > self._how.keep_days:
            self._real.popitem(last=False)
        return rows

    def close(self) -> None:
        """Stop the workers; the next block that needs one starts new ones."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None
