"""A day's recipe: the right parents and copies, the same rows in any cut, and where they come from."""

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aug_assets import ingest, loader, operators, recipe
from aug_assets.errors import TooFewParentsError
from aug_assets.frames import table_schema
from aug_assets.gates.judge import judge
from aug_assets.keys import digest_bits, row_keys, step_key
from aug_assets.operators.base import Filter
from aug_assets.rows import PROVENANCE, ROW_ID, digest, from_hex
from tests import builders

DAY = builders.DAY
CHAIN = [{"operator": "smote_nc", "k": 3}, {"operator": "jitter_bootstrap", "scale": 0.1}]


def made(plan: recipe.Plan, size: int = 1000) -> tuple[pa.Table, pa.Table]:
    """All candidates and their provenance, made in chunks."""
    pieces = [recipe.make(plan, *chunk) for chunk in plan.chunks(size)]
    return pa.concat_tables([p.rows for p in pieces]), pa.concat_tables([p.told for p in pieces])


def plan(rows: int = 40, source: pa.Table | None = None, **changes: Any) -> recipe.Plan:
    spec = builders.spec(**changes)
    return recipe.plan(spec, DAY, builders.table(rows, dataset=spec) if source is None else source, "7")


def test_candidates_are_stored_rows_of_the_chosen_class() -> None:
    rows, provenance = made(plan())
    assert rows.schema == table_schema(builders.spec())
    assert rows.num_rows == 20  # two copies of each of ten
    assert set(rows["fraud"].to_pylist()) == {1}
    assert set(rows["is_synthetic"].to_pylist()) == {True}
    assert len(set(rows[ROW_ID].to_pylist())) == 20
    assert provenance.schema == PROVENANCE


@pytest.mark.parametrize("size", [1, 7, 19])
def test_chunks_leave_no_trace(size: int) -> None:
    whole = made(plan(recipe=[builders.branch(), builders.branch("again")]))
    cut = made(plan(recipe=[builders.branch(), builders.branch("again")]), size)
    assert [digest(t) for t in cut] == [digest(t) for t in whole]


def test_chunks_cover_the_day() -> None:
    chunks = plan(recipe=[builders.branch(), builders.branch("again")]).chunks(7)
    assert chunks == [(0, 0, 7), (0, 7, 14), (0, 14, 20), (1, 0, 7), (1, 7, 14), (1, 14, 20)]


def test_a_plan_travels() -> None:
    base = plan()
    assert digest(made(pickle.loads(pickle.dumps(base)))[0]) == digest(made(base)[0])


def test_the_order_of_source_rows_does_not_count() -> None:
    table = builders.table(40)
    mixed = table.take(pa.array(np.random.Generator(np.random.Philox(key=3)).permutation(40)))
    assert digest(made(plan(source=mixed))[0]) == digest(made(plan(source=table))[0])


def test_the_source_is_not_changed() -> None:
    table = builders.table(40)
    before = digest(table)
    made(plan(source=table))
    assert digest(table) == before


def test_days_draw_differently() -> None:
    spec = builders.spec()
    other = recipe.plan(spec, "2025-01-03", builders.table(40))
    assert not set(made(other)[0][ROW_ID].to_pylist()) & set(made(plan())[0][ROW_ID].to_pylist())


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0.5, 5), (1.0, 20), (1.01, 20), (2.0, 50), (0.1, 0), (1 / 3, 0), (10, 290)]
)
def test_a_ratio_is_reached(ratio: float, expected: int) -> None:
    found = plan(recipe=[builders.branch(copies=None, ratio=ratio)])  # 10 of 40 are the minority
    assert found.rows == expected
    counts = np.bincount(found.branches[0].parent, minlength=10)
    assert counts.max() - counts.min() <= 1  # shared evenly
    if expected == 0:
        assert found.chunks(10) == []


def test_copies_of_all() -> None:
    whole = [{**builders.branch(rows="all", label_value=None), "steps": CHAIN[1:]}]
    rows, _ = made(plan(recipe=whole))
    assert rows.num_rows == 80


def test_the_rarest_class_is_the_minority_when_none_is_named() -> None:
    assert plan(recipe=[builders.branch(label_value=None)]).rows == 20


