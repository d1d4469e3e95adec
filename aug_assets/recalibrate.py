"""Whether a champion's alarms went astray, and the threshold that brings them back. Stores nothing.

When honest rows change, false alarms rise before any model can have learned from labels, which are late. What
comes back within a day is what became of the alarms. From them alone the threshold is set anew, on real rows:
on synthetic ones it would be wrong, for a model tells them from real ones and all looks too clean.

Source: feedback of alerts after Dal Pozzolo et al., "Credit card fraud detection", IEEE TNNLS 29, 2018; the
evidence is a mixture of likelihood ratios of Poisson counts, over rises and over the day since when, which is
an e-value by Ville's inequality.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aug_assets.spec_training import Recalibrate

_RISES = (1.05, 1.1, 1.2, 1.4, 1.8, 2.5)  # of false alarms; each gets the same share of the bet
_KNOWN = 0.9  # of a day's alarms that must have been looked into


@dataclass(frozen=True)
class Day:
    """A day that the champion scored.

    Attributes:
        scores: float64 (n,), of the rows that are not known to be positive.
        alarms: How many alarms it raised; ``looked_into`` of them have a label by now.
        usual: The share of such rows that raised an alarm on a day of its kind, before anything changed.
    """

    scores: NDArray[np.float64]
    alarms: int
    looked_into: int
    usual: float

    @property
    def is_known(self) -> bool:
        """Whether enough of its alarms were looked into."""
        return self.looked_into >= _KNOWN * self.alarms


@dataclass(frozen=True)
class Found:
    """What came of it: the threshold to set, None where the old one stands, and why."""

    threshold: float | None
    why: str
    evidence: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Since:
    """Days from one on to the newest, with the false alarms that were seen and those that are usual."""

    days: Sequence[Day]
    seen: float
    usual: float

    @property
    def log_evidence(self) -> float:
        return log_evidence(self.seen, self.usual)

    @property
    def told(self) -> str:
        of = "the newest day" if len(self.days) == 1 else f"{len(self.days)} days"
        return (
            f"{self.seen:.0f} false alarms of {of} where {self.usual:.0f} are usual ({self._ratio - 1:+.0%})"
        )

    @property
    def _ratio(self) -> float:
        return self.seen / self.usual

    @property
    def evidence(self) -> dict[str, float]:
        return {
            "false_alarms": self.seen, "usual_false_alarms": round(self.usual, 1),
            "false_alarm_ratio": self._ratio,
            "rows": float(sum(len(day.scores) for day in self.days)), "days": float(len(self.days)),
        }  # fmt: skip


def judge(days: Sequence[Day], threshold: float, policy: Recalibrate) -> Found:
    """The threshold that gives the days since a change as many false alarms as is usual for them.

    A change may be a day old. So the newest day is asked, the newest two, and so on; the mean
    of what they say is evidence too, and those that say most set the threshold.

    Args:
        days: The newest days that this threshold decided on, the newest last; of these those count whose
            alarms were looked into, ``policy.days`` at most.
        threshold: The champion's.
        policy: When there is enough evidence.
    """
    told = [day for day in days if day.is_known][-policy.days :]
    asked = [_since(told[first:], threshold) for first in range(len(told))]
    enough = [one for one in asked if one.usual >= policy.min_false_alarms]
    if not enough:
        usual = asked[0].usual if asked else 0.0
        seen_in = f"{len(told)} day{'s' * (len(told) != 1)} whose alarms were looked into"
        why = f"by {seen_in} {usual:.0f} false alarms are to be expected"
        return Found(None, f"{why}, and {policy.min_false_alarms} are needed")
    most = max(enough, key=lambda one: one.log_evidence)
    mean = np.logaddexp.reduce([one.log_evidence for one in enough]) - np.log(len(enough))
    evidence = {**most.evidence, "evidence_log10": float(mean / np.log(10))}
    if mean < np.log(policy.evidence):
        return Found(None, f"{most.told}: within chance", evidence)
    at = anew(most.days)
    if at == threshold:
        return Found(None, f"{most.told}, and no other threshold does better", evidence)
    why = f"{most.told}: threshold {threshold:.4g} becomes {at:.4g}"
    return Found(at, why, {**evidence, "threshold": at})


def _since(days: Sequence[Day], threshold: float) -> _Since:
    seen = float(sum((day.scores >= threshold).sum() for day in days))
    return _Since(days, seen, float(sum(len(day.scores) * day.usual for day in days)))


def log_evidence(seen: float, usual: float) -> float:
    """Natural logarithm of the e-value that a count is not the usual one, whichever way it went.

    Args:
        seen: A count.
        usual: What is expected of it, above 0.
    """
    rises = np.array([*_RISES, *(1 / rise for rise in _RISES)])
    each = seen * np.log(rises) - (rises - 1) * usual
    return float(np.logaddexp.reduce(each) - np.log(len(rises)))


def anew(days: Sequence[Day]) -> float:
    """The lowest threshold at which the days raise no more false alarms than is usual.

    A row without a label counts as one without reason to raise an alarm, as nearly all of them are.
    """
    scores = np.sort(np.concatenate([day.scores for day in days]))[::-1]
    wanted = int(sum(len(day.scores) * day.usual for day in days))
    at = scores[min(wanted, len(scores) - 1)]
    return float(np.nextafter(at, np.inf))
