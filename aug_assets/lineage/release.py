"""What was published of a dataset on some days, with all that proves it, as plain values. Reads no table."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aug_assets.report.day import Held
from aug_assets.spec import DatasetSpec


@dataclass(frozen=True)
class File:
    """A Parquet file of the published table.

    Attributes:
        path: Relative to the table.
        size: Bytes.
        rows: Rows.
        sha256: Of its bytes.
    """

    path: str
    size: int
    rows: int
    sha256: str


@dataclass(frozen=True)
class Stage:
    """A version of a stage's table and what its commit says of its making."""

    version: int
    at: str
    info: Mapping[str, str]


@dataclass(frozen=True)
class Day:
    """A published day.

    Attributes:
        date: The partition.
        stages: ``source``, ``augmented`` and ``validated`` at the versions that were published together.
        digest: Of the published rows.
        candidates_digest: Of the candidates that the gates judged.
        files: The published files.
        rows: Published rows.
        synthetic: How many of them were made.
        gates: Rows of the verdict under which it was published.
        held: What was held back, by stage and reason; a row with two reasons counts under both.
        held_back: Rows that were held back, each once.
        drift: What was said of the day's distance from the reference, if anything.
    """

    date: str
    stages: Mapping[str, Stage]
    digest: str
    candidates_digest: str
    files: Sequence[File]
    rows: int
    synthetic: int
    gates: Sequence[Mapping[str, Any]] = ()
    held: Sequence[Held] = ()
    held_back: int = 0
    drift: Mapping[str, Any] | None = None

    @property
    def made(self) -> Mapping[str, str]:
        """Who published it, by which run, code and packages."""
        return self.stages["validated"].info


@dataclass(frozen=True)
class Release:
    """Published days of a dataset.

    Attributes:
        spec: The dataset, as its file is now.
        address: Of the published table.
        days: In order, at least one.
        recipes: The text of each recipe by its digest; empty where it was not kept.
        lift: The newest proof of benefit, if there is one.
    """

    spec: DatasetSpec
    address: str
    days: Sequence[Day]
    recipes: Mapping[str, str] = field(default_factory=dict)
    lift: Mapping[str, Any] | None = None

    @property
    def span(self) -> str:
        """First and last day."""
        first, last = self.days[0].date, self.days[-1].date
        return first if first == last else f"{first}_{last}"

    @property
    def digest(self) -> str:
        """SHA-256 over the days' dates and digests."""
        return hashlib.sha256("\n".join(f"{d.date} {d.digest}" for d in self.days).encode()).hexdigest()

    @property
    def version(self) -> int:
        """The newest version of the published table that one of its days is of."""
        return max(day.stages["validated"].version for day in self.days)

    @property
    def at(self) -> str:
        """When the last of its days was published."""
        return max(day.stages["validated"].at for day in self.days)

    @property
    def rows(self) -> int:
        """Published rows of all days."""
        return sum(day.rows for day in self.days)

    @property
    def synthetic(self) -> int:
        """How many of them were made."""
        return sum(day.synthetic for day in self.days)


def figures(days: Sequence[Day]) -> list[dict[str, Any]]:
    """Of each gate the day with its highest figure, failed ones first."""
    told: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for day in days:
        for one in day.gates:
            told.setdefault(one["gate"], []).append((day.date, one))
    found = []
    for gate, seen in sorted(told.items()):
        date, worst = max(seen, key=lambda pair: (not pair[1]["passed"], pair[1]["value"] or 0.0, pair[0]))
        found.append(
            {
                "gate": gate, "date": date, "days": len(seen), "blocking": worst["blocking"],
                "passed": sum(bool(one["passed"]) for _, one in seen), "reason": worst["reason"],
                "value": figure(worst["value"]), "threshold": figure(worst["threshold"]),
            }
        )  # fmt: skip
    return found


def figure(value: float | None) -> str:
    """A figure for people; nothing where there is none."""
    return "" if value is None or value != value else f"{value:.4g}"  # noqa: PLR0124 - NaN
