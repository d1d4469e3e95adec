"""The instance's storage: Dagster's own files, whoever made them, and several processes on them at once."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.errors import DagsterHomeNotSetError

from resources.instance_storage import EventLog

OURS = "storage: {custom: {module: resources.instance_storage, class: InstanceStorage}}\n"
ROOT = Path(__file__).parents[2]
WRITER = """
import sys
import dagster as dg
with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    for _ in range(100):
        instance.report_engine_event("from " + sys.argv[3], run_id=sys.argv[2], job_name="j")
"""


def opened(home: Path, settings: str) -> dg.DagsterInstance:
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n" + settings)
    return dg.DagsterInstance.from_config(str(home))


@dg.asset
def numbers(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"count": 3}, data_version=dg.DataVersion("one"))


def materialize(instance: dg.DagsterInstance) -> str:
    return dg.materialize([numbers], instance=instance).run_id


def told(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.message for entry in instance.all_logs(run_id)]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with opened(tmp_path, OURS) as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        yield instance


@pytest.mark.parametrize(("before", "after"), [("", OURS), (OURS, "")], ids=["from-dagster", "to-dagster"])
def test_a_home_can_change_its_storage_and_loses_nothing(tmp_path: Path, before: str, after: str) -> None:
    with opened(tmp_path, before) as instance:
        old = materialize(instance)
        said = told(instance, old)
    with opened(tmp_path, after) as instance:
        assert told(instance, old) == said
        instance.report_engine_event("more", run_id=old, job_name="j")
        new = materialize(instance)
        assert {run.run_id for run in instance.get_runs()} == {old, new}
        latest = instance.get_latest_materialization_event(numbers.key)
        assert latest is not None
        assert latest.run_id == new
        assert latest.asset_materialization.metadata["count"].value == 3
    with opened(tmp_path, before) as instance:
        assert told(instance, old) == [*said, "more"]


def test_several_processes_write_one_run(ours: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize(ours)
    words = [sys.executable, "-P", "-c", WRITER, str(tmp_path), run_id]
    writers = [subprocess.Popen([*words, name], cwd=ROOT) for name in "ab"]
    for _ in range(50):
        ours.report_engine_event("from here", run_id=run_id, job_name="j")
    assert [writer.wait(60) for writer in writers] == [0, 0]
    said = told(ours, run_id)
    assert [said.count(f"from {name}") for name in ("a", "b", "here")] == [100, 100, 50]


def test_a_run_that_was_deleted_leaves_no_events_and_others_stay(ours: dg.DagsterInstance) -> None:
    gone, kept = materialize(ours), materialize(ours)
    ours.delete_run(gone)
    assert told(ours, gone) == []
    assert told(ours, kept)
    ours.wipe()
    assert ours.get_runs() == []
    again = materialize(ours)
    assert ours.get_run_by_id(again).is_success


def test_many_runs_leave_few_files_open(ours: dg.DagsterInstance) -> None:
    runs = [materialize(ours) for _ in range(30)]
    links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()]
    shards = {link for link in links for run_id in runs if run_id in link}
    assert len({Path(link).name.split(".db")[0] for link in shards}) <= 16
    assert all(told(ours, run_id) for run_id in runs)


def test_a_forked_process_opens_files_of_its_own(ours: dg.DagsterInstance) -> None:
    run_id = materialize(ours)
    child = os.fork()
    if child == 0:
        try:
            ours.report_engine_event("from the child", run_id=run_id, job_name="j")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    ours.report_engine_event("from the parent", run_id=run_id, job_name="j")
    assert told(ours, run_id)[-2:] == ["from the child", "from the parent"]


def test_a_new_file_is_as_dagster_makes_it(ours: dg.DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize(ours)
    (tmp_path / "plain").mkdir()
    with opened(tmp_path / "plain", "") as plain:
        other = materialize(plain)

    def shape(folder: Path, name: str) -> list[tuple[str, ...]]:
        (file,) = folder.rglob(f"{name}.db")
        with sqlite3.connect(file) as connection:
            return sorted(connection.execute("select type, name, sql from sqlite_master").fetchall(), key=str)

    assert shape(tmp_path / "history", run_id) == shape(tmp_path / "plain", other)


def test_without_a_folder_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    with pytest.raises(DagsterHomeNotSetError, match="base_dir"):
        opened(tmp_path, OURS)
