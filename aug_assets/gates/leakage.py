"""Gate: every candidate has real parents on record, and none of them is held out for a proof.

A row that was put in names none. Source: the platform's own.

Not for leaks in the raw data, such as a person under two names on both sides of the holdout.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.gates import base
from aug_assets.rows import ROW_ID


class LeakageParams(base.Params):
    """Settings of the ``leakage`` gate."""

    gate: Literal["leakage"] = "leakage"


class Leakage(base.Gate):
    """Every candidate has a parent on record, every parent is a real row of the day and none is held out."""

    name: ClassVar = "leakage"
    Params: ClassVar = LeakageParams

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Candidates of held, unknown or no parents; see :class:`aug_assets.gates.base.Gate`."""
        parents = batch.told.column("parents").combine_chunks()
        child = pc.index_in(
            batch.told.column(ROW_ID).take(pc.list_parent_indices(parents)), value_set=batch.ids
        )
        place = _places(pc.list_flatten(parents), real.source.column(ROW_ID))
        unknown = place < 0
        held = real.once("leakage:held", lambda: _held(real))[place]
        lost = ~_any(child, ~unknown, batch) | _any(child, unknown, batch)
        leaked = _any(child, held, batch)
        failures = {"held_parent": leaked, "no_parent": lost}
        return base.Observation(failures, (int((leaked | lost).sum()), len(batch)))

    @classmethod
    def judge(cls, real: Any, params: LeakageParams, evidence: Sequence[tuple[int, int]]) -> base.Judgement:
        """None may; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        word = base.share_judgement(params, bad, total, 0.0, "have a parent that is held out or unknown")
        if real.spec.holdout is None:
            reason = f"{word.reason}; the dataset has no holdout, set `holdout` to have lift proven"
            return replace(word, reason=reason)
        return word


def _places(parents: pa.Array, known: pa.ChunkedArray) -> NDArray[np.int64]:
    """Of each parent its place among the real rows, or -1. Hashes the parents: the rows may be millions."""
    coded = parents.dictionary_encode()
    found = pc.index_in(known, value_set=coded.dictionary).combine_chunks()
    place = np.full(len(coded.dictionary), -1, np.int64)
    place[found.drop_null().to_numpy()] = np.flatnonzero(found.is_valid())
    return np.asarray(place[coded.indices.to_numpy()], np.int64)


def _held(real: Any) -> NDArray[np.bool_]:
    """Of each real row whether it is held out, and False at the end, where those lie that are none."""
    if real.spec.holdout is None:
        return np.zeros(len(real.rows) + 1, bool)
    return np.append(real.spec.holdout.held(real.rows[real.spec.holdout.by]), False)


def _any(child: pa.Array, chosen: NDArray[np.bool_], batch: base.Batch) -> NDArray[np.bool_]:
    """The candidates that have one of the chosen parents."""
    found = np.zeros(len(batch), bool)
    found[child.filter(pa.array(chosen)).drop_null().to_numpy()] = True
    return found
