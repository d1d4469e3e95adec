"""The operator ``punctuation``."""

from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "punctuation"

    def test_marks_are_set_between_words_and_no_more_than_their_share(self) -> None:
        before = "where did my new blue card go in town then"
        counts = set()
        for _, after, values in self.changed([before], 80):
            marks = [part for part in after.split() if part in ".;?:!,"]
            counts.add(len(marks))
            assert [part for part in after.split() if part not in ".;?:!,"] == before.split()
            assert len(marks) == values["edits"]
        assert counts == {1, 2, 3}

    def test_no_mark_stands_between_the_parts_of_an_amount(self) -> None:
        for _, after, _ in self.changed(["pay 1 200 euros now"], 60):
            assert "1 200 euros" in after
