"""The gate against naming parents: near copies give them away, rows of the same making do not."""

from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa
import pytest

from aug_assets.gates.base import Batch
from aug_assets.rows import PROVENANCE, to_hex
from aug_assets.spec import DatasetSpec
from tests import builders
from tests.conformance.gates import GateConformance
from tests.gates.test_artefacts import EXTRA, wide


class TestConformance(GateConformance):
    """Rows of one class whose numbers tell them apart; the parents are the real rows outside the holdout."""

    gate = "membership"
    settings: ClassVar = {"blocking": True}
    row_level = False
    holdout: ClassVar = {"by": "note", "share": 0.4}

    def spec(self):
        return spec(self.holdout)

    def real_rows(self) -> pd.DataFrame:
        return plain(400, seed=1)

    def clean(self) -> pd.DataFrame:
        return plain(150, seed=2)

    def defective(self) -> pd.DataFrame:
        rows = self.real_rows()[~self.held()].reset_index(drop=True)
        return rows.assign(amount=(rows["amount"] + 0.01).round(2))

    def held(self) -> Any:
        return spec(TestConformance.holdout).holdout.held(self.real_rows()["note"])

    def batch(self, rows: pd.DataFrame) -> Batch:
        """Each batch names every row outside the holdout."""
        made = super().batch(rows)
        names = pa.array(to_hex(builders.row_ids(400)).filter(pa.array(~self.held()))).to_pylist()
        lines = [{**line, "parents": names} for line in made.told.to_pylist()[:1]]
        return Batch(made.rows, made.ids, pa.Table.from_pylist(lines, schema=PROVENANCE))


def spec(holdout: Any) -> DatasetSpec:
    own = [{"gate": "membership", "blocking": True}]
    return builders.spec(columns=EXTRA, holdout=holdout, gates=own)


def plain(rows: int, seed: int) -> pd.DataFrame:
    made = wide(rows, seed)
    note = pd.Series([f"note {seed} {n}" for n in range(rows)], dtype=made["note"].dtype)
    return made.assign(fraud=0, note=note)


@pytest.mark.parametrize("holdout", [TestConformance.holdout, None])
def test_near_copies_give_parents_away_with_or_without_a_holdout(holdout: Any) -> None:
    class Suite(TestConformance):
        def spec(self):
            return spec(holdout)

    suite = Suite()
    assert suite.judge(suite.clean()).value < 0.15
    assert suite.judge(suite.defective()).value > 0.5


def test_without_non_members_it_is_unknown_and_so_no_pass() -> None:
    class AllNamed(TestConformance):
        def spec(self):
            return spec(None)

        def held(self):
            return super().held() & False

    word = AllNamed().judge(AllNamed().clean())
    assert not word.passed
    assert "stays unknown" in word.reason
    assert "holdout" in word.reason


def test_it_warns_unless_told_to_block() -> None:
    assert not TestConformance().cls.Params().blocking
