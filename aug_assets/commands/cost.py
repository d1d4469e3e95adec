"""What days have cost, summed up from Dagster's event log, and letting a day over its budget pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aug_assets import cost, gates, loader
from aug_assets.assets import common, decisions_record
from aug_assets.commands.quarantine import NOBODY
from aug_assets.cost import Priced
from aug_assets.decisions import RELEASE, Decision
from aug_assets.errors import DecisionError, FourEyesError, NotReleasableError, UpstreamMissingError
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    import dagster as dg

    from resources.lake import LakeResource

_EVENTS = 1000  # of one reading of the log
_STAGES = (*common.STAGES, common.PARAPHRASES, common.REVIEW, common.DRIFT, common.DRIFT_REPORT,
           common.MODEL, common.DEPLOYMENT, common.PREDICTIONS)  # fmt: skip


@dataclass
class Line:
    """What something has cost.

    Attributes:
        name: A day, a dataset or a tenant.
        cost: Of all its steps, those that were run again as often as they were.
        steps: How many steps that was.
        accepted: Candidates that are published, as they are now.
    """

    name: str
    cost: Priced = field(default_factory=Priced)
    steps: int = 0
    accepted: int = 0

    def row(self) -> dict[str, Any]:
        """Plain values; a price of an accepted row only where there is one."""
        spent = self.cost.spent
        each = self.cost.money / self.accepted if self.accepted else None
        return {
            "name": self.name, "steps": self.steps, "cpu_seconds": spent.cpu_seconds,
            "gib_seconds": spent.gib_seconds, "bytes_read": spent.bytes_read,
            "bytes_written": spent.bytes_written, "asked": spent.asked, "money": self.cost.money,
            "accepted": self.accepted, "money_per_accepted_row": each,
        }  # fmt: skip


def costs(
    instance: "dg.DagsterInstance", specs: Sequence[DatasetSpec], by: str, start: str = "", end: str = "9"
) -> list[Line]:
    """What was spent on some days, by ``day``, ``dataset`` or ``tenant``, sorted by name.

    Args:
        instance: Whose event log is read.
        specs: The datasets.
        by: How to sum up.
        start: First day, as an ISO date.
        end: Last day.
    """
    lines: dict[str, Line] = {}
    for spec in specs:
        names = {"dataset": spec.id, "tenant": spec.tenant}
        accepted: dict[str, int] = {}
        for day, metadata in _told(instance, spec):
            if "cost/money" not in metadata or not start <= day <= end:
                continue
            line = lines.setdefault(names.get(by, day), Line(names.get(by, day)))
            line.cost, line.steps = line.cost + Priced.of(metadata), line.steps + 1
            if "accepted" in metadata:
                accepted[day] = int(metadata["accepted"])
        for day, rows in accepted.items():
            lines[names.get(by, day)].accepted += rows
    return [lines[name] for name in sorted(lines)]


def _told(instance: "dg.DagsterInstance", spec: DatasetSpec) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Day and metadata of each step in the log, the oldest first; gates are told by their verdict."""
    import dagster as dg

    for stage in _STAGES:
        wanted, cursor, more = dg.AssetRecordsFilter(asset_key=common.asset_key(spec, stage)), None, True
        while more:
            found = instance.fetch_materializations(wanted, limit=_EVENTS, cursor=cursor, ascending=True)
            cursor, more = found.cursor, found.has_more
            for record in found.records:
                if record.asset_materialization is not None:
                    yield record.partition_key or "", _plain(record.asset_materialization.metadata)
    key = dg.AssetCheckKey(common.asset_key(spec, "augmented"), gates.VERDICT)
    before = None
    while records := instance.event_log_storage.get_asset_check_execution_history(key, _EVENTS, before):
        for one in records:
            event = one.event and one.event.dagster_event
            if event and event.event_type_value == "ASSET_CHECK_EVALUATION":
                yield one.partition or "", _plain(event.asset_check_evaluation_data.metadata)
        before = records[-1].id


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.value for name, value in metadata.items() if hasattr(value, "value")}


def release(lake: "LakeResource", spec: DatasetSpec, day: str, by: str, why: str) -> list[str]:
    """Let a day pass that cost more than its budget; as it is now, and no other candidates of it.

    Returns:
        The limits that it is beyond.

    Raises:
        DecisionError: No person or no reason is named.
        FourEyesError: The person launched the run, or nobody knows who did.
        NotReleasableError: The day was not judged, or keeps to its budget.
    """
    for what, text in (("by", by), ("why", why)):
        if not text.strip():
            raise DecisionError(
                "a decision needs a person and a reason", seen=f"--{what} {text!r}",
                legal="a name, and words that a later reader understands", todo=f"give --{what}",
            )  # fmt: skip
    from resources import clock, environment
    from resources.audit import audit_log

    over, digest, run, user = _over(lake, spec, day)
    if user.strip() in NOBODY or _same(user, by):
        raise FourEyesError(
            f"{by} may not release {day} of {spec.id}", seen=f"run {run} by {user or 'nobody known'}",
            legal="a person other than who launched the run", todo="let somebody else look at it",
        )  # fmt: skip
    made = Decision(
        row_id=cost.CHECK, content=digest, decision=RELEASE, reasons=tuple(over), by=by.strip(),
        why=why.strip(), at=clock.now().isoformat(timespec="microseconds"), account=environment.user(),
        held_run=run, held_user=user,
    )  # fmt: skip
    subject = {"dataset": spec.id, "date": day, "stage": cost.RELEASED, "reasons": over, "content": digest,
               "held_by_run": run, "run_user": user, "account": made.account}  # fmt: skip
    once = f"{spec.id}/{day}/{cost.RELEASED}/{made.id}"
    audit_log(lake, spec.tenant).append(RELEASE, subject, by=made.by, why=made.why, once=once)
    decisions_record.add(lake, spec, day, cost.RELEASED, [made], made.account)
    return over


def _over(lake: "LakeResource", spec: DatasetSpec, day: str) -> tuple[list[str], str, str, str]:
    """The limits that the stored verdict is beyond, of which candidates, and the run and person behind it."""
    table = common.table(lake, spec, "verdict")
    try:
        rows = table.read({"date": day}).to_pylist() if table.version() is not None else []
    except UpstreamMissingError:
        rows = []
    over = [row["gate"] for row in rows if row["gate"].startswith(f"{cost.CHECK}/") and not row["passed"]]
    if not over:
        raise NotReleasableError(
            f"{day} of {spec.id} waits for nobody because of its cost",
            seen="not judged yet" if not rows else "no limit is passed", legal="a day over its budget",
            todo="look at `aug cost`",
        )  # fmt: skip
    commit = next(one for one in table.history() if one.partition == {"date": day})
    return (
        sorted(over),
        rows[0]["candidates_digest"],
        commit.info.get("run_id", "?"),
        commit.info.get("user", ""),
    )


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def specs(dataset: str | None) -> list[DatasetSpec]:
    """The dataset, or all.

    Raises:
        UnknownDatasetError: There is no such dataset.
    """
    if dataset is not None:
        return [loader.get(dataset)]
    return [loader.load(path) for folder in loader.folders() for path in loader.find(folder)]
