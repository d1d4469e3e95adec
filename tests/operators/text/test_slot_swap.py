"""The operator ``slot_swap``."""

from typing import Any, ClassVar

import pytest

from aug_assets.operators.text.slot_swap import SlotSwap
from tests import queries
from tests.conformance.text import TextConformance

SLOTS: dict[str, Any] = {
    "city": ["Lisbon", "Vienna", "Oslo", "Prague"],
    "card": ["Tamrin Gold", "Tamrin Blue"],
    "time": ["March", "June"],
}


class TestConformance(TextConformance):
    operator = "slot_swap"
    swappable = ("Tamrin Gold",)
    params: ClassVar = {"slots": {name: SLOTS[name] for name in ("city", "card")}}

    def drawn(self, texts: list[str], **params: Any) -> list[set[str]]:
        rows = queries.of(texts)
        step = SlotSwap.Params.model_validate({"operator": "slot_swap", "slots": SLOTS, **params})
        keys = self.keys(len(rows), 40)
        made = SlotSwap.draw(
            SlotSwap.fit(rows, self.roles(rows), step),
            step,
            keys,
            rows.iloc[keys.parent].reset_index(drop=True),
        )
        return [set(made.rows["text"][keys.parent == n]) for n in range(len(texts))]

    def test_a_value_becomes_another_of_its_slot_wherever_it_stands(self) -> None:
        (made,) = self.drawn(["Lisbon? yes, LISBON or lisbon, not Lisbonne"])
        assert made == {f"{c}? yes, {c} or {c}, not Lisbonne" for c in ("Vienna", "Oslo", "Prague")} | {
            f"{c}? yes, {c} or {c}, not Lisbonne" for c in ("vienna", "oslo", "prague")
        }

    def test_a_text_never_names_the_same_value_twice_for_two(self) -> None:
        (made,) = self.drawn(["from Lisbon to Vienna"])
        assert made == {
            *(f"from {c} to Vienna" for c in ("Oslo", "Prague")),
            *(f"from Lisbon to {c}" for c in ("Oslo", "Prague")),
        }  # fmt: skip

    def test_an_article_stays_right(self) -> None:
        assert self.drawn(["an Oslo trip"]) == [{"an Oslo trip"}]

    def test_learned_values_are_those_of_the_rows(self) -> None:
        assert self.drawn(["to Lisbon", "to Oslo"], learned=True) == [{"to Oslo"}, {"to Lisbon"}]

    def test_by_keeps_to_values_of_the_same_label(self) -> None:
        texts = ["to Lisbon", "to Oslo", "to Vienna", "to Prague"]  # labels come round after three
        assert self.drawn(texts, by="intent") == [{"to Prague"}, {"to Oslo"}, {"to Vienna"}, {"to Lisbon"}]

    def test_a_value_that_is_a_label_is_refused(self) -> None:
        slots = {"what": ["pay", "send"]}
        with pytest.raises(ValueError, match="what a label is called"):
            queries.spec(steps=[{"operator": "slot_swap", "slots": slots}])
