"""The gate that makes candidates again: what was put in, altered or told wrongly is marked, row by row."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aug_assets import recipe
from aug_assets.frames import to_frame
from aug_assets.gates.base import Batch
from aug_assets.rows import ROW_ID, to_hex
from tests import builders
from tests.conformance.gates import GateConformance

CHAIN = [{"operator": "smote_nc", "k": 3}, {"operator": "jitter_bootstrap", "scale": 0.1}]


class TestConformance(GateConformance):
    """Candidates of a true plan; defective ones are altered, and bear the ids of those they were."""

    gate = "replay"

    def spec(self):
        whole = builders.branch("again", rows="all", label_value=None, copies=1)
        branches = [{**builders.branch(), "steps": CHAIN}, {**whole, "steps": CHAIN[1:]}]
        return builders.spec(gates=[{"gate": "replay"}], recipe=branches)

    def real_rows(self) -> pd.DataFrame:
        return builders.typed(40, seed=1)

    def made(self) -> tuple[pa.Table, pa.Table]:
        if "_made" not in self.__dict__:
            plan = recipe.plan(self.spec(), builders.DAY, self.stored(self.real_rows(), synthetic=False))
            parts = [recipe.make(plan, *chunk) for chunk in plan.chunks(1000)]
            told = pa.concat_tables([part.told for part in parts]).combine_chunks()
            self._made = pa.concat_tables([part.rows for part in parts]), told
        return self._made

    def clean(self) -> pd.DataFrame:
        return to_frame(self.made()[0], self.spec()).iloc[:30].reset_index(drop=True)

    def defective(self) -> pd.DataFrame:
        rows = to_frame(self.made()[0], self.spec()).iloc[30:].reset_index(drop=True)
        return rows.assign(amount=(rows["amount"] + 0.01).round(2))

    def batch(self, rows: pd.DataFrame) -> Batch:
        """A row's key column says which candidate it is."""
        ids = pa.array([name.removeprefix("syn-") for name in rows["id"]], pa.string())
        told = self.made()[1]
        mine = told.filter(pc.is_in(told.column(ROW_ID), value_set=ids)).combine_chunks()
        return Batch(rows.reset_index(drop=True), ids, mine)


def failures(suite: TestConformance, batch: Batch) -> dict[str, list[int]]:
    seen = suite.cls.observe(suite.real(), suite.params, batch).failures
    return {reason: np.flatnonzero(mask).tolist() for reason, mask in seen.items() if mask.any()}


@pytest.mark.parametrize(("column", "value"), [("kind", "c"), ("count", 49), ("note", None), ("fraud", 0)])
def test_any_column_counts(column: str, value: Any) -> None:
    suite = TestConformance()
    rows = suite.clean()
    at = int(np.flatnonzero(rows[column].notna() & (rows[column].astype(str) != str(value)))[2])
    rows.loc[at, column] = value
    assert failures(suite, suite.batch(rows)) == {"replay_mismatch": [at]}


def test_rows_put_in_are_marked() -> None:
    suite = TestConformance()
    batch = suite.batch(suite.clean())
    ids = to_hex(builders.candidate_ids(np.arange(2)))
    rows = pd.concat([batch.rows, batch.rows.iloc[:2]], ignore_index=True)
    more = Batch(rows, pa.concat_arrays([batch.ids, ids]), batch.told)
    assert failures(suite, more) == {"replay_unknown": [30, 31]}
    forged = pa.concat_tables([batch.told, builders.told(ids, suite.spec(), builders.row_ids(40))])
    assert failures(suite, Batch(rows, more.ids, forged)) == {"replay_unknown": [30, 31]}
    twice = Batch(rows, pa.concat_arrays([batch.ids, batch.ids[:2]]), batch.told)
    assert failures(suite, twice) == {"replay_unknown": [30, 31]}


@pytest.mark.parametrize(
    ("column", "value"),
    [("branch", "none"), ("copy", 7), ("recipe_digest", "another"), ("parents", ["0" * 32])],
)
def test_provenance_that_names_nothing_of_the_plan_is_marked(column: str, value: Any) -> None:
    suite = TestConformance()
    batch = suite.batch(suite.clean())
    at = batch.told.column_names.index(column)
    kind = batch.told.schema.field(at).type
    told = batch.told.set_column(at, batch.told.schema.field(at), pa.array([value] * len(batch.told), kind))
    assert failures(suite, Batch(batch.rows, batch.ids, told)) == {"replay_unknown": list(range(30))}


def test_about_as_many_as_asked_are_made_again() -> None:
    suite = TestConformance()
    few = suite.params.model_copy(update={"sample": 15})
    rows = pd.concat([suite.clean(), suite.defective()], ignore_index=True)
    seen = suite.cls.observe(suite.real(), few, suite.batch(rows))
    assert 4 <= seen.evidence[1] <= 30
    assert 0 < seen.failures["replay_mismatch"].sum() <= seen.evidence[1]
