"""The operator ``politeness``."""

import pytest

from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "politeness"

    def after(self, text: str) -> set[str]:
        return {after for _, after, _ in self.changed([text], 80)}

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("How do I close it?", {"Hi, how do I close it?", "How do I close it? Thank you."}),
            ("I can't pay", {"Hello, I can't pay", "I can't pay, many thanks"}),
            ("how do i pay", {"hi, how do i pay", "how do i pay, thanks"}),
            ("Can you close my account?", {"Can you close my account, please?"}),
            ("Tamrin Gold is what I have", {"Hi! Tamrin Gold is what I have"}),
            ("Hi, how do I close my account now?", {"How do I close my account now?"}),
            ("Where is my new card now? Thanks!", {"Where is my new card now?"}),
            ("my card is lost in town, thanks", {"my card is lost in town"}),
            ("Please close my account right now", {"Close my account right now"}),
            ("Could you please close my account?", {"Could you close my account?"}),
        ],
    )
    def test_courtesy_comes_and_goes(self, text: str, made: set[str]) -> None:
        assert made <= self.after(text)

    def test_nothing_is_said_twice(self) -> None:
        for text in self.after("Hi, could you please close my account for me? Thanks!"):
            low = text.lower()
            assert low.count("thank") <= 1
            assert low.count("please") <= 1
            assert sum(low.startswith(word) for word in ("hi", "hello", "hey")) <= 1

    @pytest.mark.parametrize("text", ["Wo ist meine Karte", "Où est ma carte ?", "カードはどこ", "12345"])
    def test_other_languages_stay(self, text: str) -> None:
        assert self.after(text) == {text}

    def test_no_thanks_is_no_courtesy(self) -> None:
        assert all("no thanks" in text for text in self.after("do you want it at all, no thanks"))
