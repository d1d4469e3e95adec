"""What every operator on sessions must hold, besides what all must: inherit, and name the operator.

    class TestConformance(SequenceConformance):
        operator = "drop_events"
        params = {"share": 0.3}

The columns are those of ``tests/sessions_data.py``. ``longer`` and ``shorter`` say what the operator may do
to a session's length.
"""

# ruff: noqa: PD011 - `values` here are what an operator drew

from collections import Counter
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets.frames import columns_of
from aug_assets.keys import RowKeys
from aug_assets.operators.base import Columns, Drawn
from tests import sessions_data
from tests.conformance.operators import OperatorConformance


class SequenceConformance(OperatorConformance):
    """Inherit this; see the module."""

    copies: ClassVar[int] = 2
    longer: ClassVar[bool] = False
    shorter: ClassVar[bool] = False
    roles_of_events: ClassVar[dict[str, Any]] = {"item": "item_id", "time": "event_time", "event": "event"}

    def example(self, rows: int = 40) -> pd.DataFrame:
        return sessions_data.frame(rows)

    def roles(self, parents: pd.DataFrame) -> Columns:
        return columns_of(sessions_data.shape(), parents)

    @property
    def step(self) -> Any:
        told = {"operator": self.cls.name, **self.roles_of_events, **self.params}
        return self.cls.Params.model_validate(told)

    def pairs(self, parents: pd.DataFrame, keys: RowKeys, drawn: Drawn) -> list[tuple[Any, Any]]:
        """Each session before and after, as lists of events, each a tuple of its columns."""
        before = events(parents.iloc[keys.parent].reset_index(drop=True))
        return list(zip(before, events(drawn.rows), strict=True))

    def test_the_last_event_is_the_parents_and_stays_last(self) -> None:
        parents, _, keys, drawn = self.whole()
        for old, new in self.pairs(parents, keys, drawn):
            assert new[-1] == old[-1]

    def test_nothing_is_learned_from_last_events(self) -> None:
        parents = self.example()
        other = with_other_last_items(parents)
        keys = self.keys(len(parents))
        drawn, unlike = self.draw(self.fit(parents), keys, parents), self.draw(self.fit(other), keys, parents)
        assert events(drawn.rows) == events(unlike.rows)

    def test_sessions_change_and_the_figures_say_how_much(self) -> None:
        parents, _, keys, drawn = self.whole()
        (word,) = {"changed", "dropped", "inserted", "moved"} & set(drawn.values)
        found = np.array([changed(*pair, word) for pair in self.pairs(parents, keys, drawn)])
        if word == "moved":  # events that are alike may change places unseen
            assert (found <= drawn.values[word]).all()
        else:
            np.testing.assert_array_equal(found, drawn.values[word])
        assert (found > 0).mean() > 0.4
        history = np.array([len(old) - 1 for old, _ in self.pairs(parents, keys, drawn)])
        np.testing.assert_allclose(drawn.values["share"], drawn.values[word] / np.maximum(history, 1))
        longer = np.array([len(new) - len(old) for old, new in self.pairs(parents, keys, drawn)])
        assert self.longer or longer.max() <= 0
        assert self.shorter or longer.min() >= 0

    def test_times_never_go_back_and_no_pause_ends_the_session(self) -> None:
        parents, _, _, drawn = self.whole()
        for rows in (parents, drawn.rows):
            for times in sessions_data.lists(rows, "event_time"):
                pauses = np.diff(times)
                assert (pauses >= 0).all()
                assert (pauses <= sessions_data.GAP_MINUTES * 60_000_000).all()
                assert (np.array(times) % 1_000_000 == 0).all(), "finer than the parents' times"

    def test_no_purchase_and_no_cart_is_invented_lost_or_moved(self) -> None:
        parents, _, keys, drawn = self.whole()
        kept = [n for n, name in enumerate(sessions_data.EACH) if name != "event_time"]
        for old, new in self.pairs(parents, keys, drawn):
            assert of_kind(old, kept, "purchase") == of_kind(new, kept, "purchase")
            assert of_kind(old, kept, "add_to_cart") == of_kind(new, kept, "add_to_cart")

    def test_what_is_bought_was_put_in_the_cart_and_seen_before_as_far_as_in_the_parent(self) -> None:
        parents, _, keys, drawn = self.whole()
        for old, new in self.pairs(parents, keys, drawn):
            assert not funnel_gaps(new) - funnel_gaps(old)

    def test_the_grammar_of_events_holds(self) -> None:
        _, _, _, drawn = self.whole()
        for kinds in sessions_data.lists(drawn.rows, "event"):
            for before, after in pairwise(kinds):
                assert after in sessions_data.GRAMMAR[before]

    def test_items_are_the_parents_and_bring_their_own_columns(self) -> None:
        parents, _, _, drawn = self.whole()
        known = {(e[0], e[3], e[4]) for session in events(parents) for e in session}
        assert {(e[0], e[3], e[4]) for session in events(drawn.rows) for e in session} <= known

    def test_sessions_of_one_event_stay(self) -> None:
        parents = sessions_data.frame(6, events=(1, 1))
        drawn = self.draw(self.fit(parents), self.keys(6), parents)
        assert events(drawn.rows) == [session for session in events(parents) for _ in range(self.copies)]

    def test_sessions_of_two_events_keep_one_before_the_last(self) -> None:
        parents = sessions_data.frame(30, events=(2, 2))
        drawn = self.draw(self.fit(parents), self.keys(30), parents)
        assert min(map(len, events(drawn.rows))) >= 2

    def test_items_may_be_numbers_and_events_all_alike(self) -> None:
        parents = numbered(self.example())
        roles = Columns((), (), {}, {}, {"each": ("item", "event_time", "event", "category")})
        plain = {"operator": self.cls.name, **self.params, "with_item": ["category"]}
        fields = self.cls.Params.model_fields
        told = {name: value for name, value in plain.items() if name in fields}
        if fields["event"].is_required():
            told["event"] = "event"
        step, keys = self.cls.Params.model_validate(told), self.keys(len(parents))
        rows = parents.iloc[keys.parent].reset_index(drop=True)
        made = self.cls.draw(self.cls.fit(parents, roles, step), step, keys, rows).rows
        pd.testing.assert_series_equal(made.dtypes, parents.dtypes)
        assert [items[-1] for items in made["item"]] == [items[-1] for items in rows["item"]]
        assert any(list(a) != list(b) for a, b in zip(made["item"], rows["item"], strict=True))

    def test_a_column_that_is_one_value_a_session_is_refused(self) -> None:
        facts = self.roles(self.example()).facts
        assert self.cls.unsafe(self.step, facts) is None
        wrong = self.cls.Params.model_validate({**self.step.model_dump(), "item": "note"})
        assert "'note'" in str(self.cls.unsafe(wrong, facts))


