"""Rows made again from what is known of them, and held byte for byte against what is stored. No I/O."""

from dataclasses import dataclass

import pyarrow as pa

from aug_assets import operators
from aug_assets.errors import ReplayError
from aug_assets.lineage.rebuild import Rebuilder
from aug_assets.rows import ROW_ID, digest
from aug_assets.spec import DatasetSpec


@dataclass(frozen=True)
class Replayed:
    """A row and what it was when it was made again.

    Attributes:
        row_id: The row.
        date: Its day.
        stored: SHA-256 of all of its stored columns.
        made: The same of the row that was made again; empty where provenance leads to no row.
        differs: The columns whose bytes differ.
    """

    row_id: str
    date: str
    stored: str
    made: str
    differs: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every byte is the same."""
        return self.stored == self.made


def refuse_other_code(then: DatasetSpec, told: pa.Table) -> None:
    """Rows that other code made would differ, or, worse, be equal by chance.

    Args:
        then: The dataset as it was when the rows were made.
        told: Their provenance.

    Raises:
        ReplayError: Operators of other versions are installed.
    """
    now = {s.operator: operators.get(s.operator).version for b in then.recipe for s in b.steps}
    used = set(zip(told["operator"].to_pylist(), told["operator_version"].to_pylist(), strict=True))
    for name, version in sorted(used):
        if now.get(name) != version:
            raise ReplayError(
                f"operator {name} has another version than the one that made the rows",
                seen=f"version {now.get(name, 'none')}", legal=f"version {version}",
                todo="install the version that made them; `aug trace` names it",
            )  # fmt: skip
    if others := set(told["recipe_digest"].to_pylist()) - {then.recipe_digest}:
        raise ReplayError(
            "the recipe's text has another digest under the installed operators",
            seen=then.recipe_digest[:16], legal=sorted(one[:16] for one in others),
            todo="install the version that made the rows; `aug trace` names it",
        )  # fmt: skip


def again(rebuilder: Rebuilder, ids: pa.Array, told: pa.Table) -> list[pa.Table]:
    """The rows of these ids that provenance leads to, a table of one row each."""
    branch, place = rebuilder.places(ids, told)
    made = []
    for number in sorted(set(branch[place >= 0].tolist())):
        rows = rebuilder.make(number, place[(branch == number) & (place >= 0)]).rows
        made += [rows.slice(n, 1) for n in range(len(rows))]
    return made


def compared(stored: pa.Table, made_again: dict[str, pa.Table], day: str) -> Replayed:
    """A stored row beside what was made again of its day, by row id."""
    row_id = stored[ROW_ID][0].as_py()
    made = made_again.get(row_id)
    if made is None:
        return Replayed(row_id, day, digest(stored), "", tuple(stored.column_names))
    one, other = digest(stored), digest(made)
    differs = () if one == other else tuple(_columns(stored, made))
    return Replayed(row_id, day, one, other, differs)


def _columns(stored: pa.Table, made: pa.Table) -> list[str]:
    names = [name for name in stored.column_names if name in made.column_names]
    unlike = [name for name in names if digest(stored.select([name])) != digest(made.select([name]))]
    return unlike + sorted(set(stored.column_names) ^ set(made.column_names))
