"""A day over its budget is not published until a person lets it pass, or the budget grows."""

from pathlib import Path

import pytest

from aug_assets.commands import cost as command
from aug_assets.errors import DecisionError, FourEyesError, NotReleasableError
from resources.audit import audit_log
from tests import builders
from tests.assets.days import DAY, Days, Run

pytestmark = pytest.mark.usefixtures("few_gates")
DEAR = {"per_day": {"cpu_seconds": 1e-6}}


@pytest.fixture
def held(tmp_path: Path, few_gates: None) -> tuple[Days, Run]:
    days = Days(tmp_path, budget=DEAR)
    days.deliver(builders.frame(40))
    return days, days.run(tags={"user": "ann"})


def test_a_day_over_budget_waits_and_says_by_how_much(held: tuple[Days, Run]) -> None:
    days, run = held
    assert run.failed_checks == ["augmented.budget"]
    assert "at most 1e-06" in run.checks["augmented.budget"].description
    assert "validated" not in run.metadata
    assert days.run("validated").errors == {"validated": "over_budget"}


def test_a_person_lets_it_pass_and_that_is_on_record(held: tuple[Days, Run]) -> None:
    days, _ = held
    for by, why, error in (("", "x", DecisionError), ("mo", " ", DecisionError), ("Ann", "x", FourEyesError)):
        with pytest.raises(error):
            command.release(days.lake, days.spec, DAY, by, why)
    assert command.release(days.lake, days.spec, DAY, "mo", "once") == ["budget/per_day.cpu_seconds"]
    assert days.run("validated").success
    record = [one for one in audit_log(days.lake, "lab").records() if one.action == "release"]
    assert [(one.by, one.why) for one in record] == [("mo", "once")]
    costs = command.costs(days.instance, [days.spec], "day")
    assert [line.name for line in costs] == [DAY]
    assert costs[0].accepted > 0
    assert costs[0].cost.spent.cpu_seconds > 0
    assert costs[0].cost.spent.bytes_written > 0
    assert costs[0].row()["money_per_accepted_row"] > 0
    assert command.costs(days.instance, [days.spec], "tenant", "2026-01-01") == []


def test_a_larger_budget_lets_it_pass(held: tuple[Days, Run]) -> None:
    days, _ = held
    days.respec(budget={"per_day": {"cpu_seconds": 1e6}})
    assert days.run("validated").success


def test_a_day_within_its_budget_waits_for_nobody(tmp_path: Path) -> None:
    days = Days(tmp_path, budget={"per_day": {"cpu_seconds": 1e6}})
    with pytest.raises(NotReleasableError, match="not judged"):
        command.release(days.lake, days.spec, DAY, "mo", "x")
    days.deliver(builders.frame(40))
    run = days.run()
    assert run.success
    assert run.checks["augmented.budget"].passed
    with pytest.raises(NotReleasableError, match="no limit"):
        command.release(days.lake, days.spec, DAY, "mo", "x")
