"""What is usual is learned from clean days; shifts stand out, and weekdays and dirt of their own do not."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import Generator, Philox

from aug_assets.drift.features import Features
from aug_assets.drift.null import Reference, described
from aug_assets.drift.rule import Decision, decide
from aug_assets.drift.sketch import categories, numbers
from aug_assets.errors import ReferenceTooShortError

ROWS = 2000
FIRST = date(2025, 1, 6)  # a Monday


def day_of(n: int) -> str:
    return (FIRST + timedelta(n)).isoformat()


def rows(n: int, count: int = ROWS) -> dict[str, np.ndarray]:
    """A day of a shop that is busier with games on weekends, and whose customers come in bursts."""
    rng = Generator(Philox(key=[9, n]))
    weekend = (FIRST + timedelta(n)).weekday() >= 5
    burst = np.repeat(rng.normal(size=count // 20), 20)  # twenty rows of one customer
    return {
        "amount": rng.lognormal(3.4 if weekend else 3.2, 0.7, count).round(2),
        "pace": np.exp(burst),
        "kind": rng.choice(
            ["books", "games", "tools"], count, p=(0.3, 0.5, 0.2) if weekend else (0.5, 0.3, 0.2)
        ),
        "age": np.where(rng.random(count) < 0.1, np.nan, rng.gamma(2, 100, count)),
    }


def features(made: dict[str, np.ndarray]) -> Features:
    return {
        name: categories(pa.array(values)) if values.dtype.kind == "U" else numbers(values)
        for name, values in made.items()
    }


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of({day_of(n): features(rows(n)) for n in range(28)})


def excess(reference: Reference, n: int, made: dict[str, np.ndarray]) -> tuple[float, str]:
    worst = described(reference.judge(day_of(n), features(made)))[0]
    return worst["excess"] / reference.limit, worst["feature"]


def test_clean_days_rarely_pass_the_limit(reference: Reference) -> None:
    found = [excess(reference, n, rows(n))[0] > 1 for n in range(28, 88)]
    assert sum(found) <= 3


def test_weekdays_are_found_out(reference: Reference) -> None:
    assert {"amount", "kind"} <= reference.seasonal
    assert "age" not in reference.seasonal
    monday_as_saturday = rows(33)
    ratio, feature = excess(reference, 35, monday_as_saturday)
    assert ratio > 1
    assert feature in ("amount", "kind")


SHIFTS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "a tenth dearer": ("amount", lambda v: v * 1.15),
    "a tail": ("amount", lambda v: np.where(np.arange(len(v)) % 12 == 0, v * 20, v)),
    "a new kind": ("kind", lambda v: np.where(np.arange(len(v)) % 25 == 0, "garden", v)),
    "values go missing": ("age", lambda v: np.where(np.arange(len(v)) % 8 == 0, np.nan, v)),
    "a sign lost": ("age", lambda v: np.where(np.arange(len(v)) % 20 == 0, -v, v)),
    "all missing": ("age", lambda v: v * np.nan),
    "constant": ("amount", lambda v: np.full(len(v), 10.0)),
}


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_shift_is_seen_and_named(reference: Reference, shift: str) -> None:
    name, change = SHIFTS[shift]
    made = rows(30)
    ratio, feature = excess(reference, 30, {**made, name: change(made[name])})
    assert ratio > 1
    assert feature == name


def test_a_day_ten_times_too_big_is_no_drift_by_its_size(reference: Reference) -> None:
    assert excess(reference, 30, rows(30, ROWS * 10))[0] < 1
    assert excess(reference, 31, rows(31, ROWS // 5))[0] < 1.5


def test_a_day_of_the_reference_is_held_against_the_others(reference: Reference) -> None:
    assert excess(reference, 3, rows(3))[0] < 1.5


def test_too_few_days_are_refused() -> None:
    with pytest.raises(ReferenceTooShortError) as caught:
        Reference.of({day_of(n): features(rows(n)) for n in range(13)})
    assert caught.value.seen == repr("13 days")


def judged(reference: Reference, n: int, factor: float, before: list[Decision]) -> Decision:
    made = rows(n)
    made["amount"] = made["amount"] * factor
    day = day_of(n)
    return decide(day, ROWS, reference, reference.judge(day, features(made)), before)


def test_a_small_shift_warns_and_a_second_day_confirms_it(reference: Reference) -> None:
    first = judged(reference, 29, 1.12, [])
    assert (first.word, first.feature) == ("warn", "amount")
    assert "first time" in first.reason
    second = judged(reference, 30, 1.12, [first])
    assert second.word == "refresh"
    assert day_of(29) in second.reason
    assert judged(reference, 37, 1.12, [first]).word == "warn", "the other day is long past"
    assert judged(reference, 28, 1.12, [first]).word == "warn", "a later day confirms nothing"


def test_a_large_shift_is_enough_by_itself(reference: Reference) -> None:
    found = judged(reference, 29, 1.5, [])
    assert found.word == "refresh"
    assert "amount" in found.drifted
    assert found.reference_days == 28
    assert judged(reference, 29, 1.0, []).word == "steady"


def hours(count: int) -> dict[str, Features]:
    """Hours of a shop that sells other things in the evening, from midnight on."""
    found = {}
    for n in range(count):
        rng, evening = Generator(Philox(key=[11, n])), n % 24 >= 18
        kinds = rng.choice(["books", "games"], ROWS, p=(0.2, 0.8) if evening else (0.8, 0.2))
        made = {"amount": rng.lognormal(3.2, 0.7, ROWS).round(2), "kind": kinds}
        found[f"{day_of(n // 24)}T{n % 24:02d}"] = features(made)
    return found


def test_hours_need_two_days_so_that_an_evening_is_not_drift() -> None:
    with pytest.raises(ReferenceTooShortError, match="at least 48") as told:
        Reference.of(hours(47))
    assert "47 hours" in str(told.value)
    known = hours(72)
    for many in (48, 71):  # a reference of one morning and no evening would call each evening drift
        reference = Reference.of(dict(list(known.items())[:many]))
        for hour in list(known)[many:]:
            worst = described(reference.judge(hour, known[hour]))[0]
            assert worst["excess"] < reference.limit, (many, hour, worst)
