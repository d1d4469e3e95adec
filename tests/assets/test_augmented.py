"""The augmented asset: candidates that are never without provenance, in whatever pieces they were made."""

from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pytest

from aug_assets.assets import chunks, common
from aug_assets.assets.dataset import build_dataset
from aug_assets.rows import IS_SYNTHETIC, ROW_ID, digest
from resources.delta_table import LakeTable
from tests import builders
from tests.assets.days import DAY, NEXT_DAY, Days, Run

TWO_STEPS = [
    {**builders.branch(), "steps": [{"operator": "smote_nc", "k": 3}, {"operator": "jitter_bootstrap"}]}
]


def test_every_candidate_has_parents_among_the_days_source_rows(published: tuple[Days, Run]) -> None:
    days, run = published
    candidates, provenance = days.rows("augmented"), days.rows("provenance")
    real = set(days.rows("source")[ROW_ID].to_pylist())
    made = candidates[ROW_ID].to_pylist()
    assert all(candidates[IS_SYNTHETIC].to_pylist())
    assert len(made) == len(set(made)) == run.metadata["augmented"]["candidates"] > 0
    assert provenance[ROW_ID].to_pylist() == made
    assert all(parents and set(parents) <= real for parents in provenance["parents"].to_pylist())
    assert not set(made) & real
    assert set(provenance["source_digest"].to_pylist()) == {run.metadata["source"]["digest"]}
    assert set(provenance["recipe_digest"].to_pylist()) == {days.spec.recipe_digest}


def test_the_data_version_is_the_digest_of_what_a_reader_gets(published: tuple[Days, Run]) -> None:
    days, run = published
    told = run.metadata["augmented"]
    assert run.data_versions["augmented"] == digest(days.rows("augmented", version=told["delta_version"]))
    assert told["provenance_digest"] == digest(days.rows("provenance", version=told["provenance_version"]))
    assert told["source_digest"] == run.data_versions["source"]


