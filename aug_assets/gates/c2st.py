"""Gate: a classifier cannot tell candidates from real rows too easily. It warns: some trace always shows.

Source: Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017. An area under the curve of
one half is out of reach of any generator, so the limit is relative to what the same classifier makes of one
half of the real rows against the other.

Not for holding days back without a limit of your own: a strong classifier finds some trace of every
generator.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.gates.space import Points, space
from aug_assets.gates.words import too_few

_ROWS = 1000  # of each side
_FEWEST = 40
_CERTAIN = 3.7  # standard deviations, one-sided 1 in 10,000


class C2STParams(base.Params):
    """Settings of the ``c2st`` gate."""

    gate: Literal["c2st"] = "c2st"
    blocking: bool = False
    max_excess: float = Field(0.25, ge=0, le=0.5, description="Area under the curve beyond real halves'")


class C2ST(base.Gate):
    """Per class, how well a classifier tells candidates from real rows."""

    name: ClassVar = "c2st"
    Params: ClassVar = C2STParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False
    default: ClassVar = False  # trains four models and only warns

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """A sample of each class as points; see :class:`aug_assets.gates.base.Gate`."""
        return base.Observation({}, draw(real, batch, _ROWS, lambda label, rows: space(real, label).of(rows)))

    @classmethod
    def judge(cls, real: Any, params: C2STParams, evidence: Sequence[Samples]) -> base.Judgement:
        """The class that is told apart most easily; see :class:`aug_assets.gates.base.Gate`."""
        words = []
        for label, found in merged(evidence, _ROWS).items():
            known = space(real, label).known[:_ROWS]  # in order of ids, so a fair draw
            found = np.unique(found, axis=0)  # noqa: PLW2901 - repeats would be told by having been seen
            if min(len(known), len(found)) >= _FEWEST:
                usual = real.once(f"c2st:{label}", partial(_area, known[::2], known[1::2]))
                chance = _CERTAIN * np.sqrt((1 / len(known) + 1 / len(found)) / 12)
                words.append((_area(known, found), float(max(usual, 0.5) + chance), label))
        if not words:
            reason = f"no class has {_FEWEST} real rows and {_FEWEST} candidates to tell apart"
            return too_few(params, params.max_excess, reason)
        area, usual, label = max(words, key=lambda word: word[0] - word[1])
        excess = max(area - usual, 0.0)
        reason = (
            f"a model tells candidates of class {label} from real rows with an area of {area:.2f}; halves "
            f"of the real rows and chance reach {usual:.2f}, and {params.max_excess:.2f} more may be"
        )
        details = {f"area ({word[2]})": word[0] for word in words}
        passed = excess <= params.max_excess
        return base.Judgement(cls.name, passed, params.blocking, excess, params.max_excess, reason, details)


def _area(one: Points, other: Points) -> float:
    """The area under the curve of telling two sets apart, each half scored by a model of the other half."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from threadpoolctl import threadpool_limits

    rows, side = np.concatenate([one, other]), np.arange(len(one) + len(other)) >= len(one)
    fold = np.r_[np.arange(len(one)), np.arange(len(other))] % 2
    scores: NDArray[np.float64] = np.empty(len(rows))
    with threadpool_limits(1):
        for part in (0, 1):
            model = HistGradientBoostingClassifier(
                max_iter=40, max_leaf_nodes=15, min_samples_leaf=10, early_stopping=False, random_state=0
            )
            model.fit(rows[fold != part], side[fold != part])
            scores[fold == part] = model.predict_proba(rows[fold == part])[:, 1]
    return float(np.mean([roc_auc_score(side[fold == part], scores[fold == part]) for part in (0, 1)]))
