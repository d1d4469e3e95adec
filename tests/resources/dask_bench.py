"""Running the Dask scenarios and reading what they left. No fixtures, no tests."""

import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg

from resources import interrupts, process_logs
from tests.resources.dask_scenarios import MARKS

_MODULE = "tests.resources.dask_scenarios"


@dataclass
class Bench:
    """Runs scenarios on the session's instance and leaves their marks in a folder of the test's own."""

    home: Path
    marks: Path

    def run(self, group: str, config: dict[str, Any] | None = None, **options: Any) -> list[str]:
        """Run a scenario to its end, whatever it is."""
        tags = {MARKS: str(self.marks), **options.pop("tags", {})}
        job = dg.build_reconstructable_job(_MODULE, "scenario", reconstructable_args=(group,))
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            process_logs.share(instance)
            run_config = {"execution": {"config": config or {}}}
            with dg.execute_job(job, instance, run_config=run_config, tags=tags, **options) as result:
                logged = instance.all_logs(result.run_id)  # the result itself lacks what came after a signal
                return [_line(entry.dagster_event) for entry in logged if entry.dagster_event]

    def start(self, *args: Any, **options: Any) -> "Background":
        """Run a scenario in a thread."""
        thread = Background(self, args, options)
        thread.start()
        return thread

    def marked(self, name: str) -> list[str]:
        """The marks of a name, one for each time it was made."""
        path = self.marks / name
        return path.read_text().splitlines() if path.exists() else []


class Background(threading.Thread):
    """A run in a thread; `events` is there once it has ended."""

    def __init__(self, bench: Bench, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._call = (bench, args, options)
        self.events: list[str] = []
        self.work = f"bench-{uuid4().hex}"  # under which the run can be stopped

    def run(self) -> None:
        bench, args, options = self._call
        self.events = interrupts.run(self.work, partial(bench.run, *args, **options))


def _line(event: dg.DagsterEvent) -> str:
    error = getattr(event.event_specific_data, "error", None)
    parts = [event.step_key or "run", event.event_type_value.removeprefix("STEP_"), event.message or ""]
    return " ".join([*parts, error.to_string() if error else ""]).strip()
