"""The run coordinator of `dagster.yaml`: Dagster's queue, and backfills that begin when they are launched.

Dagster's daemon looks for new backfills every thirty seconds, so that one of a few days would wait longer
than it takes. Here it looks every second for one that it has not seen; those that are under way it follows as
before.
"""

import time
from threading import Event
from typing import TYPE_CHECKING, Any

from dagster import DagsterInstance
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.run_coordinator.queued_run_coordinator import QueuedRunCoordinator
from dagster._daemon import controller
from dagster._daemon.backfill import execute_backfill_iteration_loop
from dagster._daemon.daemon import BackfillDaemon

if TYPE_CHECKING:
    from dagster._core.workspace.context import IWorkspaceProcessContext
    from dagster._daemon.daemon import DaemonIterator

_LOOK_SECONDS = 1.0
_OPEN = BulkActionsFilter(statuses=[BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING])


class RunQueue(QueuedRunCoordinator):
    """Dagster's queue of runs; a daemon that reads its settings has :class:`PromptBackfills`."""


class PromptBackfills(BackfillDaemon):
    """Dagster's daemon of backfills, woken by a new one or by one that is to be cancelled."""

    def core_loop(
        self, workspace_process_context: "IWorkspaceProcessContext[Any]", shutdown_event: Event
    ) -> "DaemonIterator":
        """Dagster's loop with shorter pauses."""
        yield from execute_backfill_iteration_loop(
            workspace_process_context,
            self._logger,
            _Pause(shutdown_event, workspace_process_context.instance),
            threadpool_executor=self._threadpool_executor,
            submit_threadpool_executor=self._submit_threadpool_executor,
        )


class _Pause(Event):
    """The daemon's event of its end, whose wait a change of what backfills are asked for ends as well."""

    def __init__(self, ended: Event, instance: DagsterInstance) -> None:
        super().__init__()
        self._ended, self._instance = ended, instance
        self._seen = self._asked()

    def is_set(self) -> bool:
        """Whether the daemon is to end."""
        return self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, a change or the timeout in seconds; whether it was the end."""
        until = float("inf") if timeout is None else time.monotonic() + timeout
        while not self._ended.wait(max(0.0, min(_LOOK_SECONDS, until - time.monotonic()))):
            asked = self._asked()
            if asked - self._seen or time.monotonic() >= until:
                self._seen = asked
                return False
        return True

    def _asked(self) -> set[tuple[str, str]]:
        return {(one.backfill_id, one.status.value) for one in self._instance.get_backfills(filters=_OPEN)}


controller.BackfillDaemon = PromptBackfills  # type: ignore[attr-defined] # Dagster has no setting for it
