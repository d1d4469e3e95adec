"""A parent's row with a little noise on its numbers: the smoothed bootstrap.

Source: Silverman and Young, "The bootstrap: to smooth or not to smooth?", Biometrika 74, 1987. The noise is a
share of each column's own spread among the selected rows; categories, nulls and whole numbers stay legal. In
a column that cannot be negative it is also no larger than that share of the value itself: amounts have long
tails, and the spread of the large ones would drown the small ones.

Not for a handful of parents as the only step: its rows stay beside their parents, repeat their categories,
and are near copies to the privacy gates.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import RowKeys, bell
from aug_assets.operators import base


class JitterBootstrapParams(base.Params):
    """Parameters of ``jitter_bootstrap``."""

    operator: Literal["jitter_bootstrap"] = "jitter_bootstrap"
    scale: float = Field(0.05, gt=0, le=1, description="Noise in standard deviations of the column")


@dataclass(frozen=True)
class JitterBootstrapState:
    """The spread of each numeric column."""

    columns: base.Columns
    spread: NDArray[np.float64]  # (numeric,), standard deviation without nulls


class JitterBootstrap(base.Operator):
    """Copies of the rows it is given, each number moved by noise."""

    name: ClassVar = "jitter_bootstrap"
    version: ClassVar = "1"
    kind: ClassVar = "transform"
    Params: ClassVar = JitterBootstrapParams

    @classmethod
    def fit(
        cls, rows: pd.DataFrame, columns: base.Columns, params: JitterBootstrapParams
    ) -> JitterBootstrapState:
        """Column spreads; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < 1:
            raise TooFewParentsError(
                "jitter_bootstrap needs a row to copy",
                seen=len(rows),
                legal="at least 1 selected row",
                todo="check the selection, or set `too_few: skip` in the branch's select",
            )
        values = base.numbers(rows, columns.numeric)
        spread = [float(np.std(v[~np.isnan(v)])) if (~np.isnan(v)).any() else 0.0 for v in values.T]
        return JitterBootstrapState(columns, params.scale * np.array(spread))

    @classmethod
    def draw(
        cls,
        state: JitterBootstrapState,
        params: JitterBootstrapParams,
        keys: RowKeys,
        rows: pd.DataFrame,
    ) -> base.Drawn:
        """Add the noise; see :class:`aug_assets.operators.base.Operator`."""
        made = rows.reset_index(drop=True).copy()
        values = base.numbers(made, state.columns.numeric)
        drawn = {}
        for j, name in enumerate(state.columns.numeric):
            width = np.full(len(keys), state.spread[j])
            if state.columns.bounds.get(name, (-np.inf, np.inf))[0] >= 0:
                width = np.fmin(width, params.scale * np.abs(values[:, j]))  # a null has no size
            noise = bell(keys, j) * width
            drawn[name] = noise
            moved = base.rounded(values[:, j] + noise, name, state.columns)
            made[name] = base.as_dtype(moved, made[name])
        return base.Drawn(made, keys.parent[:, None], drawn)
