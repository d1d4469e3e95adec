"""What a run made of a day, read from its events, and the table that shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aug_assets.ingest import top

if TYPE_CHECKING:
    from dagster import DagsterInstance


@dataclass
class DayResult:
    """One day of one run.

    Attributes:
        day: The partition.
        run_id: The Dagster run.
        succeeded: Whether the day was published.
        rows_in: Raw rows read.
        candidates: Rows that the recipe made.
        accepted: Candidates that became training data.
        quarantined: Rows held back, real and synthetic.
        reasons: How many rows were held back for each reason.
        seconds: Wall time of the run.
        cpu_seconds: CPU time of its steps and chunks.
        spent: Wall seconds inside the steps by purpose, such as read, make, validate, write.
        error: The first failure, in the words of the typed error.
    """

    day: str
    run_id: str = ""
    succeeded: bool = False
    rows_in: int = 0
    candidates: int = 0
    accepted: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)
    error: str = ""

    def read(self, instance: "DagsterInstance") -> None:
        """Take in what the instance holds of the run, which has ended."""
        for entry in instance.all_logs(self.run_id):
            if entry.dagster_event is not None:
                self._take(entry.dagster_event)
        record = instance.get_run_record_by_id(self.run_id)
        assert record is not None, f"run {self.run_id} was deleted while it ran"
        self.succeeded = record.dagster_run.is_success
        self.seconds = (record.end_time or 0) - (record.start_time or record.end_time or 0)

    def _take(self, event: Any) -> None:
        if event.is_step_materialization:
            self._materialized(event)
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            self._checked(event.asset_check_evaluation_data)
        elif event.is_step_failure and not self.error:
            self.error = _cause(event.step_failure_data)
        elif event.event_type_value == "PIPELINE_FAILURE" and not self.error:
            self.error = event.message or "the run failed"

    def _materialized(self, event: Any) -> None:
        figures = {name: value.value for name, value in event.materialization.metadata.items()}
        stage = event.asset_key.path[-1].rpartition("_")[2]
        self.rows_in = max(self.rows_in, figures.get("rows_read", 0))
        if stage == "augmented":
            self._refused(figures)
        self.accepted += figures["accepted"] if stage == "validated" else 0
        self._time(figures)

    def _refused(self, figures: dict[str, Any]) -> None:
        """Candidates are all rows that were made; the recipe's own filters may have refused some."""
        self.candidates += figures["made"]
        self.quarantined += figures["refused"]
        for name, count in figures.items():
            reason = name.removeprefix("refused/")
            if reason != name:
                self.reasons[reason] = self.reasons.get(reason, 0) + count

    def _checked(self, check: Any) -> None:
        figures = {name: value.value for name, value in check.metadata.items()}
        counts = figures.get("reasons")
        if counts is not None and check.asset_key.path[-1].rpartition("_")[2] != "validated":
            for record in counts.records:
                reason, rows = record.data["reason"], record.data["rows"]
                self.reasons[reason] = self.reasons.get(reason, 0) + rows
        if check.asset_key.path[-1].endswith("_source"):
            self.rows_in = max(self.rows_in, figures["rows"])  # a refused day has no materialization
        self.quarantined += figures.get("quarantined", 0)
        self._time(figures)
        if not check.passed and check.severity.value == "ERROR" and not self.error:
            self.error = f"check {check.check_name} failed: {check.description}"

    def _time(self, figures: dict[str, Any]) -> None:
        for name, value in figures.items():
            kind = name.removeprefix("seconds/")
            if kind == "cpu":
                self.cpu_seconds += value
            elif kind != name:
                self.spent[kind] = self.spent.get(kind, 0.0) + value


def _cause(failure: Any) -> str:
    """The sentence of the typed error, which Dagster keeps apart from the stack."""
    told = failure.user_failure_data
    if told and told.description:
        return str(told.description)
    error = failure.error
    while error and error.cause:
        error = error.cause
    return str(error.message).strip() if error else "the step failed"


def table(results: Iterable[DayResult]) -> Any:
    """A Rich table, one line a day, with the sums below; narrow enough for a terminal of 80 columns."""
    from rich import box
    from rich.table import Table

    shown = Table(
        title=None, show_footer=True, box=box.SIMPLE, pad_edge=False, collapse_padding=True, padding=(0, 1)
    )
    rows = list(results)
    figures = ("rows in", "candidates", "accepted", "quarantined")
    sums = [sum(getattr(r, name.replace(" ", "_")) for r in rows) for name in figures]
    shown.add_column("day", footer=f"{len(rows)} day{'s' * (len(rows) != 1)}", no_wrap=True)
    for name, total in zip(figures, sums, strict=True):
        shown.add_column(name, justify="right", footer=f"{total:,}", no_wrap=True)
    for name, seconds in (("seconds", [r.seconds for r in rows]), ("CPU s", [r.cpu_seconds for r in rows])):
        shown.add_column(name, justify="right", footer=f"{sum(seconds):.1f}", no_wrap=True)
    shown.add_column("reasons", overflow="fold", min_width=18)
    for r in rows:
        told = ", ".join(f"{reason} {count}" for reason, count in top(r.reasons, 3).items())
        counts = [f"{getattr(r, name.replace(' ', '_')):,}" for name in figures]
        day = r.day if r.succeeded else f"[red]{r.day} failed[/]"
        shown.add_row(day, *counts, f"{r.seconds:.1f}", f"{r.cpu_seconds:.1f}", told)
    return shown


def failures(results: Sequence[DayResult]) -> list[str]:
    """One line for each day that was not published."""
    return [f"{r.day}: {r.error}" for r in results if not r.succeeded]
