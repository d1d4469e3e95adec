"""Thresholds that follow the days: the champion's after a shift, and a challenger's before it is tried."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from aug_assets.assets import common, recalibration, scored
from aug_assets.commands import deploy
from aug_assets.errors import ModelBrokenError
from tests import builders
from tests.assets.test_deployment import BAD, SAME, World
from tests.tiny_models import Broken, Line

RATE = 0.2  # of honest rows above ``SAME``, about
Make = Callable[..., World]


class Shifting(World):
    """The same days, their honest rows dearer from some day on."""

    factor = 1.0

    def rows(self) -> pa.Table:
        stored = super().rows()
        frame = stored.to_pandas()
        honest = frame["fraud"] == 0
        frame["amount"] = frame["amount"].mask(
            honest, (frame["amount"] * self.factor).clip(upper=999).round(2)
        )
        return pa.Table.from_pandas(frame, stored.schema, preserve_index=False)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))

    def made(**recalibrate: Any) -> World:
        world = Shifting(tmp_path / "lake", false_alarm_rate=share(), recalibrate=recalibrate)
        world.offer(1, SAME)
        world.step()
        return world

    return made


def share() -> float:
    """The share of honest rows that raise an alarm as long as nothing has shifted."""
    rows = pa.concat_tables([_of(n) for n in range(2, 8)]).to_pandas()
    honest = rows[rows["fraud"] == 0]
    return float((honest["amount"] >= SAME).mean())


def _of(day: int) -> pa.Table:
    world = World.__new__(World)  # its days need no lake
    world.spec, world.day = builders.spec(subject="note"), day
    return world.rows()


def test_days_as_usual_leave_the_threshold(make: Make) -> None:
    world = make()
    for _ in range(4):
        world.pass_day()
        assert world.step().serving.threshold == SAME


def test_a_shift_moves_it_and_a_rollback_brings_it_back(make: Make) -> None:
    world = make()
    world.pass_day()
    world.factor = 1.4  # type: ignore[attr-defined]
    while world.now.action != "recalibrate":
        world.pass_day()
        world.step()
        assert world.day < 6
    assert world.now.serving.threshold > SAME
    assert world.now.serving.version == "1"
    assert ("recalibrate", "aug") in world.actions()
    assert world.now.previous is not None
    assert world.now.previous.threshold == SAME


def test_what_is_held_stays(make: Make) -> None:
    world = make()
    world.factor = 1.4  # type: ignore[attr-defined]
    deploy.change(world.lake, world.spec, "hold", "mo", "the desk is closed")
    for _ in range(3):
        world.pass_day()
        world.step()
    assert world.now.serving.threshold == SAME


def test_a_challenger_is_tried_with_a_threshold_of_newer_days(make: Make) -> None:
    world = make()
    world.pass_day()
    world.offer(2, BAD)
    assert world.step().state == "steady"  # one newer day may be a weekend
    world.pass_day()
    now = world.step()
    assert now.state == "canary"
    assert now.challenger is not None
    assert now.challenger.threshold > BAD  # it is the same model: so is the threshold, nearly
    assert now.challenger.threshold == pytest.approx(SAME, rel=0.1)
    assert "newer days" in now.why


def test_a_challenger_that_falls_over_is_not_tried(make: Make) -> None:
    world = make()
    world.pass_day()
    world.pass_day()
    world.offer(2, SAME, Broken())
    assert world.step().state == "steady"
    assert world.now.seen == 2
    assert "fell over" in world.now.why or "no rows" in world.now.why


def test_rows_that_another_model_decided_are_left_out(make: Make) -> None:
    world = make()
    told = world.pass_day()
    day = {"date": world.context().partition_key}
    champion = world.now.serving
    found = recalibration._days(world.spec, world.lake, champion, "", recalibration._stored)
    others = told.set_column(
        told.column_names.index("version"), "version", pa.array(["9"] * 300 + ["1"] * (len(told) - 300))
    )
    scored.keep(world.context(), world.spec, world.lake, others)
    left = recalibration._days(world.spec, world.lake, champion, "", recalibration._stored)
    assert len(left[0].scores) < len(found[0].scores)
    assert left[0].alarms < found[0].alarms
    assert common.table(world.lake, world.spec, "predictions").read(day).num_rows == len(told)


def test_a_model_that_gives_no_score_is_an_error(make: Make) -> None:
    world = make()
    world.pass_day()
    world.pass_day()
    broken = world.offer(2, SAME, Broken())
    with pytest.raises(ModelBrokenError):
        recalibration.fitted(world.spec, world.lake, world.now, broken)
    fine = world.offer(3, SAME, Line(1.0))
    assert recalibration.fitted(world.spec, world.lake, world.now, fine)[0] is not None
