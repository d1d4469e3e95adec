"""All that an auditor's report says of some days, gathered by whoever knows where it lies. Prints nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aug_assets.lineage.chain import Record
from aug_assets.lineage.release import Release, Stage
from aug_assets.lineage.trace import Trace

DECIDED = ("release", "reject")


class Proof(NamedTuple):
    """What was verified, whether it holds, and in words what was seen."""

    part: str
    well: bool
    told: str


@dataclass(frozen=True)
class Publish:
    """A version of a day that was published at some time; ``current`` until a newer one was."""

    date: str
    stage: Stage
    digest: str
    current: bool


@dataclass(frozen=True)
class Audit:
    """Days of a dataset as an auditor asks about them.

    Attributes:
        release: What is published of the days now.
        asked: The days that were asked for.
        publishes: Each publishing of these days, also such as were replaced, the newest first.
        records: The audit log's records about the dataset that are about one of these days, or about none.
        proof: What verifying the log found.
        traces: The stories of some rows, without values.
        models: What was trained on the days, as the model ledger tells it.
        made_at: When the report was made, in UTC.
        made_by: The account that made it.
    """

    release: Release
    asked: Sequence[str]
    publishes: Sequence[Publish]
    records: Sequence[Record]
    proof: Sequence[Proof]
    traces: Sequence[Trace]
    models: Sequence[Mapping[str, Any]]
    made_at: str
    made_by: str

    @property
    def missing(self) -> list[str]:
        """Days that were asked for and are not published."""
        found = {day.date for day in self.release.days}
        return [date for date in self.asked if date not in found]

    @property
    def decisions(self) -> list[Record]:
        """What people decided about held rows."""
        return [one for one in self.records if one.action in DECIDED]

    @property
    def failed(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Gates that failed and let the day pass, because they only warn; date and verdict."""
        return [(day.date, one) for day in self.release.days for one in day.gates if not one["passed"]]

    @property
    def counts(self) -> dict[str, int]:
        """The figures at the top."""
        release = self.release
        return {
            "days asked for": len(self.asked),
            "days published": len(release.days),
            "publishes": len(self.publishes),
            "real rows": release.rows - release.synthetic,
            "synthetic rows": release.synthetic,
            "rows held back": sum(day.held_back for day in release.days),
            "decisions": len(self.decisions),
            "gate warnings": len(self.failed),
        }
