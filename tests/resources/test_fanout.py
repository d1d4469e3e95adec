"""Chunks of a step: their order, their errors, their worker deaths, with and without a cluster."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aug_assets.errors import StaleWorkerError
from resources import code_digest, fanout, interrupts
from resources.fanout import map_chunks

pytest_plugins = ["tests.resources.dask_session"]


def square(number: int) -> int:
    return number * number


def slow_pid(_: int) -> int:
    time.sleep(0.2)
    return os.getpid()


def fail_or_linger(item: tuple[Path, int]) -> None:
    folder, number = item
    if number == 0:
        raise KeyError("chunk 0")
    time.sleep(0.3)
    (folder / f"{number}").touch()


def die_elsewhere_once(item: tuple[Path, int]) -> int:
    path, pid_of_step = item
    time.sleep(0.1)
    if os.getpid() != pid_of_step and not path.exists():
        path.touch()
        os._exit(9)
    return 1


def fan_with_a_death(path: Path) -> list[int]:
    return map_chunks(die_elsewhere_once, [(path, os.getpid())] * 8, label="death")


def fan(function: Any, items: list[Any], **options: Any) -> Any:
    return map_chunks(function, items, label="test", **options)


def fan_twice(first: Any, items: list[Any]) -> list[int]:
    with pytest.raises(KeyError):
        map_chunks(first, items, label="first")
    return map_chunks(square, [1, 2, 3], label="second")


def own_pid_and_chunk_pids(items: list[int]) -> tuple[int, list[int]]:
    return os.getpid(), map_chunks(slow_pid, items, label="pids")


def fan_in_fan(number: int) -> int:
    return sum(map_chunks(square, [number, number + 1], label="inner"))


@pytest.fixture
def client(cluster_address: str) -> Iterator[Any]:
    """Of the session's cluster."""
    from distributed import Client

    with Client(cluster_address, set_as_default=False) as connected:
        connected.wait_for_workers(2, timeout=60)  # another test may just have killed one
        yield connected


def test_without_a_cluster_it_is_a_loop_in_item_order() -> None:
    seen: list[int] = []
    assert map_chunks(lambda n: seen.append(n) or n, [3, 1, 2], label="x", order=[2, 0, 1]) == [3, 1, 2]
    assert seen == [2, 3, 1]
    assert map_chunks(square, [], label="x") == []


@pytest.mark.parametrize("order", [[0], [0, 0], [0, 1, 2], [1, 2]])
def test_an_order_that_would_lose_or_repeat_items_is_refused(order: list[int]) -> None:
    with pytest.raises(ValueError, match="each of the 2 positions"):
        map_chunks(square, [1, 2], label="x", order=order)


@pytest.mark.slow
@pytest.mark.parametrize("order", [None, [4, 2, 0, 1, 3]])
def test_results_come_in_item_order_whatever_the_order_of_work(client: Any, order: list[int] | None) -> None:
    assert client.submit(fan, square, list(range(5)), order=order, pure=False).result(30) == [0, 1, 4, 9, 16]


@pytest.mark.slow
def test_chunks_use_all_workers_and_a_single_one_stays_where_it_is(client: Any) -> None:
    _, pids = client.submit(own_pid_and_chunk_pids, list(range(8)), pure=False).result(30)
    assert len(set(pids)) == 2
    own, pids = client.submit(own_pid_and_chunk_pids, [1], pure=False).result(30)
    assert pids == [own]


@pytest.mark.slow
def test_an_error_reaches_the_step_and_cancels_the_rest(client: Any, tmp_path: Path) -> None:
    items = [(tmp_path, number) for number in range(20)]
    with pytest.raises(KeyError, match="chunk 0"):
        client.submit(fan, fail_or_linger, items, pure=False).result(30)
    time.sleep(1.5)
    assert len(list(tmp_path.iterdir())) < 6


@pytest.mark.slow
def test_a_step_may_fan_out_again_after_a_failed_fan_out(client: Any, tmp_path: Path) -> None:
    items = [(tmp_path, number) for number in range(3)]
    assert client.submit(fan_twice, fail_or_linger, items, pure=False).result(30) == [1, 4, 9]


@pytest.mark.slow
def test_more_fan_outs_than_workers_and_fan_outs_within_chunks_end(client: Any) -> None:
    runs = [client.submit(fan, fan_in_fan, [n, n + 1], pure=False) for n in range(6)]
    expected = [[n**2 + (n + 1) ** 2, (n + 1) ** 2 + (n + 2) ** 2] for n in range(6)]
    assert [run.result(60) for run in runs] == expected


@pytest.mark.slow
def test_a_chunk_whose_worker_dies_is_repeated(client: Any, tmp_path: Path) -> None:
    assert client.submit(fan_with_a_death, tmp_path / "died", pure=False).result(60) == [1] * 8
    assert (tmp_path / "died").exists()


def test_a_chunk_from_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_CODE_DIGEST", "mine")
    with pytest.raises(StaleWorkerError):
        fanout._run_chunk(square, 2, "run/step/0", "theirs")
    assert fanout._run_chunk(square, 2, "run/step/0", code_digest.at_import()) == 4


def test_a_chunk_of_a_stopped_step_does_not_begin() -> None:
    from dagster import DagsterExecutionInterruptedError

    interrupts.stop("run-a.step.1")
    with pytest.raises(DagsterExecutionInterruptedError):
        fanout._run_chunk(square, 2, "run-a.step.1/x/0", code_digest.at_import())
    assert fanout._run_chunk(square, 2, "run-a.step.10/x/0", code_digest.at_import()) == 4
