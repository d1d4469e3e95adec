"""A world's days as models read them, with what was true beside them, and what alarms came to. No remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.incident.world import LABEL, World

Bools = NDArray[np.bool_]
LOOKED_INTO = 15.0  # money that a false alarm costs: the call, the lost sale, the customer's trouble


@dataclass(frozen=True)
class Cell:
    """A day of one remedy: rows and money.

    Attributes:
        day: Its number.
        false_alarms: Of ``honest`` rows.
        found: Of ``frauds``.
        missed: Money that the frauds took that were not found.
    """

    day: int
    false_alarms: int
    honest: int
    found: int
    frauds: int
    missed: float

    @property
    def cost(self) -> float:
        """Money: false alarms at 15 each, and what missed frauds took."""
        return self.false_alarms * LOOKED_INTO + self.missed


class Truth:
    """Days of a world, read once each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows = lru_cache(maxsize=64)(self._rows)

    def _rows(self, number: int, *, season: bool = True) -> tuple[pa.Table, pd.DataFrame, Bools]:
        stored = self.world.stored(number, season=season)
        frame = self.world.frame(stored)
        return stored, frame, np.asarray(frame[LABEL] == 1, bool)

    def frame(self, number: int, *, season: bool = True) -> pd.DataFrame:
        """Rows as a model reads them, n of them."""
        return self.rows(number, season=season)[1]

    def positive(self, number: int, *, season: bool = True) -> Bools:
        """Which of them are frauds, bool (n,)."""
        return self.rows(number, season=season)[2]

    def tables(self, numbers: Iterable[int]) -> dict[str, pa.Table]:
        """Stored rows by date."""
        return {self.world.span.key(number): self.rows(number)[0] for number in numbers}

    def cell(self, number: int, alarm: Bools, *, season: bool = True) -> Cell:
        """What alarms come to; bool (n,), in the order of the rows."""
        frame, positive = self.frame(number, season=season), self.positive(number, season=season)
        amount = frame[self.world.amount].to_numpy(np.float64)
        return Cell(
            number, int((alarm & ~positive).sum()), int((~positive).sum()), int((alarm & positive).sum()),
            int(positive.sum()), float(amount[positive & ~alarm].sum()),
        )  # fmt: skip
