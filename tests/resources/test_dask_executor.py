"""Runs through the Dask executor on a real cluster of two workers, judged by events and marks on disk."""

import os
import signal
import threading
import time

import pytest

from resources import dask_cluster, interrupts
from tests.resources.dask_bench import Background, Bench

pytest_plugins = ["tests.resources.dask_session"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def of_step(events: list[str], step: str, *kinds: str) -> list[str]:
    found = [line.split(" ")[:2] for line in events]
    return [kind for name, kind in found if name == step and (not kinds or kind in kinds)]


def ended(events: list[str]) -> str:
    return of_step(events, "run", "PIPELINE_SUCCESS", "PIPELINE_FAILURE", "PIPELINE_CANCELED")[-1]


def test_a_partitioned_run_executes_its_partition_on_a_worker(bench: Bench) -> None:
    events = bench.run("day", tags={"dagster/partition": "2026-01-02"})
    assert ended(events) == "PIPELINE_SUCCESS"
    assert len(bench.marked("2026-01-02")) == 1
    assert bench.marked("2026-01-02") != [str(os.getpid())]


@pytest.mark.parametrize(
    ("group", "first", "second"),
    [
        ("failing", "broken", "after_broken"),
        ("checked", "judged", "after_judged"),
        ("inner", "self_judged", "after_self_judged"),
    ],
)
def test_nothing_runs_after_a_failure_or_a_failed_blocking_check(
    bench: Bench, group: str, first: str, second: str
) -> None:
    events = bench.run(group)
    assert ended(events) == "PIPELINE_FAILURE"
    assert len(bench.marked(first)) == 1
    assert bench.marked(second) == []
    assert of_step(events, second, "START", "SUCCESS") == []


def test_a_retry_policy_is_followed(bench: Bench) -> None:
    events = bench.run("flaky")
    kinds = of_step(events, "flaky", "START", "UP_FOR_RETRY", "RESTARTED", "SUCCESS", "FAILURE")
    assert kinds == ["START", "UP_FOR_RETRY", "RESTARTED", "UP_FOR_RETRY", "RESTARTED", "SUCCESS"]
    assert len(bench.marked("flaky")) == 3


def test_retries_can_be_switched_off_for_one_run(bench: Bench) -> None:
    events = bench.run("flaky", {"retries": {"disabled": {}}})
    assert ended(events) == "PIPELINE_FAILURE"
    assert len(bench.marked("flaky")) == 1


def test_a_dead_worker_costs_one_attempt(bench: Bench) -> None:
    events = bench.run("deadly")
    kinds = of_step(events, "deadly", "START", "UP_FOR_RETRY", "RESTARTED", "SUCCESS", "FAILURE")
    assert kinds == ["START", "UP_FOR_RETRY", "RESTARTED", "SUCCESS"]
    assert len(bench.marked("deadly")) == 2


def test_a_dead_worker_fails_a_step_without_retries_and_runs_it_once(bench: Bench) -> None:
    events = bench.run("fatal")
    assert of_step(events, "fatal", "START", "UP_FOR_RETRY", "SUCCESS", "FAILURE") == ["START", "FAILURE"]
    assert any("worker process died" in line for line in events)
    assert len(bench.marked("fatal")) == 1


def test_two_threads_of_one_process_run_the_same_job_at_once(bench: Bench) -> None:
    runs = [bench.start("day", tags={"dagster/partition": f"2026-01-0{day}"}) for day in (3, 4)]
    for run in runs:
        run.join(60)
        assert ended(run.events) == "PIPELINE_SUCCESS"
        assert of_step(run.events, "day", "START", "SUCCESS") == ["START", "SUCCESS"]
    assert len(bench.marked("2026-01-03")) == len(bench.marked("2026-01-04")) == 1


def test_two_runs_of_the_same_step_both_execute(bench: Bench) -> None:
    runs = [bench.start("day", tags={"dagster/partition": "2026-01-05"}) for _ in range(2)]
    for run in runs:
        run.join(60)
        assert of_step(run.events, "day", "START", "SUCCESS") == ["START", "SUCCESS"]
    assert len(bench.marked("2026-01-05")) == 2


def test_only_the_selected_part_of_a_multi_asset_runs(bench: Bench) -> None:
    from dagster import AssetKey

    bench.run("subset", asset_selection=[AssetKey("left")])
    assert len(bench.marked("left")) == 1
    assert bench.marked("right") == []


def wait_for_beats(bench: Bench, count: int) -> None:
    """Wait for that many beating pieces of work; which chunks begin first is up to Dask."""
    until = time.monotonic() + 60
    while len(list(bench.marks.glob("beat*"))) < count:
        assert time.monotonic() < until, f"fewer than {count} pieces of work began"
        time.sleep(0.05)


def assert_beats_stop(bench: Bench) -> None:
    """All work that beats must fall silent, and stay so."""
    time.sleep(1)
    last = time.time()
    time.sleep(1)
    beats = {path.name: path.stat().st_mtime for path in bench.marks.glob("beat*")}
    assert beats
    assert all(beat < last for beat in beats.values()), (last, beats)


@pytest.mark.parametrize(("group", "beats"), [("endless", 1), ("endless_chunks", 2)])
def test_stopping_a_run_in_a_thread_stops_its_work(bench: Bench, group: str, beats: int) -> None:
    run = bench.start(group)
    wait_for_beats(bench, beats)
    began = time.monotonic()
    interrupts.stop(run.work)
    run.join(10)
    assert ended(run.events) == "PIPELINE_FAILURE"
    assert time.monotonic() - began < 5
    assert_beats_stop(bench)


@pytest.mark.parametrize(("group", "beats"), [("endless", 1), ("endless_chunks", 2)])
def test_a_termination_signal_stops_the_work(bench: Bench, group: str, beats: int) -> None:
    def terminate() -> None:
        wait_for_beats(bench, beats)
        os.kill(os.getpid(), signal.SIGINT)  # what Dagster sends to the process of a run

    threading.Thread(target=terminate, daemon=True).start()
    events = bench.run(group)
    assert any("Stopped the step on the Dask workers" in line for line in events)
    assert_beats_stop(bench)


def test_six_fan_outs_on_two_workers_all_end(bench: Bench) -> None:
    events = bench.run("fans")
    assert ended(events) == "PIPELINE_SUCCESS"
    assert sum(kind == "SUCCESS" for number in range(6) for kind in of_step(events, f"fan_{number}")) == 6


def test_other_code_on_the_workers_is_refused(
    bench: Bench, cluster_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUG_CODE_DIGEST", "0123456789abcdef")
    events = bench.run("failing", {"address": cluster_address})
    (message,) = [line for line in events if line.startswith("broken FAILURE")]
    assert "StaleWorkerError" in message
    assert "0123456789abcdef" in message
    assert "restart the Dask workers" in message
    assert bench.marked("broken") == []


def test_an_address_in_the_environment_is_used(
    bench: Bench, cluster_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_ADDRESS", cluster_address)
    monkeypatch.setattr(dask_cluster, "own_directory", pytest.fail)
    assert ended(bench.run("day", tags={"dagster/partition": "2026-01-06"})) == "PIPELINE_SUCCESS"


def test_run_config_overrides_the_address_and_an_unreachable_one_fails_the_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    events = bench.run("failing", {"address": "tcp://127.0.0.1:9"})
    (message,) = [line for line in events if line.startswith("run PIPELINE_FAILURE")]
    assert "ClusterUnreachableError" in message
    assert "tcp://127.0.0.1:9" in message
    assert of_step(events, "broken", "START", "FAILURE") == []


def test_max_concurrent_limits_one_run(bench: Bench) -> None:
    from dagster import AssetKey

    chosen = [AssetKey(f"fan_{number}") for number in range(3)]
    events = bench.run("fans", {"max_concurrent": 1}, asset_selection=chosen)
    order = [kind for line in events if (kind := line.split(" ")[1]) in {"START", "SUCCESS"}]
    assert order == ["START", "SUCCESS"] * 3


def test_a_lost_scheduler_fails_the_run(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other_home")
    dask_cluster.connect(other, workers=1).close()
    (cluster,) = dask_cluster.status(other)
    run: Background = bench.start("endless", {"address": cluster.address})
    wait_for_beats(bench, 1)
    os.kill(cluster.pid, signal.SIGKILL)
    run.join(30)
    assert ended(run.events) == "PIPELINE_FAILURE"
    assert any("the scheduler ended" in line for line in run.events)
