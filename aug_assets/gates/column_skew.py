"""Gate: no column of the candidates is distributed far from the real rows of the same class.

Numbers are compared by the Kolmogorov-Smirnov distance, read at up to 256 quantiles of the real rows;
categories by total variation. The limit is an effect size, since an interpolating generator always narrows a
column a little, plus what chance alone can do. Source: the bound of Dvoretzky, Kiefer and Wolfowitz (Annals
of Mathematical Statistics 27, 1956; constant of Massart, Annals of Probability 18, 1990), with the level
divided by the number of comparisons. A null is a value like any other, below all numbers: a column that loses
its values is skewed too.

Not for how columns go together: see the gate ``pair_similarity``. Nor for recipes that are to shift a class,
whose limit must be wider.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.operators.base import numbers

_LEVEL = 0.001
_QUANTILES = 256

Evidence = dict[tuple[str, str], tuple[int, Any]]  # (class, column) -> rows, counts


class ColumnSkewParams(base.Params):
    """Settings of the ``column_skew`` gate."""

    gate: Literal["column_skew"] = "column_skew"
    max_distance: float = Field(0.25, gt=0, le=1, description="Distance beyond chance, from 0 to 1")


class ColumnSkew(base.Gate):
    """Per class and column, the distance between candidates and real rows."""

    name: ClassVar = "column_skew"
    Params: ClassVar = ColumnSkewParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Counts per class and column; see :class:`aug_assets.gates.base.Gate`."""
        evidence: Evidence = {}
        for label, part in real.by_class(batch.rows).items():
            known = real.of_class(label)
            for name in real.columns.numeric:
                seen = _values(part, name)
                evidence[label, name] = (len(seen), _below(seen, _points(_values(known, name))))
            for name in real.columns.categorical:
                evidence[label, name] = (len(part), Counter(part[name].astype(str)))
        return base.Observation({}, evidence)

    @classmethod
    def judge(cls, real: Any, params: ColumnSkewParams, evidence: Sequence[Evidence]) -> base.Judgement:
        """The column furthest beyond chance; see :class:`aug_assets.gates.base.Gate`."""
        pairs = sorted({pair for part in evidence for pair in part})
        distances, excess = {}, {}
        for label, name in pairs:
            known = real.of_class(label)
            seen = [part[label, name] for part in evidence if (label, name) in part]
            distance, allowed = _distance(real, known, name, seen, len(pairs))
            distances[f"{name} ({label})"] = distance
            excess[f"{name} ({label})"] = distance - allowed
        worst = max(excess, key=lambda pair: excess[pair])
        reason = (
            f"{worst} is {distances[worst]:.3f} from the real rows, "
            f"{max(excess[worst], 0.0):.3f} beyond chance; at most {params.max_distance} may be"
        )
        passed = excess[worst] <= params.max_distance
        return base.Judgement(
            cls.name, passed, params.blocking, max(excess[worst], 0.0), params.max_distance, reason, distances
        )


def _values(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    values = numbers(rows, (name,))[:, 0]
    return np.where(np.isnan(values), -np.inf, values)


def _points(known: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(known) == 0:
        return np.zeros(1)
    places = np.linspace(0, len(known) - 1, _QUANTILES).round().astype(np.int64)
    return np.unique(np.sort(known)[places])


def _below(values: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many values lie at or below each point, and how many strictly below; shape (2, points)."""
    ranked = np.sort(values)
    return np.stack([ranked.searchsorted(points, "right"), ranked.searchsorted(points, "left")])


def _distance(
    real: Any, known: pd.DataFrame, name: str, seen: list[tuple[int, Any]], comparisons: int
) -> tuple[float, float]:
    """The distance of one column and what chance allows; an absent class is as far as can be."""
    rows = sum(count for count, _ in seen)
    if name in real.columns.numeric:
        values = _values(known, name)
        if len(values) == 0:
            return 1.0, 0.0
        theirs = _below(values, _points(values)) / len(values)
        ours = np.sum([below for _, below in seen], axis=0) / rows
        size, distance = len(values), float(np.abs(ours - theirs).max())
    else:
        size = len(known)
        if size == 0:
            return 1.0, 0.0
        counts: Counter[str] = sum((c for _, c in seen), Counter())
        expected = Counter(known[name].astype(str))
        distance = sum(abs(counts[v] / rows - expected[v] / size) for v in counts | expected) / 2
    chance = np.sqrt(np.log(2 * comparisons / _LEVEL) / 2 * (1 / rows + 1 / size))
    return distance, float(chance)
