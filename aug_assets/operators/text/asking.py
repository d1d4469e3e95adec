"""Fetching replies: several questions at once, bad replies asked again, an end where nothing good comes."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, NamedTuple

from aug_assets.errors import BudgetExhaustedError, EndpointError, EndpointUnreachableError
from aug_assets.operators.text import reply
from aug_assets.operators.text.asked import AskedState, Request
from aug_assets.operators.text.endpoint import Endpoint, Question, ReplyRefusedError
from aug_assets.operators.text.meter import Meter, Purse

_IN_A_ROW = 5  # questions without a usable answer: then the endpoint is at fault, not the texts
_SEED_BITS = 31
_NOBODY = frozenset({"instructions_in_text", "text_too_long"})  # not sent, so no fault of the endpoint


class Answer(NamedTuple):
    """What a question came to.

    Attributes:
        request: The question's digest.
        reply: The text to put in place; empty where none was accepted.
        reason: Why none was; empty where one was.
        final: Whether asking again is of no use.
        tries: Replies that were judged, in earlier runs too.
        prompt_tokens: Tokens sent, in all attempts of this run.
        completion_tokens: Tokens received.
        cost: Money.
    """

    request: str
    reply: str
    reason: str
    final: bool
    tries: int
    prompt_tokens: int
    completion_tokens: int
    cost: float


@dataclass(frozen=True)
class Asker:
    """One step that asks, with all that it takes."""

    operator: Any
    params: Any
    state: AskedState
    meter: Meter

    def all(
        self,
        requests: Iterable[Request],
        tried: Mapping[str, int],
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[Answer]:
        """Ask; answers come in any order, and those under way still come when it must stop.

        Args:
            requests: The questions.
            tried: How many replies of a question were refused in earlier runs.
            sleep: How to wait between attempts.

        Raises:
            EndpointError: Or what derives from it, after the last answer.
        """
        waiting, failing, heard = iter(requests), 0, False
        stop: EndpointError | None = None
        running: set[Future[tuple[Answer, EndpointError | None]]] = set()
        with (
            Endpoint(self.params, sleep) as endpoint,
            ThreadPoolExecutor(self.params.concurrency, "ask") as pool,
        ):
            while True:
                while stop is None and len(running) < self.params.concurrency:
                    request = next(waiting, None)
                    if request is None:
                        break
                    running.add(pool.submit(self._one, endpoint, request, tried.get(request.digest, 0)))
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for answer, error in (future.result() for future in done):
                    yield answer
                    heard |= answer.tries > 0 and not _nothing(answer)
                    failing = failing + 1 if _nothing(answer) else failing * (answer.reason in _NOBODY)
                    last = answer
                    stop = stop or error or (_silent(answer, failing) if failing >= _IN_A_ROW else None)
        if stop is None and failing and not heard:
            stop = _silent(last, failing)
        if stop is not None:
            raise stop

    def _one(self, endpoint: Endpoint, request: Request, tried: int) -> tuple[Answer, EndpointError | None]:
        """A question asked until a reply is accepted, or as often as may be."""
        purse = Purse(self.meter)
        reason, good, final, error = unfit(request.text, self.params), "", True, None
        while not reason or (tried < self.params.tries and not final):
            try:
                good, reason = self._accepted(endpoint, purse, request, tried), ""
                tried += 1
                break
            except ReplyRefusedError as refused:
                reason, final = refused.reason, False
                if refused.passing:
                    break
                tried += 1
                final = tried >= self.params.tries
            except EndpointError as told:
                error, final = told, False
                reason = "budget" if isinstance(told, BudgetExhaustedError) else "endpoint"
                break
        return Answer(request.digest, good, reason, final, tried, *purse.used, purse.cost), error

    def _accepted(self, endpoint: Endpoint, purse: Purse, request: Request, tried: int) -> str:
        seed = (int(request.digest[:16], 16) + tried) % (1 << _SEED_BITS)
        told = self.params.model, self.params.temperature, self.params.max_tokens, seed

        def ask(instruction: str, text: str) -> str:
            return endpoint.answer(Question(instruction, text, *told), purse)

        made: str = self.operator.ask(ask, self.params, request.text, request.copy)
        reply.check(request.text, made, self.state.finder, self.params.max_growth)
        return made


def unfit(text: str, params: Any) -> str:
    """Why a text is not sent; empty where it is."""
    if len(text) > params.max_characters:
        return "text_too_long"
    return "instructions_in_text" if reply.orders(text) else ""


def _nothing(answer: Answer) -> bool:
    """Whether the endpoint gave nothing to judge."""
    return answer.reason in ("unanswered", "malformed", "no_choice") or answer.reason.startswith("http_")


def _silent(answer: Answer, count: int) -> EndpointUnreachableError:
    return EndpointUnreachableError(
        f"{count} requests in a row had no usable answer", seen=answer.reason, legal="a chat completion",
        todo="check that the endpoint runs; what was answered is kept and not asked again",
    )  # fmt: skip
