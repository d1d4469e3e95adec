"""Which candidates a person must look at, and what of a day is left once that is done."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import decisions
from aug_assets.decisions import Decision, Row
from aug_assets.errors import ReviewOpenError
from aug_assets.quarantine import quarantined
from aug_assets.rows import ROW_ID, from_hex
from aug_assets.spec import DatasetSpec
from aug_assets.spec_review import Doubt

SHARE, DOUBT = "review:share", "review:doubt"


def queue(spec: DatasetSpec, accepted: pa.Table, told: pa.Table) -> pa.Table:
    """The accepted candidates that wait for a person, in the quarantine schema.

    Args:
        spec: A dataset with a ``review``.
        accepted: The candidates that the gates let through, in the stored schema.
        told: The provenance of the day's candidates; may hold that of others.
    """
    assert spec.review is not None
    ids = accepted.column(ROW_ID).combine_chunks()
    # An id is a digest of the row's key, so its first bits choose fairly and on any day alike.
    chosen = from_hex(ids)[:, 0].astype(np.float64) < spec.review.share * 2.0**64
    masks = {SHARE: chosen}
    if spec.review.doubt:
        masks[DOUBT] = _doubted(spec.review.doubt, ids, told)
    at = np.flatnonzero(np.any(list(masks.values()), axis=0))
    rows = accepted.take(pa.array(at))
    return quarantined(ids.take(pa.array(at)), {r: m[at] for r, m in masks.items()}, rows)


def _doubted(doubt: Doubt, ids: pa.Array, told: pa.Table) -> NDArray[np.bool_]:
    """A row of which no step drew the figure is doubted too: what cannot be judged waits."""
    sure: set[str] = set()
    unsure: set[str] = set()
    for row_id, drawn in zip(told.column(ROW_ID).to_pylist(), told.column("drawn").to_pylist(), strict=True):
        figure = dict(drawn or ()).get(doubt.drawn)
        if figure is not None:
            (sure if figure >= doubt.below else unsure).add(row_id)
    return np.array([i in unsure or i not in sure for i in ids.to_pylist()], bool)


def held_for(spec: DatasetSpec, held: pa.Table) -> pa.Table:
    """Of what the gates held, the rows that a person must decide of."""
    assert spec.review is not None
    asked = set(spec.review.reasons)
    wanted = [bool(asked & set(reasons)) for reasons in held.column("reasons").to_pylist()]
    return held.filter(pa.array(wanted, pa.bool_()))


def undecided(rows: pa.Table, known: Iterable[Decision]) -> list[str]:
    """The ids of queued rows without a decision about them as they are."""
    decided = decisions.newest(known)
    return [row[0] for row in rows_of(rows) if row not in decided]


def rows_of(held: pa.Table) -> list[Row]:
    """Id and content of each row of a quarantine table."""
    ids, texts = held.column(ROW_ID).to_pylist(), held.column("row").to_pylist()
    return [(row_id, decisions.content(text)) for row_id, text in zip(ids, texts, strict=True)]


def let_through(
    spec: DatasetSpec,
    day: str,
    accepted: pa.Table,
    waiting: Mapping[str, tuple[pa.Table, list[Decision]]],
) -> tuple[pa.Table, int]:
    """Leave out what people rejected, once they have decided of everything that was queued.

    Args:
        spec: The dataset.
        day: The partition, for messages.
        accepted: The candidates that the gates let through.
        waiting: The queued rows and the decisions that are known, by stage.

    Returns:
        What may be published, and how many rows were left out.

    Raises:
        ReviewOpenError: A queued row has no decision.
    """
    missing = [i for rows, known in waiting.values() for i in undecided(rows, known)]
    if missing:
        raise ReviewOpenError(
            f"{len(missing):,} candidates of {day} wait for a person", seen=missing[:3],
            legal="a release or a rejection of each",
            todo=f"`aug quarantine list {spec.id} --date {day}`, decide, and materialize "
            f"{spec.tenant}/{spec.name}_review",
        )  # fmt: skip
    refused: set[Any] = set()
    for rows, known in waiting.values():
        found = decisions.newest(known)
        refused |= {row[0] for row in rows_of(rows) if found[row].decision == decisions.REJECT}
    out = pc.is_in(accepted.column(ROW_ID), value_set=pa.array(sorted(refused), pa.string()))
    kept = accepted.filter(pc.invert(out))
    return kept, accepted.num_rows - kept.num_rows
