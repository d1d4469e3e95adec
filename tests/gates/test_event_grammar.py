"""The gate ``event_grammar``."""

from typing import ClassVar

from tests.conformance.sequence_gates import SECOND, SequenceGateConformance, changed, of_items
from tests.sessions_data import EACH, GRAMMAR


def bought(row, *kinds, items=None):
    """A session that ends with events of these kinds of one item, or of several."""
    made = of_items(row, items or ["item-20"] * len(kinds))
    made["event"] = list(kinds)
    return made


def more(row, kind):
    """The session with a further event of a kind, of an item that it has not, before its first."""
    first = {"item_id": "item-21", "event": kind, "event_time": row["event_time"][0] - SECOND}
    return {name: [first.get(name, row[name][0]), *row[name]] for name in EACH}


class TestConformance(SequenceGateConformance):
    gate = "event_grammar"
    planted: ClassVar = {
        "missing_step": lambda row: bought(row, "view", "purchase"),
        "missing_step/alone": lambda row: more(row, "purchase"),
        "missing_step/after": lambda row: bought(row, "view", "purchase", "add_to_cart"),
        "missing_step/of another": lambda row: bought(
            row, "view", "add_to_cart", "purchase", items=["item-20", "item-20", "item-22"]
        ),
        "missing_step/unknown": lambda row: bought(
            row, "view", "add_to_cart", "purchase", items=["item-20", "item-20", None]
        ),
    }
    fine: ClassVar = [
        lambda row: bought(row, "view", "add_to_cart", "purchase"),
        lambda row: bought(row, "add_to_cart", "view", "purchase", "purchase"),
        lambda row: bought(row, "view", "view"),
    ]

    def test_a_purchase_without_a_cart_that_the_parent_has_too_is_not_the_copys_fault(self) -> None:
        self.real_rows = self._bare  # type: ignore[method-assign]
        rows = self._made([lambda row: {}, lambda row: more(row, "view"), lambda row: more(row, "purchase")])
        assert self.observe(rows).failures["missing_step"].tolist() == [False, False, True]

    def _bare(self):
        from tests.conformance.sequence_gates import as_frame, as_rows

        rows = as_rows(type(self).real_rows(self))
        return as_frame([{**row, **changed(row, "event", 0, "purchase")} for row in rows])


class TestSteps(SequenceGateConformance):
    gate = "event_grammar"
    settings: ClassVar = {"event": "event", "item": "item_id", "needs": {}, "allowed": GRAMMAR}
    planted: ClassVar = {
        "event_order": lambda row: bought(row, "view", "view", "purchase"),
        "event_order/unknown": lambda row: bought(row, "view", "hover"),
        "event_order/null": lambda row: bought(row, "view", None),
        "event_order/first": lambda row: bought(row, "purchase", "add_to_cart", "view"),
    }
    fine: ClassVar = [
        lambda row: bought(row, "hover", "view"),
        lambda row: bought(row, "purchase"),
    ]


class TestBlind(SequenceGateConformance):
    """Without events that need others there is nothing to break."""

    gate = "event_grammar"
    settings: ClassVar = {"needs": {"refund": ["purchase"]}}
    planted: ClassVar = {"missing_step": lambda row: bought(row, "view", "refund")}

    def test_where_no_event_of_the_kind_exists_nothing_is_judged(self) -> None:
        params = self.params.model_copy(update={"needs": {"purchase": ("basket",)}})
        seen = self.cls.observe(self.real(), params, self.batch(self.defective()))
        word = self.cls.judge(self.real(), params, [seen.evidence])
        assert not seen.failures
        assert word.passed
        assert "no events that need others" in word.reason
