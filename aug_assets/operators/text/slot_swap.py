"""Puts another value in a slot: another city, another product, wherever a text names one of a list.

Source: the INV tests with named entities of Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP
Models with CheckList", ACL 2020.

Not for slots on which the label depends: a product that only one intent is about is no slot. `by` keeps to
values that are seen with the same label.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from typing import Annotated, Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState
from aug_assets.operators.text.words import listed

_VOWELS = frozenset("aeiou")
Value = Annotated[str, Field(min_length=1)]


class SlotSwapParams(TextParams):
    """Parameters of ``slot_swap``."""

    operator: Literal["slot_swap"] = "slot_swap"
    slots: dict[str, Annotated[tuple[Value, ...], Field(min_length=2)]] = Field(
        min_length=1, description="Name of a slot to the values that may change places"
    )
    learned: bool = Field(
        default=False, description="Only values that are seen in the selected rows are put in"
    )
    by: str | None = Field(
        None, description="Column, such as the label: only values seen in rows of the same value are put in"
    )


class SlotSwap(TextOperator):
    """Texts about another city, product or shop."""

    name: ClassVar = "slot_swap"
    version: ClassVar = "1"
    Params: ClassVar = SlotSwapParams
    told: ClassVar = ("edits", "position", "choice")

    @classmethod
    def unsafe(cls, params: SlotSwapParams, facts: base.Facts) -> str | None:
        """A value that names a label would belie it when it is swapped."""
        labels = {label.lower().replace("_", " ") for label in facts.labels}
        named = [v for values in params.slots.values() for v in values if v.lower() in labels]
        return f"the slot value {named[0]!r} is what a label is called" if named else None

    @classmethod
    def learn(cls, rows: pd.DataFrame, names: tuple[str, ...], params: SlotSwapParams) -> dict[Any, Any]:
        """By value of ``by``: the values of each slot that may be put in."""
        if not (params.learned or params.by):
            return {None: params.slots}
        groups = rows.groupby(params.by, sort=True) if params.by else [(None, rows)]
        return {
            str(value) if params.by else None: _seen(
                " \n".join(str(text) for name in names for text in part[name].dropna()), params
            )
            for value, part in groups
        }

    @classmethod
    def states(cls, state: TextState, params: SlotSwapParams, rows: pd.DataFrame) -> Iterator[TextState]:
        """The values that were seen with each row's value of ``by``."""
        own = {
            value: replace(state, learned=(_pattern(params), slots)) for value, slots in state.learned.items()
        }
        if params.by is None:
            return repeat(own[None], len(rows))
        none = replace(state, learned=(_pattern(params), {}))
        return (own.get(str(value), none) for value in rows[params.by].to_list())

    @classmethod
    def change(
        cls, text: str, state: TextState, params: SlotSwapParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """One value replaced wherever it stands; see :class:`aug_assets.operators.text.base.TextOperator`."""
        pattern, slots = state.learned
        found = list(pattern.finditer(text))
        if not found:
            return None
        match = found[draws.below(len(found))]
        said = {m[0].lower() for m in found}
        before = text[max(0, match.start() - 4) : match.start()].lower().split()[-1:]
        others = [
            value
            for value in slots.get(_slot(match, params), ())
            if value.lower() not in said and (before not in (["a"], ["an"]) or _alike(value, match[0]))
        ]
        if not others:
            return None
        choice = draws.below(len(others))
        value = others[choice].lower() if match[0].islower() else others[choice]
        same = [m for m in found if m[0].lower() == match[0].lower()]
        for m in reversed(same):
            text = text[: m.start()] + value + text[m.end() :]
        return text, (float(len(same)), float(same[0].start()), float(choice))


def _alike(one: str, other: str) -> bool:
    return (one[0].lower() in _VOWELS) == (other[0].lower() in _VOWELS)


def _slot(match: re.Match[str], params: SlotSwapParams) -> str:
    return [*params.slots][int((match.lastgroup or "s0")[1:])]


def _pattern(params: SlotSwapParams) -> re.Pattern[str]:
    """All values as whole words in any capitals, each slot a group named by its number."""
    groups = [f"(?P<s{n}>{listed(values)})" for n, values in enumerate(params.slots.values())]
    return re.compile(rf"(?i)(?<!\w)(?:{'|'.join(groups)})(?!\w)")


def _seen(text: str, params: SlotSwapParams) -> dict[str, tuple[str, ...]]:
    """The values of each slot that a text names, in the order of the parameters."""
    said = {match[0].lower().replace("\u2019", "'") for match in _pattern(params).finditer(text)}
    return {slot: tuple(v for v in values if v.lower() in said) for slot, values in params.slots.items()}
