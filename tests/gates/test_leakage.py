"""The gate against leakage: no candidate may have a held or an unknown row among its parents."""

import pandas as pd
import pyarrow as pa

from aug_assets.gates.base import Batch
from aug_assets.rows import PROVENANCE, to_hex
from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "leakage"

    def spec(self):
        return builders.spec(holdout={"by": "note", "share": 0.3})

    def real_rows(self) -> pd.DataFrame:
        rows = super().real_rows()
        return rows.assign(note=rows["note"].fillna("none"))

    def defective(self) -> pd.DataFrame:
        return self.clean().assign(note="leaks")

    def batch(self, rows: pd.DataFrame) -> Batch:
        """Parents outside the holdout; candidates that say so in their note have a held one besides."""
        made = super().batch(rows)
        held = self.spec().holdout.held(self.real_rows()["note"])
        names = to_hex(builders.row_ids(len(held))).to_pylist()
        free, kept = ([n for n, h in zip(names, held, strict=True) if h == side] for side in (False, True))
        lines = made.told.to_pylist()
        for line, note in zip(lines, made.rows["note"].fillna(""), strict=True):
            line["parents"] = [free[int(line["row_id"][:6], 16) % len(free)]]
            line["parents"] += kept[:1] if note == "leaks" else ["0" * 32] if note == "invents" else []
        return Batch(made.rows, made.ids, pa.Table.from_pylist(lines, schema=PROVENANCE))


def test_exactly_the_rows_at_fault_are_marked() -> None:
    suite = TestConformance()
    rows = suite.clean().assign(note=lambda f: f["note"].where(f.index % 2 == 0, "leaks"))
    assert suite.observe(rows).failures["held_parent"].tolist() == [n % 2 == 1 for n in range(80)]


def test_a_parent_that_is_no_real_row_fails() -> None:
    suite = TestConformance()
    assert suite.observe(suite.clean().assign(note="invents")).failures["held_parent"].all()


def test_a_candidate_without_provenance_fails() -> None:
    suite = TestConformance()
    batch = suite.batch(suite.clean())
    seen = suite.cls.observe(suite.real(), suite.params, Batch(batch.rows, batch.ids, batch.told[1:]))
    assert seen.failures["no_parent"].tolist() == [True, *[False] * 79]
    assert not suite.cls.judge(suite.real(), suite.params, [seen.evidence]).passed


def test_without_a_holdout_none_can_leak_and_it_says_so() -> None:
    class NoHoldout(TestConformance):
        def spec(self):
            return builders.spec()

        def batch(self, rows: pd.DataFrame) -> Batch:
            return GateConformance.batch(self, rows)

    word = NoHoldout().judge(NoHoldout().clean())
    assert word.passed
    assert "no holdout" in word.reason
