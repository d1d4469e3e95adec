"""The operator ``random_swap``."""

import re
from collections import Counter

from tests.conformance.text import TextConformance


class TestConformance(TextConformance):
    operator = "random_swap"

    def test_words_move_and_none_is_lost(self) -> None:
        made = {after for _, after, _ in self.changed(["red green blue"], 60)}
        assert made == {"green red blue", "blue green red", "red blue green"}
        for before, after, _ in self.changed(["my card, which is blue, went off. Where did it go?"], 60):
            assert Counter(re.findall(r"\w+", before)) == Counter(re.findall(r"\w+", after))

    def test_no_word_passes_a_direction_a_negation_or_the_end_of_a_sentence(self) -> None:
        text = "move savings to checking. cards not work"
        for _, after, _ in self.changed([text], 60):
            assert after in {text, "savings move to checking. cards not work"}
