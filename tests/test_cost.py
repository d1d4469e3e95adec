"""Costs: amounts add up, prices are exact, and a budget is passed by those that keep to it and no others."""

import math

import pytest
from pydantic import ValidationError

from aug_assets.cost import Priced, Prices, Spent, held_against, price_sheet
from aug_assets.errors import PricesError
from aug_assets.spec_cost import Budget
from tests import builders

SPENT = Spent(cpu_seconds=3600.0, gib_seconds=7200.0, bytes_read=2**30, bytes_written=2**31, asked=0.5)


def test_money_is_amounts_by_prices() -> None:
    sheet = Prices(cpu_hour=1.0, gib_hour=2.0, gib_read=3.0, gib_written=4.0)
    assert sheet.money(SPENT) == pytest.approx(1 + 4 + 3 + 8 + 0.5)
    assert sheet.money(SPENT + SPENT) == pytest.approx(2 * sheet.money(SPENT))


def test_what_a_run_recorded_is_read_again_with_the_price_of_then() -> None:
    told = SPENT.metadata(Prices(cpu_hour=1.0))
    assert Priced.of(told) == Priced(SPENT, told["cost/money"])
    assert Priced.of({"seconds/cpu": 3.0}) == Priced()


@pytest.mark.parametrize(
    ("limits", "passed"),
    [
        ({"per_day": {"cpu_seconds": 3600}}, [True]),
        ({"per_day": {"cpu_seconds": 3599}}, [False]),
        ({"per_day": {"money": 2, "cpu_seconds": 1}}, [False, True]),
        ({"per_accepted_row": {"cpu_seconds": 36}}, [True]),
        ({"per_accepted_row": {"cpu_seconds": 35.9}}, [False]),
    ],
)
def test_a_budget_is_kept_to_the_edge(limits: dict, passed: list[bool]) -> None:
    found = held_against(Budget.model_validate(limits), Priced(SPENT, 2.0), 200, 100)
    assert [one.passed for one in found] == passed
    assert all(one.blocking for one in found)


def test_a_day_whose_candidates_are_all_refused_costs_too_much_a_row_and_one_without_any_does_not() -> None:
    budget = Budget.model_validate({"per_accepted_row": {"money": 100}})
    (none,), (without,) = (held_against(budget, Priced(SPENT, 1.0), made, 0) for made in (5, 0))
    assert not none.passed
    assert none.value == math.inf
    assert without.passed


@pytest.mark.parametrize("budget", [{}, {"per_day": {}}, {"per_day": {"money": 0}}, {"per_day": {"cpu": 3}}])
def test_a_budget_that_says_nothing_is_refused(budget: dict) -> None:
    with pytest.raises(ValidationError):
        builders.spec(budget=budget)


def test_a_budget_is_no_part_of_what_makes_rows() -> None:
    assert builders.spec(budget={"per_day": {"money": 1}}).digest == builders.spec().digest


def test_a_sheet_names_what_it_changes() -> None:
    sheet = price_sheet("currency: EUR\ncpu_hour: 0.1\n", "here")
    assert (sheet.currency, sheet.cpu_hour, sheet.gib_hour) == ("EUR", 0.1, Prices().gib_hour)
    assert price_sheet("", "here") == Prices()


@pytest.mark.parametrize("text", ["cpu_hour: -1", "cpu: 1", "cpu_hour: much", "[1]", "{", "cpu_hour: .inf"])
def test_a_sheet_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PricesError, match="aug cost prices") as found:
        price_sheet(text, "prices.yaml")
    assert "prices.yaml" in found.value.seen
