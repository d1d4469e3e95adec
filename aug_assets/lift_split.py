"""Which real rows a proof of benefit trains on, and which it judges by. Measures nothing."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import lift_arms
from aug_assets.frames import to_frame
from aug_assets.lift_arms import Days
from aug_assets.spec import DatasetSpec

_HELD_SHARE = 0.3
_LATER_DAYS = 4  # a window this long gives its last days away as holdout


@dataclass(frozen=True)
class Split:
    """Real rows to train on, by day, and real rows to judge by; ``how`` says how they were told apart."""

    days: dict[str, pa.Table]
    holdout: pa.Table
    how: str


def split(spec: DatasetSpec, days: Days, later: Days | None = None) -> Split:
    """Tell training rows from the holdout.

    Held are, of a dataset with ``holdout``, the rows that it names, in these days and in the later ones;
    else all rows of the later days; else the last days of a window of four or more; else three in ten rows by
    a digest of their ids.
    """
    if spec.holdout is not None:
        parts = {day: _held(spec, rows) for day, rows in days.items()}
        held = [part for _, part in parts.values()] + [
            _held(spec, rows)[1] for rows in (later or {}).values()
        ]
        told = f"{spec.holdout.share:.0%} of {spec.holdout.by}"
        return Split({day: kept for day, (kept, _) in parts.items()}, pa.concat_tables(held), told)
    if later:
        return Split(dict(days), pa.concat_tables(later.values()), f"{len(later)} later days")
    if len(days) >= _LATER_DAYS:
        ordered = sorted(days)
        first = len(ordered) - max(1, round(_HELD_SHARE * len(ordered)))
        held = [days[day] for day in ordered[first:]]
        return Split(
            {day: days[day] for day in ordered[:first]},
            pa.concat_tables(held),
            f"the last {len(held)} days of the window",
        )
    parts = {day: lift_arms.divided(rows, _HELD_SHARE) for day, rows in days.items()}
    held = [part for _, part in parts.values()]
    told = f"{_HELD_SHARE:.0%} of the rows, by id"
    return Split({day: kept for day, (kept, _) in parts.items()}, pa.concat_tables(held), told)


def _held(spec: DatasetSpec, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    assert spec.holdout is not None
    held = pa.array(spec.holdout.held(to_frame(rows, spec)[spec.holdout.by]))
    return rows.filter(pc.invert(held)), rows.filter(held)
