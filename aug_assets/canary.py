"""A canary: which keys the challenger decides, where it differs from the champion, and when that is enough.

Both models score every row. A row that both treat alike says nothing of which is better, so evidence is in
the rows that they treat differently, and may be looked at after every day: see ``aug_assets.bets``.
"""

from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.bets import harm, harmless
from aug_assets.keys import digest_bits
from aug_assets.spec_training import Canary

Bools = NDArray[np.bool_]
Word = Literal["wait", "promote", "rollback"]

_RAIL_ALARMS = 50  # of the champion, before a ratio of alarms means anything


@dataclass(frozen=True)
class Counts:
    """Rows by how two models treated them. One subject counts once a day in each of the first six.

    Attributes:
        new_false: False alarms of the challenger only; ``old_false`` of the champion only.
        both_false: False alarms of both.
        lost: Positive rows that the champion found and the challenger did not; ``gained`` the opposite.
        both_found: Positive rows that both found.
        new_alarms: Alarms of the challenger, labelled or not; ``old_alarms`` of the champion.
        rows: Rows that both scored; ``labelled`` of them have a label.
        days: Days that were counted.
    """

    new_false: int = 0
    old_false: int = 0
    both_false: int = 0
    lost: int = 0
    gained: int = 0
    both_found: int = 0
    new_alarms: int = 0
    old_alarms: int = 0
    rows: int = 0
    labelled: int = 0
    days: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class Verdict:
    """What is made of the evidence: a word, a sentence, and the figures behind it."""

    word: Word
    why: str
    evidence: dict[str, float] = field(default_factory=dict)


def chosen(values: pd.Series, share: float, salt: str) -> Bools:
    """Which rows the challenger decides, by a digest of the key or subject; bool (n,)."""
    codes, known = pd.factorize(values)
    limit = int(share * 2**64)
    mine = [int(digest_bits("canary", salt, str(value))[0]) < limit for value in known]
    return np.array([*mine, False], bool)[codes]


def comparable(labelled: Bools, old: Bools, new: Bools, mine: Bools, control: Bools) -> Bools:
    """Which rows may be counted so that neither model has an advantage; bool (n,).

    All, where alarms that were not raised are looked into like those that were. Else only raised ones tell,
    of which the champion has more by its larger share: then the challenger's keys are held against as many of
    the champion's, and rows that both call an alarm count among the challenger's. None without such keys.

    Args:
        labelled: bool (n,), whether a label is known.
        old: bool (n,), alarms of the champion; ``new`` of the challenger.
        new: bool (n,).
        mine: bool (n,), which rows the challenger decided.
        control: bool (n,), rows of as many keys that the champion decided.
    """
    raised = np.where(mine, new, old)
    silent = (old | new) & ~raised
    if not silent.any() or not raised.any() or labelled[silent].mean() >= labelled[raised].mean():
        return np.ones(len(old), bool)
    if mine.all() or not mine.any():
        return np.zeros(len(old), bool)
    counted: Bools = (mine & new) | (control & old & ~new)
    return counted


def count(
    positive: Bools, labelled: Bools, old: Bools, new: Bools, subject: pd.Series | None = None
) -> Counts:
    """Count a day.

    Args:
        positive: bool (n,), confirmed positive.
        labelled: bool (n,), whether a label is known.
        old: bool (n,), alarms of the champion; ``new`` of the challenger.
        new: bool (n,).
        subject: Whose row it is, (n,). Many rows of one card are alike, and count as one: as the kind that
            most of them are.
    """
    legit, found = labelled & ~positive, labelled & positive
    codes = np.arange(len(old)) if subject is None else pd.factorize(subject)[0]
    false_new, false_old, false_both = _once(codes, legit & new & ~old, legit & old & ~new, legit & old & new)
    gained, lost, both = _once(codes, found & new & ~old, found & old & ~new, found & old & new)
    return Counts(
        false_new, false_old, false_both, lost, gained, both, int(new.sum()), int(old.sum()),
        len(old), int(labelled.sum()), 1,
    )  # fmt: skip


def _once(codes: NDArray[np.int64], first: Bools, second: Bools, both: Bools) -> tuple[int, int, int]:
    """Subjects by whether more of their rows are of the first kind or of the second; else those of both."""
    size = int(codes.max(initial=-1)) + 1
    ahead = np.bincount(codes, first.astype(float) - second, size) if size else np.empty(0)
    alike = (np.bincount(codes, both, size) > 0) & (ahead == 0) if size else np.empty(0, bool)
    return int((ahead > 0).sum()), int((ahead < 0).sum()), int(alike.sum())


def figures(counts: Counts, policy: Canary) -> dict[str, float]:
    """Evidence by guard, as powers of ten, and what was observed."""
    of, told = asdict(counts), {}
    for guard, limits in sorted(policy.guards.items()):
        told[f"{guard}/harm"] = float(harm(guard, of, limits.tolerated) / np.log(10))
        told[f"{guard}/harmless"] = float(harmless(guard, of, limits.margin) / np.log(10))
    told["false_alarm_ratio"] = _ratio(counts.new_false, counts.old_false, counts.both_false)
    told["recall_ratio"] = _ratio(counts.gained, counts.lost, counts.both_found)
    told["alarm_ratio"] = counts.new_alarms / max(counts.old_alarms, 1)
    return told


def _ratio(new: int, old: int, both: int) -> float:
    return (new + both) / (old + both) if old + both else 1.0


def judge(counts: Counts, policy: Canary) -> Verdict:
    """What to do by now; the same for any number of looks before."""
    told = figures(counts, policy)
    sure, rolled = -np.log10(policy.error), -np.log10(policy.error / len(policy.guards))
    many = max(counts.old_alarms, _RAIL_ALARMS)
    days = "one day" if counts.days == 1 else f"{counts.days} days"
    if counts.new_alarms > policy.max_alarm_ratio * many:
        why = f"{counts.new_alarms:,} alarms where the champion raises {counts.old_alarms:,}"
        return Verdict("rollback", why, told)
    for guard in sorted(policy.guards):
        if told[f"{guard}/harm"] >= rolled:
            seen = told["false_alarm_ratio" if guard == "false_alarms" else "recall_ratio"]
            power = told[f"{guard}/harm"]
            why = f"{guard.replace('_', ' ')}: {seen:.2f} times the champion's, evidence 10^{power:.1f}"
            return Verdict("rollback", why, told)
    if all(told[f"{guard}/harmless"] >= sure for guard in policy.guards):
        why = f"no worse than the champion in {' and '.join(sorted(policy.guards)).replace('_', ' ')}"
        return Verdict("promote", f"{why}, {counts.labelled:,} labelled rows of {days}", told)
    return Verdict("wait", f"{counts.labelled:,} labelled rows of {days} decide nothing yet", told)
