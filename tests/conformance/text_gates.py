"""What every gate on texts must hold: inherit, name the gate, and plant texts that it must not let through.

class TestConformance(TextGateConformance):
    gate = "negation"
    planted = {"negation": [("cancel my card", "do not cancel my card")]}
    fine = [("I do not know", "I don't know")]
"""

from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from aug_assets.gates.base import Batch
from aug_assets.rows import ROW_ID, to_hex
from tests import builders, queries
from tests.conformance.gates import GateConformance

PAIRS = [
    ("How do I close my Tamrin Gold card?", "How can I close my Tamrin Gold card?"),
    ("I don't know where my card is", "I do not know where my card is"),
    ("please transfer 50 euros to my account", "transfer 50 euros to my account please"),
    ("my payment of $20 from last monday failed", "My payment of $20 from last monday failed, help"),
]


class TextGateConformance(GateConformance):
    """Inherit this; see the module. A row's label in the index is its pair, so its parent is that pair's."""

    planted: ClassVar[dict[str, list[tuple[str, str]]]]
    fine: ClassVar[list[tuple[str, str]]] = []
    day_only: ClassVar[bool] = False

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        bad = [pair for listed in self.planted.values() for pair in listed]
        return [*PAIRS, *self.fine, *bad]

    def spec(self) -> Any:
        return queries.spec(gates=[{"gate": self.gate, **self.settings}])

    def real_rows(self) -> pd.DataFrame:
        return queries.of([old for old, _ in self._pairs])

    def clean(self) -> pd.DataFrame:
        return self._made(range(len(PAIRS) + len(self.fine)))

    def defective(self) -> pd.DataFrame:
        return self._made(range(len(PAIRS) + len(self.fine), len(self._pairs)))

    def _made(self, which: range) -> pd.DataFrame:
        made = queries.of([self._pairs[n][1] for n in which])
        made["pair"] = list(which)
        return made

    def batch(self, rows: pd.DataFrame) -> Batch:
        which = rows["pair"].to_list()
        ids = to_hex(builders.candidate_ids(rows.index.to_numpy()))
        parents = to_hex(builders.row_ids(len(self.real_rows()))).to_pylist()
        told = builders.told(ids, self.spec(), builders.row_ids(len(parents)))
        named = pa.array([[parents[n]] for n in which], pa.list_(pa.string()))
        told = told.set_column(told.column_names.index("parents"), "parents", named)
        texts = rows.drop(columns="pair").reset_index(drop=True)
        return Batch(texts, told.column(ROW_ID).combine_chunks(), told)

    @property
    def params(self) -> Any:
        return self.cls.Params.model_validate({"gate": self.cls.name, "max_share": 0.0, **self.settings})

    def test_each_planted_pair_is_caught_for_its_reason(self) -> None:
        start = len(PAIRS) + len(self.fine)
        masks = self.observe(self.defective()).failures
        at = 0
        for reason, listed in self.planted.items():
            for old, new in listed:
                assert masks[reason][at], (start + at, old, new)
                at += 1

    def test_a_candidate_without_a_parent_breaks_nothing(self) -> None:
        batch = self.batch(self.clean())
        orphan = Batch(batch.rows, batch.ids, batch.told.slice(0, 0))
        assert self.cls.observe(self.real(), self.params, orphan).evidence is not None
