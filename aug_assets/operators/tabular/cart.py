"""One column's regression or classification tree over other columns, as leaves of rows; see ``seq_cart``."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.keys import U64
from aug_assets.operators.tabular.leaves import Leaves, leaves


@dataclass(frozen=True)
class Cart:
    """A binary tree as arrays over its nodes.

    Attributes:
        feature: int32 (nodes,), the column that a node asks.
        limit: float32 (nodes,), up to which a value goes left; infinite in a leaf.
        child: int32 (2 * nodes,), left and right child of each node; of a leaf, the leaf.
        depth: Questions on the longest way down.
        leaves: The rows at each node; of size 0 but in leaves.
    """

    feature: NDArray[np.int32]
    limit: NDArray[np.float32]
    child: NDArray[np.int32]
    depth: int
    leaves: Leaves

    def reached(self, features: NDArray[np.int32]) -> tuple[NDArray[np.int64], U64]:
        """First place and size of the leaf that each row of ``features``, (columns, n), ends in."""
        count = features.shape[1]
        flat, rows = features.reshape(-1), np.arange(count)
        node = np.zeros(count, np.int32)
        for _ in range(self.depth):
            value = flat.take(self.feature.take(node) * count + rows)
            node = self.child.take(2 * node + (value > self.limit.take(node)))
        return self.leaves.first.take(node), self.leaves.size.take(node)


def cart(
    features: NDArray[np.int32],
    asked: list[int],
    target: int,
    min_leaf: int,
    weights: U64 | None,
    *,
    number: bool,
) -> Cart:
    """Learn column ``target`` of ``features``, (columns, m), from the columns ``asked``.

    ``weights`` of rows are not learned from: they count when donors are drawn.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
    from threadpoolctl import threadpool_limits

    known, wanted = np.ascontiguousarray(features[asked].T, np.float32), features[target]
    settings: dict[str, Any] = {"min_samples_leaf": min_leaf, "random_state": 0}
    learner = (
        DecisionTreeRegressor(**settings)
        if number
        else DecisionTreeClassifier(criterion="entropy", **settings)
    )
    with threadpool_limits(1):
        tree = learner.fit(known, wanted.astype(np.float64)).tree_
    node = tree.apply(known)
    count = np.bincount(node, minlength=tree.node_count)
    ends = np.cumsum(count)
    inner = tree.children_left >= 0
    itself = np.arange(tree.node_count)
    child = np.where(inner, [tree.children_left, tree.children_right], itself).T
    return Cart(
        np.array(asked)[np.where(inner, tree.feature, 0)].astype(np.int32),
        np.where(inner, tree.threshold, np.inf).astype(np.float32),
        np.ascontiguousarray(child, np.int32).reshape(-1),
        int(tree.max_depth),
        leaves(np.argsort(node, kind="stable").astype(np.int32), ends - count, count, weights),
    )
