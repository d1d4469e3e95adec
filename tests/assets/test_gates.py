"""The gates as checks: one each, blocking unless told otherwise, and none that fails lets a day pass."""

from typing import Any

import pytest

from aug_assets import gates
from aug_assets.assets import chunks
from aug_assets.rows import ROW_ID, digest
from tests import builders
from tests.assets.conftest import Plant
from tests.assets.days import Days, Run

DEFAULT_GATES = [step.gate for step in gates.defaults("tabular")]

JITTER = {"recipe": [{**builders.branch(), "steps": [{"operator": "jitter_bootstrap", "scale": 0.05}]}]}
ANY_SKEW = {"gate": "column_skew", "max_distance": 1.0}


def test_each_gate_is_a_check_with_its_figures(published: tuple[Days, Run]) -> None:
    _, run = published
    names = {f"augmented.{name}" for name in (*DEFAULT_GATES, gates.VERDICT)}
    assert set(run.checks) == names | {"source.schema", "validated.schema"}
    assert run.failed_checks == []
    for name in names - {"augmented.verdict"}:
        assert {"value", "threshold"} <= set(run.checks[name].metadata)


def test_the_figures_of_a_day_add_up(published: tuple[Days, Run]) -> None:
    days, run = published
    rows, held = days.rows("validated"), days.held("augmented")
    told = run.metadata["validated"]
    assert held.num_rows > 0, "the day was made to have candidates that break the rule"
    assert told["accepted"] + held.num_rows == run.metadata["augmented"]["candidates"]
    assert told["real"] + run.metadata["source"]["quarantined"] == run.metadata["source"]["rows_read"]
    assert rows.num_rows == told["real"] + told["accepted"]
    assert (
        run.checks["augmented.verdict"].metadata["quarantined"].value == held.num_rows == told["quarantined"]
    )
    candidates = set(days.rows("augmented")[ROW_ID].to_pylist())
    published_ids = rows[ROW_ID].to_pylist()
    assert len(published_ids) == len(set(published_ids))
    assert candidates - set(published_ids) == set(held[ROW_ID].to_pylist())


def test_the_verdict_names_what_was_judged(published: tuple[Days, Run]) -> None:
    days, run = published
    stored = days.rows("verdict").to_pylist()
    assert [row["gate"] for row in stored] == sorted([*DEFAULT_GATES, gates.VERDICT])
    assert {row["candidates_digest"] for row in stored} == {digest(days.rows("augmented"))}
    assert {row["candidates_digest"] for row in stored} == {run.data_versions["augmented"]}
    assert {row["gates_digest"] for row in stored} == {days.spec.gates_digest}


@pytest.mark.parametrize(
    ("fault", "settings", "caught"),
    [
        ("Copies", {}, ["exact_copies"]),
        ("TenTimes", {}, ["column_skew"]),
        ("BreaksRule", {"gates": [ANY_SKEW], "rules": ["count <= amount"]}, ["rules"]),
        ("OutOfRange", {"gates": [ANY_SKEW]}, ["schema"]),
    ],
)
def test_a_fault_of_the_recipe_is_caught_by_its_gate(
    days: Days, plant: Plant, fault: str, settings: dict[str, Any], caught: list[str]
) -> None:
    days.respec(**JITTER, **settings)
    rows = builders.frame(80)
    rows["count"] = rows["count"].clip(upper=rows["amount"].astype("int64"))
    days.deliver(rows)
    good = days.run()
    assert good.failed_checks == [], "the recipe itself must pass, or the fault is not what is caught"
    before = days.rows("validated")
    plant("jitter_bootstrap", fault)
    run = days.run()
    assert not run.success
    assert run.failed_checks == [f"augmented.{name}" for name in caught]
    assert run.attempts("validated") == 0
    assert run.attempts("gates") == 1
    assert days.rows("validated").equals(before)
    assert days.run("validated").errors == {"validated": "verdict_failed"}
    assert days.rows("validated").equals(before)


@pytest.mark.parametrize("fault", ["RaisesOnRows", "RaisesOnJudging"])
def test_a_gate_that_raises_blocks(days: Days, plant: Plant, fault: str) -> None:
    plant("schema", fault)
    run = days.run()
    assert not run.success
    assert run.failed_checks == ["augmented.schema", "augmented.verdict"]
    assert "could not judge: RuntimeError" in run.checks["augmented.schema"].description
    assert "silent: schema" in run.checks["augmented.verdict"].description
    assert run.attempts("validated") == 0
    assert days.table("validated").version() is None


def test_a_gate_that_does_not_block_warns_and_still_holds_its_rows(days: Days, plant: Plant) -> None:
    plant("schema", "AlwaysFails")
    days.respec(gates=[{"gate": "schema", "blocking": False}])
    run = days.run()
    assert run.success
    assert run.failed_checks == ["augmented.schema"]
    assert run.checks["augmented.schema"].severity.name == "WARN"
    assert run.checks["augmented.rules"].severity.name == "ERROR"
    held = {row[ROW_ID] for row in days.held("augmented").to_pylist() if "first" in row["reasons"]}
    assert held == {days.rows("augmented")[ROW_ID][0].as_py()}
    assert not held & set(days.rows("validated")[ROW_ID].to_pylist())


def test_candidates_that_got_lost_are_missed(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    days.respec(chunk_rows=7, gates=[{"gate": "exact_copies", "max_share": 1}])
    make_all = chunks.make_all
    monkeypatch.setattr(chunks, "make_all", lambda *args: make_all(*args)[:-1])
    run = days.run()
    assert run.failed_checks == ["augmented.verdict"]
    assert days.table("validated").version() is None


def test_gates_without_candidates_have_nothing_to_judge_on(days: Days) -> None:
    run = days.run("gates")
    assert run.errors == {"gates": "upstream_missing"}
