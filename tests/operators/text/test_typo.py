"""The operator ``typo``."""

import pytest

from tests import queries
from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "typo"

    def test_a_slip_is_of_one_letter_and_never_the_first(self) -> None:
        slips = set()
        for before, after, values in self.changed(["account"], 200):
            slips.add(values["slip"])
            assert after[0] == "a"
            assert abs(len(after) - len(before)) <= 1
            if values["slip"] == 2:
                assert sorted(after) == sorted(before)
        assert slips >= {1.0, 2.0, 3.0, 4.0}

    def test_a_neighbour_is_one_on_the_keyboard(self) -> None:
        made = {after for _, after, values in self.changed(["aaag"], 400) if values["slip"] == 1}
        assert made == {f"aaa{c}" for c in "fhtyvb"} | {
            f"{'a' * n}{c}{'a' * (2 - n)}g" for c in "sqwz" for n in (1, 2)
        }

    def test_capitals_stay_capitals(self) -> None:
        assert all(after.isupper() for _, after, _ in self.changed(["ACCOUNT"], 40))

    @pytest.mark.parametrize("text", ["a bad day", "never without", "Tamrin Gold", "Monday March 3", "карта"])
    def test_short_guarded_and_foreign_words_stay(self, text: str) -> None:
        assert {after for _, after, _ in self.changed([text], 40)} == {text}

    def test_no_more_slips_than_allowed(self) -> None:
        text, step = "where shall every single parcel arrive", {"operator": "typo", "max_edits": 3}
        parents, keys = queries.of([text]), self.keys(1, 100)
        params = self.cls.Params.model_validate(step)
        drawn = self.cls.draw(
            self.fit(parents), params, keys, parents.iloc[keys.parent].reset_index(drop=True)
        )
        assert set(drawn.values["edits"]) == {1.0, 2.0, 3.0}
        for after, edits in zip(drawn.rows["text"], drawn.values["edits"], strict=True):
            pairs = zip(text.split(), after.split(), strict=True)
            assert sum(one != other for one, other in pairs) == edits
