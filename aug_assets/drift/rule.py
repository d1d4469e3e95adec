"""The decision on a day: whether it is worth a refresh, from its excess and what was decided before.

Every decision has a word, a figure, a limit and a sentence, also the one to do nothing, so that how
often it was wrong can be counted afterwards. Nothing here reads a table or a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from aug_assets.drift.null import Excess, Reference, described
from aug_assets.partition_key import apart

Word = Literal["unjudged", "steady", "warn", "refresh"]

_SURE = 2.0  # times the limit: one such day is enough
_CLEAR = 0.6  # of the limit: below it a warning is over
_WITHIN = 3  # days in which a second warning confirms the first


@dataclass(frozen=True)
class Decision:
    """What is made of a day.

    Attributes:
        day: ISO date.
        word: ``unjudged`` (no evidence either way, never a pass), ``steady``, ``warn`` or ``refresh``.
        reason: One sentence for a person.
        value: The largest excess, in usual spreads.
        limit: What a day without drift passes as rarely as was asked; 0 where nothing could be judged.
        feature: The feature of that excess, and the measure of it in ``measure``.
        drifted: All features beyond the limit, worst first.
        rows: Rows of the day.
        reference_days: Days that it was held against.
    """

    day: str
    word: Word
    reason: str
    value: float = 0.0
    limit: float = 0.0
    feature: str = ""
    measure: str = ""
    drifted: tuple[str, ...] = field(default=())
    rows: int = 0
    reference_days: int = 0

    def record(self) -> dict[str, Any]:
        """Plain values, for tables and metadata."""
        return {**asdict(self), "drifted": list(self.drifted)}


def unjudged(day: str, rows: int, reason: str, reference_days: int = 0) -> Decision:
    """A day that cannot be judged, and why."""
    return Decision(day, "unjudged", reason, rows=rows, reference_days=reference_days)


def decide(
    day: str, rows: int, reference: Reference, excess: Mapping[str, Excess], before: Sequence[Decision]
) -> Decision:
    """Decide on a day.

    A day far beyond the limit is refreshed at once; one beyond it warns, and a second such day within three
    confirms it. What was in the reference itself is never drift.

    Args:
        day: ISO date.
        rows: Its rows.
        reference: What it was held against.
        excess: Its features, as :meth:`Reference.judge` told.
        before: Decisions on earlier days, in any order; later ones play no part.
    """
    table = described(excess)
    worst = table[0]
    value = float(worst["excess"])
    drifted = tuple(row["feature"] for row in table if row["excess"] > reference.limit)
    word, why = _word(day, value / reference.limit, before)
    figure = f"{worst['feature']} by {worst['by']}: {value:.1f} usual spreads, limit {reference.limit:.1f}"
    return Decision(
        day, word, f"{figure}; {why}", value, reference.limit, worst["feature"], worst["by"], drifted,
        rows, len(reference.days),
    )  # fmt: skip


def _word(day: str, ratio: float, before: Sequence[Decision]) -> tuple[Word, str]:
    if ratio <= 1:
        return "steady", "no drift" if ratio < _CLEAR else "within the limit"
    if ratio > _SURE:
        return "refresh", "far beyond the limit"
    for one in before:
        gap = apart(one.day, day)
        if 0 < gap <= _WITHIN and one.word in ("warn", "refresh"):
            return "refresh", f"beyond the limit, as on {one.day}"
    return "warn", f"beyond the limit for the first time in {_WITHIN} days"
