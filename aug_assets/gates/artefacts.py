"""Gate: candidates bear no mark of how they were made: a column stuck at a value, or an exact equation.

Equations between numeric columns are looked for where they hold in almost all candidates but not in the real
rows: two columns equal, apart by a constant or in proportion, and one the sum of two others. Source: the
platform's own.

Not for equations of more than three columns, which take a classifier to see: see the gate ``c2st``.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.chance import LEVEL, upper_share
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.operators.base import numbers

_CANDIDATES = 1000
_FEWEST = 20
_TRIED = 16  # rows on which an equation must hold before it is tried on all
_MISSES = 2  # of these

Numbers = NDArray[np.float64]


class ArtefactsParams(base.Params):
    """Settings of the ``artefacts`` gate."""

    gate: Literal["artefacts"] = "artefacts"
    min_share: float = Field(0.99, gt=0.5, le=1, description="Share of candidates that makes an equation")


class Artefacts(base.Gate):
    """Columns that never vary and equations that always hold, where reality has neither."""

    name: ClassVar = "artefacts"
    Params: ClassVar = ArtefactsParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Numbers and codes of a sample of each class; see :class:`aug_assets.gates.base.Gate`."""
        return base.Observation({}, draw(real, batch, _CANDIDATES, lambda _, rows: _coded(real, rows)))

    @classmethod
    def judge(cls, real: Any, params: ArtefactsParams, evidence: Sequence[Samples]) -> base.Judgement:
        """How many there are, and the first of them; see :class:`aug_assets.gates.base.Gate`."""
        found: list[str] = []
        for label, seen in merged(evidence, _CANDIDATES).items():
            known = _coded(real, real.of_class(label))
            if min(len(known), len(seen)) >= _FEWEST:
                found += [f"{what} (class {label})" for what in _found(real, seen, known, params.min_share)]
        shown = "; ".join(found[:3])
        reason = f"among the candidates, but not in reality: {shown}" if found else "no constant, no equation"
        return base.Judgement(cls.name, not found, params.blocking, float(len(found)), 0.0, reason[:400])


def _coded(real: Any, rows: pd.DataFrame) -> Numbers:
    """Numeric columns, then categorical ones as hashes; float64 of shape (rows, columns)."""
    texts = [
        (pd.util.hash_array(rows[name].astype(str).to_numpy(object)) >> np.uint64(12)).astype(np.float64)
        for name in real.columns.categorical
    ]
    return np.column_stack([numbers(rows, real.columns.numeric), *texts])


def _found(real: Any, seen: Numbers, known: Numbers, share: float) -> list[str]:
    names = real.compared
    stuck = [at for at in range(len(names)) if _constant(seen[:, at])]
    free = [at for at in range(len(real.columns.numeric)) if at not in stuck]
    units = {at: 10.0 ** -real.columns.decimals.get(names[at], 9) for at in free}
    odd = [f"{names[at]} is ever the same" for at in stuck if _rare(_most(known[:, at]), known, seen, 1.0)]
    for said, holds in _equations(seen, known, free, names, units):
        ours, theirs = holds
        if ours.mean() >= share and _rare(int(theirs.sum()), theirs, ours, share):
            odd.append(said)
    return odd


def _rare(count: int, known: NDArray[Any], seen: NDArray[Any], share: float) -> bool:
    """Whether what holds in ``count`` real rows cannot by chance hold in so many candidates.

    Candidates are kin: they count as no more than the real rows that they may descend from.
    """
    from scipy.stats import binom

    usual = upper_share(count, len(known), LEVEL)
    independent = min(len(known), len(seen))
    return bool(binom.sf(np.ceil(share * independent) - 1, independent, usual) < LEVEL)


def _constant(values: Numbers) -> bool:
    null = np.isnan(values)
    return bool(null.all() or (not null.any() and (values == values[0]).all()))


def _most(values: Numbers) -> int:
    """How often the most frequent value comes up; null is a value."""
    return int(np.unique(values, return_counts=True, equal_nan=True)[1].max())


def _equations(
    seen: Numbers, known: Numbers, free: list[int], names: list[str], units: dict[int, float]
) -> Iterator[tuple[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]]:
    """Equations that the first candidates keep, with where they hold in all candidates and real rows."""
    for a, b in combinations(free, 2):
        (x, y), theirs = _present(seen, a, b), _present(known, a, b)
        if min(len(x), theirs.shape[1]) < _FEWEST:
            continue
        apart = float(np.median(x - y))
        large = np.argmax(np.abs(y))
        times = float(x[large] / y[large]) if y[large] else 0.0
        unit = units[a] + abs(times) * units[b]
        forms = [(f"{names[a]} = {names[b]} {apart:+g}", 1.0, apart, (units[a] + units[b]) / 4)]
        forms += (
            [(f"{names[a]} = {times:g} x {names[b]}", times, 0.0, unit)] if times not in (0.0, 1.0) else []
        )
        for said, factor, shift, unsure in forms:
            if _holds(x[:_TRIED], factor * y[:_TRIED] + shift, unsure).sum() >= _TRIED - _MISSES:
                yield (
                    said,
                    (
                        _holds(x, factor * y + shift, unsure),
                        _holds(theirs[0], factor * theirs[1] + shift, unsure),
                    ),
                )
    yield from _sums(seen, known, free, names, units)


def _sums(
    seen: Numbers, known: Numbers, free: list[int], names: list[str], units: dict[int, float]
) -> Iterator[tuple[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]]:
    """Columns that are the sum of two others, in the rows where none is null."""
    for b, c in combinations(free, 2):
        few = seen[np.isfinite(seen[:, b] + seen[:, c])][:_TRIED]
        for a in free:
            unsure = (units[a] + units[b] + units[c]) / 4
            if a in (b, c) or _holds(few[:, a], few[:, b] + few[:, c], unsure).sum() < _TRIED - _MISSES:
                continue
            ours, theirs = _present(seen, a, b, c), _present(known, a, b, c)
            yield (
                f"{names[a]} = {names[b]} + {names[c]}",
                (
                    _holds(ours[0], ours[1] + ours[2], unsure),
                    _holds(theirs[0], theirs[1] + theirs[2], unsure),
                ),
            )


def _present(rows: Numbers, *columns: int) -> Numbers:
    """These columns, one a line, of the rows in which none of them is null."""
    chosen = rows[:, columns]
    return chosen[np.isfinite(chosen).all(axis=1)].T


def _holds(left: Numbers, right: Numbers, unsure: float) -> NDArray[np.bool_]:
    """Where two sides are equal up to rounding; null equals nothing."""
    return np.abs(left - right) <= unsure + 1e-9 * np.abs(right)
