"""The web server and daemons as ``aug ui`` starts them, and what a client asks of them. No tests."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

_UP_SECONDS = 240  # a machine that does other work takes two minutes
_RUN_SECONDS = 240
_STOP_SECONDS = 60
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FOREIGN = ("AUG_", "AWS_", "DAGSTER_", "DASK_")  # settings of whoever runs the tests

_READY = """
{ workspaceOrError { ... on Workspace {
  locationEntries { loadStatus locationOrLoadError { __typename } }
} } }"""
_LAUNCH = """
mutation ($job: String!, $tags: [ExecutionTag!]) {
  launchPipelineExecution(executionParams: {
    selector: {pipelineName: $job, repositoryName: "__repository__", repositoryLocationName: "aug_assets"},
    runConfigData: {}, mode: "default", executionMetadata: {tags: $tags}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}"""
_BACKFILL = """
mutation ($assets: [AssetKeyInput!], $days: [String!]) {
  launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $days}) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""
_STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


class Served:
    """A running UI.

    Attributes:
        home: The Dagster instance.
        url: Of the web server.
    """

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.url = home, f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What GraphQL answers; an error in it is an error here."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        asked = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            told = json.load(answer)
        assert "errors" not in told, told["errors"]
        data: dict[str, Any] = told["data"]
        return data

    def is_ready(self) -> bool:
        try:
            entries = self.ask(_READY)["workspaceOrError"].get("locationEntries", [])
        except (OSError, urllib.error.URLError):
            return False
        if not entries or any(entry["loadStatus"] != "LOADED" for entry in entries):
            return False
        assert entries[0]["locationOrLoadError"]["__typename"] == "RepositoryLocation", entries
        return True

    def launch(self, job: str, day: str) -> str:
        """Launch a job for a day as the Launchpad does; returns the run."""
        tags = [{"key": "dagster/partition", "value": day}]
        told = self.ask(_LAUNCH, job=job, tags=tags)["launchPipelineExecution"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def backfill(self, keys: list[list[str]], days: list[str]) -> str:
        """Launch a backfill as the dialog of an asset does; returns its id."""
        told = self.ask(_BACKFILL, assets=[{"path": key} for key in keys], days=days)[
            "launchPartitionBackfill"
        ]
        assert told["__typename"] == "LaunchBackfillSuccess", told
        return str(told["backfillId"])

    def status(self, run: str) -> str:
        """How a run ended, when it has."""
        return str(until(lambda: self._ended(run), _RUN_SECONDS, f"run {run} to end"))

    def _ended(self, run: str) -> str | None:
        status = str(self.ask(_STATUS, id=run)["runOrError"]["status"])
        return status if status in _ENDED else None


def until(look: Any, seconds: float, what: str) -> Any:
    """The first answer of ``look`` that is not empty."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.3)
    return found


def browser() -> str | None:
    """A browser that can look at a page without a screen."""
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


def page(url: str, profile: Path) -> str:
    """A page as a person gets it, after its scripts have run."""
    program = browser()
    assert program
    words = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        f"--user-data-dir={profile}", "--window-size=1500,950", "--virtual-time-budget=25000",
        "--dump-dom", url,
    ]  # fmt: skip
    done = subprocess.run([program, *words], capture_output=True, timeout=150, check=True)
    return done.stdout.decode()


@contextmanager
def serve(home: Path, datasets: Path, port: int) -> Iterator[Served]:
    """`aug ui` on an instance of its own; afterwards no process of it is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    own = {
        "DAGSTER_HOME": str(home),
        "AUG_DATASETS": str(datasets),
        "AUG_AUTOMATION": "off",
        "AUG_DASK_WORKERS": "1",
        "AUG_CODE_DIGEST": "tests-of-the-ui",  # so that an edit during the test is not a stale worker
    }
    with (home.parent / "ui.log").open("wb") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("aug")), "ui", "--port", str(port)],
            env=kept | own,
            cwd=home.parent,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # else it would inherit how a shell in the background ignores SIGINT
        )
    served = Served(home, port)
    try:
        until(lambda: _alive(process, home) and served.is_ready(), _UP_SECONDS, "the UI to come up")
        yield served
    finally:
        _stop(process, home)


def _alive(process: "subprocess.Popen[bytes]", home: Path) -> bool:
    assert process.poll() is None, (home.parent / "ui.log").read_text()[-3000:]
    return True


def _stop(process: "subprocess.Popen[bytes]", home: Path) -> None:
    """As Ctrl-C does; then the embedded cluster, which outlives the UI on purpose."""
    from resources import dask_cluster

    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    finally:
        dask_cluster.stop(home)
        _, left = psutil.wait_procs(below, timeout=10)
        for one in left:
            one.kill()
    assert not left, f"{len(left)} processes outlived the UI: {left}"