def events(rows: pd.DataFrame) -> list[list[tuple[Any, ...]]]:
    """Sessions as lists of events, each a tuple of its columns in the order of ``sessions_data.EACH``."""
    columns = [sessions_data.lists(rows, name) for name in sessions_data.EACH]
    return [list(zip(*session, strict=True)) for session in zip(*columns, strict=True)]


def changed(old: list[Any], new: list[Any], word: str) -> int:
    """How many events went, came, or are others than before."""
    if word in ("dropped", "inserted"):
        return abs(len(new) - len(old))
    if word == "moved":
        return sum(a[0] != b[0] for a, b in zip(old, new, strict=True))
    return sum(a[0] != b[0] for a, b in zip(old, new, strict=True))


def of_kind(session: list[Any], columns: list[int], kind: str) -> Counter[Any]:
    """The events of a type without their times."""
    return Counter(tuple(event[n] for n in columns) for event in session if event[1] == kind)


def funnel_gaps(session: list[Any]) -> Counter[Any]:
    """Purchases of what is not in the cart, and carts of what was not seen."""
    gaps: Counter[Any] = Counter()
    seen: set[tuple[str, str]] = set()
    for item, kind, *_ in session:
        before = {"purchase": "add_to_cart", "add_to_cart": "view"}.get(kind)
        if before and (item, before) not in seen:
            gaps[item, kind] += 1
        seen.add((item, kind))
    return gaps


def with_other_last_items(parents: pd.DataFrame) -> pd.DataFrame:
    """The same sessions that end with an item of their own."""
    items = [[*items[:-1], f"other {n}"] for n, items in enumerate(sessions_data.lists(parents, "item_id"))]
    return parents.assign(item_id=pd.Series(items, dtype=parents["item_id"].dtype))


def numbered(parents: pd.DataFrame) -> pd.DataFrame:
    """Items as whole numbers; all events views."""
    number = [[int(i[5:]) for i in items] for items in sessions_data.lists(parents, "item_id")]
    views = [["view"] * len(items) for items in number]
    made = parents[["session_id", "event_time", "category"]].copy()
    made.insert(1, "item", pd.Series(number, dtype=pd.ArrowDtype(pa.list_(pa.int64()))))
    return made.assign(event=pd.Series(views, dtype=parents["event"].dtype))
