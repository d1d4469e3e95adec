"""Deployments without MLflow: bad models go by themselves, good ones come, and races have one winner."""

import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aug_assets import served
from aug_assets.assets import common, deploy_record, deployment, predictions, scored
from aug_assets.commands import deploy
from aug_assets.errors import DeploymentError, DeploymentRaceError, ModelBrokenError, NoChampionError
from aug_assets.frames import to_table
from aug_assets.pointer import Pointer, Serving
from aug_assets.rows import source_ids, to_hex
from aug_assets.spec import DatasetSpec
from resources import model_ledger, model_store
from resources.audit import audit_log
from resources.lake import LakeResource
from resources.pointer import Pointers
from tests import builders
from tests.tiny_models import Broken, Line, NoNumber

ROWS = 800
GOOD, SAME, BAD, BLIND = 90.0, 80.0, 60.0, 1e9  # thresholds on the amount


class World:
    """A lake, a dataset that trains models, and days that pass."""

    def __init__(self, folder: Path, **training: Any) -> None:
        self.lake = LakeResource(uri=str(folder))
        self.spec: DatasetSpec = builders.spec(training=training, subject="note")
        self.day = 1

    def offer(self, version: int, threshold: float, model: Any = None) -> Serving:
        data = served.packed(served.Served(model or Line(1.0), threshold, "1"))
        offered = Serving(str(version), served.digest(data), threshold, "1", "run", "2025-01-01")
        model_store.offer(self.lake, self.spec, offered, data)
        return offered

    def rows(self) -> pa.Table:
        frame = builders.frame(ROWS, seed=self.day)
        frame["amount"] = frame["amount"].mask(frame["fraud"] == 1, frame["amount"] + 85).clip(upper=999)
        frame["note"] = frame["id"]
        ids = to_hex(source_ids(self.spec.id, [pa.array(frame["id"])], ROWS))
        return to_table(frame, self.spec, ids, synthetic=False)

    def context(self) -> Any:
        day = f"2025-01-{self.day:02d}"
        return SimpleNamespace(partition_key=day, retry_number=0, run=SimpleNamespace(run_id="run", tags={}))

    def pass_day(self) -> pa.Table:
        """The next day arrives and is scored."""
        self.day += 1
        context, rows = self.context(), self.rows()
        table = common.table(self.lake, self.spec, "source")
        part = table.write_part(rows, {"date": context.partition_key}, "part")
        table.commit([part], {"date": context.partition_key}, rows.schema, {})
        placed, told = predictions.score(self.spec, self.lake, rows)
        scored.keep(context, self.spec, self.lake, told, pointer=placed.number)
        return told

    def step(self) -> Pointer:
        return deployment.step(self.spec, self.lake)[0].pointer

    def live(self, days: int = 8) -> list[str]:
        """Days pass until the state changes; what was done last, then."""
        state = self.now.state
        for _ in range(days):
            self.pass_day()
            if self.step().state != state:
                break
        return [self.now.state, self.now.action, self.now.serving.version]

    @property
    def now(self) -> Pointer:
        return Pointers(self.lake, self.spec).read().pointer

    def actions(self) -> list[tuple[str, str]]:
        return [(one.action, one.by) for one in audit_log(self.lake, self.spec.tenant).records()]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Version 1 serves, nothing is tried."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    made = World(tmp_path / "lake")
    made.offer(1, SAME)
    made.step()
    return made


def test_a_bad_challenger_is_rolled_back_by_itself(world: World) -> None:
    first = world.now.champion
    world.offer(2, BAD)
    assert (world.step().state, world.now.share) == ("canary", 0.1)
    assert world.live() == ["steady", "rollback", "1"]
    assert (world.now.champion, world.now.challenger) == (first, None)
    assert "false alarms" in world.now.why
    assert world.now.evidence["false_alarms/harm"] > 2
    assert world.actions() == [("promote", "aug"), ("canary", "aug"), ("rollback", "aug")]
    world.step()
    assert world.now.seen == 2  # it is not tried again
    assert world.now.challenger is None


def test_a_blind_challenger_is_rolled_back_though_it_raises_no_false_alarm(world: World) -> None:
    world.offer(2, BLIND)
    world.step()
    assert world.live() == ["steady", "rollback", "1"]
    assert "recall" in world.now.why


def test_a_good_challenger_is_promoted_watched_and_settled(world: World) -> None:
    world.offer(2, GOOD)
    world.step()
    assert world.live() == ["watch", "promote", "2"]
    assert world.now.serving.threshold == GOOD
    assert world.now.previous == Pointers(world.lake, world.spec).read().pointer.previous
    told = world.pass_day()
    assert set(told["version"].to_pylist()) == {"2"}
    assert set(told["old_version"].to_pylist()) == {"1"}
    assert world.live() == ["steady", "settle", "2"]
    assert [action for action, _ in world.actions()] == ["promote", "canary", "promote", "settle"]


