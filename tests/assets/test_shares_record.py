"""Shares are stored before a row is made of them: days that come later change nothing that was made."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aug_assets.assets import recorded, shares_record
from aug_assets.assets.uncertainty import QUEUE
from aug_assets.commands.replay import replayed
from aug_assets.errors import SharesMissingError
from aug_assets.labels import LABELS
from aug_assets.rows import digest
from aug_assets.select.shares import SHARES
from resources.labels import LabelTable
from resources.lake import LakeResource
from tests import builders
from tests.assets.days import Days
from tests.assets.drifting import step
from tests.assets.plain import Plain, files_with
from tests.select import shifting

DAY, LATER, LAST = "2025-01-02", "2025-01-05", "2025-01-06"
SELECT = {"rows": "all", "copies": 1, "policy": "density_ratio", "density_ratio": {"toward": "newest"}}
RECIPE = [{"name": "more", "select": SELECT, "steps": [{"operator": "jitter_bootstrap"}]}]


def put(days: Days, day: str, share: float) -> int:
    """Source rows of a day as the asset stores them; returns the table's version."""
    rows, table = shifting.rows(share, int(day[-2:]), 200, days.spec), days.table("source")
    part = table.write_part(rows, {"date": day}, f"part-{digest(rows)[:6]}")
    return table.commit([part], {"date": day}, rows.schema, {})


def made_of(days: Days, version: int, run: str) -> tuple[dict, pa.Table, dict]:
    inputs = {"source_version": version, "source_digest": "x"}
    return shares_record.inputs(step(DAY, run), days.lake, days.spec, inputs, days.rows("source", DAY))


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    found = Days(tmp_path_factory.mktemp("shares"), recipe=RECIPE)
    put(found, DAY, 0.1)
    return found


def test_only_the_version_that_is_recorded_is_looked_at(days: Days) -> None:
    version = put(days, LATER, 0.6)
    first, table, told = made_of(days, version, "one")
    put(days, LAST, 0.0)
    put(days, LATER, 0.0)
    again, same, _ = made_of(days, version, "two")
    assert table.equals(same)
    assert first["shares_digest"] == again["shares_digest"] == digest(table)
    assert again["shares_version"] == first["shares_version"] + 1
    assert "effective share" in told["shares/more"]
    newer, _, _ = made_of(days, days.table("source").version(), "three")
    assert newer["shares_digest"] != first["shares_digest"]
    stored = shares_record.of_run(days.lake, days.spec, DAY, first)
    assert stored.equals(table)


def test_labels_that_came_back_are_read_and_their_version_is_recorded(tmp_path: Path) -> None:
    select = {"rows": "all", "copies": 3, "policy": "feedback", "neighbours": 2}
    found = Days(tmp_path, recipe=[{**RECIPE[0], "select": select}])
    version = put(found, DAY, 0.1)
    first, table, told = made_of(found, version, "one")
    assert (table.num_rows, "labels_version" in first) == (0, False)
    assert "no label of the day has come back yet" in told["shares/more"]
    mine = found.rows("source", DAY)["row_id"][5].as_py()
    labels = pa.table({"row_id": [mine], "label": ["1"], "by": ["ann"], "why": ["queue"], "known_at": [7]})
    kept = found.table("labels")
    kept.commit([kept.write_part(labels, {"date": DAY}, "a")], {"date": DAY}, labels.schema, {})
    second, table, _ = made_of(found, version, "two")
    assert second["labels_version"] == kept.version()
    assert table.sort_by([("weight", "descending")])["row_id"][0].as_py() == mine
    assert table.num_rows == 3


def test_candidates_without_stored_shares_are_not_made_again(days: Days) -> None:
    with pytest.raises(SharesMissingError):
        recorded.of_run(days.lake, days.spec, DAY, {"source_version": 1})


def test_a_recipe_of_other_policies_stores_nothing(tmp_path: Path) -> None:
    plain = Days(tmp_path)
    assert shares_record.inputs(step(DAY), plain.lake, plain.spec, {}, None) == ({}, None, {})
    assert shares_record.of_run(plain.lake, plain.spec, DAY, {}) is None
    assert plain.table("shares").version() is None


def test_rows_are_made_again_after_other_days_have_come(days: Days) -> None:
    """Through Dagster: candidates, what they record, the gate that makes rows again, and `aug replay`."""
    days.respec(recipe=RECIPE, gates=[{"gate": "replay"}])
    rows = shifting.rows(0.1, 2, 200, days.spec).drop_columns(["row_id", "is_synthetic"])
    days.deliver(rows.to_pandas(), DAY)
    put(days, LATER, 0.6)
    run = days.run("source", "candidates", day=DAY)
    assert run.success, run.told
    told = run.metadata["augmented"]
    commit = days.table("augmented").commit_info(told["delta_version"])
    assert commit["shares_version"] == str(told["shares_version"])
    put(days, LATER, 0.0)
    judged = days.run("gates", day=DAY)
    assert "augmented.replay" not in judged.failed_checks
    assert judged.checks["augmented.replay"].passed
    ids = days.rows("augmented", DAY)["row_id"].to_pylist()[:20]
    assert all(one.equal for one in replayed(days.lake, days.spec, ids))


def test_a_forgotten_person_has_no_share_no_label_and_no_place_in_a_queue_left(tmp_path: Path) -> None:
    """Also where the recipe needs none any more, so that no run writes the table again."""
    rows = builders.frame(80)
    rows.loc[:9, "note"] = "bob-4711"
    rows.to_parquet(tmp_path / f"{DAY}.parquet")
    spec = builders.spec(subject="note", source={"uri": f"{tmp_path}/{{date}}.parquet"})
    plain = Plain(spec, LakeResource(uri=str(tmp_path / "lake")))
    plain.make([DAY])
    source = plain.rows("source", DAY)
    ids, mine = source["row_id"].to_pylist(), pc.equal(source["note"], "bob-4711").to_pylist()
    theirs = [row for row, own in zip(ids, mine, strict=True) if own]
    stored = pa.table([["more"] * 80, ids, [1.0] * 80], schema=SHARES)
    table = plain.lake.table(spec.tenant, spec.name, "shares")
    table.commit([table.write_part(stored, {"date": DAY}, "x")], {"date": DAY}, stored.schema, {})
    known = pa.timestamp("us", "UTC")
    came = [
        ids,
        ["1"] * 80,
        ["alert"] * 80,
        ["ann"] * 80,
        pa.array([datetime(2025, 1, 3, tzinfo=UTC)] * 80, known),
    ]
    LabelTable(plain.lake, spec).add(DAY, pa.table(came, schema=LABELS))
    queue = plain.lake.table(spec.tenant, spec.name, "queue")
    asked = pa.table([ids, [0.5] * 80, [0.0] * 80, [True] * 80], schema=QUEUE)
    queue.commit([queue.write_part(asked, {"date": DAY}, "y")], {"date": DAY}, QUEUE, {})
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        told = plain.work(instance, kind="key", value="bob-4711").run()
    assert told.tables["shares"] == len(theirs) == 10
    assert files_with(tmp_path / "lake", *theirs) == []
    assert [told.tables[name] for name in ("labels", "queue")] == [10, 10]
    assert len(table.read({"date": DAY})) == 70
    assert LabelTable(plain.lake, spec).of(DAY).num_rows == len(queue.read({"date": DAY})) == 70
