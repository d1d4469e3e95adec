"""A day's commits held against each other and what was recorded of them elsewhere. Reads logs only."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resources import delta_history
from resources.delta_table import Commit, LakeTable
from resources.erasure_files import objects

_ENTRY = re.compile(r"(\d{20})\.json")
_INPUTS = {
    "source_version": ("source", "source_digest"),
    "augmented_version": ("augmented", ""),
    "provenance_version": ("provenance", ""),
}
_OWN = {"source": ("digest",), "validated": ("digest",)}  # what their commits always say


@dataclass(frozen=True)
class Recorded:
    """What the event log says of one materialization: its stage, run and metadata."""

    stage: str
    run_id: str
    told: Mapping[str, Any]

    @property
    def version(self) -> int:
        """The table version that it made."""
        return int(self.told["delta_version"])


@dataclass(frozen=True)
class Log:
    """A table's commits by version, and the versions that its log lacks."""

    commits: Mapping[int, Commit]
    gaps: tuple[int, ...]


def log(table: LakeTable) -> Log:
    """Read a table's log; a version whose entry is gone is a gap, for no version is ever taken back."""
    names = objects(table.storage.sub("_delta_log"))
    there = sorted(int(found[1]) for name in names if (found := _ENTRY.fullmatch(name)))
    gaps = tuple(sorted(set(range(max(there, default=-1) + 1)) - set(there)))
    return Log({one.version: one for one in delta_history.commits(table.storage, there)}, gaps)


def faults(logs: Mapping[str, Log], day: str, recorded: Iterable[Recorded]) -> list[str]:
    """What does not fit, each by the table and version that it is about.

    Args:
        logs: By stage; of ``provenance`` too.
        day: The partition, as an ISO date.
        recorded: Every materialization of the day that the event log still has.
    """
    found = [f"{stage} version {n} is missing from the log" for stage, one in logs.items() for n in one.gaps]
    for stage, one in logs.items():
        for commit in one.commits.values():
            if commit.partition.get("date") == day:
                found += [
                    f"{stage} version {commit.version} {wrong}" for wrong in _unlinked(commit, logs, day)
                ]
    records = list(recorded)
    found += _unknown(logs, day, records)
    for record in records:
        kept = logs[record.stage].commits.get(record.version)
        name = f"{record.stage} version {record.version}"
        if kept is None and record.version not in logs[record.stage].gaps:
            found.append(f"{name} was made by run {record.run_id[:8]} and is missing from the log")
        elif kept is not None:
            found += [f"{name} {wrong}" for wrong in _edited(record, kept)]
    return found


def _unlinked(commit: Commit, logs: Mapping[str, Log], day: str) -> Iterator[str]:
    """Inputs that a commit names and that are not there, or are something else by now."""
    for name, (stage, digest) in _INPUTS.items():
        if name not in commit.info:
            continue
        version = commit.info[name]
        given = logs[stage].commits.get(int(version))
        if given is None:
            yield f"was made of {stage} version {version}, which is missing"
        elif given.partition.get("date") != day:
            yield f"was made of {stage} version {version}, which is no commit of {day}"
        elif digest in commit.info and commit.info[digest] != given.info.get("digest"):
            yield f"was made of other content than {stage} version {version} has"


def _unknown(logs: Mapping[str, Log], day: str, records: Sequence[Recorded]) -> Iterator[str]:
    """Newest commits of the day that no run has recorded, as when somebody else has put rows there."""
    newest = {record.stage: -1 for record in records}
    for record in records:
        newest[record.stage] = max(newest[record.stage], record.version)
    for stage, known in newest.items():
        mine = (v for v, one in logs[stage].commits.items() if one.partition.get("date") == day)
        if (last := max(mine, default=-1)) > known:
            yield f"{stage} version {last} was recorded by no run; the newest that was is {known}"


def _edited(record: Recorded, commit: Commit) -> Iterator[str]:
    """Where a commit and the event log, which one hand would have to forge both, tell different things."""
    names = {*commit.info, *_OWN.get(record.stage, ())} & {*record.told}
    both = {name: (commit.info.get(name), str(record.told[name])) for name in sorted(names)}
    both["run_id"] = (commit.info.get("run_id"), record.run_id)
    for name, (said, true) in both.items():
        if said != true:
            yield f"says {name} {str(said)[:16]}, the event log {true[:16]}"
