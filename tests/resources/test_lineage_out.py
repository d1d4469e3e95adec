"""Lineage events on their way: to a file, whoever writes; to a receiver; kept when it does not take them."""

import json
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aug_assets.errors import LineageError
from aug_assets.lineage import openlineage
from resources import clock, lineage_out
from tests.receivers import Receiver, receiver

RUN = openlineage.Run(
    openlineage.run_id("r", "source"), "", "", (clock.now(), clock.now()), ("dagster", "1"), error=""
)
JOB = openlineage.Job(openlineage.Place("aug", "lab.small.source"))


def event(number: int = 0) -> dict[str, object]:
    made = openlineage.event("START", clock.now(), RUN, JOB, [], [])
    return made | {"job": {"namespace": "aug", "name": f"job-{number}", "facets": {}}}


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def there(listening: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """The receiver as the target of this process, with nothing in it."""
    for held in (listening.events, listening.refused, listening.answers, listening.seen):
        held.clear()
    monkeypatch.setenv("AUG_OPENLINEAGE", listening.url)
    monkeypatch.setenv("AUG_OPENLINEAGE_SPOOL", str(tmp_path / "kept" / "unsent.jsonl"))
    monkeypatch.delenv("AUG_OPENLINEAGE_TOKEN", raising=False)
    monkeypatch.setattr(lineage_out, "_PAUSE", 0.0)
    monkeypatch.setattr(lineage_out, "_silent_until", [0.0])
    return listening


def kept() -> list[str]:
    file = lineage_out.spool()
    return (
        [json.loads(line)["job"]["name"] for line in file.read_text().splitlines()] if file.exists() else []
    )


def names(there: Receiver) -> list[str]:
    return [one["job"]["name"] for one in there.events]


def test_nothing_is_wanted_until_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUG_OPENLINEAGE", raising=False)
    assert not lineage_out.wanted()


def test_an_event_arrives_at_the_usual_path_or_at_the_one_given(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lineage_out.emit(event()) == "sent"
    monkeypatch.setenv("AUG_OPENLINEAGE", f"{there.url}/mine")
    monkeypatch.setenv("AUG_OPENLINEAGE_TOKEN", "t0ken")
    assert lineage_out.emit(event()) == "sent"
    assert there.seen == [("/api/v1/lineage", ""), ("/mine", "Bearer t0ken")]
    assert len(there.events) == 2
    assert kept() == []


def test_a_passing_trouble_is_tried_again(there: Receiver) -> None:
    there.answers += [503, 429]
    assert lineage_out.emit(event()) == "sent"
    assert len(there.seen) == 3


def test_what_is_not_taken_is_kept_and_sent_after_the_next(there: Receiver) -> None:
    before = lineage_out.counts()["unsent"]
    there.answers += [500] * 3
    assert lineage_out.emit(event(1)) == "unsent"
    assert lineage_out.emit(event(2)) == "unsent", "a silent receiver is not asked again at once"
    assert len(there.seen) == 3
    assert kept() == ["job-1", "job-2"]
    assert lineage_out.counts()["unsent"] == before + 2
    lineage_out._silent_until[0] = 0.0
    assert lineage_out.emit(event(3)) == "sent"
    assert names(there) == ["job-3", "job-1", "job-2"]
    assert kept() == []


def test_nobody_at_the_address_fails_nothing(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_OPENLINEAGE", "http://127.0.0.1:1/api")
    assert lineage_out.emit(event(4)) == "unsent"
    monkeypatch.setenv("AUG_OPENLINEAGE", there.url)
    assert lineage_out.resend() == {"sent": 1, "unsent": 0, "refused": 0}
    assert names(there) == ["job-4"]


def test_what_a_killed_process_was_sending_is_sent_again(there: Receiver) -> None:
    left = lineage_out.spool().with_name(f"{lineage_out.spool().name}.{'a' * 32}")
    lineage_out.append(left, [json.dumps(event(5)).encode()])
    assert lineage_out.resend()["sent"] == 1
    assert not left.exists()


def test_what_is_refused_for_good_is_kept_aside_and_not_sent_again(there: Receiver) -> None:
    bad = event(6)
    del bad["eventTime"]
    assert lineage_out.emit(bad) == "refused"
    assert there.refused == [": 'eventTime' is a required property"]
    assert kept() == []
    assert "job-6" in lineage_out.spool().with_name("unsent.jsonl.refused").read_text()
    assert lineage_out.resend() == {"sent": 0, "unsent": 0, "refused": 0}


def test_a_file_has_an_event_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_OPENLINEAGE", f"file://{tmp_path}/a/events.jsonl")
    assert [lineage_out.emit(event(n)) for n in range(2)] == ["sent", "sent"]
    lines = (tmp_path / "a" / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["job"]["name"] for line in lines] == ["job-0", "job-1"]
    with pytest.raises(LineageError, match="nobody to send"):
        lineage_out.resend()


def test_a_file_that_cannot_be_written_fails_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AUG_OPENLINEAGE", str(tmp_path / "file" / "events.jsonl"))
    before = lineage_out.counts()["lost"]
    assert lineage_out.emit(event()) == "lost"
    assert lineage_out.counts()["lost"] == before + 1


def _many(file: str, letter: str, both_are_there: Any) -> None:
    both_are_there.wait(30)
    for _ in range(60):
        lineage_out.append(Path(file), [letter.encode() * 200_000])
    os._exit(0)


def test_lines_of_two_processes_do_not_mix(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    file = tmp_path / "events.jsonl"
    start = context.Barrier(2)
    both = [context.Process(target=_many, args=(str(file), letter, start)) for letter in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    lines = file.read_bytes().splitlines()
    assert len(lines) == 120
    assert all(line in (b"a" * 200_000, b"b" * 200_000) for line in lines)
