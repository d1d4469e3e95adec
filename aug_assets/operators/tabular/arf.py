"""Adversarial random forest: rows made of values of the rows that share a leaf with a parent.

Source: Watson, Blesch, Kapar, Wright, "Adversarial random forests for density estimation and generative
modeling", AISTATS 2023. A forest learns to tell the selected rows from rows made by the forest before it, the
first of which has independent columns, until it no longer can; within its leaves the columns are then nearly
independent, so that each column may come from another row of the leaf. Three things differ from the paper. A
value is a donor's, moved by a few ranks, instead of a draw from a fitted density. A leaf with too few
selected rows lends from the smallest branch around it that has enough, so that no row is copied whole. And
numbers that nearly follow from each other, such as a week's and a month's mean, share a donor: small leaves
never make those independent.

Not for fewer than some thirty selected rows, whose leaves say nothing, nor for values that no selected row is
near: it recombines what it has seen.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64, RowKeys
from aug_assets.operators import base
from aug_assets.operators.tabular.coded import ArrayOperator, Coded, DrawnArrays, encode
from aug_assets.operators.tabular.forest import Forest, donors, forest, lanes
from aug_assets.operators.tabular.given import Fixed, Value, fixed_columns, matching
from aug_assets.operators.tabular.leaves import Leaves, batches, one_leaf
from aug_assets.operators.tabular.margins import Margins, margins
from aug_assets.operators.tabular.weights import Weights, row_weights


class ArfParams(base.Params):
    """Parameters of ``arf``."""

    operator: Literal["arf"] = "arf"
    trees: int = Field(20, ge=1, le=200, description="Trees of the forest; each row is made by one of them")
    min_leaf: int = Field(8, ge=2, le=1000, description="Selected rows that a value is drawn from, at least")
    rounds: int = Field(2, ge=1, le=10, description="Forests to learn at most, each against the one before")
    delta: float = Field(
        0.02, ge=0, le=0.5, description="Stop when a forest is right about 0.5 + delta of the rows or less"
    )
    together: float = Field(
        0.8, ge=0, le=1, description="Rank correlation from which on two numbers come from the same row"
    )
    jitter: float = Field(2.0, ge=0, le=100, description="Ranks that a number may move to either side")
    weights: Weights | None = Field(
        None, description="What rows count when they are drawn: `by: recency` or `by: segment`"
    )
    given: dict[str, Value] = Field({}, description="Columns that have one value in every row made")


@dataclass(frozen=True)
class ArfState:
    """What drawing needs.

    Attributes:
        coded: The selected rows.
        margins: Their numeric columns.
        fixed: What ``given`` fixes.
        base: The rows that may give a leaf, as one leaf; None where each key's own parent does.
        forest: The leaves.
        free: The columns that are not fixed.
        lanes: The lane of each of them; those of one lane have one donor.
    """

    coded: Coded
    margins: Margins
    fixed: tuple[Fixed, ...]
    base: Leaves | None
    forest: Forest
    free: tuple[int, ...]
    lanes: tuple[int, ...]


class Arf(ArrayOperator):
    """Rows whose every value comes from a row in the same leaf of an adversarial random forest."""

    name: ClassVar = "arf"
    version: ClassVar = "1"
    kind: ClassVar = "generate"
    Params: ClassVar = ArfParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: ArfParams) -> ArfState:
        """Learn the forest; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < 2 * params.min_leaf:
            raise TooFewParentsError(
                "arf needs two leaves of selected rows",
                seen=len(rows),
                legal=f"at least {2 * params.min_leaf} rows for min_leaf = {params.min_leaf}",
                todo="lower min_leaf, or set `too_few: skip` in the branch's select",
            )
        coded = encode(rows, columns)
        fixed, weight = fixed_columns(coded, params.given), row_weights(rows, params.weights)
        cells = margins(coded.numbers, params.jitter)
        ranks = cells.ranks()
        features = np.vstack([ranks, coded.codes.T]).astype(np.float32)
        learn = params.model_dump(include={"trees", "min_leaf", "rounds", "delta"})
        trees = forest(features, **learn, weights=weight)
        free = tuple(sorted({*range(len(features))} - {one.column for one in fixed}))
        tied = lanes(ranks, free, params.together)
        return ArfState(coded, cells, fixed, _base(coded, fixed, weight), trees, free, tied)

    @classmethod
    def draw_arrays(cls, state: ArfState, params: ArfParams, keys: RowKeys) -> DrawnArrays:
        """Draw donors; see :class:`aug_assets.operators.tabular.coded.ArrayOperator`."""
        count, numeric = len(keys), state.coded.numbers.shape[1]
        categories = state.coded.codes.shape[1]
        numbers, codes = np.empty((numeric, count)), np.empty((categories, count), np.int32)
        parents, tree = np.empty((1 + len(state.free), count), np.int64), np.empty(count)
        for one in state.fixed:
            (numbers[one.column] if one.column < numeric else codes[one.column - numeric])[:] = one.value
        parents[0] = keys.parent
        source = np.ascontiguousarray(state.coded.codes.T)
        for part in batches(count):
            tree[part], drawn = donors(state.forest, state.base, keys[part], state.lanes)
            for at, line, (row, share) in zip(state.free, parents[1:], drawn, strict=True):
                line[part] = row
                if at < numeric:
                    numbers[at, part] = state.margins.near(at, row, share)[0]
                else:
                    codes[at - numeric, part] = source[at - numeric].take(row)
        return DrawnArrays(numbers.T, codes.T, parents.T, {"tree": tree})


def _base(coded: Coded, fixed: tuple[Fixed, ...], weight: U64 | None) -> Leaves | None:
    """The rows that may give a leaf, as one leaf; None where each key's own parent does."""
    if not fixed and weight is None:
        return None
    allowed = np.flatnonzero(matching(coded, fixed)).astype(np.int32)
    if weight is not None and not weight[allowed].any():
        raise TooFewParentsError(
            "the selected rows with the values that `given` fixes all have weight 0",
            seen=len(allowed),
            legal="at least 1 row of positive weight",
            todo="change `weights` or `given`",
        )
    return one_leaf(allowed, weight)
