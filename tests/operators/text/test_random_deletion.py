"""The operator ``random_deletion``."""

from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "random_deletion"
    params = {"share": 0.3}  # noqa: RUF012

    def test_words_are_left_out_and_none_comes_or_moves(self) -> None:
        for before, after, values in self.changed(["where did my new blue card go today"], 60):
            left = iter(before.split())
            assert all(word in left for word in after.split())
            assert len(before.split()) - len(after.split()) == values["edits"]
            assert "  " not in after

    def test_the_chance_is_that_of_each_word(self) -> None:
        text = " ".join(["word"] * 2000)
        (_, _, values), *_ = self.changed([text], 1)
        assert 520 < values["edits"] < 680

    def test_the_last_word_stays(self) -> None:
        assert {after for _, after, _ in self.changed(["card"], 40)} == {"card"}

    def test_two_numbers_do_not_run_into_one(self) -> None:
        assert all("5 and 6" in after for _, after, _ in self.changed(["cards 5 and 6 are lost"], 40))
