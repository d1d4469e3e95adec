"""What operators share whose texts come from a model: which questions a day has, and the replies in place.

Drawing asks nobody. ``requests`` lists what must be known, the asset of paraphrases fetches and keeps it, and
``draw`` looks it up; a row without a reply is refused as ``no_reply``.
"""

import hashlib
import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.errors import RepliesMissingError, TooFewParentsError
from aug_assets.keys import RowKeys, philox, unit
from aug_assets.operators import base
from aug_assets.operators.text import words
from aug_assets.operators.text.base import TextParams
from aug_assets.operators.text.meter import Limits

Ask = Callable[[str, str], str]  # an instruction and a text to the content of a reply
NO_REPLY = "no_reply"
_CODE_BITS = 52  # of a request's digest, which a float64 holds exactly


class AskedParams(TextParams):
    """Parameters of operators that ask a model. Those in ``aside`` decide no row."""

    aside: ClassVar = frozenset(
        {
            *("url", "api_key_env", "timeout_s", "http_tries", "backoff_s", "tries", "concurrency"),
            *("tokens_per_day", "money_per_day", "prompt_price", "completion_price"),
        }
    )

    url: str = Field(
        pattern=r"^https?://[^\s/@?#]+(/[^\s?#@]*)?$",
        description="Address of the OpenAI-compatible endpoint, such as https://host/v1, without a key in it",
    )  # fmt: skip
    model: str = Field(min_length=1, max_length=200, description="Name of the model at the endpoint")
    api_key_env: str | None = Field(
        None, pattern="^[A-Za-z_][A-Za-z0-9_]*$",
        description="Environment variable that holds the key, where the endpoint wants one; never the key",
    )  # fmt: skip
    temperature: float = Field(0.9, ge=0, le=2, description="Randomness of the model's choice of words")
    max_tokens: int = Field(256, ge=1, le=8192, description="Tokens of a reply, at most")
    max_characters: int = Field(2000, ge=1, le=20_000, description="Characters of a text that may be sent")
    max_growth: float = Field(
        2.0, ge=1, le=10, description="Length of a reply in lengths of its text, at most; and the other way"
    )
    timeout_s: float = Field(60.0, gt=0, le=600, description="Seconds that an answer may take")
    http_tries: int = Field(4, ge=1, le=10, description="Attempts where the endpoint is busy or silent")
    backoff_s: float = Field(
        1.0,
        ge=0,
        le=60,
        description="Seconds before the second attempt, then twice as long; Retry-After counts",
    )
    tries: int = Field(2, ge=1, le=10, description="Times that a text is asked about whose reply is refused")
    concurrency: int = Field(4, ge=1, le=64, description="Requests at once")
    tokens_per_day: int | None = Field(
        1_000_000, ge=1, description="Tokens that a partition may use in all its runs, in this branch"
    )
    money_per_day: float | None = Field(
        None, gt=0, description="The same in money, in the currency of the prices"
    )
    prompt_price: float = Field(0.0, ge=0, description="Price of a million tokens sent")
    completion_price: float = Field(0.0, ge=0, description="Price of a million tokens received")

    @model_validator(mode="after")
    def _priced(self) -> "AskedParams":
        if self.money_per_day is not None and not (self.prompt_price or self.completion_price):
            raise ValueError("`money_per_day` needs `prompt_price` or `completion_price`")
        return self

    @property
    def limits(self) -> Limits:
        """What a day may spend."""
        return Limits(self.tokens_per_day, self.money_per_day, self.prompt_price, self.completion_price)


class Request(NamedTuple):
    """A question of a day: its digest names it everywhere."""

    digest: str
    text: str
    copy: int


@dataclass(frozen=True)
class AskedState:
    """The text columns, what finds protected terms in texts, and replies by request once they are known."""

    names: tuple[str, ...]
    finder: words.Tokens
    replies: Mapping[str, str] | None = None