def test_synthetic_keys_are_no_real_rows() -> None:
    rows, _ = made(plan())
    assert all(i.startswith("syn-") for i in rows["id"].to_pylist())
    columns = {**builders.COLUMNS, "id": {"type": "int64", "min": 0}}
    spec = builders.spec(columns=columns)
    table = builders.table(40)
    numbered = table.set_column(2, "id", pa.array(range(40)))
    ids = made(recipe.plan(spec, DAY, numbered))[0]["id"].to_pylist()
    assert all(-(2**63) <= i < 0 for i in ids)
    assert len(set(ids)) == 20


# --- provenance --------------------------------------------------------------------------------------------
def test_provenance_names_all_and_is_true() -> None:
    found = plan(recipe=[{**builders.branch(), "steps": CHAIN}])
    rows, provenance = made(found, 7)
    source = {row[ROW_ID]: row for row in builders.table(40).to_pylist()}
    by_id = {row[ROW_ID]: row for row in rows.to_pylist()}
    assert provenance.num_rows == 2 * rows.num_rows
    for row in provenance.to_pylist():
        assert row[ROW_ID] in by_id
        assert row["operator"] == CHAIN[row["step"]]["operator"]
        assert row["operator_version"]
        assert row["branch"] == "more"
        assert row["recipe_digest"] == found.spec.recipe_digest
        assert row["source_digest"] == "7"
        assert len(row["parents"]) == (2 if row["step"] == 0 else 1)
        assert all(source[parent]["fraud"] == 1 for parent in row["parents"])
        assert row["parents"][0] == parent_of(provenance, row[ROW_ID])
        names = {"gap"} if row["step"] == 0 else {"amount", "count"}
        assert {name for name, _ in row["drawn"]} == names
        assert np.isfinite([value for _, value in row["drawn"]]).all()


def parent_of(provenance: pa.Table, row_id: str) -> str:
    return next(r["parents"][0] for r in provenance.to_pylist() if r[ROW_ID] == row_id)


def test_a_row_can_be_drawn_again_from_its_provenance_alone() -> None:
    found = plan(recipe=[{**builders.branch(), "steps": CHAIN}])
    _, provenance = made(found)
    for row in provenance.to_pylist()[:8]:
        step = step_key(found.spec.id, DAY, found.spec.recipe[0].step_digest(row["step"]))
        parent = from_hex(pa.array(row["parents"][:1]))
        keys = row_keys(step, parent, np.zeros(1, np.int64), np.array([row["copy"]], np.int32))
        assert from_hex(pa.array([row["key"]])).tolist() == keys.bits.tolist()
        if row["step"] == len(CHAIN) - 1:
            assert row["key"] == row[ROW_ID]


def test_a_row_of_smote_lies_between_the_parents_it_names() -> None:
    rows, provenance = made(plan())
    source = {row[ROW_ID]: row["amount"] for row in builders.table(40).to_pylist()}
    for row, told in zip(rows.to_pylist(), provenance.to_pylist(), strict=True):
        one, other = (source[parent] for parent in told["parents"])
        gap = dict(told["drawn"])["gap"]
        assert row["amount"] == pytest.approx(one + gap * (other - one), abs=0.0051)


# --- too little --------------------------------------------------------------------------------------------
def one_class(rows: int = 40) -> pa.Table:
    table = builders.table(rows)
    return table.set_column(table.column_names.index("fraud"), "fraud", pa.array([0] * rows))


@pytest.mark.parametrize(
    "source",
    [one_class(), builders.table(12), builders.table(0)],
    ids=["one class", "fewer than k", "no rows"],
)
def test_too_few_parents_stop_the_day_or_are_skipped_and_told(source: pa.Table) -> None:
    with pytest.raises(TooFewParentsError) as caught:
        plan(source=source)
    assert caught.value.todo
    found = plan(source=source, recipe=[builders.branch(too_few="skip")])
    assert found.rows == 0
    assert found.branches[0].skipped
    assert found.chunks(10) == []
    pickle.dumps(found)


def test_one_branch_skipped_leaves_the_others() -> None:
    found = plan(
        source=one_class(),
        recipe=[
            builders.branch(too_few="skip"),
            {**builders.branch("all", rows="all", label_value=None), "steps": CHAIN[1:]},
        ],
    )
    assert [bool(b.skipped) for b in found.branches] == [True, False]
    assert made(found)[0].num_rows == 80


def test_an_empty_day_that_is_allowed_makes_nothing_and_passes() -> None:
    spec = builders.spec(limits={"allow_empty": True})
    source = builders.table(0)
    found = recipe.plan(spec, DAY, source)
    assert found.rows == 0
    assert "no rows" in found.branches[0].skipped
    assert judge(spec, DAY, source, [], found.rows).passed


