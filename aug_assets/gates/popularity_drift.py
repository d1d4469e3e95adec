"""Gate: the items of all copies together are about as popular as they are among their parents.

The distance is that of Jensen and Shannon between the shares of items, in bits, from 0 (alike) to 1 (no item
in common). Parents count once a copy, so a recipe that changes nothing is at 0 whatever it selects, and
chance adds nothing. Source: Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on
Information Theory 37, 1991; Gini's index of popularity, in the details, as in Abdollahpouri et al., 2019.

Not for recipes that are to make rare items more popular, whose limit must be wider.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Ints


class PopularityDriftParams(base.Params):
    """Settings of the ``popularity_drift`` gate."""

    gate: Literal["popularity_drift"] = "popularity_drift"
    item: str | None = Field(None, description=visits.ITEM)
    max_distance: float = Field(0.1, gt=0, le=1, description="Distance of Jensen and Shannon, in bits")


class Evidence(NamedTuple):
    """Events by item: of candidates and of their parents, the items of the day, and last all others."""

    new: Ints
    old: Ints


class PopularityDrift(base.Gate):
    """Together, copies like what their parents like."""

    name: ClassVar = "popularity_drift"
    modality: ClassVar = "sequence"
    Params: ClassVar = PopularityDriftParams
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: PopularityDriftParams, batch: base.Batch) -> base.Observation:
        """Counts of items; see :class:`aug_assets.gates.base.Gate`."""
        item = visits.item_of(real, params)
        among = visits.items(real, item)
        if not len(batch):
            none = np.zeros(len(among) + 1, np.int64)
            return base.Observation({}, Evidence(none, none))
        pairs = visits.pairs(real, batch, [item])
        new, old = (_counts(events.flat[item], among) for events in (pairs.new, pairs.old))
        return base.Observation({}, Evidence(new, old))

    @classmethod
    def judge(cls, real: Any, params: PopularityDriftParams, evidence: Sequence[Evidence]) -> base.Judgement:
        """The distance; see :class:`aug_assets.gates.base.Gate`."""
        item = visits.item_of(real, params)
        new, old = np.sum([part.new for part in evidence], axis=0), np.sum([e.old for e in evidence], axis=0)
        if not old.any():  # candidates of nobody
            old = _counts(visits.events(real, [item]).flat[item], visits.items(real, item))
        distance = _distance(new, old)
        reason = (
            f"items are {distance:.3f} bit from those of the parents; at most {params.max_distance} may be"
        )
        details = {
            "gini of the copies": _gini(new),
            "gini of the parents": _gini(old),
            "events of items that no real row has": float(new[-1]),
        }
        passed = distance <= params.max_distance
        return base.Judgement(
            cls.name, passed, params.blocking, distance, params.max_distance, reason, details
        )


def _counts(values: pa.Array, among: pa.Array) -> Ints:
    at = visits.known(values, among)
    return np.bincount(np.where(at < 0, len(among), at), minlength=len(among) + 1)


def _distance(new: Ints, old: Ints) -> float:
    p, q = new / max(new.sum(), 1), old / max(old.sum(), 1)
    middle = (p + q) / 2
    return float((_bits(p, middle) + _bits(q, middle)) / 2)


def _bits(p: NDArray[np.float64], middle: NDArray[np.float64]) -> float:
    some = p > 0
    return float((p[some] * np.log2(p[some] / middle[some])).sum())


def _gini(counts: Ints) -> float:
    """0 where all items are as frequent, towards 1 where one has all events."""
    ranked = np.sort(counts[:-1])
    total, n = ranked.sum(), len(ranked)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ranked / (n * total)) if total else 0.0
