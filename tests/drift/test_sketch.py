"""Counts of a day: they add up to the last row, whatever the pieces, and hold what was counted."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import Generator, Philox

from aug_assets.drift import sketch
from aug_assets.drift.null import without
from aug_assets.drift.sketch import Sketch, add, categories, lower_edge, numbers


def values(rows: int = 3000, seed: int = 1) -> np.ndarray:
    rng = Generator(Philox(key=seed))
    made = np.concatenate([rng.lognormal(3, 2, rows), -rng.gamma(2, 3, rows), np.zeros(50)])
    made[::17] = np.nan
    return made


def same(one: Sketch, other: Sketch) -> bool:
    return (one.rows, one.nulls, one.values) == (other.rows, other.nulls, other.values) and (
        np.array_equal(one.keys, other.keys) and np.array_equal(one.counts, other.counts)
    )


@pytest.mark.parametrize("pieces", [2, 7, 100])
def test_pieces_add_up_to_the_whole(pieces: int) -> None:
    given = values()
    parts = [numbers(part) for part in np.array_split(given, pieces)]
    whole = numbers(given)
    assert same(add(parts[::-1]), whole)
    assert add(parts).spread == pytest.approx(np.nanstd(given))


def test_every_number_lies_in_its_bucket() -> None:
    given = values()
    given = given[~np.isnan(given)]
    edges = lower_edge(sketch._bucket(given))
    assert (np.abs(edges) <= np.abs(given)).all()
    np.testing.assert_allclose(edges, given, rtol=2**-9)
    order = np.argsort(given, kind="stable")
    assert (np.diff(sketch._bucket(given)[order]) >= 0).all()


def test_infinity_and_nothing_are_counted() -> None:
    made = numbers(np.array([np.inf, -np.inf, 1.0, np.nan, -0.0]))
    assert (made.rows, made.nulls, int(made.counts.sum())) == (5, 1, 4)
    assert made.total == 1.0
    empty = numbers(np.empty(0))
    assert (empty.rows, empty.known, empty.spread) == (0, 0, 0.0)
    assert same(add([empty, made]), made)


def test_values_are_counted_with_their_nulls() -> None:
    made = categories(pa.chunked_array([["a", "b", None], ["a"]]))
    assert (made.rows, made.nulls, made.values, made.counts.tolist()) == (4, 1, ("a", "b"), [2, 1])
    assert categories(pa.array([True, False, True])).values == ("false", "true")


def test_many_values_are_counted_by_digest_and_still_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch, "_MOST_VALUES", 50)
    given = [f"shop {n % 80}" for n in range(400)]
    few, many = categories(pa.array(given[:40])), categories(pa.array(given[40:]))
    assert few.values[0] == "shop 0"
    assert all(value.startswith("\0#") for value in many.values)
    assert same(add([few, many]), categories(pa.array(given)))
    left = without(add([few, many]), many)
    assert dict(zip(left.values, left.counts, strict=True)) == sketch._hashed(
        dict(zip(few.values, few.counts.tolist(), strict=True))
    )


@pytest.mark.parametrize("kind", ["number", "category"])
def test_what_was_added_can_be_taken_out(kind: str) -> None:
    if kind == "number":
        one, other = numbers(values(500, 2)), numbers(values(700, 3))
    else:
        one, other = categories(pa.array(["a", "b", "b"])), categories(pa.array(["b", "c", None]))
    assert same(without(add([one, other]), other), one)


def test_a_stored_sketch_comes_back() -> None:
    for made in (numbers(values()), categories(pa.array(["a", None, "b"]))):
        table = pa.Table.from_pylist([made.row("x")], sketch.SKETCH)
        assert same(Sketch.of_row(table.to_pylist()[0]), made)


def test_two_kinds_are_not_added() -> None:
    with pytest.raises(ValueError, match="kinds"):
        add([numbers(np.ones(2)), categories(pa.array(["a"]))])
