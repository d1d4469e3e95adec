"""Neighbours by tree, by comparing, compiled and not: the same; and what hnsw finds and refuses."""

import sys

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.operators.tabular import neighbours, pairs
from aug_assets.operators.tabular.neighbours import NeighbourParams, embedded, nearest, points
from aug_assets.operators.tabular.pairs import compare, comparing, squares


def example(rows: int = 200, seed: int = 1, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = Generator(Philox(key=seed))
    numbers = (
        rng.integers(0, 4, (rows, 3)).astype(float) if ties else rng.normal(size=(rows, 3)) * [1, 5, 100]
    )
    numbers[rng.random(numbers.shape) < 0.1] = np.nan
    return numbers, rng.integers(0, 3, (rows, 2)).astype(np.int32)


def params(k: int = 5, index: str = "exact") -> NeighbourParams:
    return NeighbourParams.model_validate({"operator": "smote", "k": k, "index": index})


def by_definition(numbers: np.ndarray, codes: np.ndarray, k: int) -> np.ndarray:
    """All distances, sorted by distance and position."""
    space = points(numbers, codes)
    every = np.arange(len(numbers))
    square = squares(space, every[:, None], every[None, :])
    np.fill_diagonal(square, np.nan)
    return np.argsort(square, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [1, 5, 60])
def test_every_way_finds_the_same(ties: bool, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers, codes = example(ties=ties)
    expected = by_definition(numbers, codes, k)
    monkeypatch.setenv("AUG_NUMBA", "0")
    np.testing.assert_array_equal(nearest(numbers, codes, params(k)), expected)  # the tree
    every = np.arange(len(numbers))
    np.testing.assert_array_equal(compare(points(numbers, codes), every, k, None), expected)
    pytest.importorskip("numba")
    monkeypatch.setenv("AUG_NUMBA", "1")
    np.testing.assert_array_equal(nearest(numbers, codes, params(k)), expected)  # compiled
    monkeypatch.setattr(neighbours, "_TREE_ROWS", 0)
    np.testing.assert_array_equal(nearest(numbers, codes, params(k)), expected)  # the tree, and compiled


def test_a_tree_that_proves_nothing_is_not_believed() -> None:
    """With whole numbers many are as near as the last neighbour; without the check the tree would decide."""
    numbers, codes = example(ties=True)
    space = points(numbers, codes)
    found, sure = neighbours._by_tree(space, embedded(space), 5)
    expected = by_definition(numbers, codes, 5)
    assert (found != expected).any(axis=1).sum() > 3
    np.testing.assert_array_equal(found[sure], expected[sure])


def test_compiled_over_more_than_one_tile_and_for_some_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("AUG_NUMBA", "1")
    numbers, codes = example(pairs._TILE * 2 + 7)
    space = points(numbers, codes)
    some = np.array([pairs._TILE * 2 + 6, 0, 3])
    np.testing.assert_array_equal(compare(space, some, 4, comparing(space)), compare(space, some, 4, None))


@pytest.mark.parametrize("switch", ["0", "1"])
def test_infinite_numbers_are_as_far_as_can_be(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_NUMBA", switch)
    space = pairs.Points(np.array([[0.0], [1.0], [np.inf], [2.0], [np.inf]]), np.empty((5, 0), np.int32), 1.0)
    with np.errstate(invalid="ignore"):
        found = compare(space, np.arange(5), 4, comparing(space))
    assert found.tolist() == [[1, 3, 2, 4], [0, 3, 2, 4], [0, 1, 3, 4], [1, 0, 2, 4], [0, 1, 2, 3]]


def test_the_metric_in_euclidean_space() -> None:
    numbers, codes = example(50)
    space = points(numbers, codes)
    where = embedded(space)
    every = np.arange(50)
    np.testing.assert_allclose(
        ((where[:, None] - where[None]) ** 2).sum(axis=2),
        squares(space, every[:, None], every[None]),
        atol=1e-9,
    )
    assert space.mismatch == np.median(space.numbers.std(axis=0)) ** 2
    np.testing.assert_array_equal(
        space.numbers[np.isnan(numbers)],
        np.broadcast_to(np.nanmedian(numbers, axis=0), (50, 3))[np.isnan(numbers)],
    )


def test_too_few_rows() -> None:
    with pytest.raises(TooFewParentsError, match="more selected rows"):
        nearest(*example(5), params(5))


def test_hnsw_finds_nearly_all_and_the_same_again() -> None:
    pytest.importorskip("faiss")
    numbers, codes = example(500)
    found = nearest(numbers, codes, params(index="hnsw"))
    assert (found == by_definition(numbers, codes, 5)).mean() > 0.97
    np.testing.assert_array_equal(found, nearest(numbers, codes, params(index="hnsw")))
    few = example(7)
    np.testing.assert_array_equal(nearest(*few, params(index="hnsw")), by_definition(*few, 5))


def test_hnsw_without_faiss_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(SpecError, match=r"aug-assets\[fast\]") as caught:
        nearest(*example(), params(index="hnsw"))
    assert caught.value.legal == "exact"