def test_rows_without_a_label_are_no_parents() -> None:
    columns = {**builders.COLUMNS, "fraud": {"type": "int64", "nullable": True, "values": [0, 1]}}
    spec = builders.spec(columns=columns)
    table = builders.table(40)
    labels = [None if n % 5 == 0 else v for n, v in enumerate(table["fraud"].to_pylist())]
    source = table.set_column(table.column_names.index("fraud"), "fraud", pa.array(labels, pa.int64()))
    found = recipe.plan(spec, DAY, source)
    assert len(found.branches[0].parents) == labels.count(1)


# --- the shipped dataset, end to end -----------------------------------------------------------------------
@pytest.mark.parametrize("day", ["2025-01-01", "2025-06-14"])
def test_a_day_of_the_shipped_dataset_passes_its_gates(day: str) -> None:
    spec = loader.get("payments/card_fraud")
    found = ingest.ingest(spec, day)
    planned = recipe.plan(spec, day, found.rows)
    rows, told = made(planned, 100)
    verdict = judge(spec, day, found.rows, [(rows, told)], rows.num_rows)
    assert rows.num_rows > planned.rows / 3  # the teacher refuses the others
    assert verdict.reasons == {}  # ties and schema hold by construction
    assert verdict.passed, [j.reason for j in verdict.judgements if not j.passed]
    fraud = sum(found.rows["is_fraud"].to_pylist())
    assert (fraud + planned.rows) / (found.rows.num_rows - fraud) == pytest.approx(0.1, abs=0.001)


def test_ids_of_parents_are_the_sources() -> None:
    assert digest_bits("x").shape == (2,)
    _, provenance = made(plan())
    parents = {p for row in provenance["parents"].to_pylist() for p in row}
    assert parents <= set(builders.table(40)[ROW_ID].to_pylist())


# --- filters -----------------------------------------------------------------------------------------------
class Below(Filter):
    """Keeps rows whose amount is no more than the parents' median."""

    name = "below"
    version = "1"

    @classmethod
    def fit(cls, rows, others, columns, params):
        assert set(rows["fraud"]) == {1}
        assert set(others["fraud"]) == {0}
        return float(rows["amount"].median())

    @classmethod
    def judge(cls, state, params, rows):
        amount = rows["amount"].to_numpy()
        return amount <= state, {"amount": amount}


def filtered(monkeypatch: pytest.MonkeyPatch, refuse: bool = True) -> recipe.Plan:
    real = operators.get
    monkeypatch.setattr(
        operators, "get", lambda name: Below if name == "teacher_filter" and refuse else real(name)
    )
    return plan(recipe=[{**builders.branch(copies=9), "steps": [*CHAIN, {"operator": "teacher_filter"}]}])


def test_a_filter_refuses_rows_with_its_name_and_keeps_their_provenance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = filtered(monkeypatch)
    every = plan(recipe=[{**builders.branch(copies=9), "steps": CHAIN}])
    whole = recipe.make(every, 0, 0, 90).rows
    made = recipe.make(found, 0, 0, 90)
    kept, told, refused = made.rows, made.told, made.refused
    ids = dict(zip(*(whole[name].to_pylist() for name in (ROW_ID, "amount")), strict=True))
    assert set(kept[ROW_ID].to_pylist()) == {i for i, a in ids.items() if a <= found.branches[0].states[2]}
    assert set(refused["row_id"].to_pylist()) == set(ids) - set(kept[ROW_ID].to_pylist())
    assert {tuple(r) for r in refused["reasons"].to_pylist()} == {("below",)}
    assert 0 < refused.num_rows < 90
    last = [row for row in told.to_pylist() if row["operator"] == "below"]
    assert {row[ROW_ID] for row in last} == set(ids)
    assert all(row["drawn"] == [("amount", ids[row[ROW_ID]])] for row in last)


@pytest.mark.parametrize("size", [1, 7, 50])
def test_chunks_leave_no_trace_in_what_is_refused(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = filtered(monkeypatch)
    whole = recipe.make(found, 0, 0, 90)
    pieces = [recipe.make(found, *chunk) for chunk in found.chunks(size)]
    for name in ("rows", "record", "refused"):
        assert pa.concat_tables([getattr(piece, name) for piece in pieces]).equals(getattr(whole, name))
