"""The operator ``contraction``."""

# ruff: noqa: RUF001 - curly quotes are meant

import pytest

from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "contraction"

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("I don't pay", "I do not pay"),
            ("Don't pay", "Do not pay"),
            ("I can't pay", "I cannot pay"),
            ("I cannot pay", "I can't pay"),
            ("it won't open", "it will not open"),
            ("It will not open", "It won't open"),
            ("I'm late", "I am late"),
            ("i am late", "i'm late"),
            ("They've paid", "They have paid"),
            ("I have lost it", "I've lost it"),
            ("I'd like a card", "I would like a card"),
            ("it's pending", "it is pending"),
            ("I’m late", "I am late"),
            ("You are late, he’s not", "You’re late, he’s not"),
            ("my card does not work", "my card doesn't work"),
        ],
    )
    def test_a_form_becomes_the_other(self, text: str, made: str) -> None:
        assert {after for _, after, _ in self.changed([text], 6)} == {made}

    @pytest.mark.parametrize(
        "text",
        [
            "why doesn't my card work",
            "Isn't it late?",
            "it's late, isn't it?",
            "it's blocked",
            "it's been days",
            "I have a card",
            "I'd paid",
            "the bank's fee",
            "he asked who I am",
            "tell me what it is",
            "I have red shoes",
            "Can't I pay?",
        ],
    )
    def test_what_could_mean_two_things_or_break_stays(self, text: str) -> None:
        kept = {after for _, after, _ in self.changed([text], 6)}
        assert kept <= {text, text.replace("it's late", "it is late")}

    def test_no_more_forms_than_allowed(self) -> None:
        text = "I don't, I can't, I won't, I haven't and I couldn't"
        counts = {values["edits"] for _, _, values in self.changed([text], 80)}
        assert counts == {1.0, 2.0}
