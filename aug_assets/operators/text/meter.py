"""What a day may spend at an endpoint and what it has spent: tokens and money, over all threads."""

import threading
from typing import NamedTuple

from aug_assets.errors import BudgetExhaustedError


class Use(NamedTuple):
    """Tokens of a request."""

    prompt: int
    completion: int

    def __add__(self, other: "Use") -> "Use":  # type: ignore[override]
        return Use(self.prompt + other.prompt, self.completion + other.completion)


class Limits(NamedTuple):
    """Tokens and money that may be spent, None for no limit, and what a million tokens cost."""

    tokens: int | None = None
    money: float | None = None
    prompt_price: float = 0.0
    completion_price: float = 0.0

    def cost(self, use: Use) -> float:
        """Money for some tokens."""
        return (use.prompt * self.prompt_price + use.completion * self.completion_price) / 1e6


class Meter:
    """Lets a request begin only if the most that it can use is left.

    Args:
        limits: What may be spent in all.
        spent: Tokens that were spent before.
        cost: Money that was spent before.
    """

    def __init__(self, limits: Limits, spent: int = 0, cost: float = 0.0) -> None:
        self.limits = limits
        self._tokens, self._cost = spent, cost
        self._lock = threading.Lock()

    def reserve(self, most: Use) -> None:
        """Set aside what a request can use at most.

        Raises:
            BudgetExhaustedError: There is not as much left.
        """
        with self._lock:
            tokens, cost = self._tokens + sum(most), self._cost + self.limits.cost(most)
            if self.limits.tokens is not None and tokens > self.limits.tokens:
                raise _exhausted("tokens_per_day", self._tokens, self.limits.tokens)
            if self.limits.money is not None and cost > self.limits.money:
                raise _exhausted("money_per_day", round(self._cost, 6), self.limits.money)
            self._tokens, self._cost = tokens, cost

    def settle(self, most: Use, used: Use) -> None:
        """Give back what was set aside and not used."""
        with self._lock:
            self._tokens += sum(used) - sum(most)
            self._cost += self.limits.cost(used) - self.limits.cost(most)


class Purse:
    """The same for one question, with the sum of all its attempts."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.used = Use(0, 0)
        self.reserve = meter.reserve

    @property
    def cost(self) -> float:
        """Money that the question has cost."""
        return self._meter.limits.cost(self.used)

    def settle(self, most: Use, used: Use) -> None:
        """See :meth:`Meter.settle`."""
        self._meter.settle(most, used)
        self.used += used


def _exhausted(name: str, spent: float, limit: float) -> BudgetExhaustedError:
    return BudgetExhaustedError(
        "the day's budget does not last for another request", seen=f"{spent:,} spent or set aside",
        legal=f"{name}: {limit:,}", todo=f"raise `{name}` and materialize the paraphrases again",
    )  # fmt: skip
