"""Refuses made rows that a teacher, trained on the real rows alone, finds least like their class.

A generator puts some rows where the other class lives; trained on, they are mislabelled. The teacher scores
each row, and rows below a quantile of what it gives real rows of the class that it was not trained on are
refused. Source: the idea of filtering by a classifier is that of SMOTE-ENN (Batista, Prati and Monard, SIGKDD
Explorations 6, 2004); the cross-fitted threshold makes a row's fate depend on that row alone.

Not for a class that its real rows are too few to learn, where the teacher refuses by chance, nor where
variety counts more than purity: it removes rows at the edge of the class first.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.teacher import Teacher, fit_teacher


class TeacherFilterParams(base.Params):
    """Parameters of ``teacher_filter``."""

    operator: Literal["teacher_filter"] = "teacher_filter"
    drop: float = Field(
        0.1, gt=0, lt=1, description="Share of unseen real rows of the class that would be refused too"
    )


class TeacherFilter(base.Filter):
    """Keeps the rows whose score is no lower than the class's own ``drop`` quantile."""

    name: ClassVar = "teacher_filter"
    version: ClassVar = "1"
    Params: ClassVar = TeacherFilterParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, others: pd.DataFrame, columns: base.Columns, params: Any) -> Teacher:
        """The teacher; see :class:`aug_assets.operators.base.Filter`."""
        return fit_teacher(rows, others, columns)

    @classmethod
    def judge(
        cls, state: Teacher, params: TeacherFilterParams, rows: pd.DataFrame
    ) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
        """Scores against the threshold; see :class:`aug_assets.operators.base.Filter`."""
        score = state.score(rows)
        least = state.threshold(params.drop)
        return score >= least, {"score": score, "least": np.full(len(rows), least)}
