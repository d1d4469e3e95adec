"""What every operator on text shares: one text changed under one key, with the numbers of that key.

An operator says how one text changes; reading it from a row, its random numbers and writing it back are here.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64, RowKeys, philox, unit
from aug_assets.operators import base
from aug_assets.operators.text import words

_BATCH = 512  # texts a pass: what they leave behind then stays in the cache
_MORE = 64  # blocks of four numbers, for a text that needs more than most


class TextParams(base.Params):
    """Parameters that every operator on text has."""

    probability: float = Field(
        1.0, gt=0, le=1, description="Share of the texts that the step tries to change"
    )


@dataclass(frozen=True)
class TextState:
    """What changing texts needs to know.

    Attributes:
        names: The text columns.
        finder: Finds words and what may not be touched.
        learned: What an operator's ``learn`` returned.
    """

    names: tuple[str, ...]
    finder: words.Tokens
    learned: Any = None


class Draws:
    """The uniform numbers in [0, 1) of one text, one after the other, without end."""

    __slots__ = ("_at", "_block", "_key", "_lane", "_made")

    def __init__(self, made: list[float], key: U64, lane: int) -> None:
        self._made, self._key, self._lane = made, key, lane
        self._at, self._block = 0, len(made) // 4

    def __call__(self) -> float:
        """The next number."""
        if self._at == len(self._made):
            self._made, self._at = _numbers(self._key, self._lane, self._block, _MORE).tolist(), 0
            self._block += _MORE
        self._at += 1
        return self._made[self._at - 1]

    def below(self, bound: int) -> int:
        """The next number as a whole one in [0, bound)."""
        return int(self() * bound)


def _numbers(key: U64, lane: int, block: int, count: int) -> NDArray[np.float64]:
    counter = np.arange(block + 1, block + 1 + count, dtype=np.uint64)
    return np.asarray(unit(philox(key, (counter, lane, 0, 0)))).ravel()


class TextOperator(base.Operator):
    """An operator that changes one text at a time; ``change`` is all that it has to say.

    ``told`` names the concrete parameters that it draws, and ``blocks`` says how many blocks of four numbers
    most texts need.
    """

    kind: ClassVar[Literal["generate", "transform", "filter"]] = "transform"
    modality: ClassVar[base.Modality] = "text"
    told: ClassVar[tuple[str, ...]]
    blocks: ClassVar[int] = 1

    @classmethod
    def learn(cls, rows: pd.DataFrame, names: tuple[str, ...], params: Any) -> Any:
        """What the operator needs of the selected rows besides; most need nothing."""
        return None

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: Any) -> TextState:
        """The text columns and the protected terms; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < 1:
            raise TooFewParentsError(
                f"{cls.name} needs a text to change", seen=len(rows), legal="at least 1 selected row",
                todo="check the selection, or set `too_few: skip` in the branch's select",
            )  # fmt: skip
        names = columns.kinds.get("text", ())
        terms = columns.facts.safety.protected_terms if columns.facts else ()
        return TextState(names, words.tokens(tuple(terms)), cls.learn(rows, names, params))

    @classmethod
    @abstractmethod
    def change(
        cls, text: str, state: TextState, params: Any, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """One text changed, and the concrete parameters drawn, in the order of ``told``.

        Args:
            text: Any text that is not empty.
            state: What :meth:`states` gave for this row.
            params: The operator's own ``Params``.
            draws: The numbers of this row's key; nothing else may be random.

        Returns:
            None where there is nothing that may be changed: the text then stays, and its values are 0.
        """

    @classmethod
    def states(cls, state: TextState, params: Any, rows: pd.DataFrame) -> Iterator[TextState]:
        """The state for each row; the same for all, unless what was learned differs by row."""
        return repeat(state, len(rows))

    @classmethod
    def draw(cls, state: TextState, params: Any, keys: RowKeys, rows: pd.DataFrame) -> base.Drawn:
        """Change each row's texts; see :class:`aug_assets.operators.base.Operator`."""
        out = rows.reset_index(drop=True).copy()
        values: dict[str, NDArray[np.float64]] = {}
        for lane, name in enumerate(state.names):
            made, told = cls._column(lane, state, params, keys, rows, name)
            out[name] = pd.Series(made, dtype=rows[name].dtype)
            front = f"{name}_" if len(state.names) > 1 else ""
            values |= {front + what: told[:, at].copy() for at, what in enumerate(cls.told)}
        return base.Drawn(out, keys.parent[:, None], values)

    @classmethod
    def _column(
        cls, lane: int, state: TextState, params: Any, keys: RowKeys, rows: pd.DataFrame, name: str
    ) -> tuple[list[str | None], NDArray[np.float64]]:
        """The texts of a column, changed, and the values of each, float64 (n, values)."""
        share, nothing = params.probability, (0.0,) * len(cls.told)
        made: list[str | None] = []
        told = np.zeros((len(rows), len(cls.told)))
        texts, states = rows[name].to_list(), cls.states(state, params, rows)
        for first in range(0, len(texts), _BATCH):
            part = slice(first, first + _BATCH)
            bits = keys.bits[part]
            numbers = np.hstack([unit(philox(bits, (b + 1, lane, 0, 0))) for b in range(cls.blocks)]).tolist()
            values = []
            for text, ready, key, own in zip(texts[part], numbers, bits, states, strict=False):
                found = None
                if isinstance(text, str) and text:
                    draws = Draws(ready, key, lane)
                    if draws() < share:
                        found = cls.change(text, own, params, draws)
                made.append(found[0] if found else text if isinstance(text, str) else None)
                values.append(found[1] if found else nothing)
            told[part] = values
        return made, told
