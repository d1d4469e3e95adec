"""What people decided of rows that were held back, as plain data. Reads and writes nothing.

A decision is about a row as it was: its id and its content. The same id with other content is another row, of
which nobody has decided anything.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.quarantine import quarantined
from aug_assets.rows import ROW_ID

RELEASE: Literal["release"] = "release"
REJECT: Literal["reject"] = "reject"
State = Literal["open", "released", "rejected", "held again"]
Row = tuple[str, str]  # id and content
DECISIONS = pa.schema(
    [
        ("id", pa.string()),
        ("row_id", pa.string()),
        ("content", pa.string()),
        ("decision", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("corrected", pa.string()),
        ("by", pa.string()),
        ("why", pa.string()),
        ("at", pa.string()),
        ("account", pa.string()),
        ("held_version", pa.int64()),
        ("held_run", pa.string()),
        ("held_user", pa.string()),
        ("follows", pa.string()),
    ],
    metadata={"corrected": "JSON of a source row's values that are read in place of the delivered ones"},
)


@dataclass(frozen=True)
class Decision:
    """One person's word on one row.

    Attributes:
        row_id: The row, 32 hexadecimal characters.
        content: Names what the row held, see :func:`content`.
        decision: ``release`` or ``reject``.
        reasons: What the row was held for; a release waives these and no others.
        by: The person.
        why: The person's reason.
        corrected: Values by column, as text, None for missing; of source rows only.
        at: When, in UTC as ISO text.
        account: The account under which the command ran.
        held_version: The version of the quarantine table that held the row.
        held_run: The run that put it there.
        held_user: Who launched that run.
        follows: The id of the decision that this one takes the place of.
    """

    row_id: str
    content: str
    decision: str
    reasons: tuple[str, ...]
    by: str
    why: str
    corrected: Mapping[str, str | None] = field(default_factory=dict)
    at: str = ""
    account: str = ""
    held_version: int = 0
    held_run: str = ""
    held_user: str = ""
    follows: str = ""

    @property
    def id(self) -> str:
        """Names the decision by what it says; when it was taken is no part of it."""
        said = {k: v for k, v in asdict(self).items() if k not in ("at", "account")}
        return hashlib.blake2b(_json(said).encode(), digest_size=16).hexdigest()

    @property
    def row(self) -> Row:
        """The row as it was."""
        return self.row_id, self.content

    def repeats(self, other: "Decision") -> bool:
        """Whether it says again what the other says already."""
        return replace(self, follows="", at="", account="") == replace(other, follows="", at="", account="")


def content(row: str) -> str:
    """Names what a row holds: a digest of its JSON, as quarantine keeps it."""
    return hashlib.blake2b(row.encode(), digest_size=16).hexdigest()


def contents(rows: pa.Table) -> list[str]:
    """:func:`content` of each row of a table."""
    nameless = pa.array([""] * rows.num_rows, pa.string())
    return [content(text) for text in quarantined(nameless, {}, rows).column("row").to_pylist()]


def to_table(decisions: Sequence[Decision]) -> pa.Table:
    """Decisions as they are stored, in the schema DECISIONS."""
    rows = [
        {**asdict(d), "id": d.id, "reasons": list(d.reasons), "corrected": _json(dict(d.corrected))}
        for d in decisions
    ]
    return pa.Table.from_pylist(rows, DECISIONS)


def from_table(stored: pa.Table) -> list[Decision]:
    """The inverse of :func:`to_table`."""
    found = []
    for row in stored.to_pylist():
        row.pop("id")
        own = {"reasons": tuple(row.pop("reasons")), "corrected": json.loads(row.pop("corrected"))}
        found.append(Decision(**row, **own))
    return found


def merged(known: Sequence[Decision], more: Iterable[Decision]) -> list[Decision]:
    """Both, each decision once, in the order in which they came."""
    return list({d.id: d for d in (*known, *more)}.values())


def newest(decisions: Iterable[Decision]) -> dict[Row, Decision]:
    """The decision that holds for each row: the last one."""
    return {d.row: d for d in decisions}


def state(decision: Decision | None, held_version: int) -> State:
    """What has become of a held row.

    Args:
        decision: The one that holds for it.
        held_version: The version of the quarantine table that holds it now.
    """
    if decision is None:
        return "open"
    if decision.decision == REJECT:
        return "rejected"
    return "released" if held_version <= decision.held_version else "held again"


def releases(decisions: Iterable[Decision]) -> dict[Row, frozenset[str]]:
    """The reasons that are waived for each released row."""
    found = newest(decisions).values()
    return {d.row: frozenset(d.reasons) for d in found if d.decision == RELEASE}


def corrections(decisions: Iterable[Decision]) -> dict[Row, Mapping[str, str | None]]:
    """The values to read in place of the delivered ones, for each row that was released with some."""
    found = newest(decisions).values()
    return {d.row: d.corrected for d in found if d.decision == RELEASE and d.corrected}


def digest(waived: Mapping[Row, frozenset[str]]) -> str:
    """Names all releases of a day; empty where there are none. A verdict holds for one such name."""
    if not waived:
        return ""
    body = _json(sorted((*row, sorted(reasons)) for row, reasons in waived.items()))
    return hashlib.sha256(body.encode()).hexdigest()


def let_through(
    masks: Mapping[str, NDArray[np.bool_]], rows: pa.Table, waived: Mapping[Row, frozenset[str]]
) -> tuple[dict[str, NDArray[np.bool_]], int]:
    """Clear the waived reasons of released candidates; every other reason against them stays.

    Args:
        masks: Reason code to bool mask of shape (rows,).
        rows: The candidates, in the stored schema.
        waived: The releases of the day, see :func:`releases`.

    Returns:
        The masks, and how many rows have no reason against them any more.
    """
    if not waived or not masks:
        return dict(masks), 0
    named = pa.array(sorted({row_id for row_id, _ in waived}), pa.string())
    at = np.flatnonzero(pc.is_in(rows.column(ROW_ID), value_set=named).to_numpy())
    known = rows.take(pa.array(at))
    cleared = {reason: mask.copy() for reason, mask in masks.items()}
    bad_before = np.any(list(masks.values()), axis=0)
    found = zip(known.column(ROW_ID).to_pylist(), contents(known), strict=True)
    for place, row in zip(at, found, strict=True):
        for reason in waived.get(row, frozenset()) & cleared.keys():
            cleared[reason][place] = False
    good_now = ~np.any(list(cleared.values()), axis=0)
    return cleared, int((bad_before & good_now).sum())


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
