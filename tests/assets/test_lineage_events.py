"""What a day tells other tools: events that a receiver takes, and Dagster's lineage of columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aug_assets import gates
from aug_assets.rows import ROW_ID
from resources import evidence, lineage_out
from tests import builders
from tests.assets.conftest import FEW
from tests.assets.days import DAY, Days, Run
from tests.receivers import Receiver, receiver

STEPS = ["source", "augmented", "gates", "validated"]


@dataclass
class Told:
    """A published day, and what was said of it."""

    days: Days
    run: Run
    heard: Receiver

    def of(self, step: str, state: str) -> dict[str, Any]:
        (found,) = (
            e for e in self.heard.events if e["job"]["name"].endswith(step) and e["eventType"] == state
        )
        return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told")
    with receiver() as heard, pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
        patch.setenv("AUG_OPENLINEAGE", heard.url)
        patch.setenv("AUG_OPENLINEAGE_NAMESPACE", "bank")
        patch.setenv("AUG_OPENLINEAGE_SPOOL", str(folder / "unsent.jsonl"))
        patch.setenv("AUG_GIT_URL", "https://example.org/ours.git")
        patch.setattr(evidence, "git", lambda: "c0ffee")
        days = Days(folder, owners=["team:ml"])
        days.deliver(builders.frame(80))
        yield Told(days, days.run(), heard)


def test_each_step_begins_and_ends_and_the_receiver_takes_all(told: Told) -> None:
    assert told.run.success
    assert told.heard.refused == []
    seen = [(e["job"]["name"].rpartition(".")[2], e["eventType"]) for e in told.heard.events]
    assert seen == [(step, state) for step in STEPS for state in ("START", "COMPLETE")]
    for step in STEPS:
        start, end = told.of(step, "START"), told.of(step, "COMPLETE")
        assert start["run"]["runId"] == end["run"]["runId"]
        assert end["run"]["facets"]["parent"]["run"]["runId"] == told.run.run_id
        assert end["job"]["namespace"] == "bank"


def test_outputs_have_version_digest_and_figures(told: Told) -> None:
    for step in ("source", "augmented", "validated"):
        (output,) = told.of(step, "COMPLETE")["outputs"]
        made, facets = told.run.metadata[step], output["facets"]
        assert output["name"] == told.days.table(step).uri
        assert facets["version"]["datasetVersion"] == str(made["delta_version"])
        assert facets["aug_day"]["digest"] == made["digest"]
        assert {c["name"] for c in facets["schema"]["fields"]} >= {ROW_ID, *told.days.spec.columns}
        figures = output["outputFacets"]["outputStatistics"]
        rows = told.days.rows(step)
        size = sum(file.size for file in told.days.table(step).parts({"date": DAY}))
        assert (figures["rowCount"], figures["size"], figures["fileCount"]) == (rows.num_rows, size, 1)


def test_inputs_are_at_the_versions_that_were_read(told: Told) -> None:
    made = told.run.metadata["validated"]
    inputs = {
        one["name"].rpartition("/")[2]: one["facets"]["version"]["datasetVersion"]
        for one in told.of("validated", "COMPLETE")["inputs"]
    }
    assert inputs == {stage: str(made[f"{stage}_version"]) for stage in ("source", "augmented", "provenance")}
    (raw,) = told.of("source", "COMPLETE")["inputs"]
    assert raw["name"] == f"{told.days.folder}/{DAY}.parquet"


def test_the_day_the_code_and_the_gates_are_told(told: Told) -> None:
    facets = told.of("augmented", "COMPLETE")["run"]["facets"]
    assert facets["nominalTime"]["nominalStartTime"] == f"{DAY}T00:00:00+00:00"
    assert facets["aug_digests"]["recipe"] == told.days.spec.recipe_digest
    job = told.of("augmented", "COMPLETE")["job"]["facets"]
    assert (job["sourceCodeLocation"]["version"], job["ownership"]["owners"]) == (
        "c0ffee",
        [{"name": "team:ml"}],
    )
    judged = [one for one in told.of("gates", "COMPLETE")["inputs"] if one["inputFacets"]]
    assertions = judged[0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert {one["assertion"] for one in assertions} == {*FEW, "verdict"}
    assert all(one["success"] for one in assertions)


def test_columns_are_told_alike_to_other_tools_and_to_dagster(told: Told) -> None:
    for step in ("augmented", "validated"):
        (output,) = told.of(step, "COMPLETE")["outputs"]
        fields = output["facets"]["columnLineage"]["fields"]
        direct = {
            name: {
                (one["name"].rpartition("/")[2], one["field"])
                for one in made["inputFields"]
                if one["transformations"][0]["type"] == "DIRECT"
            }
            for name, made in fields.items()
        }
        shown = told.run.metadata[step]["dagster/column_lineage"].deps_by_column
        assert direct == {
            name: {(dep.asset_key.path[-1].rpartition("_")[2], dep.column_name) for dep in deps}
            for name, deps in shown.items()
        }
    assert ("source", "amount") in direct["amount"]


def test_a_refused_day_fails_and_says_no_value(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as heard:
        monkeypatch.setenv("AUG_OPENLINEAGE", heard.url)
        days = Days(told.days.folder / "bad")
        (told.days.folder / "bad").mkdir(exist_ok=True)
        days.deliver(builders.frame(20).assign(amount=-7.25))
        assert days.run("source").failed_checks == ["source.schema"]
        assert days.run("source", day="2025-01-05").errors == {"source": "source_not_found"}
    assert heard.refused == []
    failed = [e["run"]["facets"]["errorMessage"]["message"] for e in heard.events if e["eventType"] == "FAIL"]
    assert failed == ["a check failed, nothing was published", "source_not_found"]
    assert "7.25" not in str(heard.events)


def test_a_dead_receiver_fails_nothing_and_the_events_are_kept(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUG_OPENLINEAGE", "http://127.0.0.1:1")
    monkeypatch.setenv("AUG_OPENLINEAGE_SPOOL", str(tmp_path / "unsent.jsonl"))
    monkeypatch.setattr(lineage_out, "_PAUSE", 0.0)
    monkeypatch.setattr(lineage_out, "_silent_until", [0.0])
    days = Days(tmp_path)
    days.deliver(builders.frame(30))
    assert days.run("source").success
    assert len((tmp_path / "unsent.jsonl").read_text().splitlines()) == 2