def test_a_champion_that_goes_bad_while_it_is_watched_is_rolled_back(world: World) -> None:
    world.offer(2, BAD)
    world.step()
    deploy.change(world.lake, world.spec, "promote", "mo", "I know better")
    assert world.live() == ["steady", "rollback", "1"]
    assert world.now.champion is not None
    assert world.now.champion.threshold == SAME


def test_the_challenger_decides_its_share_and_both_score_all(world: World) -> None:
    world.offer(2, BAD)
    world.step()
    told = world.pass_day().to_pandas()
    mine = told["version"] == "2"
    assert 0.05 < mine.mean() < 0.16
    assert (told["threshold"] == np.where(mine, BAD, SAME)).all()
    assert (told["alarm"] == np.where(mine, told["new_alarm"], told["old_alarm"])).all()
    assert (told["new_alarm"] == (told["new_score"] >= BAD)).all()
    assert world.pass_day().schema == scored.SCHEMA


def test_days_that_the_challenger_was_trained_on_prove_nothing(world: World) -> None:
    model = world.offer(2, BAD)
    world.step()
    world.pass_day()
    assert scored.evidence(world.lake, world.spec, world.now).days == 1
    late = Pointer.of({**world.now.record(), "challenger": {**vars(model), "trained_to": "2025-01-02"}})
    assert scored.evidence(world.lake, world.spec, late).days == 0


def test_a_canary_that_proves_nothing_ends(tmp_path: Path) -> None:
    made = World(
        tmp_path,
        canary={"max_days": 2, "guards": {"recall": {"margin": 0.001, "tolerated": 0}}},
        window_days=4,
    )
    made.offer(1, SAME)
    made.step()
    made.offer(2, SAME + 0.5)
    made.step()
    assert made.live() == ["steady", "rollback", "1"]
    assert "proved neither" in made.now.why


def test_no_champion_yet(tmp_path: Path) -> None:
    made = World(tmp_path, auto_promote=False)
    with pytest.raises(NoChampionError, match="no model serves yet"):
        made.pass_day()
    assert made.step() == Pointer()
    made.offer(1, SAME)
    assert made.step().state == "hold"
    with pytest.raises(NoChampionError):
        made.pass_day()
    deploy.change(made.lake, made.spec, "promote", "mo", "looked at it")
    assert made.pass_day().num_rows == ROWS


@pytest.mark.parametrize("model", [Broken(), NoNumber()])
def test_a_challenger_that_breaks_goes_and_the_champion_serves_on(world: World, model: Any) -> None:
    world.offer(2, 1.0, model)
    world.step()
    told = world.pass_day()
    assert set(told["version"].to_pylist()) == {"1"}
    assert told["new_score"].null_count == ROWS
    assert (world.now.state, world.now.action) == ("steady", "rollback")


def test_a_new_champion_that_cannot_be_loaded_gives_way_to_the_old(world: World) -> None:
    model = world.offer(2, GOOD)
    world.step()
    deploy.change(world.lake, world.spec, "promote", "mo", "in a hurry")
    stored = next(Path(world.lake.uri).rglob(f"{model.digest}.pickle"))
    stored.write_bytes(stored.read_bytes() + b"x")
    assert set(world.pass_day()["version"].to_pylist()) == {"1"}
    assert "is not the one that was trained" in world.now.why
    assert world.actions()[-1] == ("rollback", "aug")


def test_a_champion_that_cannot_be_loaded_with_nothing_before_it_is_an_error(world: World) -> None:
    next(Path(world.lake.uri).rglob("*.pickle")).unlink()
    with pytest.raises(ModelBrokenError, match="is gone"):
        world.pass_day()


def test_a_model_that_cannot_be_loaded_is_not_tried(world: World) -> None:
    model = world.offer(2, GOOD)
    next(Path(world.lake.uri).rglob(f"{model.digest}.pickle")).write_bytes(b"half")
    assert (world.step().state, world.now.seen, world.now.serving.version) == ("steady", 2, "1")


def test_a_marked_model_is_not_tried(world: World) -> None:
    world.offer(2, GOOD)
    day = [{"date": "2025-01-01", "validated_version": 0, "digest": "a"}]
    model_ledger.record(world.lake, world.spec, "lab.small", "2", "run", day)
    model_ledger.mark(world.lake, world.spec, "lab.small", "2", "holds an erased person")
    assert world.step().challenger is None


