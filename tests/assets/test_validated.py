"""The validated asset: what may be published, also when launched alone, and what stays readable."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aug_assets.rows import IS_SYNTHETIC, digest
from tests import builders
from tests.assets.conftest import Plant
from tests.assets.days import DAY, Days, Run


@pytest.fixture
def good(days: Days) -> Days:
    """A day that was published, and is about to be made again with something wrong."""
    assert days.run().success
    return days


def assert_refused(days: Days, code: str) -> None:
    """Launched alone it refuses once, with this error, and readers still get what they had."""
    version, rows = days.table("validated").version(), days.rows("validated")
    run = days.run("validated")
    assert run.errors == {"validated": code}, run.told
    assert "Next: " in run.told
    assert run.attempts("validated") == 1
    assert run.metadata == {}
    assert days.table("validated").version() == version
    assert days.rows("validated").equals(rows)


def test_the_data_version_is_the_digest_in_the_commit_and_of_what_a_reader_gets(
    published: tuple[Days, Run],
) -> None:
    days, run = published
    told = run.metadata["validated"]
    info = days.table("validated").commit_info(told["delta_version"])
    content = digest(days.rows("validated", version=told["delta_version"]))
    assert run.data_versions["validated"] == told["digest"] == info["digest"] == content
    for stage in ("source", "augmented"):
        assert info[f"{stage}_version"] == str(run.metadata[stage]["delta_version"])
    assert info["provenance_digest"] == digest(days.rows("provenance", version=told["provenance_version"]))
    assert info["run_id"] == run.run_id


def test_equal_content_keeps_its_data_version(good: Days) -> None:
    first, second = good.table("validated").version(), good.run()
    info = [
        good.table("validated").commit_info(v) for v in (first, second.metadata["validated"]["delta_version"])
    ]
    assert info[0]["digest"] == info[1]["digest"] == second.data_versions["validated"]
    assert info[0]["run_id"] != info[1]["run_id"]


def test_alone_it_publishes_what_was_judged(days: Days) -> None:
    assert days.run("source", "augmented").success
    run = days.run("validated")
    assert run.success, run.told
    assert run.metadata["validated"]["accepted"] == sum(days.rows("validated")[IS_SYNTHETIC].to_pylist()) > 0


def test_without_any_verdict_it_refuses(days: Days) -> None:
    assert days.run("source", "candidates").success
    run = days.run("validated")
    assert run.errors == {"validated": "verdict_missing"}
    assert DAY in run.told
    assert days.table("validated").version() is None
    assert days.run("gates").success
    assert days.run("validated").success


def test_without_candidates_or_source_it_refuses(days: Days) -> None:
    assert days.run("validated").errors == {"validated": "upstream_missing"}
    assert days.run("source").success
    assert days.run("validated").errors == {"validated": "upstream_missing"}


def test_a_verdict_without_the_word_of_a_gate_is_none(good: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    table, where = good.table("verdict"), {"date": DAY}
    stored = good.rows("verdict")
    part = table.write_part(stored.slice(1), where, "cut")
    table.commit([part], where, stored.schema, {})
    assert_refused(good, "verdict_missing")


def respecced(days: Days, *parts: str, **changes: Any) -> None:
    days.respec(**changes)
    if parts:
        assert days.run(*parts).success


def other_source(days: Days) -> None:
    rows = builders.frame(80)
    rows.loc[5, "amount"] += 0.01
    days.deliver(rows)
    assert days.run("source").success


STALE = {
    "candidates made again by another recipe": lambda d: respecced(
        d, "candidates", recipe=[builders.branch(copies=3)]
    ),
    "a recipe that has made nothing yet": lambda d: respecced(d, recipe=[builders.branch(copies=3)]),
    "other source rows": other_source,
    "other gates": lambda d: respecced(d, gates=[{"gate": "exact_copies", "max_share": 0.9}]),
    "other rules": lambda d: respecced(d, rules=["count <= amount + 1000"]),
}


@pytest.mark.parametrize("change", STALE)
def test_a_verdict_about_something_else_is_refused_until_the_day_is_judged_again(
    good: Days, change: str
) -> None:
    STALE[change](good)
    assert_refused(good, "verdict_stale")
    good.run("candidates")
    run = good.run("gates")
    assert run.success, run.failed_checks
    run = good.run("validated")
    assert run.success, run.told


def test_source_made_again_with_equal_rows_needs_no_new_candidates(good: Days) -> None:
    assert good.run("source").success
    assert good.run("validated").success


def test_a_day_whose_gates_failed_is_refused_until_they_pass(good: Days, plant: Plant) -> None:
    with pytest.MonkeyPatch.context() as patch:
        from aug_assets import gates

        patch.setitem(gates.REGISTRY.paths, "schema", "tests.assets.planted:AlwaysFails")
        assert good.run("augmented").failed_checks == ["augmented.schema"]
    assert_refused(good, "verdict_failed")
    assert good.run("gates").success
    assert good.run("validated").success


def test_what_blind_gates_let_through_is_held_by_its_own_check(good: Days, plant: Plant) -> None:
    before = good.rows("validated")
    jitter = [{**builders.branch(), "steps": [{"operator": "jitter_bootstrap"}]}]
    good.respec(recipe=jitter, gates=[{"gate": "column_skew", "max_distance": 1.0}])
    plant("schema", "BlindSchema")
    plant("jitter_bootstrap", "OutOfRange")
    run = good.run()
    assert run.failed_checks == ["validated.schema"]
    assert "min:amount" in run.checks["validated.schema"].description
    assert not run.success
    assert run.attempts("validated") == 1
    assert good.rows("validated").equals(before)


def test_days_are_published_one_by_one(good: Days) -> None:
    before = good.rows("validated")
    good.deliver(builders.frame(60, seed=4), "2025-01-03")
    assert good.run(day="2025-01-03").success
    assert good.rows("validated").equals(before)
    assert good.table("validated").partitions() == [{"date": DAY}, {"date": "2025-01-03"}]


def test_manifests_list_the_real_rows_that_are_not_held_out(tmp_path: Path) -> None:
    manifests = [{"manifest": "reweight", "weight": 5}, {"manifest": "underbag", "bags": 2, "ratio": 1}]
    days = Days(tmp_path, manifests=manifests, holdout={"by": "id", "share": 0.3})
    days.deliver(builders.frame(160))
    assert days.run().success
    table = days.rows("validated")
    held = days.spec.holdout.held(table["id"].to_pandas())
    real = ~np.array(table[IS_SYNTHETIC].to_pylist())
    wanted = set(np.array(table["row_id"].to_pylist())[real & ~held])
    found = days.rows("manifest").to_pandas()
    weights = found[found["manifest"] == "reweight"].set_index("row_id")["weight"]
    assert set(weights.index) == wanted
    labels = dict(zip(table["row_id"].to_pylist(), table["fraud"].to_pylist(), strict=True))
    assert all(weight == (5 if labels[row] == 1 else 1) for row, weight in weights.items())
    assert set(found[found["manifest"] == "underbag"]["row_id"]) < wanted
