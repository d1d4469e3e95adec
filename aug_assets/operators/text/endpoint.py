"""One OpenAI-compatible endpoint: a question goes there, a text or a typed error comes back."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from aug_assets.errors import EndpointError, EndpointKeyError
from aug_assets.operators.text.meter import Purse, Use

_LARGEST = 1 << 20  # bytes of an answer that are read
_LONGEST_WAIT = 60.0  # seconds, whatever the endpoint asks for
_MOST_TOKENS = 10_000_000  # of a single answer; more is no honest figure
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_OF_THIS_TEXT = frozenset({400, 413, 422})  # a content filter, or a text too long for the model
_NO_ENTRY = frozenset({401, 403})


class ReplyRefusedError(Exception):
    """This one question has no usable answer. ``reason`` is a code; ``passing`` says that time may help."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.passing = reason, passing


@dataclass(frozen=True)
class Question:
    """What is sent: an instruction, the text it is about, and what decides the answer besides."""

    instruction: str
    text: str
    model: str
    temperature: float
    max_tokens: int
    seed: int

    def body(self) -> dict[str, Any]:
        """The request. The text is one JSON string: nothing in it can end it or speak for another role."""
        data = json.dumps({"data": self.text}, ensure_ascii=False)
        messages = [{"role": "system", "content": self.instruction}, {"role": "user", "content": data}]
        told = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        return {"model": self.model, "messages": messages, "n": 1, "stream": False, **told}

    def most(self) -> Use:
        """More than it can use: no token is shorter than a byte."""
        return Use(len(json.dumps(self.body()["messages"]).encode()) + 64, self.max_tokens)


class Endpoint:
    """Sends questions; safe to share between threads. Use it as a context manager.

    Args:
        params: The url, times and tries of a step that asks.
        sleep: How to wait.

    Raises:
        EndpointKeyError: The variable that ``api_key_env`` names holds no key.
    """

    def __init__(self, params: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        import httpx

        self._params, self._sleep = params, sleep
        self._key = _key(params.api_key_env)
        headers = {"Accept-Encoding": "identity", "User-Agent": "aug-assets"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._client = httpx.Client(headers=headers, timeout=params.timeout_s)
        self._url = params.url.rstrip("/") + "/chat/completions"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def answer(self, question: Question, purse: Purse) -> str:
        """The content of the reply, as it came.

        Raises:
            ReplyRefusedError: There is none, or it is not in the form of a reply.
            BudgetExhaustedError: Another request could cost more than is left.
            EndpointKeyError: The endpoint does not accept the key.
            EndpointError: The endpoint knows no such address or model.
        """
        most, wait = question.most(), self._params.backoff_s
        for attempt in range(self._params.http_tries):
            if attempt:
                self._sleep(min(wait, _LONGEST_WAIT))
            purse.reserve(most)
            used = Use(0, 0)
            try:
                status, asked_wait, raw = self._post(question.body())
                if status == 200:  # noqa: PLR2004
                    used = most  # until the endpoint says better
                    text, used = self._read(raw, most)
                    return text
                if status is None:
                    used = most  # it may have worked, and bill, for nobody
                self._refuse(status)
            finally:
                purse.settle(most, used)
            wait = self._params.backoff_s * 2**attempt if asked_wait is None else asked_wait
        raise ReplyRefusedError("unanswered", passing=True)

    def _post(self, body: dict[str, Any]) -> tuple[int | None, float | None, bytes]:
        """Status, seconds to wait and body; None for no answer in time, 0 for none at all."""
        import httpx

        end, raw = time.monotonic() + self._params.timeout_s, bytearray()
        try:
            with self._client.stream("POST", self._url, json=body) as response:
                for piece in response.iter_raw():
                    raw += piece
                    if len(raw) > _LARGEST:
                        return response.status_code, None, b""  # no JSON, so no reply
                    if time.monotonic() > end:  # the client's own limit is between two bytes
                        return None, None, b""
                return response.status_code, _seconds(response.headers.get("retry-after")), bytes(raw)
        except httpx.ConnectTimeout:
            return 0, None, b""
        except httpx.TimeoutException:
            return None, None, b""
        except httpx.HTTPError:
            return 0, None, b""

    def _refuse(self, status: int | None) -> None:
        """Raise for a status that another try does not mend."""
        if status in _NO_ENTRY:
            raise EndpointKeyError(
                "the endpoint does not accept the key", seen=status, legal="a key that may use this model",
                todo=f"correct the variable {self._params.api_key_env or 'that `api_key_env` should name'}",
            )  # fmt: skip
        if status in _OF_THIS_TEXT:
            raise ReplyRefusedError(f"http_{status}", passing=True)
        if status and status not in _BUSY:
            raise EndpointError(
                "the endpoint does not answer as an OpenAI-compatible one does", seen=status, legal="200",
                todo="check `url`, which ends before /chat/completions, and `model`",
            )  # fmt: skip

    def _read(self, raw: bytes, most: Use) -> tuple[str, Use]:
        try:
            told = json.loads(raw)
            used = _used(told.get("usage"), most)
            choices = told["choices"]
        except (ValueError, KeyError, AttributeError, RecursionError):
            raise ReplyRefusedError("malformed") from None
        try:
            text = choices[0]["message"]["content"]
            cut = choices[0].get("finish_reason") == "length"
        except (IndexError, KeyError, TypeError, AttributeError):
            raise ReplyRefusedError("no_choice") from None
        if not isinstance(text, str) or cut or (self._key and self._key in text):
            raise ReplyRefusedError("cut_off" if cut else "malformed")
        return text, used


def _key(name: str | None) -> str:
    """A key of the environment; never part of an error."""
    if name is None:
        return ""
    key = os.environ.get(name, "").strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise EndpointKeyError(
            "the environment holds no usable key for the endpoint", seen=name,
            legal="a variable with a key of printable ASCII", todo="set it where the run works",
        )  # fmt: skip
    return key


def _seconds(told: str | None) -> float | None:
    """How long to wait, where it is said in seconds; a date needs a clock that both sides share."""
    return float(told) if told and told.strip().isdecimal() else None


def _used(told: Any, most: Use) -> Use:
    """Tokens as the endpoint counts them, where it gives numbers that can be."""
    counts: list[Any] = [
        told.get(f"{part}_tokens") if isinstance(told, dict) else None for part in Use._fields
    ]
    sane = all(type(count) is int and 0 <= count <= _MOST_TOKENS for count in counts)
    return Use(*counts) if sane else most
