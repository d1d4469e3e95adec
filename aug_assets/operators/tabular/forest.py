"""The forest that learns to tell selected rows from made ones, as leaves of selected rows; see ``arf``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.keys import U64, RowKeys, below, digest_bits, philox
from aug_assets.operators.tabular.leaves import Leaves, halves, leaves
from aug_assets.operators.tabular.normal import correlation

Features = NDArray[np.float32]  # (columns, m)

_BAG = 2000  # rows a tree learns from, at most: a bigger day needs no bigger trees


@dataclass(frozen=True)
class Forest:
    """Leaves of selected rows.

    Attributes:
        leaf: int32 (trees, m), the leaf of each row in each tree.
        leaves: All leaves of all trees.
        accuracy: The share of rows out of the bag that each round's forest told right.
    """

    leaf: NDArray[np.int32]
    leaves: Leaves
    accuracy: tuple[float, ...]


def forest(
    features: Features, *, trees: int, min_leaf: int, rounds: int, delta: float, weights: U64 | None
) -> Forest:
    """Learn, ``rounds`` times at most, to tell the rows of ``features`` from made ones.

    ``weights`` of rows are not learned from: they count when donors are drawn.
    """
    made, accuracy = _shuffled(features), []
    for number in range(1, rounds + 1):
        learned = _learn(features, made, trees, min_leaf)
        accuracy.append(float(learned.oob_score_))
        leaf, places = _leaves(learned, features, min_leaf)
        if accuracy[-1] <= 0.5 + delta or number == rounds:
            break
        made = _made(features, Forest(leaf, leaves(*places, None), ()), number)
    return Forest(leaf, leaves(*places, weights), tuple(accuracy))


def donors(
    forest: Forest, base: Leaves | None, keys: RowKeys, lanes: Sequence[int]
) -> tuple[NDArray[np.int64], list[tuple[NDArray[np.int32], NDArray[np.float64]]]]:
    """The tree drawn for each key, and for each column a donor and a share in [0, 1).

    The leaf is that of a row of ``base``, or of the key's parent where that is None. Columns of one lane,
    numbered from 0, have one donor.
    """
    words = keys.words()
    tree = below(words[:, 0], len(forest.leaf))
    row = keys.parent if base is None else base.donors(base.first, base.size, words[:, 1] >> np.uint64(32))[0]
    leaf = forest.leaf[tree, row]
    first, size = forest.leaves.first.take(leaf), forest.leaves.size.take(leaf)
    numbers = halves(keys, max(lanes, default=-1) + 1, first_block=1)
    drawn = [forest.leaves.donors(first, size, number) for number in numbers]
    return tree, [drawn[lane] for lane in lanes]


def lanes(ranks: NDArray[np.int32], columns: Sequence[int], together: float) -> tuple[int, ...]:
    """The lane of each of ``columns``: a number joins the first one before it that it is tied to.

    ``ranks``, (numeric, m), are those of the numeric columns, which come first; ``together`` is the least
    rank correlation, of either sign, of columns that are tied.
    """
    centred = ranks - ranks.mean(axis=1, keepdims=True) if ranks.size else ranks
    lane = list(columns)
    for k, column in enumerate(columns):
        for before, other in enumerate(columns[:k]):
            numeric = max(column, other) < len(ranks)
            if numeric and abs(correlation(centred[column], centred[other])) >= together:
                lane[k] = lane[before]
                break
    return tuple(np.unique(lane, return_inverse=True)[1].tolist())


def _shuffled(features: Features) -> Features:
    """Every column in an order of its own."""
    places = np.arange(features.shape[1], dtype=np.uint64)
    orders = [philox(digest_bits("arf shuffles", str(j)), (places, 0, 0, 0)) for j in range(len(features))]
    return np.stack([f[np.argsort(o[:, 0])] for f, o in zip(features, orders, strict=True)])


def _made(features: Features, forest: Forest, number: int) -> Features:
    """As many rows as there are, made by a forest."""
    rows = np.arange(features.shape[1])
    bits = philox(digest_bits("arf round", str(number)), (rows.astype(np.uint64), 0, 0, 0))[:, :2]
    _, drawn = donors(forest, None, RowKeys(bits, rows, np.zeros(len(rows), np.int32)), range(len(features)))
    return np.stack([column[row] for column, (row, _) in zip(features, drawn, strict=True)])


def _learn(features: Features, made: Features, trees: int, min_leaf: int) -> Any:
    import warnings

    from sklearn.ensemble import RandomForestClassifier
    from threadpoolctl import threadpool_limits

    rows = np.ascontiguousarray(np.hstack([features, made]).T)
    real = np.arange(len(rows)) < features.shape[1]
    learner = RandomForestClassifier(
        trees, min_samples_leaf=min_leaf, max_samples=min(1.0, _BAG / len(rows)), oob_score=True,
        random_state=0, n_jobs=1,
    )  # fmt: skip
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Some inputs do not have OOB scores")  # of few trees: not judged
        return learner.fit(rows, real)


def _leaves(
    learned: Any, features: Features, min_leaf: int
) -> tuple[NDArray[np.int32], tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]]:
    """Each row's leaf in each tree, and rows, first and count of all leaves."""
    nodes = learned.apply(features.T)
    leaf = np.empty(nodes.shape[::-1], np.int32)
    rows, first, count, nodes_before = [], [], [], 0
    for number, learner in enumerate(learned.estimators_):
        node = nodes[:, number]
        inside, end = _branches(learner.tree_)
        before = np.append(0, np.cumsum(np.bincount(node, minlength=len(end))))
        size = before[end] - before[:-1]
        while (few := size[node] < min_leaf).any():
            node = np.where(few, inside[node], node)
        leaf[number] = node + nodes_before
        rows.append(np.argsort(nodes[:, number], kind="stable").astype(np.int32))
        first.append(before[:-1] + number * len(node))
        count.append(size)
        nodes_before += len(end)
    return leaf, (np.concatenate(rows), np.concatenate(first), np.concatenate(count))


def _branches(tree: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each node the one around it, and the first after its branch: nodes are numbered depth first."""
    inside = np.zeros(tree.node_count, np.int64)
    end = np.full(tree.node_count, tree.node_count)
    nodes = np.array([0])
    while len(nodes := nodes[tree.children_left[nodes] >= 0]):
        left, right = tree.children_left[nodes], tree.children_right[nodes]
        inside[left] = inside[right] = nodes
        end[left], end[right] = right, end[nodes]
        nodes = np.concatenate([left, right])
    return inside, end
