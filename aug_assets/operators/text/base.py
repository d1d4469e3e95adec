"""What every operator on text shares: one text changed under one key, with the numbers of that key.

An operator says how one text changes; reading it from a row, its random numbers and writing it back are here.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64, RowKeys, philox, unit
from aug_assets.operators import base
from aug_assets.operators.text import words

_BATCH = 2048  # texts a pass: their random numbers then stay in the cache
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

    __slots__ = ("_at", "_block", "_keys", "_lane", "_made", "_row")

    def __init__(self, made: list[float], keys: U64, row: int, lane: int, at: int = 0) -> None:
        self._made, self._keys, self._row, self._lane = made, keys, row, lane
        self._at, self._block = at, len(made) // 4

    def __call__(self) -> float:
        """The next number."""
        at = self._at
        if at == len(self._made):
            at = self._more()
        self._at = at + 1
        return self._made[at]

    def below(self, bound: int) -> int:
        """The next number as a whole one in [0, bound)."""
        at = self._at  # and not by a call of the above, which takes as long again
        if at == len(self._made):
            at = self._more()
        self._at = at + 1
        return int(self._made[at] * bound)

    def _more(self) -> int:
        self._made = _numbers(self._keys[self._row], self._lane, self._block, _MORE).tolist()
        self._block += _MORE
        return 0


def _numbers(key: U64, lane: int, block: int, count: int) -> NDArray[np.float64]:
    counter = np.arange(block + 1, block + 1 + count, dtype=np.uint64)
    return np.asarray(unit(philox(key, (counter, lane, 0, 0)))).ravel()


class TextOperator(base.Operator):
    """An operator that changes one text at a time; ``change`` is all that it has to say.

    ``told`` names the concrete parameters that it draws, and ``blocks`` says how many blocks of four numbers
    most texts need. ``asks_for`` is a pattern of RE2 without which a text in plain letters stays as it is: it
    is looked for in all texts at once, which takes a tenth of the time of trying.
    """

    kind: ClassVar[Literal["generate", "transform", "filter"]] = "transform"
    modality: ClassVar[base.Modality] = "text"
    told: ClassVar[tuple[str, ...]]
    blocks: ClassVar[int] = 1
    asks_for: ClassVar[str] = ""

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
    def _able(cls, texts: list[Any]) -> Iterable[bool | None]:
        """Which texts may be changed, never with a false no."""
        if not cls.asks_for:
            return [True] * len(texts)
        spoken = [text if isinstance(text, str) else None for text in texts]
        told: Any = pc.match_substring_regex(pa.array(spoken, pa.string()), rf"{cls.asks_for}|[^\x00-\x7f]")
        return told.to_pylist()  # type: ignore[no-any-return]

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
            able = cls._able(texts[part])
            for row, (text, ready, own, may) in enumerate(
                zip(texts[part], numbers, states, able, strict=False)
            ):
                here = isinstance(text, str)
                found = None
                if may and here and text and ready[0] < share:
                    found = cls.change(text, own, params, Draws(ready, bits, row, lane, 1))
                if found:
                    made.append(found[0])
                    values.append(found[1])
                else:
                    made.append(text if here else None)
                    values.append(nothing)
            told[part] = values
        return made, told
