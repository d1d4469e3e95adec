"""The gate ``unseen_bigrams``."""

from itertools import pairwise
from typing import ClassVar

from tests.conformance.sequence_gates import SequenceGateConformance, as_frame, as_rows, changed, of_items
from tests.sessions_data import lists

STRANGE = [f"item-new-{n}" for n in range(10)]


class TestConformance(SequenceGateConformance):
    gate = "unseen_bigrams"
    planted: ClassVar = {
        "unseen_bigrams": lambda row: of_items(row, STRANGE),
        "unseen_bigrams/of known items": lambda row: of_items(row, ["item-23", "item-00"] * 5),
        "unseen_bigrams/unknown": lambda row: of_items(row, [None] * 10),
    }
    fine: ClassVar = [
        lambda row: of_items(row, ["item-23"] * 10),  # one item again and again is no pair
        lambda row: of_items(row, STRANGE[:8]),  # too few pairs to be marked
    ]

    def test_the_planted_pair_is_in_no_real_row(self) -> None:
        rows = lists(self.real_rows(), "item_id")
        assert not any({("item-23", "item-00"), ("item-00", "item-23")} & set(pairwise(r)) for r in rows)

    def test_pairs_between_two_sessions_are_none(self) -> None:
        rows = self._made([lambda row: of_items(row, ["item-23"]), lambda row: of_items(row, ["item-00"])])
        assert "no candidate has two unlike items" in self.judge(rows).reason

    def test_a_pair_with_a_null_is_seen_nowhere_even_where_real_rows_have_nulls(self) -> None:
        rows = as_rows(self.real_rows())
        holes = as_frame([{**row, **changed(row, "item_id", 1, None)} for row in rows])
        self.real_rows = lambda: holes  # type: ignore[method-assign]
        assert self.observe(self.defective()).failures["unseen_bigrams"].all()
