"""The gate against one parent of all: who is behind how many, by provenance."""

import pandas as pd
import pyarrow as pa

from aug_assets.gates.base import Batch
from aug_assets.rows import PROVENANCE, to_hex
from tests import builders
from tests.conformance.gates import GateConformance

ONE = to_hex(builders.row_ids(160)[:1])[0].as_py()


class TestConformance(GateConformance):
    gate = "parent_concentration"
    row_level = False

    def defective(self) -> pd.DataFrame:
        return builders.typed(120, seed=3).assign(note="of one")

    def batch(self, rows: pd.DataFrame) -> Batch:
        """As ever, but candidates that say so in their note descend from one row."""
        made = super().batch(rows)
        lines = made.told.to_pylist()
        for line, note in zip(lines, made.rows["note"].fillna(""), strict=True):
            line["parents"] = [ONE, *line["parents"]] if note == "of one" else line["parents"]
        return Batch(made.rows, made.ids, pa.Table.from_pylist(lines, schema=PROVENANCE))


def test_a_parent_named_in_several_steps_counts_once() -> None:
    suite = TestConformance()
    once = suite.batch(suite.clean())
    twice = Batch(once.rows, once.ids, pa.concat_tables([once.told, once.told]))
    seen = [suite.cls.observe(suite.real(), suite.params, batch).evidence for batch in (once, twice)]
    assert seen[0] == seen[1]


def test_the_share_is_the_most_used_parents() -> None:
    suite = TestConformance()
    rows = builders.typed(100, seed=3).assign(fraud=0)
    rows["note"] = rows["note"].where(rows.index >= 30, "of one")
    word = suite.judge(rows)
    assert 0.3 <= word.value <= 0.35
    assert not word.passed
    assert word.details["effective parents (0)"] < 40


def test_few_real_rows_may_each_have_more() -> None:
    class Few(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            return builders.typed(12, seed=1).assign(fraud=0)

    rows = builders.typed(100, seed=3).assign(fraud=0)
    rows["note"] = rows["note"].where(rows.index >= 30, "of one")
    assert Few().judge(rows).passed
