"""Gate: candidates look like the class whose label they bear. Others poison a model.

A teacher trained on real rows alone scores them, see :mod:`aug_assets.teacher`. Few real rows of the class
score below its low quantile, and fewer still below the lowest of them, by models that have not seen them; of
the candidates few more may. Source: the idea of judging labels by models that have not seen the row is that
of Northcutt, Jiang and Chuang, "Confident Learning", JAIR 70, 2021.

Not for a class with too few real rows to learn: its tail is chance, and the gate allows for that.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.chance import LEVEL, upper_below
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.gates.words import too_few

_CANDIDATES = 4000
_REAL = 2000  # of either side, in order of ids, so a fair draw
_FEWEST = 20


class TeacherTailParams(base.Params):
    """Settings of the ``teacher_tail`` gate."""

    gate: Literal["teacher_tail"] = "teacher_tail"
    tail: float = Field(
        0.02, gt=0, lt=0.5, description="The low quantile of the real rows' own scores; and all below it"
    )
    max_excess: float = Field(
        0.01, ge=0, le=1, description="Share of candidates that may score below it, beyond chance"
    )


class TeacherTail(base.Gate):
    """Per class, the share of candidates that look less like it than nearly all unseen real rows of it."""

    name: ClassVar = "teacher_tail"
    Params: ClassVar = TeacherTailParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """A sample of each class; see :class:`aug_assets.gates.base.Gate`."""
        names = real.compared
        return base.Observation(
            {}, draw(real, batch, _CANDIDATES, lambda _, rows: rows[names].to_numpy(object))
        )

    @classmethod
    def judge(cls, real: Any, params: TeacherTailParams, evidence: Sequence[Samples]) -> base.Judgement:
        """The class with the heaviest tail beyond chance; see :class:`aug_assets.gates.base.Gate`."""
        words = []
        for label, lines in merged(evidence, _CANDIDATES).items():
            teacher = real.once(f"teacher_tail:{label}", partial(_trained, real, label))
            if teacher is None:
                continue
            rows = pd.DataFrame(lines, columns=real.compared).astype(
                real.rows[real.compared].dtypes.to_dict()
            )
            scores, unseen = teacher.score(rows), teacher.unseen
            words.append((*_heaviest(scores, unseen, params.tail), label))
        if not words:
            reason = f"no class has {_FEWEST} real rows, and as many others, to train a teacher"
            return too_few(params, params.max_excess, reason)
        beyond, share, allowed, tail, label = max(words)
        excess = max(beyond, 0.0)
        reason = (
            f"{share:.1%} of the candidates of class {label} look less like it than {1 - tail:.2%} of "
            f"its real rows; chance allows {allowed:.1%}, and {params.max_excess:.1%} more may"
        )
        details = {f"share ({word[4]})": word[1] for word in words}
        passed = excess <= params.max_excess
        return base.Judgement(cls.name, passed, params.blocking, excess, params.max_excess, reason, details)


def _heaviest(
    scores: NDArray[np.float64], unseen: NDArray[np.float64], tail: float
) -> tuple[float, float, float, float]:
    """The excess, the share, what chance allows and the tail, where it is heaviest from the quantile down.

    A few rows of another class lie below nearly all real ones, where chance puts next to none; many that are
    merely unlike lie below the quantile.
    """
    deepest = max(1, int(tail * len(unseen)))
    ranks = [deepest >> n for n in range(deepest.bit_length())]
    words = []
    for rank in ranks:
        share = int((scores < unseen[rank - 1]).sum()) / len(scores)
        allowed = upper_below(rank, len(unseen), len(scores), LEVEL / len(ranks)) / len(scores)
        words.append((share - allowed, share, allowed, rank / len(unseen)))
    return max(words)


def _trained(real: Any, label: str) -> Any:
    """The class's teacher; None where there is too little to learn from."""
    from aug_assets.teacher import fit_teacher

    rows = real.of_class(label)
    rows, others = rows.iloc[:_REAL], real.rows.drop(index=rows.index).iloc[:_REAL]
    if min(len(rows), len(others)) < _FEWEST:
        return None
    return fit_teacher(rows, others, real.columns)
