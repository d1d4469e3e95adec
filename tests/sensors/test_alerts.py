"""The sensor of failed runs, against a webhook of this machine: what it sends, how often, and what never."""

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import pytest

from resources import clock
from sensors.alerts import alerts


@dg.op
def made() -> None:
    raise dg.Failure("Seen: card-4711", metadata={"error": "source_not_found", "seen": "card-4711"})


@dg.job(tags={"tenant": "payments", "dataset": "card_fraud"})
def payments__card_fraud() -> None:
    made()


@dg.op
def other() -> None:
    raise KeyError("card-4711")


@dg.job
def another() -> None:
    other()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it was told; refuses while it is to."""

    told: ClassVar[list[dict[str, Any]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.status == 200:
            self.told.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}/secret-token"
        made.shutdown()
        thread.join()


class Watch:
    """The sensor with the runs that it looks at; nothing has failed before it began."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self.tick()

    def fail(self, job: Any = payments__card_fraud, day: str = "2025-01-05") -> None:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        tags = {"dagster/partition": day, "refresh/reason": "drift"}
        job.execute_in_process(instance=self.instance, run_config=quiet, tags=tags, raise_on_error=False)

    def tick(self) -> str:
        found = alerts().evaluate_tick(dg.build_sensor_context(self.instance, cursor=self.cursor))
        self.cursor = found.cursor
        return found.skip_message or ""


@pytest.fixture
def watch(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setenv("AUG_ALERT_WEBHOOK", server)
    monkeypatch.setattr(Receiver, "told", [])
    monkeypatch.setattr(Receiver, "status", 200)
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        yield Watch(instance)


def test_a_failed_run_is_told_once_without_any_value(watch: Watch) -> None:
    watch.fail()
    assert watch.tick() == "1 messages sent"
    (told,) = Receiver.told
    runs = told.pop("runs")
    assert told == {
        "text": "1 run of payments__card_fraud of 2025-01-05 failed: source_not_found in made",
        "job": "payments__card_fraud", "dataset": "payments/card_fraud", "days": ["2025-01-05"],
        "step": "made", "error": "source_not_found", "reason": "drift", "more": 0,
    }  # fmt: skip
    assert len(runs) == 1
    assert watch.tick() == "0 messages sent"
    assert len(Receiver.told) == 1


def test_many_days_of_one_cause_are_one_message_and_another_cause_is_another(watch: Watch) -> None:
    for n in range(1, 4):
        watch.fail(day=f"2025-01-0{n}")
    watch.fail(another)
    watch.tick()
    assert [(len(told["runs"]), told["error"]) for told in Receiver.told] == [
        (3, "source_not_found"),
        (1, "KeyError"),
    ]
    assert "card-4711" not in json.dumps(Receiver.told)


def test_the_same_cause_is_quiet_for_hours_and_counted(watch: Watch) -> None:
    watch.fail()
    watch.tick()
    watch.fail()
    watch.fail()
    assert watch.tick() == "0 messages sent"
    watch.fail()
    with clock.standing_at(datetime.now(UTC) + timedelta(hours=7)):
        watch.tick()
    assert len(Receiver.told) == 2
    assert Receiver.told[1]["text"].endswith("; 2 more since the last message")


def test_a_webhook_that_is_down_gets_the_message_later(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Receiver, "status", 500)
    watch.fail()
    assert watch.tick() == "0 messages sent; the webhook does not answer, the rest comes later"
    assert "secret-token" not in "".join(capfd.readouterr())
    monkeypatch.setattr(Receiver, "status", 200)
    assert watch.tick() == "1 messages sent"
    assert len(Receiver.told) == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [("", "no webhook is set"), ("file:///etc/x", "AUG_ALERT_WEBHOOK is no http or https address")],
)
def test_without_a_usable_address_it_says_so(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("AUG_ALERT_WEBHOOK", url)
    assert watch.tick() == told


@pytest.mark.parametrize("cursor", ["17", "{", '{"after": "soon", "said": {}, "since": {}}'])
def test_a_cursor_that_cannot_be_read_begins_now(watch: Watch, cursor: str) -> None:
    watch.fail()
    watch.cursor = cursor
    assert watch.tick() == "0 messages sent", "what failed before is old"
    watch.fail()
    assert watch.tick() == "1 messages sent"
