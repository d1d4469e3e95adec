"""Lineage events sent to a file or a receiver; what a receiver does not take is kept until it does."""

import json
import logging
import os
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from aug_assets.errors import LineageError

_TARGET, _NAMESPACE, _TOKEN, _SPOOL = (
    "AUG_OPENLINEAGE", "AUG_OPENLINEAGE_NAMESPACE", "AUG_OPENLINEAGE_TOKEN", "AUG_OPENLINEAGE_SPOOL",
)  # fmt: skip
_SECONDS = 3  # for one attempt: a step must not wait for those who only want to be told
_TRIES = 3
_PAUSE = 0.2
_REST_SECONDS = 60  # a receiver that did not answer is not asked again by this process for so long
_AT_ONCE = 200  # kept events that one step sends on the way
_PASSING = {408, 425, 429}
_BROKEN = 500
_REFUSED = 400
_log = logging.getLogger(__name__)
_counts: Counter[str] = Counter()
_silent_until = [0.0]

Outcome = Literal["sent", "unsent", "refused", "lost"]


def wanted() -> bool:
    """Whether events are to be sent at all."""
    return bool(os.environ.get(_TARGET))


def namespace() -> str:
    """The namespace of jobs, and of data that has no address."""
    return os.environ.get(_NAMESPACE, "") or "aug"


def counts() -> dict[str, int]:
    """What became of this process's events: sent, unsent and kept, refused and kept, or lost."""
    return {name: _counts[name] for name in ("sent", "unsent", "refused", "lost")}


def emit(event: Mapping[str, Any]) -> Outcome:
    """Send an event; never raises, because a receiver must not fail a run.

    What an HTTP receiver does not take is kept in the spool file and sent after the next event that it takes.
    What it refuses for good is kept beside it, in ``<spool>.refused``.
    """
    line = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        outcome = _deliver(line)
        if outcome == "sent" and _is_http():
            _flush()
    except (OSError, LineageError) as error:
        outcome = "lost"
        _log.warning("A lineage event was lost: %s", error)
    _counts[outcome] += 1
    return outcome


def resend() -> dict[str, int]:
    """Send all kept events again: how many were sent, are still unsent, and were refused.

    Raises:
        LineageError: No receiver is set, or the spool cannot be read.
    """
    if not _is_http():
        raise LineageError(
            "there is nobody to send lineage events to", seen=os.environ.get(_TARGET, ""),
            legal="an http:// or https:// address", todo=f"set {_TARGET}",
        )  # fmt: skip
    _silent_until[0] = 0.0
    try:
        for left in spool().parent.glob(f"{spool().name}.{'[0-9a-f]' * 32}"):  # of a process that was killed
            append(spool(), left.read_bytes().splitlines())
            left.unlink()
        return _flush(limit=None)
    except OSError as error:
        raise LineageError("the kept events cannot be read", seen=str(spool()), todo=str(error)) from error


def spool() -> Path:
    """The file of events that nobody took yet; on a disk that outlives the process."""
    if named := os.environ.get(_SPOOL):
        return Path(named)
    return Path(os.environ.get("DAGSTER_HOME") or ".aug", "openlineage", "unsent.jsonl")


def _is_http() -> bool:
    return os.environ.get(_TARGET, "").startswith(("http://", "https://"))


def _deliver(line: bytes) -> Outcome:
    if not _is_http():
        append(Path(os.environ[_TARGET].removeprefix("file://")), [line])
        return "sent"
    outcome, told = _post(line)
    if outcome != "sent":
        file = spool() if outcome == "unsent" else _refused()
        append(file, [line])
        _log.warning("A lineage event was %s (%s); it is kept in %s", outcome, told, file)
    return outcome


def _refused() -> Path:
    return spool().with_name(f"{spool().name}.refused")


def append(file: Path, lines: Iterable[bytes]) -> None:
    """Add whole lines to a file, whoever else adds to it at that time.

    Raises:
        LineageError: It cannot be written.
    """
    import fcntl

    data = b"".join(line + b"\n" for line in lines)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab", buffering=0) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            while data:
                data = data[held.write(data) :]
    except OSError as error:
        raise LineageError("lineage events cannot be written", seen=str(file), todo=str(error)) from error


# --- a receiver -------------------------------------------------------------------------------------------
def _post(line: bytes) -> tuple[Outcome, str]:
    """Try a few times; nobody is asked who has just been silent."""
    if time.monotonic() < _silent_until[0]:
        return "unsent", "the receiver has just been silent"
    told = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE * 2**attempt)
        outcome, told = _try(line)
        if outcome != "unsent":
            return outcome, told
    _silent_until[0] = time.monotonic() + _REST_SECONDS
    return "unsent", told


@cache
def _client() -> Any:
    """One a process: certificates are read when it is made. It keeps no connection, so forks are safe."""
    import httpx

    return httpx.Client(timeout=_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))


def _try(line: bytes) -> tuple[Outcome, str]:
    import httpx

    headers = {"Content-Type": "application/json"}
    if token := os.environ.get(_TOKEN):
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = _client().post(_address(), content=line, headers=headers)
    except httpx.HTTPError as error:
        return "unsent", type(error).__name__
    except httpx.InvalidURL:
        return "unsent", f"{_TARGET} is no address"
    if answer.status_code < _REFUSED:
        return "sent", ""
    passing = answer.status_code >= _BROKEN or answer.status_code in _PASSING
    return ("unsent" if passing else "refused"), f"status {answer.status_code}"


def _address() -> str:
    """The address as it was given; the usual path where it has none."""
    given = os.environ[_TARGET]
    return given if urlsplit(given).path.strip("/") else given.rstrip("/") + "/api/v1/lineage"


def _flush(limit: int | None = _AT_ONCE) -> dict[str, int]:
    """Send kept events, oldest first. The file is taken by renaming it, so that two processes never share."""
    done = {"sent": 0, "unsent": 0, "refused": 0}
    mine = spool().with_name(f"{spool().name}.{uuid.uuid4().hex}")
    try:
        spool().rename(mine)
    except FileNotFoundError:
        return done
    lines = mine.read_bytes().splitlines()
    kept: dict[str, list[bytes]] = {"sent": [], "unsent": lines[limit:] if limit else [], "refused": []}
    for line in lines[:limit]:
        kept[_post(line)[0]].append(line)
    for outcome, file in (("unsent", spool()), ("refused", _refused())):
        if kept[outcome]:
            append(file, kept[outcome])
    mine.unlink()
    done |= {name: len(found) for name, found in kept.items()}
    _log.info("Kept lineage events: %s", done)
    return done
