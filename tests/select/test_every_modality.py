"""Weights and policies share out copies of rows of every kind, whatever operator makes them."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aug_assets import recipe
from aug_assets.frames import to_table
from aug_assets.recorded import Recorded
from aug_assets.rows import order, source_ids, to_hex
from aug_assets.select import Beside, shares
from aug_assets.select.space import bins, points
from aug_assets.spec import DatasetSpec
from tests import builders, queries, scenes, sessions_data

ROWS = 12
KINDS = {
    "image": (scenes, [{"operator": "flip"}], "camera"),
    "sequence": (sessions_data, [{"operator": "substitute", **sessions_data.ROLES}], "past_visits"),
    "tabular": (builders, [{"operator": "jitter_bootstrap"}], "kind"),
    "text": (queries, [{"operator": "typo"}], "channel"),
}


def day(kind: str, **select: Any) -> tuple[DatasetSpec, pa.Table]:
    """A dataset of a kind with one branch, and the rows of a day."""
    build, steps, column = KINDS[kind]
    branch = {"name": "more", "select": {"rows": "all", "copies": 2, **select}, "steps": steps}
    label = {"label": column} if kind in ("image", "sequence") else {}  # which have none of their own
    spec = build.spec(recipe=[branch], **label)
    rows = sessions_data.frame(ROWS) if kind == "sequence" else _frame(kind)
    ids = source_ids(spec.id, [pa.array(rows[spec.key[0]], pa.string())], len(rows))
    return spec, to_table(rows, spec, to_hex(ids), synthetic=False).take(pa.array(order(ids)))


def _frame(kind: str) -> pd.DataFrame:
    return builders.typed(ROWS) if kind == "tabular" else KINDS[kind][0].frame(ROWS)


def copies(spec: DatasetSpec, rows: pa.Table, stored: pa.Table | None = None) -> dict[str, int]:
    """How many candidates each source row is the parent of."""
    plan = recipe.plan(spec, builders.DAY, rows, recorded=Recorded(shares=stored))
    told = recipe.make(plan, 0, 0, plan.rows).told
    parents = [row[0] for row in told["parents"].to_pylist()]
    assert len(parents) == plan.rows
    return {row: parents.count(row) for row in rows["row_id"].to_pylist()}


@pytest.mark.parametrize("kind", KINDS)
def test_segments_share_the_copies(kind: str) -> None:
    column = KINDS[kind][2]
    _, rows = day(kind)
    value = str(next(one for one in rows[column].to_pylist() if one is not None))
    weights = {"by": "segment", "column": column, "weight": {value: 3}, "other": 0}
    got = copies(day(kind, weights=weights)[0], rows)
    mine = {row for row, own in zip(rows["row_id"].to_pylist(), rows[column].to_pylist(), strict=True)
            if str(own) == value}  # fmt: skip
    assert {row for row, count in got.items() if count} == mine
    assert sum(got.values()) == 2 * ROWS


def test_the_last_event_of_a_session_is_its_age() -> None:
    weights = {"by": "recency", "column": "event_time", "half_life_hours": 0.25}
    spec, rows = day("sequence", weights=weights)
    got = copies(spec, rows)
    last = {row: max(times) for row, times in zip(got, rows["event_time"].to_pylist(), strict=True)}
    ranked = sorted(got, key=lambda row: last[row])
    assert [got[row] for row in ranked] == sorted(got.values())
    assert got[ranked[-1]] > got[ranked[0]]


def test_a_segment_of_events_is_refused() -> None:
    weights = {"by": "segment", "column": "event", "weight": {"view": 2}}
    with pytest.raises(Exception, match="one value a row"):
        copies(*day("sequence", weights=weights))


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_back_and_its_neighbours_get_the_copies(kind: str) -> None:
    spec, rows = day(kind, policy="feedback", neighbours=2)
    mine = rows["row_id"][0].as_py()
    labels = pa.table({"row_id": [mine], "label": ["x"], "why": ["queue"]})
    got = copies(spec, rows, shares.weighed(spec, rows, Beside(labels=labels))[0])
    assert max(got, key=lambda row: got[row]) == mine
    assert sum(count > 0 for count in got.values()) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_any_kind_are_bins_and_points(kind: str) -> None:
    spec, rows = day(kind)
    for found in (bins(spec, rows), points(spec, rows)):
        assert len(found) == ROWS
        assert found.shape[1] > 3
        assert np.isfinite(found).all()
    apart = np.ptp(points(spec, rows), axis=0)
    assert (apart > 0).any()


@pytest.mark.parametrize("kind", KINDS)
def test_density_ratios_of_any_kind(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aug_assets.select.density_ratio._FEWEST", 2)
    spec, rows = day(kind, policy="density_ratio", density_ratio={"toward": "newest"})
    half = rows.slice(0, ROWS // 2)
    stored, told = shares.weighed(spec, rows, Beside(after=half))
    weight = dict(zip(stored["row_id"].to_pylist(), stored["weight"].to_pylist(), strict=True))
    mine = set(half["row_id"].to_pylist())
    assert 0 < told["more"]["effective_share"] <= 1
    assert np.mean([weight[row] for row in mine]) > np.mean([weight[r] for r in weight if r not in mine])
    assert sum(copies(spec, rows, stored).values()) == 2 * ROWS
