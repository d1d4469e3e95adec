"""The gate ``held_out_item``."""

from typing import ClassVar

import pytest

from aug_assets.gates.base import Batch
from tests.conformance.sequence_gates import SECOND, SequenceGateConformance, as_rows, changed, without
from tests.sessions_data import EACH


class TestConformance(SequenceGateConformance):
    gate = "held_out_item"
    planted: ClassVar = {
        "last_item": lambda row: changed(row, "item_id", -1, "item-new"),
        "last_item/missing": lambda row: without(row, -1),
        "last_item/null": lambda row: changed(row, "item_id", -1, None),
        "last_event/kind": lambda row: changed(row, "event", -1, "nothing"),
        "last_event/price": lambda row: changed(row, "price", -1, 499.0),
        "last_event/time": lambda row: changed(row, "event_time", -1, row["event_time"][-1] + SECOND),
        "last_event/more": lambda row: {n: [*row[n], row[n][-1] if n != "price" else 1.5] for n in EACH},
        "last_item/empty": lambda row: {name: [] for name in EACH},
    }
    fine: ClassVar = [
        lambda row: changed(row, "item_id", 0, "item-new"),
        lambda row: without(row, 0),
        lambda row: {name: row[name][-1:] for name in EACH},
        lambda row: {name: [row[name][0], *row[name]] for name in EACH},
    ]

    def test_a_candidate_of_nobody_is_refused(self) -> None:
        batch = self.batch(self.clean())
        orphan = Batch(batch.rows, batch.ids, batch.told.slice(0, 0))
        assert self.cls.observe(self.real(), self.params, orphan).failures["no_parent"].all()

    def test_nulls_that_are_the_parents_pass(self) -> None:
        real = as_rows(self.real_rows())
        assert any(row["seconds"][-1] is None for row in real)
        assert not self.observe(self.clean()).failures

    def test_lists_of_unequal_length_are_no_session(self) -> None:
        rows = self._made([lambda row: {"price": row["price"][1:]}])
        with pytest.raises(ValueError, match="item_id and price are not equally long"):
            self.observe(rows)
