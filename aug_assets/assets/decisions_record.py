"""The decisions of people as the lake keeps them: of a day and stage all that were taken, in order."""

from collections.abc import Sequence
from uuid import uuid4

from aug_assets import decisions
from aug_assets.decisions import Decision
from aug_assets.errors import UpstreamMissingError
from aug_assets.spec import DatasetSpec
from resources.delta_table import LakeTable
from resources.lake import LakeResource


def table(lake: LakeResource, spec: DatasetSpec) -> LakeTable:
    """The table, in the schema DECISIONS."""
    return lake.table(spec.tenant, spec.name, "decisions", ("date", "stage"))


def of_day(lake: LakeResource, spec: DatasetSpec, day: str, stage: str) -> list[Decision]:
    """All decisions of a day and stage, the oldest first."""
    return _stored(table(lake, spec), {"date": day, "stage": stage}, None)


def add(
    lake: LakeResource, spec: DatasetSpec, day: str, stage: str, more: Sequence[Decision], user: str
) -> None:
    """Keep decisions; those that are known already change nothing. Two people may do so at once."""
    known = table(lake, spec)
    where = {"date": day, "stage": stage}
    wanted = decisions.merged(_stored(known, where, None), more)
    while True:
        part = known.write_part(decisions.to_table(wanted), where, f"decisions-{uuid4().hex}")
        version = known.commit([part], where, decisions.DECISIONS, {"user": user, "spec_digest": spec.digest})
        # A commit replaces the day: what another wrote since it was read must be written again.
        before = _stored(known, where, version - 1)
        lost = {d.id for d in before} - {d.id for d in wanted}
        if not lost:
            return
        wanted = decisions.merged(before, wanted)


def _stored(known: LakeTable, where: dict[str, str], version: int | None) -> list[Decision]:
    try:
        return decisions.from_table(known.read(where, version))
    except UpstreamMissingError:  # nobody has decided anything there
        return []
