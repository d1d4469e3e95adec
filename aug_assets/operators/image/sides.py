"""Labels and values that name a side, which a mirror makes untrue, and their names in a mirror."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.operators.base import Facts

_SIDES = frozenset({"left", "right"})
_ABOUT_SIDES = frozenset({"laterality", "left", "right", "side"})  # a column of such a name holds sides
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def both_ways(names: Mapping[str, str]) -> dict[str, str]:
    """What is left in a mirror was right: a dataset need say it only once."""
    return {**{there: here for here, there in names.items()}, **names}


def has_side(label: str) -> bool:
    """Whether a word of a label is left or right, as in ``turn_left`` and ``leftLung``."""
    return bool(_SIDES & _words(label))


def untrue(facts: Facts) -> str | None:
    """What no mirror image may be made of, in one sentence: a side whose other name nobody said."""
    known = both_ways(facts.safety.mirrored_labels)
    for label in facts.labels:
        if has_side(label) and label not in known:
            return f"{label!r} names a side and safety.mirrored_labels does not say what it is in a mirror"
    for column, values in facts.named.items():
        for value in values:
            if has_side(value) and value not in known:
                told = "names a side and safety.mirrored_labels does not say what it is in a mirror"
                return f"{value!r} of column {column} {told}"
        if _ABOUT_SIDES & _words(column) and not known.keys() & set(values):
            return f"column {column} says a side and safety.mirrored_labels has none of its values"
    return None


def renamed(rows: pd.DataFrame, facts: Facts | None, flipped: NDArray[np.float64] | None) -> pd.DataFrame:
    """Rows of which those that were flipped have their sides' other names; made in place.

    Args:
        rows: The rows.
        facts: What the dataset says of itself; None where nobody asked.
        flipped: float64 (rows,), 1 where a row is a mirror image; None where no row may be.
    """
    names = both_ways(facts.safety.mirrored_labels) if facts else {}
    if facts is None or flipped is None or not names:
        return rows
    for column in facts.named:
        old = rows[column]
        new = old.map(lambda value: names.get(value, value), na_action="ignore").astype(old.dtype)
        rows[column] = old.where(flipped != 1, new)
    return rows


def _words(label: Any) -> set[str]:
    return {word.lower() for word in _WORD.findall(label)}
