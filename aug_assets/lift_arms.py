"""The training sets that a proof of benefit compares: real rows weighed, bagged, repeated or added to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import manifests, recipe
from aug_assets.errors import SpecError
from aug_assets.frames import to_frame
from aug_assets.keys import U64, digest_bits, philox, unit
from aug_assets.manifests.underbag import UnderbagParams
from aug_assets.rows import ROW_ID, from_hex
from aug_assets.schema import broken_rules
from aug_assets.spec import DatasetSpec

Days = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Bag:
    """What one model trains on.

    Attributes:
        rows: n rows with the dataset's columns.
        positive: bool (n,), whether a row is of the class that the recipe augments.
        weight: float64 (n,), or None where all count alike.
    """

    rows: pd.DataFrame
    positive: NDArray[np.bool_]
    weight: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Made:
    """What a recipe made of the days.

    Attributes:
        rows: The candidates that no filter and no rule refused, in the stored schema.
        parents: For each of them its first parent, a real row.
        refused: How many others there were.
    """

    rows: pa.Table
    parents: pa.Table
    refused: int


def positive_class(spec: DatasetSpec, days: Days) -> str | int | bool:
    """The class that the recipe augments: what its first branch names, else the rarest.

    Raises:
        SpecError: The dataset has no label, or its rows are all of one class.
    """
    if spec.label is None:
        raise SpecError(
            f"{spec.id} has no label, and without one no model can be trained", todo="name one, as `label:`"
        )
    named = next((b.select.label_value for b in spec.recipe if b.select.label_value is not None), None)
    if named is not None:
        return named
    counts = pc.value_counts(pa.concat_tables(days.values()).column(spec.label).drop_null())
    ranked = sorted(counts.to_pylist(), key=lambda pair: (pair["counts"], str(pair["values"])))
    if len(ranked) < 2:  # noqa: PLR2004
        raise SpecError(
            "the window has one class only", seen=ranked, legal="two or more", todo="choose a longer window"
        )
    found: str | int | bool = ranked[0]["values"]
    return found


def drawn(days: Days, seed: int, share: float) -> dict[str, pa.Table]:
    """The days with a share of their rows, chosen by row id and seed: every arm of a seed sees the same."""
    return {day: rows.filter(_below(rows, f"draw {seed}", share)) for day, rows in days.items()}


def divided(rows: pa.Table, share: float) -> tuple[pa.Table, pa.Table]:
    """Rows apart by a digest of their ids, for ever the same: the larger part, and ``share`` as holdout."""
    held = _below(rows, "holdout", share)
    return rows.filter(pc.invert(held)), rows.filter(held)


def _below(rows: pa.Table, what: str, share: float) -> pa.Array:
    ids = from_hex(rows.column(ROW_ID))
    words = philox(digest_bits("lift", what), (ids[:, 0], ids[:, 1], 0, 0))
    return pa.array(unit(words[:, 0]) < share)


def make(spec: DatasetSpec, days: Days) -> Made:
    """The rows that the recipe makes of each day, as a run makes them; rows that break a rule are left out.

    Raises:
        TooFewParentsError: A day has too few parents, and the recipe does not say ``too_few: skip``.
    """
    rows, parents, refused = [], [], 0
    for day, source in days.items():
        plan = recipe.plan(spec, day, source)
        for number, branch in enumerate(plan.branches):
            made = recipe.make(plan, number, 0, len(branch.parent)) if len(branch.parent) else None
            if made is None:
                continue
            kept = _holding(spec, made.rows)
            refused += len(branch.parent) - len(kept)
            rows.append(kept)
            parents.append(_parents(kept, made.told, source))
    nothing = next(iter(days.values())).slice(0, 0)
    return Made(pa.concat_tables([nothing, *rows]), pa.concat_tables([nothing, *parents]), refused)


def _holding(spec: DatasetSpec, rows: pa.Table) -> pa.Table:
    broken = [*broken_rules(spec, to_frame(rows, spec)).values(), np.zeros(len(rows), bool)]
    return rows.filter(pa.array(~np.any(broken, axis=0)))


def _parents(kept: pa.Table, told: pa.Table, source: pa.Table) -> pa.Table:
    first = told.filter(pc.equal(told.column("step"), 0))
    named = pc.list_element(first.column("parents"), 0)
    mine = named.take(pc.index_in(kept.column(ROW_ID), first.column(ROW_ID).combine_chunks()))
    return source.take(pc.index_in(mine, source.column(ROW_ID).combine_chunks()))


def bag(spec: DatasetSpec, tables: list[pa.Table], wanted: object, weight: float = 1.0) -> Bag:
    """Tables below each other as one training set; rows of the wanted class count ``weight``.

    Rows without a label are left out.
    """
    joined = pa.concat_tables(tables)
    rows = to_frame(joined.filter(pc.is_valid(joined.column(spec.label))), spec)
    positive = (rows[spec.label] == wanted).to_numpy(bool)
    return Bag(rows, positive, np.where(positive, weight, 1.0) if weight != 1 else None)


def underbags(spec: DatasetSpec, real: pa.Table, more: pa.Table, wanted: object) -> list[Bag]:
    """The bags of the ``underbag`` manifest, each with all of ``more`` besides.

    The dataset's own settings of the manifest count, else 10 bags of 20 other rows to one, or of half the
    other rows where there are fewer than 40 to one.
    """
    ids, positive = _ids(real), _is(spec, real, wanted)
    natural = float((~positive).sum()) / max(int(positive.sum()), 1)
    own = [step for step in spec.manifests if step.manifest == "underbag"]
    params = own[0] if own else UnderbagParams(ratio=max(min(20.0, natural / 2), 1e-6))
    listed = manifests.get("underbag").weigh(ids, positive, params)
    place = pc.index_in(listed.column(ROW_ID), real.column(ROW_ID).combine_chunks())
    number = listed.column("bag").to_numpy()
    return [
        bag(spec, [real.take(place.filter(pa.array(number == one))), more], wanted)
        for one in np.unique(number)
    ]


def folds(spec: DatasetSpec, real: pa.Table, wanted: object, count: int) -> NDArray[np.int64]:
    """The fold of each row, int64 (n,): by turns within each class, in the order of the ids."""
    positive = _is(spec, real, wanted)
    ranked = np.lexsort((_ids(real)[:, 0], positive))
    fold = np.empty(len(positive), np.int64)
    fold[ranked] = np.arange(len(positive)) % count
    return fold


def _ids(rows: pa.Table) -> U64:
    return from_hex(rows.column(ROW_ID))


def _is(spec: DatasetSpec, rows: pa.Table, wanted: object) -> NDArray[np.bool_]:
    same = pc.equal(rows.column(spec.label), pa.scalar(wanted, rows.column(spec.label).type))
    found: NDArray[np.bool_] = pc.fill_null(same, fill_value=False).to_numpy()
    return found
