"""What every operator on text must hold, besides what all must: inherit, and name the operator.

    class TestConformance(TextConformance):
        operator = "typo"
        params = {"max_edits": 2}

``swappable`` are protected terms that are also values of a slot, which ``slot_swap`` may change.
"""

# ruff: noqa: PD011 - `values` here are what an operator drew

import time
from collections import Counter
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from aug_assets.frames import columns_of
from aug_assets.operators.base import Columns
from aug_assets.operators.text import words
from tests import queries
from tests.conformance.operators import OperatorConformance

_NEGATED = ("no", "not", "never", "without", "cannot")
_BIG = 100_000  # characters
_CPU_SECONDS = 3.0  # a thirtieth of it on a quiet machine; what grows with the square takes minutes
LONG = {
    "one word": "a" * _BIG,
    "dots": "a." * (_BIG // 2),
    "spaces": " " * _BIG,
    "signs": "a@" * (_BIG // 2),
    "quotes": "don't" * (_BIG // 5),
    "dates": "5 may " * (_BIG // 6),
    "control": "\x00\x01" * (_BIG // 2),
    "sentences": "How do I pay in Lisbon? I don't want it, please. " * (_BIG // 49),
}


class TextConformance(OperatorConformance):
    """Inherit this; see the module."""

    swappable: ClassVar[tuple[str, ...]] = ()

    def example(self, rows: int = 24) -> pd.DataFrame:
        return queries.frame(rows)

    def roles(self, parents: pd.DataFrame) -> Columns:
        return columns_of(queries.spec(), parents)

    def changed(self, texts: list[str], copies: int = 20) -> list[tuple[str, str, dict[str, float]]]:
        """Before, after and what was drawn, of some copies of each text."""
        parents = queries.of(texts)
        keys = self.keys(len(parents), copies)
        drawn = self.draw(self.fit(parents), keys, parents)
        told = [{name: float(v[k]) for name, v in drawn.values.items()} for k in range(len(keys))]
        return [
            (texts[at], after, values)
            for at, after, values in zip(keys.parent, drawn.rows["text"], told, strict=True)
        ]

    def test_it_changes_texts_and_tells_so(self) -> None:
        made = self.changed(list(queries.PLAIN))
        assert sum(before != after for before, after, _ in made) > len(made) / 4
        for before, after, values in made:
            assert (before != after) == (values["edits"] > 0), (before, after)

    def test_values_terms_and_links_are_never_changed(self) -> None:
        pattern = words.tokens(tuple(set(queries.TERMS) - set(self.swappable)))
        for before, after, _ in self.changed([*queries.PLAIN, *queries.ODD], copies=40):
            assert Counter(words.kept(after, pattern)) == Counter(words.kept(before, pattern)), (
                before,
                after,
            )

    def test_negations_are_never_lost_or_made(self) -> None:
        for before, after, _ in self.changed(list(queries.PLAIN), copies=40):
            assert negated(before) == negated(after), (before, after)

    def test_texts_of_other_scripts_stay_whole(self) -> None:
        for before, after, _ in self.changed(list(queries.ODD), copies=10):
            after.encode()
            letters = Counter(c for c in before if ord(c) > 0x2FF)
            assert Counter(c for c in after if ord(c) > 0x2FF) <= letters + Counter("\u2019"), (before, after)
            assert "\u0301" not in after or "e\u0301" in after

    def test_null_and_empty_texts_stay(self) -> None:
        parents = queries.of(["", "", ""])
        parents.loc[1, "text"] = None
        drawn = self.draw(self.fit(parents), self.keys(3, 2), parents)
        assert drawn.rows["text"].isna().tolist() == [False, False, True, True, False, False]
        assert set(drawn.rows["text"].dropna()) == {""}
        assert all((column == 0).all() for column in drawn.values.values())

    @pytest.mark.parametrize("kind", LONG)
    def test_time_is_bounded(self, kind: str) -> None:
        parents = queries.of([LONG[kind]])
        state, keys = self.fit(parents), self.keys(1, 1)
        start = time.process_time()
        self.draw(state, keys, parents)
        assert time.process_time() - start < _CPU_SECONDS

    def test_a_probability_leaves_some_texts_alone(self) -> None:
        step = self.step.model_copy(update={"probability": 0.5})
        parents = queries.of([queries.PLAIN[0]])
        keys = self.keys(1, 200)
        state = self.fit(parents)
        tried = [
            (
                self.cls.draw(state, p, keys, parents.iloc[keys.parent].reset_index(drop=True)).values[
                    "edits"
                ]
                > 0
            )
            for p in (self.step, step)
        ]
        assert tried[1].sum() == pytest.approx(tried[0].sum() / 2, rel=0.35)

    def test_two_text_columns_are_changed_apart(self) -> None:
        parents = queries.frame(12)
        parents["note"] = parents["text"]
        columns: Any = {**queries.COLUMNS, "note": queries.COLUMNS["text"]}
        roles = columns_of(queries.spec(columns=columns), parents)
        keys = self.keys(len(parents), 6)
        rows = parents.iloc[keys.parent].reset_index(drop=True)
        drawn = self.cls.draw(self.cls.fit(parents, roles, self.step), self.step, keys, rows)
        assert {name.partition("_")[0] for name in drawn.values} == {"text", "note"}
        alike = (drawn.rows["text"] == drawn.rows["note"]).to_numpy(bool, na_value=True)
        changed = (drawn.rows["text"] != rows["text"]).to_numpy(bool, na_value=False)
        assert not alike[changed].all()
        assert np.isfinite(np.concatenate(list(drawn.values.values()))).all()


def negated(text: str) -> int:
    """How many negations a text has, short forms among them."""
    low = text.lower().replace("\u2019", "'").replace("can not", "cannot")
    found = [low[start:end] for start, end, _ in words.spans(low, words.tokens(()))]
    return sum(word in _NEGATED or word.endswith("n't") for word in found)