class AskedOperator(base.Operator):
    """An operator that puts a model's reply in a text's place; ``ask`` is all that it has to say.

    It begins a branch, because its questions are about texts as they are stored.
    """

    kind: ClassVar[Literal["generate", "transform", "filter"]] = "generate"
    modality: ClassVar[base.Modality] = "text"
    asks: ClassVar[bool] = True
    template: ClassVar[str]  # all words of the instructions: others are other questions

    @classmethod
    @abstractmethod
    def ask(cls, ask: Ask, params: Any, text: str, copy: int) -> str:
        """Another text in place of this one.

        Args:
            ask: Sends an instruction and a text, and returns what came back.
            params: The operator's own ``Params``.
            text: The text.
            copy: Which copy it is for, from 0.

        Raises:
            ReplyRefusedError: What came back is no such text.
        """

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: Any) -> AskedState:
        """The text columns and the protected terms; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < 1:
            raise TooFewParentsError(
                f"{cls.name} needs a text", seen=len(rows), legal="at least 1 selected row",
                todo="check the selection, or set `too_few: skip` in the branch's select",
            )  # fmt: skip
        terms = columns.facts.safety.protected_terms if columns.facts else ()
        return AskedState(columns.kinds.get("text", ()), words.tokens(tuple(terms)))

    @classmethod
    def answered(cls, state: AskedState, replies: pa.Table) -> AskedState:
        """The state with replies, of a table with the columns ``request``, ``reply`` and ``reason``."""
        columns = (replies.column(name).to_pylist() for name in ("request", "reply", "reason"))
        good = {request: reply for request, reply, reason in zip(*columns, strict=True) if not reason}
        return replace(state, replies=good)

    @classmethod
    def requests(cls, state: AskedState, params: Any, keys: RowKeys, rows: pd.DataFrame) -> list[Request]:
        """What must be known to draw these rows, each question once."""
        wanted = cls._wanted(state, params, keys, rows)
        found = {digest: Request(digest, text, int(keys.copy[at])) for _, at, text, digest in wanted}
        return list(found.values())

    @classmethod
    def draw(cls, state: AskedState, params: Any, keys: RowKeys, rows: pd.DataFrame) -> base.Drawn:
        """Put replies in place; see :class:`aug_assets.operators.base.Operator`.

        Raises:
            RepliesMissingError: The plan was made without replies.
        """
        if state.replies is None:
            raise RepliesMissingError(
                f"{cls.name} makes rows of replies that a run has fetched, and there are none here",
                todo="materialize the asset of paraphrases for the day; a preview or a bench cannot ask",
            )
        made = {name: rows[name].to_list() for name in state.names}
        told = {name: np.zeros((len(rows), 2)) for name in state.names}
        lost = np.zeros(len(rows), bool)
        for name, at, text, digest in cls._wanted(state, params, keys, rows):
            reply = state.replies.get(digest)
            lost[at] |= reply is None
            made[name][at] = text if reply is None else reply
            edits = _edits(text, made[name][at])
            told[name][at] = edits, float(int(digest[: _CODE_BITS // 4], 16))
        out = rows.reset_index(drop=True).copy()
        values: dict[str, NDArray[np.float64]] = {}
        for name in state.names:
            out[name] = pd.Series(made[name], dtype=rows[name].dtype)
            front = f"{name}_" if len(state.names) > 1 else ""
            values |= {front + what: told[name][:, n].copy() for n, what in enumerate(("edits", "request"))}
        return base.Drawn(out, keys.parent[:, None], values, {NO_REPLY: lost})

    @classmethod
    def _wanted(
        cls, state: AskedState, params: Any, keys: RowKeys, rows: pd.DataFrame
    ) -> Iterator[tuple[str, int, str, str]]:
        """Column, row, text and request of every text that is to be replaced."""
        body = params.model_dump(mode="json", exclude={*params.aside, "probability"})
        front = hashlib.sha256(
            json.dumps([cls.version, cls.template, state.finder.terms, body], sort_keys=True).encode()
        )
        for lane, name in enumerate(state.names):
            tried = unit(philox(keys.bits, (1, lane, 0, 0)))[:, 0] < params.probability
            for at, text in enumerate(rows[name].to_list()):
                if tried[at] and isinstance(text, str) and text.strip():
                    digest = front.copy()
                    digest.update(f"\n{lane} {keys.copy[at]}\n{text}".encode("utf-8", "surrogatepass"))
                    yield name, at, text, digest.hexdigest()


def _edits(before: str, after: str) -> float:
    """Words that went or came; one where only their order or the space between them changed."""
    if before == after:
        return 0.0
    one, other = Counter(before.split()), Counter(after.split())
    return float(max(1, (one - other).total(), (other - one).total()))
