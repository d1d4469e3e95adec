"""Gate: items follow each other as they do in real sessions of the day, in part at least.

Counted are pairs of unlike items that stand next to each other; one that no real session of the day has is
unseen. A copy that consists mostly of such pairs does not pass. Source: Markov chains of items, Rendle,
Freudenthaler, Schmidt-Thieme, "Factorizing Personalized Markov Chains for Next-Basket Recommendation", WWW
2010.

Not for datasets whose events keep no order of their own, such as the lines of an order; there nothing follows
anything, and the limits must be wide.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates import base, visits
from aug_assets.gates.words import too_few
from aug_assets.operators.sequence.ragged import Ints, Mask

Evidence = tuple[int, int, int]  # pairs unseen, pairs, candidates marked


class UnseenBigramsParams(base.Params):
    """Settings of the ``unseen_bigrams`` gate."""

    gate: Literal["unseen_bigrams"] = "unseen_bigrams"
    item: str | None = Field(None, description=visits.ITEM)
    max_share: float = Field(0.6, gt=0, le=1, description="Share of pairs of the day that may be unseen")
    max_in_row: float = Field(
        0.9, gt=0, le=1, description="Share of a candidate's pairs that may be unseen, else it never passes"
    )
    min_pairs: int = Field(8, ge=1, description="Pairs of a candidate, at least, for it to be marked")


class UnseenBigrams(base.Gate):
    """Copies take steps that visitors take."""

    name: ClassVar = "unseen_bigrams"
    modality: ClassVar = "sequence"
    Params: ClassVar = UnseenBigramsParams

    @classmethod
    def observe(cls, real: Any, params: UnseenBigramsParams, batch: base.Batch) -> base.Observation:
        """Pairs that no real row has; see :class:`aug_assets.gates.base.Gate`."""
        if not len(batch):
            return base.Observation({}, (0, 0, 0))
        item = visits.item_of(real, params)
        events = visits.Events.of(batch.rows, [item])
        row, codes = _bigrams(real, item, events)
        seen = real.once(f"unseen_bigrams:{item}", lambda: _seen(real, item))
        fresh = ~np.isin(codes, seen)
        total = np.bincount(row, minlength=len(batch))
        unseen = np.bincount(row[fresh], minlength=len(batch))
        mask: Mask = (total >= params.min_pairs) & (unseen > params.max_in_row * total)
        return base.Observation({"unseen_bigrams": mask}, (int(fresh.sum()), len(codes), int(mask.sum())))

    @classmethod
    def judge(cls, real: Any, params: UnseenBigramsParams, evidence: Sequence[Evidence]) -> base.Judgement:
        """The share of unseen pairs; see :class:`aug_assets.gates.base.Gate`."""
        unseen, total, marked = map(sum, zip(*evidence, strict=True))
        if not total:
            return too_few(params, params.max_share, "no candidate has two unlike items side by side")
        share = unseen / total
        reason = f"{share:.1%} of {total:,} pairs are in no real row; at most {params.max_share:.0%}"
        passed = share <= params.max_share
        details = {"rows": float(marked)}
        return base.Judgement(cls.name, passed, params.blocking, share, params.max_share, reason, details)


def _bigrams(real: Any, item: str, events: visits.Events) -> tuple[Ints, Ints]:
    """The session and number of each pair of neighbours that are not one item; -1 with an unknown item."""
    among = visits.items(real, item)
    codes = visits.known(events.flat[item], among)
    at = events.follows
    first, second = codes[at], codes[at + 1]
    unlike = (first != second) | (first < 0)
    number = np.where((first < 0) | (second < 0), -1, first * len(among) + second)
    return events.lists.row[at[unlike]], number[unlike]


def _seen(real: Any, item: str) -> Ints:
    found = np.unique(_bigrams(real, item, visits.events(real, [item]))[1])
    return found[found >= 0]
