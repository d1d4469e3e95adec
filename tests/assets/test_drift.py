"""The drift asset: what it decides of a day, what it keeps, and what it never holds up."""

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aug_assets.assets import drift_record
from aug_assets.assets.dataset import build_dataset
from aug_assets.drift.features import of_table
from aug_assets.pointer import Pointer, Serving
from resources import model_ledger
from resources.lake import LakeResource
from resources.pointer import Pointers
from tests import builders
from tests.assets.days import Days, Run
from tests.assets.drifting import DRIFT, REFERENCE, day_of, rows_of, step, watched, with_reference

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Twenty days of a reference, then one as usual and one with other amounts; not to be changed."""
    made = with_reference(tmp_path_factory.mktemp("drift"), drift={**DRIFT, "classifier": True})
    for n in (0, 9, 15):
        where, rows = {"date": day_of(n)}, builders.table(200, n + 1, made.spec)
        source = made.table("source")
        source.commit([source.write_part(rows, where, "first")], where, rows.schema, {})
    made.deliver(rows_of(20), day_of(20))
    made.deliver(rows_of(21, 1.6), day_of(21))
    return made


@pytest.fixture(scope="module")
def runs(days: Days) -> dict[int, Run]:
    return {n: days.run("source", "drift", day=day_of(n)) for n in (20, 21)}


@pytest.fixture
def copied(days: Days, runs: dict[int, Run], tmp_path: Path) -> Days:
    """The same lake, to be changed."""
    assert runs
    other = watched(tmp_path)
    shutil.copytree(days.folder / "lake", tmp_path / "lake")
    return other


def test_a_usual_day_is_steady_and_a_shifted_one_asks_for_a_refresh(runs: dict[int, Run]) -> None:
    usual, shifted = (runs[n].metadata["drift"] for n in (20, 21))
    assert (usual["word"], runs[20].failed_checks) == ("steady", [])
    assert (shifted["word"], shifted["feature"], shifted["drifted"]) == ("refresh", "amount", ["amount"])
    assert shifted["value"] > shifted["limit"] > usual["value"]
    assert runs[21].success, "drift holds nothing back"
    check = runs[21].checks["drift.drift"]
    assert (check.passed, check.severity, check.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    assert check.description == f"refresh: {shifted['reason']}"


def test_figures_and_drawings_are_shown(runs: dict[int, Run]) -> None:
    shown = runs[21].metadata["drift"]
    first = shown["features"].records[0].data
    assert (first["feature"], first["drifted"]) == ("amount", "yes")
    assert {"psi", "js", "ks", "wasserstein", "missing"} <= first.keys()
    for name in ("history", "worst_feature"):
        assert "data:image/svg+xml;base64," in shown[name]
    assert (shown["volume"], shown["volume_usual"]) == (200, 200)
    assert shown["label_share/1"] == shown["label_share_usual/1"] == 0.25
    assert shown["classifier_area"] > 0.55 > runs[20].metadata["drift"]["classifier_area"]


def test_every_decision_is_kept(days: Days, runs: dict[int, Run]) -> None:
    stored = [days.rows("drift", day_of(n)).to_pylist()[0] for n in (0, 20, 21)]
    assert [row["word"] for row in stored] == ["unjudged", "steady", "refresh"]
    assert stored[2]["source_digest"] == runs[21].metadata["source"]["digest"]
    assert stored[2]["reference"] == "the dataset's first days"


def test_a_day_is_not_compared_with_itself(days: Days, runs: dict[int, Run]) -> None:
    assert runs
    chosen = drift_record.choose(days.lake, days.spec, day_of(3))
    assert day_of(3) not in chosen.days
    assert day_of(20) in chosen.days, "a later usual day takes its place"
    assert days.spec.drift is not None
    longer = days.spec.model_copy(update={"drift": days.spec.drift.model_copy(update={"days": 30})})
    chosen = drift_record.choose(days.lake, longer, day_of(4))
    assert day_of(20) in chosen.days
    assert day_of(21) not in chosen.days, "it drifted"


def test_the_reference_is_that_of_the_champion(copied: Days) -> None:
    spec, lake = copied.spec, copied.lake
    for version, first in (("9", 4), ("10", 2)):
        inputs = [{"date": day_of(n), "validated_version": 0, "digest": "x"} for n in range(first, first + 6)]
        model_ledger.record(lake, spec, "fraud", version, "run", inputs)
    assert drift_record.choose(lake, spec, day_of(21)).why == "the dataset's first days", "none serves"
    Pointers(lake, spec).swap(-1, Pointer(champion=Serving("9", "", 0.5, "1"), action="promote"))
    chosen = drift_record.choose(lake, spec, day_of(21))
    assert chosen.days == tuple(day_of(n) for n in range(10)), "its six days, and all before them"
    assert chosen.why == "6 days that the champion, version 9, was trained on, 4 before them"


def test_too_little_is_unjudged_with_the_reason(copied: Days) -> None:
    for drift, told in (
        ({**DRIFT, "min_rows": 500}, "200 rows; judged from 500 on"),
        ({**DRIFT, "reference": ["2024-01-01", "2024-02-01"]}, "Seen: '0 days'"),
    ):
        copied.respec(drift=drift)
        copied.deliver(rows_of(22), day_of(22))
        run = copied.run("source", "drift", day=day_of(22))
        assert run.success
        assert run.metadata["drift"]["word"] == "unjudged"
        assert told in run.metadata["drift"]["reason"]
        assert run.failed_checks == ["drift.drift"], "what cannot be judged does not pass"


def test_features_that_a_file_no_longer_has_are_left_out(copied: Days) -> None:
    columns = {**builders.COLUMNS, "count": {"type": "int64", "nullable": True, "values": list(range(51))}}
    copied.respec(drift={**DRIFT, "ignore": ["flag"]}, columns=columns)
    copied.deliver(rows_of(22), day_of(22))
    shown = copied.run("source", "drift", day=day_of(22)).metadata["drift"]
    assert shown["not_compared"] == ["count"], "a number before, a category now"
    assert {record.data["feature"] for record in shown["features"].records} == {"amount", "kind"}


def test_a_sketch_that_changes_changes_the_reference(copied: Days) -> None:
    spec, lake = copied.spec, copied.lake
    chosen = drift_record.choose(lake, spec, day_of(21))
    own = drift_record.sketches(lake, spec, [day_of(21)])[day_of(21)]
    before = drift_record.reference(lake, spec, chosen, own)
    assert drift_record.reference(lake, spec, chosen, own) is before, "learned once"
    rows = of_table(spec, builders.table(60, 99, spec))
    drift_record.keep_sketches(step(day_of(0), "later"), spec, lake, rows)
    after = drift_record.reference(lake, spec, chosen, own)
    assert after.days[day_of(0)]["amount"].rows == 60


def test_an_empty_day_is_unjudged(tmp_path: Path) -> None:
    days = watched(tmp_path, limits={"allow_empty": True})
    days.deliver(rows_of(0).iloc[:0])
    run = days.run("source", "drift")
    assert run.success, run.told
    assert run.metadata["drift"]["reason"] == "0 rows; judged from 50 on"


def graph_of(drift: dict[str, Any] | None) -> dg.Definitions:
    made = build_dataset(builders.spec(drift=drift))
    return dg.Definitions.merge(made, dg.Definitions(resources={"lake": LakeResource()}))


def test_drift_is_in_the_job_of_a_dataset_that_asks_for_it_and_nothing_waits_for_it() -> None:
    plain, asked = graph_of(None), graph_of({})
    assert [len(list(made.sensors or ())) for made in (plain, asked)] == [1, 2], "arrivals, and drift"
    graph = asked.resolve_asset_graph()
    key = dg.AssetKey(["lab", "small_drift"])
    assert key not in plain.resolve_asset_graph().executable_asset_keys
    assert graph.get(key).child_keys == set()
    assert {one.path[-1] for one in graph.get(key).parent_keys} == {"small_source"}
    job = asked.resolve_job_def("lab__small")
    assert key in job.asset_layer.executable_asset_keys


def test_its_code_version_follows_the_section_alone() -> None:
    def versions(**drift: Any) -> list[str | None]:
        graph = graph_of(drift).resolve_asset_graph()
        return [
            graph.get(dg.AssetKey(["lab", f"small_{stage}"])).code_version for stage in ("source", "drift")
        ]

    one, other = versions(), versions(min_rows=7)
    assert (one[0] == other[0], one[1] == other[1]) == (True, False)
    assert REFERENCE > 14
