"""Ctrl-C in `aug run`: it ends soon, says so in the instance, and leaves no work on the cluster."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aug_assets.commands import home as instance_home
from resources import dask_cluster
from tests.commands.conftest import DAYS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.1)


def _rest(process: "subprocess.Popen[str]") -> str:
    """What it still prints until it ends; of one that does not end, where its threads are."""
    try:
        return process.communicate(timeout=60)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        pytest.fail(f"it does not end:\n{process.communicate(timeout=30)[0]}")


def test_ctrl_c_stops_runs_and_workers(home: Path) -> None:
    instance_home.prepare()
    dask_cluster.connect(home).close()
    with instance_home.instance() as instance:
        before = set(instance.get_run_ids())

        def status() -> list[str]:
            return [run.status.value for run in instance.get_runs() if run.run_id not in before]

        command = [
            sys.executable,
            "-X",
            "faulthandler",
            "-W",
            "ignore",
            "-m",
            "aug_assets.cli",
            "run",
            "payments/card_fraud",
        ]
        command += ["--from", DAYS[0], "--to", "2025-03-31"]
        process = subprocess.Popen(
            command, cwd=instance_home.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            wait_until(lambda: "STARTED" in status() or process.poll() is not None, 90, "no run began")
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            began = time.monotonic()
            told = _rest(process)
        finally:
            process.kill()
            process.wait()
        assert time.monotonic() - began < 20
        assert process.returncode not in {0, None}
        assert "Traceback" not in told, told
        assert set(status()) <= ENDED
        assert set(status()) & {"FAILURE", "CANCELED"}
        assert len(status()) < 20, "it went on with other days"
    with dask_cluster.connect(home) as client:
        wait_until(lambda: not any(client.processing().values()), 15, "the workers go on")