def test_pieces_and_their_order_leave_no_trace(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    days.respec(recipe=TWO_STEPS)
    assert days.run("source").success
    whole = days.run("candidates").metadata["augmented"]
    days.respec(recipe=TWO_STEPS, chunk_rows=7)
    pieces = days.run("candidates").metadata["augmented"]
    make_all = chunks.make_all

    def shuffled(context: Any, plan: Any, lake: Any) -> Any:
        count = len(plan.chunks(7))
        return make_all(context, plan, lake, order=[int(n) for n in np.roll(range(count), 3)[::-1]])

    monkeypatch.setattr(chunks, "make_all", shuffled)
    mixed = days.run("candidates").metadata["augmented"]
    assert len(days.table("augmented").parts({"date": DAY})) > 3
    for name in ("digest", "provenance_digest", "candidates"):
        assert whole[name] == pieces[name] == mixed[name], name


def test_every_step_of_every_candidate_is_told(days: Days) -> None:
    days.respec(recipe=TWO_STEPS, chunk_rows=7)
    assert days.run("source", "candidates").success
    told = [(row[ROW_ID], row["step"]) for row in days.rows("provenance").to_pylist()]
    assert told == [(row, step) for row in days.rows("augmented")[ROW_ID].to_pylist() for step in (0, 1)]


def test_a_crash_between_the_two_commits_leaves_the_last_good_day(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = days.run().metadata
    before, candidates = days.rows("validated"), days.rows("augmented")
    days.respec(recipe=[builders.branch(copies=3)])
    commit = LakeTable.commit

    def dying(table: LakeTable, *args: Any) -> int:
        if table.uri.endswith("/augmented"):
            raise SystemError("killed")
        return commit(table, *args)

    with monkeypatch.context() as patch:
        patch.setattr(LakeTable, "commit", dying)
        assert not days.run("candidates").success
    assert days.table("provenance").version() > good["augmented"]["provenance_version"]
    assert days.rows("augmented").equals(candidates)
    assert days.rows("validated").equals(before)
    told = days.rows("provenance", version=good["augmented"]["provenance_version"])
    assert set(candidates[ROW_ID].to_pylist()) == set(told[ROW_ID].to_pylist())
    assert days.run("candidates").success
    assert set(days.rows("augmented")[ROW_ID].to_pylist()) == set(days.rows("provenance")[ROW_ID].to_pylist())


@pytest.mark.parametrize("dies", [False, True])
def test_no_rows_stay_in_the_scratch_space(days: Days, monkeypatch: pytest.MonkeyPatch, dies: bool) -> None:
    assert days.run("source").success
    if dies:
        monkeypatch.setattr(LakeTable, "write_part", lambda *_: 1 / 0)
    assert days.run("candidates").success is not dies
    assert [path for path in (days.folder / "lake" / "_scratch").rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("at_once")
def test_too_few_parents_fail_once_or_are_told(days: Days) -> None:
    rows = builders.frame(80)
    rows["fraud"] = (np.arange(80) == 0).astype(np.int64)
    days.deliver(rows)
    run = days.run()
    assert run.errors == {"augmented": "too_few_parents"}
    assert run.attempts("augmented") == 1
    assert days.table("augmented").version() is None
    days.respec(recipe=[builders.branch(too_few="skip")])
    run = days.run()
    assert run.success, run.told
    assert run.metadata["augmented"]["candidates"] == 0
    assert "smote_nc needs" in run.metadata["augmented"]["skipped/more"]
    assert run.metadata["validated"]["accepted"] == 0
    assert days.rows("validated").equals(days.rows("source"))


def test_without_a_source_day_there_is_nothing_to_do(days: Days) -> None:
    run = days.run("candidates", day=NEXT_DAY)
    assert run.errors == {"augmented": "upstream_missing"}
    assert "lab/small_source" in run.told


def test_a_range_of_days_in_one_run_is_refused(days: Days) -> None:
    days.deliver(day=NEXT_DAY)
    tags = {"dagster/asset_partition_range_start": DAY, "dagster/asset_partition_range_end": NEXT_DAY}
    run = days.run(tags=tags, partition_key=None)
    assert not run.success
    assert days.table("source").version() is None
    policies = {policy for asset in build_dataset(days.spec).assets for policy in [asset.backfill_policy]}
    assert policies == {None}  # one run a day, which is no range


def test_the_code_version_follows_what_decides_the_rows(days: Days) -> None:
    def code_version(**changes: Any) -> set[str]:
        days.respec(**changes)
        assets = build_dataset(days.spec).assets or ()
        return {asset.code_versions_by_key[asset.key] for asset in assets}

    (plain,) = code_version()
    assert code_version(owners=["team:other"], description="other", chunk_rows=5) == {plain}
    others = [
        code_version(recipe=[builders.branch(copies=3)]),
        code_version(rules=["count <= amount"]),
        code_version(gates=[{"gate": "exact_copies", "max_share": 0.5}]),
        code_version(limits={"max_rejected_share": 0.5}),
    ]
    assert all({plain} != other for other in others)
    assert len({*map(tuple, others)}) == len(others)


def test_a_days_cost_is_told(published: tuple[Days, Run]) -> None:
    _, run = published
    for stage, parts in {
        "source": {"read", "validate", "write"},
        "augmented": {"read", "make", "write"},
    }.items():
        spent = {
            n.removeprefix("seconds/"): s for n, s in run.metadata[stage].items() if n.startswith("seconds/")
        }
        assert set(spent) == {*parts, "cpu"}
        assert all(seconds >= 0 for seconds in spent.values())
        assert 0 < spent["cpu"] < 60


def test_stages_are_named_after_the_dataset(days: Days) -> None:
    assert common.asset_key(days.spec, "augmented") == dg.AssetKey(["lab", "small_augmented"])


# --- rows that the recipe itself refuses ------------------------------------------------------------------
def test_refused_rows_are_quarantined_counted_and_explained(tmp_path: Path) -> None:
    steps = [{"operator": "jitter_bootstrap", "scale": 0.5}, {"operator": "teacher_filter", "drop": 0.5}]
    days = Days(tmp_path, recipe=[{**builders.branch(copies=3), "steps": steps}])
    days.deliver(builders.frame(160))
    run = days.run()
    told = run.metadata["augmented"]
    held = days.held("recipe")
    assert run.success, run.told or run.failed_checks
    assert held.num_rows == told["refused"] == told["refused/teacher_filter"] > 0
    assert told["made"] == told["candidates"] + told["refused"] == 120
    assert {reason for row in held["reasons"].to_pylist() for reason in row} == {"teacher_filter"}
    refused = set(held["row_id"].to_pylist())
    assert not refused & set(days.rows("augmented")["row_id"].to_pylist())
    assert refused <= set(days.rows("provenance")["row_id"].to_pylist())
    assert run.metadata["validated"]["accepted"] <= told["candidates"]


def test_a_day_made_again_without_the_filter_holds_nothing(tmp_path: Path) -> None:
    steps = [{"operator": "jitter_bootstrap", "scale": 0.5}, {"operator": "teacher_filter", "drop": 0.5}]
    days = Days(tmp_path, recipe=[{**builders.branch(copies=3), "steps": steps}])
    days.deliver(builders.frame(160))
    assert days.run().success
    days.respec(recipe=[{**builders.branch(copies=3), "steps": steps[:1]}])
    assert days.run().success
    assert days.held("recipe").num_rows == 0
