"""Whether a champion's alarms went astray, and the threshold that brings them back. Stores nothing.

When honest rows change, false alarms rise before any model can have learned from labels, which are late. What
comes back within a day is what became of the alarms. From them alone the threshold is set anew, on real rows:
on synthetic ones it would be wrong, for a model tells them from real ones and all looks too clean.

Source: feedback of alerts after Dal Pozzolo et al., "Credit card fraud detection", IEEE TNNLS 29, 2018; the
evidence is a mixture of likelihood ratios of Poisson counts, an e-value by Ville's inequality.
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


def judge(days: Sequence[Day], threshold: float, policy: Recalibrate) -> Found:
    """The threshold that gives the days as many false alarms as is usual for days of their kind.

    Args:
        days: The newest days that this threshold decided on, the newest last; of these those count whose
            alarms were looked into, ``policy.days`` at most.
        threshold: The champion's.
        policy: When there is enough evidence.
    """
    told = [day for day in days if day.is_known][-policy.days :]
    rows = sum(len(day.scores) for day in told)
    seen = float(sum((day.scores >= threshold).sum() for day in told))
    usual = float(sum(len(day.scores) * day.usual for day in told))
    if usual < policy.min_false_alarms:
        seen_in = f"{len(told)} day{'s' * (len(told) != 1)} whose alarms were looked into"
        why = f"by {seen_in} {usual:.0f} false alarms are to be expected"
        return Found(None, f"{why}, and {policy.min_false_alarms} are needed")
    weight = float(log_evidence(seen, usual) / np.log(10))
    evidence = {
        "false_alarms": seen, "usual_false_alarms": round(usual, 1), "false_alarm_ratio": seen / usual,
        "evidence_log10": weight, "rows": float(rows), "days": float(len(told)),
    }  # fmt: skip
    moved = f"{seen:.0f} false alarms where {usual:.0f} are usual ({seen / usual - 1:+.0%})"
    if weight < np.log10(policy.evidence):
        return Found(None, f"{moved}: within chance", evidence)
    at = anew(told)
    if at == threshold:
        return Found(None, f"{moved}, and no other threshold does better", evidence)
    return Found(at, f"{moved}: threshold {threshold:.4g} becomes {at:.4g}", {**evidence, "threshold": at})


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
