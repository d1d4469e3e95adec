"""The sensor that tells a webhook of failed runs, each failure once and not once a day of a backfill.

It sends names, codes and counts only: the text of an error may hold a value of somebody's row.
"""

import json
import os
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import dagster as dg

from resources import clock
from sensors.automation import sensor_status

NAME = "alerts"
_SECONDS = 60
_RUNS = 200  # of one tick
_DAYS = 10  # of one message; beyond, their number
_QUIET = timedelta(hours=6)  # between two messages about the same failure
_TIMEOUT = 10.0


def alerts() -> dg.SensorDefinition:
    """Each minute the runs that failed since the last; without ``AUG_ALERT_WEBHOOK`` it only says so."""

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description="Tells the webhook of AUG_ALERT_WEBHOOK of failed runs: one message a cause, in 6 hours.",
    )
    def tell(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        url = os.environ.get("AUG_ALERT_WEBHOOK", "")
        if urlsplit(url).scheme not in ("http", "https"):
            return dg.SkipReason(
                "AUG_ALERT_WEBHOOK is no http or https address" if url else "no webhook is set"
            )
        memory = Memory.read(context.cursor)
        sent, stuck = _tick(context, url, memory)
        context.update_cursor(memory.cursor())
        rest = "; the webhook does not answer, the rest comes later" if stuck else ""
        return dg.SkipReason(f"{sent} messages sent{rest}")

    return tell


@dataclass
class Memory:
    """The sensor's cursor.

    Attributes:
        after: Runs that ended later are new.
        said: Cause to when it was last told, as ISO time.
        since: Cause to how many runs have failed of it since and were not told.
    """

    after: str
    said: dict[str, str] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """Without one that can be read, what failed before now is old."""
        try:
            told = json.loads(cursor or "")
            datetime.fromisoformat(told["after"])
            return cls(told["after"], dict(told["said"]), {k: int(n) for k, n in told["since"].items()})
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls(clock.now().isoformat())

    def cursor(self) -> str:
        """As text, without causes that have been quiet long enough."""
        least = (clock.now() - _QUIET).isoformat()
        said = {cause: at for cause, at in self.said.items() if at > least}
        since = {cause: count for cause, count in self.since.items() if cause in said}
        return json.dumps({"after": self.after, "said": said, "since": since})


@dataclass(frozen=True)
class Failure:
    """One run that failed, and why, as far as may be told outside."""

    job: str
    dataset: str
    day: str
    run_id: str
    step: str
    code: str
    reason: str

    @property
    def cause(self) -> str:
        """What is the same trouble."""
        return f"{self.job}/{self.step}/{self.code}"


def _tick(context: dg.SensorEvaluationContext, url: str, memory: Memory) -> tuple[int, bool]:
    after = datetime.fromisoformat(memory.after)
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=after)
    records = context.instance.get_run_records(
        wanted, limit=_RUNS, order_by="update_timestamp", ascending=True
    )
    causes: dict[str, list[Failure]] = defaultdict(list)
    for record in records:
        one = _failure(context.instance, record.dagster_run)
        causes[one.cause].append(one)
    sent = 0
    for cause, failures in causes.items():
        if _is_quiet(memory, cause):
            memory.since[cause] = memory.since.get(cause, 0) + len(failures)
        elif _post(context, url, _message(failures, memory.since.get(cause, 0))):
            memory.said[cause] = clock.now().isoformat()
            memory.since.pop(cause, None)
            sent += 1
        else:  # all are looked at again next time, when those that were told are quiet
            return sent, True
    if records:
        memory.after = _moment(records[-1].update_timestamp)
    return sent, False


def _moment(stamp: datetime) -> str:
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).isoformat()


def _is_quiet(memory: Memory, cause: str) -> bool:
    last = memory.said.get(cause)
    return last is not None and clock.now() - datetime.fromisoformat(last) < _QUIET


def _failure(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Failure:
    step, code = "", "run"
    events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    for event in events[:1]:
        step, code = event.step_key or "", _code(event)
    tags = run.tags
    dataset = f"{tags.get('tenant', '')}/{tags.get('dataset', '')}".strip("/")
    return Failure(
        run.job_name, dataset, tags.get("dagster/partition", ""),
        run.run_id, step, code, tags.get("refresh/reason", ""),
    )  # fmt: skip


def _code(event: Any) -> str:
    """The code of the typed error, else the class of whatever it was."""
    data = event.dagster_event.step_failure_data
    told = data.user_failure_data
    if told and "error" in told.metadata:
        return str(told.metadata["error"].value)
    error = data.error
    while error and error.cause:
        error = error.cause
    return str(error.cls_name or "error") if error else "error"


def _message(failures: list[Failure], before: int) -> dict[str, Any]:
    """What chat services show as ``text``, and the same in fields for others."""
    first = failures[0]
    days = sorted({one.day for one in failures if one.day})
    shown = ", ".join(days[:_DAYS]) + (f" and {len(days) - _DAYS} more" if len(days) > _DAYS else "")
    where = f" of {shown}" if shown else ""
    more = f"; {before} more since the last message" if before else ""
    runs = "run" if len(failures) == 1 else "runs"
    return {
        "text": f"{len(failures)} {runs} of {first.job}{where} failed: {first.code} in {first.step}{more}",
        "job": first.job, "dataset": first.dataset, "days": days, "step": first.step, "error": first.code,
        "runs": [one.run_id for one in failures], "reason": first.reason, "more": before,
    }  # fmt: skip


def _post(context: dg.SensorEvaluationContext, url: str, message: Mapping[str, Any]) -> bool:
    """Whether the webhook took it. Its address is a secret, and is in no log."""
    body = json.dumps(message).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT):  # noqa: S310
            return True
    except (urllib.error.URLError, OSError, ValueError) as error:
        context.log.warning("the webhook did not take a message: %s", type(error).__name__)
        return False