def test_of_two_deployments_at_once_one_wins(world: World) -> None:
    world.offer(2, GOOD)
    seen, found = deploy_record.current(world.lake, world.spec), []
    start = threading.Barrier(8)

    def race(number: int) -> None:
        moved = Pointer(champion=seen.pointer.champion, action="hold", state="hold", by=f"p{number}", why="x")
        start.wait()
        try:
            found.append(deploy_record.move(world.lake, world.spec, seen, moved).pointer.by)
        except DeploymentRaceError:
            found.append("")

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    winner = [by for by in found if by]
    assert len(winner) == 1
    assert world.now.by == winner[0]
    assert world.actions()[-1] == ("hold", winner[0])
    assert len(world.actions()) == 2


def test_a_rollback_takes_under_a_second_and_needs_no_mlflow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # an import of it fails
    before = world.now.champion
    world.offer(2, GOOD)
    world.step()
    deploy.change(world.lake, world.spec, "promote", "mo", "now")
    begun = time.perf_counter()
    moved = deploy.change(world.lake, world.spec, "rollback", "mo", "customers call")
    assert time.perf_counter() - begun < 1.0
    assert moved.pointer.champion == before
    assert set(world.pass_day()["threshold"].to_pylist()) == {SAME}
    assert deploy_record.follow(world.lake, world.spec, moved.pointer) == ""


def test_a_record_that_was_lost_between_pointer_and_log_is_written_by_the_next_call(world: World) -> None:
    now = Pointers(world.lake, world.spec).read()
    Pointers(world.lake, world.spec).swap(now.number, Pointer(**{**vars(now.pointer), "action": "hold"}))
    assert len(world.actions()) == 1
    for _ in range(2):
        deploy_record.current(world.lake, world.spec)
    assert [action for action, _ in world.actions()] == ["promote", "hold"]


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("mo", " "), ("aug", "x"), ("unknown", "x")])
def test_a_person_with_a_reason_is_asked_for(world: World, by: str, why: str) -> None:
    with pytest.raises(DeploymentError, match="a person who gives a reason"):
        deploy.change(world.lake, world.spec, "hold", by, why)


def test_what_is_held_moves_by_nobody_but_a_person(world: World) -> None:
    world.offer(2, BAD)
    world.step()
    deploy.change(world.lake, world.spec, "hold", "mo", "a holiday")
    for _ in range(2):
        assert set(world.pass_day()["version"].to_pylist()) == {"1"}
        assert world.step().state == "hold"
    assert deploy.status(world.lake, world.spec)["verdict"]["word"] == "rollback"
    deploy.change(world.lake, world.spec, "resume", "mo", "back")
    assert world.now.state == "canary"


def test_the_status_says_what_serves_and_why(world: World) -> None:
    world.offer(2, BAD)
    world.step()
    world.offer(3, GOOD)
    world.pass_day()
    told = "\n".join(deploy.lines(deploy.status(world.lake, world.spec)))
    for said in ("lab/small: canary", "champion: version 1, threshold 80", "challenger: version 2",
                 "last: canary by aug", "evidence: ", "waiting: version 3"):  # fmt: skip
        assert said in told
    with pytest.raises(DeploymentError, match="trains no models"):
        deploy.status(world.lake, builders.spec())


def test_labels_that_come_late_count_once_they_are_there(world: World) -> None:
    world.offer(2, BAD)
    world.step()
    world.pass_day()
    table, where = common.table(world.lake, world.spec, "source"), {"date": world.context().partition_key}
    rows = table.read(where)
    late = rows.set_column(rows.column_names.index("fraud"), "fraud", pa.nulls(ROWS, pa.int64()))
    table.commit([table.write_part(late, where, "late")], where, late.schema, {})
    counted = scored.evidence(world.lake, world.spec, world.now)
    assert (counted.rows, counted.labelled, counted.new_false) == (ROWS, 0, 0)
    table.commit([table.write_part(rows.slice(0, 700), where, "known")], where, rows.schema, {})
    counted = scored.evidence(world.lake, world.spec, world.now)
    assert (counted.rows, counted.labelled) == (ROWS, 700)
    assert counted.new_false > 20


def test_rows_without_a_subject_are_each_their_own(world: World) -> None:
    world.offer(2, BAD)
    world.step()
    world.pass_day()
    table, where = common.table(world.lake, world.spec, "source"), {"date": world.context().partition_key}
    rows = table.read(where)
    before = scored.evidence(world.lake, world.spec, world.now)
    for values, same in ((pa.nulls(ROWS, pa.string()), True), (pa.array(["one"] * ROWS), False)):
        changed = rows.set_column(rows.column_names.index("note"), "note", values)
        table.commit([table.write_part(changed, where, f"s{same}")], where, rows.schema, {})
        assert (scored.evidence(world.lake, world.spec, world.now) == before) is same
    assert isinstance(before.new_false, int)
    assert pd.notna(before.new_false)
