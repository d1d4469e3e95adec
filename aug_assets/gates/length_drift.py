"""Gate: copies together are about as long as their parents.

The distance is that of Kolmogorov and Smirnov between the numbers of events a session. Parents count once a
copy, so a recipe that changes nothing is at 0 whatever it selects, and chance adds nothing. Source: Smirnov,
"Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical Statistics 19,
1948.

Not for recipes that shorten on purpose, as ``cold_prefix`` does: widen the limit, or set ``blocking: false``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Ints


class LengthDriftParams(base.Params):
    """Settings of the ``length_drift`` gate."""

    gate: Literal["length_drift"] = "length_drift"
    max_distance: float = Field(
        0.3, gt=0, le=1, description="Largest difference between the shares of sessions up to a length"
    )


class LengthDrift(base.Gate):
    """Together, copies are as long as sessions are."""

    name: ClassVar = "length_drift"
    modality: ClassVar = "sequence"
    Params: ClassVar = LengthDriftParams
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: LengthDriftParams, batch: base.Batch) -> base.Observation:
        """Sessions by length; see :class:`aug_assets.gates.base.Gate`."""
        if not len(batch):
            return base.Observation({}, (np.zeros(1, np.int64), np.zeros(1, np.int64)))
        pairs = visits.pairs(real, batch, [real.spec.sessions.time])
        old = pairs.old.lists.lengths[pairs.parent >= 0]
        return base.Observation({}, (np.bincount(pairs.new.lists.lengths), np.bincount(old, minlength=1)))

    @classmethod
    def judge(
        cls, real: Any, params: LengthDriftParams, evidence: Sequence[tuple[Ints, Ints]]
    ) -> base.Judgement:
        """The distance; see :class:`aug_assets.gates.base.Gate`."""
        every = np.bincount(visits.events(real, [real.spec.sessions.time]).lists.lengths, minlength=1)
        new, old = (_total([part[n] for part in evidence], len(every)) for n in (0, 1))
        if not old.any():  # candidates of nobody
            old = every
        size = max(len(new), len(old))
        new, old = (np.pad(counts, (0, size - len(counts))) for counts in (new, old))
        distance = float(np.abs(np.cumsum(new) / new.sum() - np.cumsum(old) / old.sum()).max())
        mean = [float(np.arange(size) @ counts / counts.sum()) for counts in (new, old)]
        reason = (
            f"copies have {mean[0]:.1f} events, their parents {mean[1]:.1f}; "
            f"the distance is {distance:.3f}, at most {params.max_distance} may be"
        )
        details = {"events a copy": mean[0], "events a parent": mean[1]}
        passed = distance <= params.max_distance
        return base.Judgement(
            cls.name, passed, params.blocking, distance, params.max_distance, reason, details
        )


def _total(parts: list[Ints], size: int) -> Ints:
    """The sum of counts that end where their longest session does."""
    found = np.zeros(max(size, *map(len, parts)), np.int64)
    for counts in parts:
        found[: len(counts)] += counts
    return found
