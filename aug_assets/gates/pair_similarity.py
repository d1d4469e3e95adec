"""Gate: pairs of columns go together as in the real rows. It warns: interpolation blurs pairs a little.

The figure is one minus the total variation distance between two-way tables of binned columns, averaged over
pairs, as in SDMetrics' column pair trends; it is held against what one half of the real rows reaches of the
other. All tables of a batch come from one count, exactly, so candidates are not sampled. Source: the column
pair trends of SDMetrics.

Not for ties of three and more columns: see the gate ``c2st``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.words import too_few
from aug_assets.operators.base import numbers

_BINS = 8
_KINDS = 20  # categories apart; the rarer ones are one
_FEWEST = 20

Evidence = dict[str, tuple[int, NDArray[np.int64]]]  # class -> rows, how often two cells occur together


class PairSimilarityParams(base.Params):
    """Settings of the ``pair_similarity`` gate."""

    gate: Literal["pair_similarity"] = "pair_similarity"
    blocking: bool = False
    max_loss: float = Field(0.1, ge=0, le=1, description="Similarity that may be lost against real halves")


class PairSimilarity(base.Gate):
    """Per class, how much less alike pairs of columns are than two halves of the real rows."""

    name: ClassVar = "pair_similarity"
    Params: ClassVar = PairSimilarityParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """How often any two cells occur together; see :class:`aug_assets.gates.base.Gate`."""
        evidence: Evidence = {}
        for label, part in real.by_class(batch.rows).items():
            if len(real.of_class(label)) >= _FEWEST:
                evidence[label] = (len(part), _tables(_binned(real, label, part), _widths(real, label)))
        return base.Observation({}, evidence)

    @classmethod
    def judge(cls, real: Any, params: PairSimilarityParams, evidence: Sequence[Evidence]) -> base.Judgement:
        """The class with the greatest loss; see :class:`aug_assets.gates.base.Gate`."""
        words = []
        for label in sorted({label for part in evidence for label in part}):
            parts = [part[label] for part in evidence if label in part]
            rows = sum(count for count, _ in parts)
            if rows >= _FEWEST:
                words.append(
                    (*_similarity(real, label, rows, np.sum([table for _, table in parts], axis=0)), label)
                )
        if not words or len(real.compared) < 2:  # noqa: PLR2004
            reason = f"no class has {_FEWEST} real rows, {_FEWEST} candidates and two columns to pair"
            return too_few(params, params.max_loss, reason)
        alike, expected, label = min(words, key=lambda word: word[0] - word[1])
        loss = max(expected - alike, 0.0)
        reason = (
            f"pairs of columns of class {label} are {alike:.3f} alike to real ones, halves of those would "
            f"be {expected:.3f}; at most {params.max_loss} may be lost"
        )
        details = {f"similarity ({word[2]})": word[0] for word in words}
        passed = loss <= params.max_loss
        return base.Judgement(cls.name, passed, params.blocking, loss, params.max_loss, reason, details)


def _similarity(real: Any, label: str, rows: int, table: NDArray[np.int64]) -> tuple[float, float]:
    """The similarity of candidates to the class, and what is expected of rows distributed as it."""
    known, widths = _known(real, label), _widths(real, label)
    size = len(known)
    ours = _alike(table / rows, _tables(known, widths) / size, widths)
    halves = known[::2], known[1::2]  # in order of ids, so a fair split
    first, second = (_tables(half, widths) / len(half) for half in halves)
    noise = 1 - _alike(first, second, widths)
    # Chance differences shrink with the root of the rows: halves are smaller than what is compared here.
    scale = np.sqrt((1 / rows + 1 / size) / (1 / len(halves[0]) + 1 / len(halves[1])))
    return ours, float(1 - noise * scale)


def _alike(one: NDArray[np.float64], other: NDArray[np.float64], widths: NDArray[np.int64]) -> float:
    """One less the mean total variation over pairs; tables of all pairs as blocks of one matrix."""
    starts = np.cumsum(widths) - widths
    apart = np.add.reduceat(np.add.reduceat(np.abs(one - other), starts, axis=0), starts, axis=1) / 2
    return float(1 - apart[np.triu_indices(len(widths), 1)].mean())


def _tables(codes: NDArray[np.int64], widths: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often any two cells occur together; int64 of shape (cells, cells), above the diagonal."""
    starts, cells = np.cumsum(widths) - widths, int(widths.sum())
    at = codes + starts
    found = np.zeros(cells * cells, np.int64)
    for column in range(len(widths) - 1):
        pairs = at[:, column, None] * cells + at[:, column + 1 :]
        found += np.bincount(pairs.ravel(), minlength=cells * cells)
    return found.reshape(cells, cells)


def _binned(real: Any, label: str, rows: pd.DataFrame) -> NDArray[np.int64]:
    """The cell of each value; nulls and unknown categories have cells of their own."""
    columns = []
    for values, edges in zip(numbers(rows, real.columns.numeric).T, _edges(real, label), strict=True):
        columns.append(np.where(np.isnan(values), 0, 1 + edges.searchsorted(values, "right")))
    for name, kinds in zip(real.columns.categorical, _kinds(real, label), strict=True):
        columns.append(1 + kinds.get_indexer(pd.Index(rows[name].astype(str).to_numpy(object))))
    return np.column_stack(columns or [np.zeros(len(rows), np.int64)])


def _edges(real: Any, label: str) -> list[NDArray[np.float64]]:
    def made() -> list[NDArray[np.float64]]:
        values = numbers(real.of_class(label), real.columns.numeric).T
        inner = np.linspace(0, 1, _BINS + 1)[1:-1]
        present = [v[~np.isnan(v)] for v in values]
        return [np.unique(np.quantile(v, inner)) if len(v) else np.empty(0) for v in present]

    edges: list[NDArray[np.float64]] = real.once(f"pairs:edges:{label}", made)
    return edges


def _kinds(real: Any, label: str) -> list[pd.Index]:
    def made() -> list[pd.Index]:
        rows = real.of_class(label)
        return [
            rows[n].astype(str).astype(object).value_counts().index[:_KINDS] for n in real.columns.categorical
        ]

    kinds: list[pd.Index] = real.once(f"pairs:kinds:{label}", made)
    return kinds


def _widths(real: Any, label: str) -> NDArray[np.int64]:
    numeric = [len(edges) + 2 for edges in _edges(real, label)]
    return np.array([*numeric, *(len(kinds) + 1 for kinds in _kinds(real, label))] or [1], np.int64)


def _known(real: Any, label: str) -> NDArray[np.int64]:
    codes: NDArray[np.int64] = real.once(
        f"pairs:known:{label}", lambda: _binned(real, label, real.of_class(label))
    )
    return codes
