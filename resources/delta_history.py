"""What the commits of a Delta table say about themselves. Reads the log only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from resources.delta_commit import INFO_KEY, PARTITION_KEY
from resources.lake_storage import Storage


@dataclass(frozen=True)
class Commit:
    """One entry of a table's history; partition and info are empty for commits of other programs."""

    version: int
    time: datetime
    partition: dict[str, str]
    info: dict[str, str]


def commits(storage: Storage, versions: Sequence[int]) -> list[Commit]:
    """Read the log entries of these versions, in this order.

    Not through deltalake: its history starts at the newest commit whichever version is open, and it holds the
    interpreter lock while it waits for the network.
    """
    logs = storage.get_many([f"_delta_log/{version:020}.json" for version in versions])
    return [_commit(version, log) for version, log in zip(versions, logs, strict=True)]


def _commit(version: int, log: bytes) -> Commit:
    entries: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines() if line]
    entry: dict[str, Any] = next((item["commitInfo"] for item in entries if "commitInfo" in item), {})
    return Commit(
        version=version,
        time=datetime.fromtimestamp(entry.get("timestamp", 0) / 1000, UTC),
        partition=entry.get(PARTITION_KEY, {}),
        info=entry.get(INFO_KEY, {}),
    )
