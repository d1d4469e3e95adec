"""Gate: no copy of one user's session holds nearly the whole session of another user.

A session is known by its shingles: the runs of ``run`` items in it, as they follow each other; an item that
follows itself counts once. A copy fails where it holds ``threshold`` of the shingles of a real session of
somebody else, of which its own parent does not hold as many. Source: Broder, "On the resemblance and
containment of documents", 1997; rare shingles first, as in Chaudhuri, Ganti, Kaushik, "A primitive operator
for similarity joins in data cleaning", ICDE 2006.

Not for short sessions, which many users share: one of fewer than ``min_items`` items tells nobody apart. It
sees neither a piece of a long session nor the same items in another order, and only sessions of the day.
"""

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Ints, Mask, Ragged

_PAIRS = 2_000_000  # shingles that are compared at once, some 50 MB
_ROUNDING = 1e-9  # 0.8 of 5 are 4
_ODD, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)


class CrossUserCopiesParams(visits.VisitParams):
    """Settings of the ``cross_user_copies`` gate."""

    gate: Literal["cross_user_copies"] = "cross_user_copies"
    run: int = Field(3, ge=1, le=10, description="Items of a shingle")
    threshold: float = Field(
        0.8, gt=0, le=1, description="Share of the shingles of another's session that a copy may not reach"
    )
    min_items: int = Field(6, ge=1, description="Items of another's session, at least, to look for it")
    max_share: float = Field(
        0.05, ge=0, le=1, description="Share of candidates that may fail; they never pass"
    )


class Known(NamedTuple):
    """Shingles of the day's real sessions, as numbers from 0 in the order of how rare they are.

    Attributes:
        shingles: uint64, sorted: what shingles there are.
        rank: int64, the number of each.
        held: int64, sorted: session times the number of shingles, plus the shingle.
        own: The shingles of each session, ascending: rare ones first.
        owner: int64 (sessions,), whose each is.
        leads: The sessions that a rare shingle leads to, and where those of each begin.
    """

    shingles: Any
    rank: Ints
    held: Ints
    own: tuple[Ragged, Ints]
    owner: Ints
    leads: tuple[Ragged, Ints]


class CrossUserCopies(visits.VisitGate):
    """Nobody's visit becomes another's."""

    name: ClassVar = "cross_user_copies"
    Params: ClassVar = CrossUserCopiesParams
    told: ClassVar = "hold nearly the whole session of another user"

    @classmethod
    def broken(cls, real: Any, params: CrossUserCopiesParams, batch: base.Batch) -> dict[str, Mask]:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        item = visits.item_of(real, params)
        known: Known = real.once(f"{cls.name}:{params.model_dump_json()}", lambda: _known(real, item, params))
        pairs = visits.pairs(real, batch, [item])
        row, hashed, _ = _shingles(real, pairs.new, item, params.run)
        at = np.searchsorted(known.shingles, hashed)
        there = np.append(known.shingles, 0)[at] == hashed
        there &= at < len(known.shingles)
        width = len(known.shingles)
        held = np.unique(row[there] * width + known.rank[at[there]])
        mask = np.zeros(len(batch), bool)
        for rows, other in _likely(known, held, pairs.parent, width):
            enough = _needed(known.own[0].lengths[other], params.threshold)
            full = _shared(known, held, rows, other, width) >= enough
            before = _shared(known, known.held, pairs.parent[rows[full]], other[full], width)
            mask[rows[full][before < enough[full]]] = True
        return {"other_users_session": mask}


def _needed(lengths: Ints, threshold: float) -> Ints:
    needed: Ints = np.maximum(np.ceil(threshold * lengths - _ROUNDING).astype(np.int64), 1)
    return needed


def _shingles(real: Any, events: visits.Events, item: str, run: int) -> tuple[Ints, Any, Ints]:
    """The session and a 64-bit number of each run of items, and how many items each session has.

    A run with an item that no real row has is in no real session, whatever its number.
    """
    codes = visits.known(events.flat[item], visits.items(real, item))
    again = np.zeros(len(codes), bool)
    again[1:] = (codes[1:] == codes[:-1]) & ~events.lists.last[:-1]
    lists, codes = events.lists.without(again), codes[~again]
    size = max(lists.flat - run + 1, 0)
    whole = np.flatnonzero(lists.row[:size] == lists.row[run - 1 :][:size])
    number = np.zeros(len(whole), np.uint64)
    for step in range(run):
        number = (number ^ codes[whole + step].astype(np.uint64)) * _ODD
        number ^= number >> _SHIFT
    return lists.row[whole], number, lists.lengths


def _known(real: Any, item: str, params: CrossUserCopiesParams) -> Known:
    events = visits.events(real, [item])
    row, hashed, size = _shingles(real, events, item, params.run)
    shingles, at, count = np.unique(hashed, return_inverse=True, return_counts=True)
    rank = np.empty(len(shingles), np.int64)
    rank[np.argsort(count, kind="stable")] = np.arange(len(shingles))
    width = len(shingles)
    held = np.unique(row * width + rank[at])
    session, shingle = np.divmod(held, max(width, 1))
    own = Ragged.of_lengths(np.bincount(session, minlength=len(events.lists)))
    # Who holds `needed` of n shingles holds one of any n - needed + 1, so of the rarest.
    spare = own.lengths - _needed(own.lengths, params.threshold) + 1
    spare[size < params.min_items] = 0
    rare = np.arange(own.flat) - own.spread(own.offsets[:-1]) < own.spread(spare)
    order = np.argsort(shingle[rare], kind="stable")
    leads = Ragged.of_lengths(np.bincount(shingle[rare], minlength=width))
    owner = real.rows[real.spec.sessions.by].astype(object).factorize()[0]
    return Known(shingles, rank, held, (own, shingle), owner, (leads, session[rare][order]))


def _likely(known: Known, held: Ints, parent: Ints, width: int) -> Any:
    """Candidates with sessions of others that they share a rare shingle with, in parts of bounded size."""
    row, shingle = np.divmod(held, max(width, 1))
    lists, sessions = known.leads
    many = lists.lengths[shingle]
    ends = np.cumsum(many)
    start = 0
    while start < len(row):
        done = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, done + _PAIRS, "right")), start + 1)
        part = Ragged.of_lengths(many[start:end])
        place = np.arange(part.flat) - part.spread(part.offsets[:-1] - lists.offsets[:-1][shingle[start:end]])
        rows, other = part.spread(row[start:end]), sessions[place]
        mine = np.append(known.owner, -1)[parent[rows]] == known.owner[other]
        pair = np.unique(rows[~mine] * len(known.owner) + other[~mine])
        yield from _cut(*np.divmod(pair, len(known.owner)), known.own[0].lengths)
        start = end


def _cut(rows: Ints, other: Ints, lengths: Ints) -> Any:
    """The same in parts, each of a bounded number of shingles in all."""
    part = np.cumsum(lengths[other]) // _PAIRS
    edges = np.flatnonzero(np.diff(part)) + 1
    yield from zip(np.split(rows, edges), np.split(other, edges), strict=True)


def _shared(known: Known, held: Ints, holder: Ints, other: Ints, width: int) -> Ints:
    """How many shingles of each other session a holder has; -1 holds none."""
    own, shingles = known.own
    lists = Ragged.of_lengths(own.lengths[other])
    place = np.arange(lists.flat) - lists.spread(lists.offsets[:-1] - own.offsets[:-1][other])
    wanted = lists.spread(holder) * width + shingles[place]
    at = np.searchsorted(held, wanted)
    return lists.count(np.append(held, -1)[at] == wanted)
