"""What the drift asset shows of the champion: its scores and the expected worth of its alarms."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aug_assets.assets import champion_drift, common
from aug_assets.pointer import Pointer
from resources.pointer import Pointers
from tests import builders
from tests.assets.test_deployment import BLIND, GOOD, ROWS, World
from tests.test_labels import COLUMNS
from tests.tiny_models import Broken


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.spec = builders.spec(training={}, subject="note", columns=COLUMNS)  # of which labels may be late
    return made


def serve(world: World, version: int, threshold: float, model: Any = None) -> None:
    pointers = Pointers(world.lake, world.spec)
    offered = world.offer(version, threshold, model)
    pointers.swap(pointers.read().number, Pointer(champion=offered, action="promote", by="ann"))


def deliver(world: World, rows: pa.Table) -> dict[str, Any]:
    """A day that is not scored yet, and what is shown of it."""
    world.day += 1
    where = {"date": world.context().partition_key}
    table = common.table(world.lake, world.spec, "source")
    version = table.commit([table.write_part(rows, where, "part")], where, rows.schema, {})
    return champion_drift.told(world.spec, world.lake, where["date"], version, len(rows))


def without_labels(rows: pa.Table) -> pa.Table:
    at = rows.schema.get_field_index("fraud")
    return rows.set_column(at, rows.schema.field(at), pa.nulls(len(rows), rows.schema.field(at).type))


def scaled(rows: pa.Table, factor: float) -> pa.Table:
    at = rows.schema.get_field_index("amount")
    field = rows.schema.field(at)
    return rows.set_column(at, field, pc.multiply(rows.column(at), factor).cast(field.type))


def test_a_usual_day_without_labels_gets_a_true_estimate(world: World) -> None:
    serve(world, 1, GOOD)
    for _ in range(6):
        world.pass_day()
    rows = world.rows()
    found = deliver(world, without_labels(rows))
    assert (found["champion"], found["score_days"]) == ("1", 6)
    assert found["score_ks"] < 2 * found["score_ks_usual"]
    alarm = pc.greater_equal(rows.column("amount"), GOOD).to_numpy()
    fraud = rows.column("fraud").to_numpy() == 1
    assert found["expected/recall"] == pytest.approx(fraud[alarm].sum() / fraud.sum(), abs=0.05)
    assert found["expected/precision"] == pytest.approx(fraud[alarm].mean(), abs=0.05)
    assert found["expected/recall"] == pytest.approx(found["expected/recall_usual"], abs=0.05)


def test_scores_that_move_are_seen_and_the_estimate_with_them(world: World) -> None:
    serve(world, 1, GOOD)
    for _ in range(6):
        world.pass_day()
    found = deliver(world, without_labels(scaled(world.rows(), 1.4)))
    assert found["score_ks"] > 5 * found["score_ks_usual"]
    assert found["score_psi"] > 5 * found["score_psi_usual"]
    assert found["expected/false_positive_rate"] > 1.2 * found["expected/false_positive_rate_usual"]


def test_a_large_day_is_scored_in_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(world, 1, GOOD)
    for _ in range(3):
        world.pass_day()
    whole = deliver(world, world.rows())
    monkeypatch.setattr(champion_drift, "_ROWS", ROWS // 4)
    world.day -= 1
    part = deliver(world, world.rows())
    assert part["score_ks"] != whole["score_ks"]
    assert part["expected/recall"] == pytest.approx(whole["expected/recall"], abs=0.1)


def test_only_days_that_the_same_version_scored_and_has_not_seen_count(world: World) -> None:
    serve(world, 1, GOOD)
    for _ in range(2):
        world.pass_day()
    serve(world, 2, GOOD)
    told = deliver(world, world.rows())
    assert told == {"champion": "2", "champion_scores": "no earlier day was scored by this version"}
    world.pass_day()
    assert deliver(world, world.rows())["score_days"] == 1


def test_few_known_positives_make_no_estimate(world: World) -> None:
    serve(world, 1, GOOD)
    world.rows = lambda whole=world.rows: without_labels(whole())  # type: ignore[method-assign]
    for _ in range(2):
        world.pass_day()
    found = deliver(world, world.rows())
    assert "0 of 0 labelled rows are positive" in found["expected"]
    assert found["score_ks"] > 0


def test_a_day_without_alarms_or_rows_and_a_missing_champion(world: World) -> None:
    assert deliver(world, world.rows()) == {}
    serve(world, 1, BLIND)
    world.pass_day()
    found = deliver(world, world.rows())
    assert found["expected/recall"] == 0
    assert "expected/precision" not in found, "there is no alarm that could be right"
    assert "champion_scores" in deliver(world, world.rows().slice(0, 0))


def test_a_model_that_fails_is_told_and_holds_up_nothing(world: World) -> None:
    serve(world, 1, GOOD, Broken("gone"))
    assert "gone" in deliver(world, world.rows())["champion_scores"]
