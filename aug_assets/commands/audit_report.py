"""Some days of a dataset as one page for auditors: what it says is read from the lake and the audit log."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aug_assets import loader
from aug_assets.commands import audit as audit_log
from aug_assets.commands import home
from aug_assets.commands import trace as tracing
from aug_assets.commands.release import Histories, gather
from aug_assets.commands.run import days_between
from aug_assets.errors import AugError, UpstreamMissingError
from aug_assets.lineage.chain import Record
from aug_assets.lineage.release import Release, Stage
from aug_assets.lineage.trace import Trace
from aug_assets.report.audit import Audit, Proof, Publish
from aug_assets.report.audit_page import page
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from resources.lake import LakeResource


def report(
    dataset: str, start: str, end: str, out: str | None = None, public_keys: Sequence[str] = ()
) -> Path:
    """Write the report; needs the lake and no Dagster.

    Args:
        dataset: ``tenant/name``.
        start: First day, as an ISO date.
        end: Last day, included.
        out: The file; without it ``<tenant>-<name>-audit-<start>-<end>.html`` in the working directory.
        public_keys: Files of keys that sign checkpoints; without any, the key of this place.

    Returns:
        The file.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: A day is not a partition of it.
        UpstreamMissingError: None of the days is published.
        AuditError: The tenant has no audit log.
        AugError: The file cannot be written.
    """
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    dates = days_between(spec, start, end)
    home.find()
    found = of(LakeResource(), spec, dates, public_keys)
    file = Path(out or f"{spec.tenant}-{spec.name}-audit-{start}-{end}.html")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(found), encoding="utf-8")
    except OSError as error:
        raise AugError("cannot write the report", seen=str(file), todo=str(error)) from error
    return file


def of(
    lake: "LakeResource", spec: DatasetSpec, dates: Sequence[str], public_keys: Sequence[str] = ()
) -> Audit:
    """All that the report says; see :func:`report` for what is raised."""
    from resources import clock, environment, model_ledger

    release = gather(lake, spec, dates, hashed=False)
    proof = [Proof(one.part, one.well, one.told) for one in audit_log.verify(spec.tenant, (), public_keys)]
    return Audit(
        release=release, asked=dates, publishes=_publishes(lake, spec, release, dates),
        records=_records(spec, dates), proof=proof, traces=_traces(lake, spec, release),
        models=model_ledger.of_days(lake, spec, dates),
        made_at=clock.now().strftime("%Y-%m-%d %H:%M"), made_by=environment.user(),
    )  # fmt: skip


def _publishes(
    lake: "LakeResource", spec: DatasetSpec, release: Release, dates: Sequence[str]
) -> list[Publish]:
    """Each commit of the published table that is about one of the days."""
    current = {day.date: day.stages["validated"].version for day in release.days}
    found = []
    for one in Histories(lake, spec).of("validated"):
        date = one.partition.get("date", "")
        if date in set(dates) and "digest" in one.info:
            stage = Stage(one.version, one.time.isoformat(timespec="seconds"), one.info)
            found.append(Publish(date, stage, one.info["digest"], current.get(date) == one.version))
    return found


def _records(spec: DatasetSpec, dates: Sequence[str]) -> list[Record]:
    wanted = set(dates)
    return [
        one
        for one in audit_log.records(spec.tenant)
        if one.subject.get("dataset") == spec.id and one.subject.get("date", dates[0]) in wanted
    ]


def _traces(lake: "LakeResource", spec: DatasetSpec, release: Release) -> list[Trace]:
    """Of the first and the last day the first made row by its id, and on the first its first parent."""
    found: list[Trace] = []
    for day in dict.fromkeys((release.days[0].date, release.days[-1].date)):
        try:
            told = Histories(lake, spec).table("provenance").read({"date": day}, columns=[ROW_ID])
        except UpstreamMissingError:
            continue
        for row_id in sorted(set(told.column(ROW_ID).to_pylist()))[:1]:
            made = tracing.of(lake, spec, row_id, values=False)
            parents = list(made.parents)[:1] if made else []
            real = [tracing.of(lake, spec, parent, values=False) for parent in parents if not found]
            found += [one for one in (made, *real) if one is not None]
    return found
