"""The operator ``frame_rewrite``."""

# ruff: noqa: RUF001 - curly quotes are meant

import re

import pytest

from aug_assets.frames import columns_of
from aug_assets.operators.text.frames import FRAME, GROUPS, OTHERS
from tests import queries
from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "frame_rewrite"

    def after(self, text: str) -> set[str]:
        return {after for _, after, _ in self.changed([text], 60)}

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("where can I see it?", {"where do I see it?", "where could I see it?", "where would I see it?"}),
            ("I lost my key", {"I have lost my key", "I've lost my key", "I've misplaced my key"}),
            ("i lost my key", {"i have lost my key", "i've lost my key", "i've misplaced my key"}),
            ("I forgot my pin", {"I have forgotten my pin", "I've forgotten my pin"}),
            ("WHAT DO I DO IF IT RAINS", {"WHAT SHOULD I DO IF IT RAINS", "WHAT CAN I DO IF IT RAINS"}),
            ("My card. do I have to pay?", {"My card. do I need to pay?", "My card. is it necessary to pay?",
                                            "My card. am I required to pay?"}),
            ("I’ve lost my key", {"I have lost my key", "I lost my key", "I’ve misplaced my key"}),
        ],
    )  # fmt: skip
    def test_each_of_the_others_is_said(self, text: str, made: set[str]) -> None:
        assert self.after(text) == made

    @pytest.mark.parametrize(
        "text",
        [
            "tell him how do I know",
            "I said I want to stay",
            "would you mind calling",
            "how do I and my wife pay",
            "can you not call",
            "I want to, but can't",
            "how do I",
            "Wie kann ich zahlen?",
            "howdo I pay",
        ],
    )
    def test_other_sentences_stay(self, text: str) -> None:
        assert self.after(text) == {text}

    def test_a_protected_term_within_a_frame_stays(self) -> None:
        rows = queries.of(["looks like rain"])
        own = queries.spec(safety={"protected_terms": ["looks like"]})
        state = self.cls.fit(rows, columns_of(own, rows), self.step)
        assert self.draw(state, self.keys(1, 1), rows).rows["text"].tolist() == ["looks like rain"]
        assert len(self.after("looks like rain")) == 4


def test_every_frame_is_found_and_belongs_to_one_group() -> None:
    told = [frame.lower() for frames, _ in GROUPS for frame in frames]
    assert len(told) == len(set(told)) == len(OTHERS)
    for frame in told:
        match = re.match(FRAME, f"{frame} what")
        assert match, frame
        assert match[0] == frame
