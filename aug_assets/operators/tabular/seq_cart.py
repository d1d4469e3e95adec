"""Sequential trees: one column after the other, each from rows that are alike in the columns before it.

Source: Reiter, "Using CART to generate partially synthetic public use microdata", Journal of Official
Statistics 21, 2005, and its implementation synthpop: Nowok, Raab, Dibben, "synthpop: Bespoke creation of
synthetic data in R", Journal of Statistical Software 74, 2016. Categories come first, the fewest values
first, then numbers. A value is that of a donor in the leaf; numbers move by a few ranks from there.

Not for classes of few rows: small leaves repeat combinations of real values, so keep leaves large and the
privacy gates on.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import RowKeys
from aug_assets.operators import base
from aug_assets.operators.tabular.cart import Cart, cart
from aug_assets.operators.tabular.coded import ArrayOperator, Coded, DrawnArrays, encode
from aug_assets.operators.tabular.given import Fixed, Value, fixed_columns
from aug_assets.operators.tabular.leaves import Leaves, batches, halves, one_leaf
from aug_assets.operators.tabular.margins import Margins, margins
from aug_assets.operators.tabular.weights import Weights, row_weights


class SeqCartParams(base.Params):
    """Parameters of ``seq_cart``."""

    operator: Literal["seq_cart"] = "seq_cart"
    min_leaf: int = Field(8, ge=2, le=1000, description="Selected rows that a value is drawn from, at least")
    jitter: float = Field(2.0, ge=0, le=100, description="Ranks that a number may move to either side")
    weights: Weights | None = Field(
        None, description="What rows count when they are drawn: `by: recency` or `by: segment`"
    )
    given: dict[str, Value] = Field({}, description="Columns that have one value in every row made")


@dataclass(frozen=True)
class SeqCartState:
    """One tree a column.

    Attributes:
        coded: The selected rows.
        margins: Their numeric columns.
        fixed: What ``given`` fixes; these columns come first.
        order: The other columns in the order in which they are drawn.
        trees: The tree of each of them but the first; of the first too where columns are fixed.
        base: All rows as one leaf, by weight; None where the first column is the parent's own.
    """

    coded: Coded
    margins: Margins
    fixed: tuple[Fixed, ...]
    order: tuple[int, ...]
    trees: tuple[Cart | None, ...]
    base: Leaves | None


class SeqCart(ArrayOperator):
    """Rows drawn column after column, each from a tree over the columns before it."""

    name: ClassVar = "seq_cart"
    version: ClassVar = "1"
    kind: ClassVar = "generate"
    Params: ClassVar = SeqCartParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: SeqCartParams) -> SeqCartState:
        """Learn the trees; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < 2 * params.min_leaf:
            raise TooFewParentsError(
                "seq_cart needs two leaves of selected rows",
                seen=len(rows),
                legal=f"at least {2 * params.min_leaf} rows for min_leaf = {params.min_leaf}",
                todo="lower min_leaf, or set `too_few: skip` in the branch's select",
            )
        coded = encode(rows, columns)
        fixed, weight = fixed_columns(coded, params.given), row_weights(rows, params.weights)
        cells = margins(coded.numbers, params.jitter)
        features = np.vstack([cells.ranks(), coded.codes.T])
        before = [one.column for one in fixed]
        order, trees = _order(coded, before), []
        for at in order:
            number = at < len(columns.numeric)
            trees.append(
                cart(features, before, at, params.min_leaf, weight, number=number) if before else None
            )
            before.append(at)
        own = weight is None and not fixed
        start = None if own else one_leaf(np.arange(len(rows), dtype=np.int32), weight)
        return SeqCartState(coded, cells, fixed, order, tuple(trees), start)

    @classmethod
    def draw_arrays(cls, state: SeqCartState, params: SeqCartParams, keys: RowKeys) -> DrawnArrays:
        """Draw donors; see :class:`aug_assets.operators.tabular.coded.ArrayOperator`."""
        count, numeric = len(keys), state.coded.numbers.shape[1]
        numbers = np.empty((numeric, count))
        codes = np.empty((state.coded.codes.shape[1], count), np.int32)
        parents = np.empty((1 + len(state.order), count), np.int64)
        for one in state.fixed:
            (numbers[one.column] if one.column < numeric else codes[one.column - numeric])[:] = one.value
        parents[0] = keys.parent
        for part in batches(count):
            _draw(state, keys[part], numbers[:, part], codes[:, part], parents[:, part])
        own = (parents[1:] == parents[0]).mean(axis=0) if len(state.order) else np.zeros(count)
        return DrawnArrays(numbers.T, codes.T, parents.T, {"own_share": own})


def _order(coded: Coded, fixed: list[int]) -> tuple[int, ...]:
    """Columns to draw: categories, the fewest first, then numbers as the dataset has them."""
    numeric = coded.numbers.shape[1]
    sizes = [len(values) for values in coded.categories]
    categories = sorted(range(len(sizes)), key=lambda j: (sizes[j], j))
    return tuple(at for at in (*(numeric + j for j in categories), *range(numeric)) if at not in fixed)


def _draw(
    state: SeqCartState,
    keys: RowKeys,
    numbers: NDArray[np.float64],
    codes: NDArray[np.int32],
    parents: NDArray[np.int64],
) -> None:
    """Fill one batch, given in columns."""
    numeric = len(numbers)
    features = np.empty((numeric + len(codes), len(keys)), np.int32)
    for one in state.fixed:
        features[one.column] = (
            state.margins.rank_of(one.column, one.value) if one.column < numeric else one.value
        )
    for line, at, tree, number in zip(
        parents[1:], state.order, state.trees, halves(keys, len(state.order), first_block=0), strict=True
    ):
        if tree is not None:
            row, share = tree.leaves.donors(*tree.reached(features), number)
        elif state.base is not None:
            row, share = state.base.donors(state.base.first, state.base.size, number)
        else:
            row, share = keys.parent.astype(np.int32), np.asarray(number * 2.0**-32, np.float64)
        line[:] = row
        if at < numeric:
            numbers[at], cell = state.margins.near(at, row, share)
            features[at] = state.margins.rank[at].take(cell)
        else:
            features[at] = codes[at - numeric] = state.coded.codes[:, at - numeric].take(row)
