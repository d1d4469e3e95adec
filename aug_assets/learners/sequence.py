"""A small model of sessions: what follows what, near or far, and what is popular. Fitted by counting.

Source: item-to-item transitions of a Markov chain after Rendle et al., "Factorizing Personalized Markov
Chains for Next-Basket Recommendation", WWW 2010; further steps back count less, as in Ludewig and Jannach,
"Evaluation of Session-based Recommendation Algorithms", UMUAI 28, 2018 (the sequential rules).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aug_assets.errors import TooFewParentsError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_BACK = 5  # events that count towards the next one, the nearest most
_PRIOR = 1.0  # how many seen transitions the popularity of items is worth


class Sessions(NamedTuple):
    """Sessions below each other.

    Attributes:
        items: int64 (m,), the items' numbers by session and time.
        offsets: int64 (n + 1,), the first place of each session, and m.
    """

    items: Ints
    offsets: Ints

    @classmethod
    def of(cls, lists: list[Ints]) -> "Sessions":
        """Sessions from an array each."""
        lengths = np.array([len(one) for one in lists], np.int64)
        flat = np.concatenate([np.empty(0, np.int64), *lists])
        return cls(flat, np.concatenate([[0], np.cumsum(lengths)]))

    @property
    def lengths(self) -> Ints:
        """int64 (n,)."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Transitions:
    """What was counted.

    Attributes:
        follows: Sparse float64 (items, items): how much speaks for the column's item after the row's; each
            row, with its share of the prior, adds up to one.
        rest: float64 (items,), the share of the prior in each row.
        popular: float64 (items,), how often an item ends a transition; adds up to one.
    """

    follows: Any
    rest: Floats
    popular: Floats

    def scores(self, histories: Sessions) -> Floats:
        """How likely each item is next; float64 (n, items), by popularity alone for an empty history."""
        from scipy.sparse import csr_array

        items = len(self.popular)
        row, weight, flat = _recent(histories)
        reader = csr_array((weight, (row, flat)), shape=(len(histories.lengths), items))
        unknown = reader @ self.rest + (histories.lengths == 0)
        return np.asarray((reader @ self.follows).toarray() + unknown[:, None] * self.popular)


def transitions(sessions: Sessions, items: int, weight: Floats | None = None) -> Transitions:
    """Count what follows what, up to five events apart; the k-th before the next one counts 1 / k.

    Args:
        sessions: Items are numbered from 0.
        items: How many items there are.
        weight: float64 (n,), what each session counts; all alike without it.

    Raises:
        TooFewParentsError: No session has two events.
    """
    from scipy.sparse import coo_array, csr_array, diags_array

    session = np.repeat(np.arange(len(sessions.lengths)), sessions.lengths)
    counts = np.ones(len(sessions.lengths)) if weight is None else weight
    pairs = [_apart(sessions, session, counts, far) for far in range(1, _BACK + 1)]
    before, after, much = (np.concatenate(part) for part in zip(*pairs, strict=True))
    if len(much) == 0:
        raise TooFewParentsError(
            "a model of what follows what needs a session of two events",
            seen=f"{len(sessions.lengths)} sessions, the longest of {sessions.lengths.max(initial=0)} events",
            legal="at least 1 of 2 or more", todo="choose a longer window of days",
        )  # fmt: skip
    found = csr_array(coo_array((much, (before, after)), shape=(items, items)))
    popular = np.bincount(after, much, items)
    total = np.asarray(found.sum(axis=1)).ravel() + _PRIOR
    return Transitions(diags_array(1 / total) @ found, _PRIOR / total, popular / popular.sum())


def _apart(sessions: Sessions, session: Ints, counts: Floats, far: int) -> tuple[Ints, Ints, Floats]:
    """Pairs of items so many events apart in one session, and what each counts."""
    same = session[far:] == session[:-far]
    return sessions.items[:-far][same], sessions.items[far:][same], counts[session[far:][same]] / far


def _recent(histories: Sessions) -> tuple[Ints, Floats, Ints]:
    """The last events of each history: its number, the event's share and item; shares add up to one."""
    row = np.repeat(np.arange(len(histories.lengths)), histories.lengths)
    back = histories.offsets[1:][row] - np.arange(len(row))  # 1 for the last
    near = back <= _BACK
    row, share = row[near], 1.0 / back[near]
    total = np.bincount(row, share, len(histories.lengths))
    return row, share / total[row], histories.items[near]
