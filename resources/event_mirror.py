"""Dagster's own event log, copied into the audit logs: runs, materializations, checks and ticks."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster import DagsterEventType, EventRecordsFilter

from resources.audit import AuditLog, audit_log
from resources.lake import LakeResource

NOBODY = "_platform"  # the log of what belongs to no tenant; no tenant's name begins like this
CURSOR = "aug/audit_mirror"
_PAGE = 500
_ENDS = (DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED)
_WHO = ("user", "dagster/schedule_name", "dagster/sensor_name")


def mirror(instance: dg.DagsterInstance, lake: LakeResource, own: str = "") -> dict[str, int]:
    """Append what happened since the last call; safe to repeat, to race and to kill.

    Where the last call ended is kept in the instance. Each event carries the name of its run and storage id
    into the log, so an event that is met twice is recorded once.

    Args:
        instance: Whose events.
        lake: Where the logs are.
        own: Name of a sensor whose own ticks would otherwise fill the log.

    Returns:
        The number of events by tenant.
    """
    store = instance.daemon_cursor_storage
    state: dict[str, Any] = json.loads(store.get_cursor_values({CURSOR}).get(CURSOR) or "{}")
    logs = _Logs(lake)
    for name, pages in (("runs", _runs), ("assets", _materializations)):
        for cursor in pages(instance, logs, state.get(name, {})):
            state[name] = cursor
            store.set_cursor_values({CURSOR: json.dumps(state)})
    state["ticks"] = _ticks(instance, logs, state.get("ticks", {}), own)
    store.set_cursor_values({CURSOR: json.dumps(state)})
    return logs.counts


class _Logs:
    """The log of each tenant, opened when its first event comes."""

    def __init__(self, lake: LakeResource) -> None:
        self._lake = lake
        self._open: dict[str, AuditLog] = {}
        self.counts: dict[str, int] = {}

    def append(self, tenant: str, action: str, subject: dict[str, Any], by: str, why: str, once: str) -> None:
        if tenant not in self._open:
            self._open[tenant] = audit_log(self._lake, tenant)
        self._open[tenant].append(action, subject, by=by, why=why, once=f"dagster/{once}")
        self.counts[tenant] = self.counts.get(tenant, 0) + 1


def _paged(fetch: Callable[[str | None], Any], start: str | None) -> Iterator[tuple[list[Any], str]]:
    cursor, more = start, True
    while more:
        found = fetch(cursor)
        cursor, more = found.cursor, found.has_more
        if found.records:
            yield list(found.records), found.cursor


def _runs(instance: dg.DagsterInstance, logs: _Logs, cursors: dict[str, str]) -> Iterator[dict[str, str]]:
    """Starts and ends of runs; with an end, all check results of the run."""
    for kind in (DagsterEventType.RUN_START, *_ENDS):

        def fetch(cursor: str | None, kind: DagsterEventType = kind) -> Any:
            return instance.fetch_run_status_changes(kind, limit=_PAGE, cursor=cursor, ascending=True)

        for events, cursor in _paged(fetch, cursors.get(kind.value)):
            for event in events:
                _run(instance, logs, kind, event)
            cursors = {**cursors, kind.value: cursor}
            yield cursors


def _run(instance: dg.DagsterInstance, logs: _Logs, kind: DagsterEventType, event: Any) -> None:
    run = instance.get_run_by_id(event.run_id)
    tags = run.tags if run else {}
    tenant, who = tags.get("tenant") or NOBODY, _who(tags)
    started = kind == DagsterEventType.RUN_START
    subject = {
        "run_id": event.run_id, "job": run.job_name if run else "", "at": _time(event.timestamp),
        "dataset": tags.get("dataset", ""), "date": tags.get("dagster/partition", ""),
        **({} if started else {"status": kind.value.removeprefix("PIPELINE_").lower()}),
    }  # fmt: skip
    once = f"{event.run_id}/{kind.value}"
    logs.append(tenant, "launch" if started else "run", subject, who, tags.get("refresh/reason", ""), once)
    if not started:
        _checks(instance, logs, event.run_id, who)


def _checks(instance: dg.DagsterInstance, logs: _Logs, run_id: str, who: str) -> None:
    wanted = DagsterEventType.ASSET_CHECK_EVALUATION
    for event in instance.get_records_for_run(run_id, of_type=wanted).records:
        found = event.event_log_entry.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
        subject = {
            "asset": found.asset_key.to_user_string(), "check": found.check_name, "passed": found.passed,
            "severity": found.severity.value, "date": found.partition or "", "run_id": run_id,
            "at": _time(event.timestamp),
        }  # fmt: skip
        once = f"{run_id}/check/{found.check_name}/{event.storage_id}"
        logs.append(_tenant(found.asset_key), "check", subject, who, "", once)


def _materializations(
    instance: dg.DagsterInstance, logs: _Logs, cursors: dict[str, int]
) -> Iterator[dict[str, int]]:
    after = cursors.get("after", -1)
    while True:
        # The storage itself: the method of the instance is on its way out, and others ask for one asset only.
        wanted = EventRecordsFilter(DagsterEventType.ASSET_MATERIALIZATION, after_cursor=after)
        events = instance.event_log_storage.get_event_records(wanted, limit=_PAGE, ascending=True)
        for event in events:
            _materialization(instance, logs, event)
            after = event.storage_id
        if events:
            yield {"after": after}
        if len(events) < _PAGE:
            return


def _materialization(instance: dg.DagsterInstance, logs: _Logs, event: Any) -> None:
    run = instance.get_run_by_id(event.run_id) if event.run_id else None
    made = event.asset_materialization
    versions = {
        name: made.metadata[name].value for name in ("delta_version", "digest") if name in made.metadata
    }
    subject = {
        "asset": made.asset_key.to_user_string(), "date": made.partition or "", "run_id": event.run_id,
        "at": _time(event.timestamp), **versions,
    }  # fmt: skip
    # A report by hand has no run, and its storage id alone would be another's in a new instance.
    once = f"{event.run_id}/{event.storage_id}/{event.timestamp}"
    logs.append(_tenant(made.asset_key), "materialize", subject, _who(run.tags if run else {}), "", once)


def _ticks(instance: dg.DagsterInstance, logs: _Logs, seen: dict[str, Any], own: str) -> dict[str, Any]:
    """Finished ticks of schedules and sensors; of many skips for one reason, the first."""
    for state in instance.all_instigator_state():
        name = state.instigator_name
        if name == own:
            continue
        after, reason = seen.get(name, (0.0, None))
        # One that is under way now would be passed over for ever if a later one moved the mark.
        ticks = sorted(
            instance.get_ticks(state.instigator_origin_id, state.selector_id, after=after),
            key=lambda tick: tick.timestamp,
        )
        for tick in ticks:
            if tick.status.value == "STARTED":
                break
            told = tick.skip_reason or (tick.error.message.strip() if tick.error else "")
            if tick.status.value != "SKIPPED" or told != reason:
                _tick(logs, name, tick, told)
            after, reason = tick.timestamp, told
        seen = {**seen, name: (after, reason)}
    return seen


def _tick(logs: _Logs, name: str, tick: Any, told: str) -> None:
    tenant = name.partition("__")[0] if "__" in name else NOBODY
    subject = {
        "name": name, "kind": tick.tick_data.instigator_type.value.lower(),
        "status": tick.status.value.lower(),
        "runs": list(tick.run_ids), "at": _time(tick.timestamp),
    }  # fmt: skip
    logs.append(tenant, "tick", subject, name, told[:300], f"{name}/tick/{tick.timestamp}")


def _who(tags: Any) -> str:
    return next((tags[name] for name in _WHO if tags.get(name)), "unknown")


def _tenant(key: dg.AssetKey) -> str:
    return key.path[0] if len(key.path) > 1 else NOBODY


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
