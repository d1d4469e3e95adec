"""What making a day costs: amounts, a price sheet, and a budget held against them. Measures nothing."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import yaml
from pydantic import Field, ValidationError

from aug_assets.errors import PricesError
from aug_assets.gates.base import Judgement
from aug_assets.spec_cost import Budget
from aug_assets.spec_source import Strict
from aug_assets.strict_yaml import StrictLoader

CHECK = "budget"  # the asset check; rows of the stored verdict are named ``budget/per_day.money`` and so on
RELEASED = "budget"  # the stage under which people's releases of a day over budget are kept
_HOUR, _GIB = 3600.0, 2.0**30


@dataclass(frozen=True)
class Spent:
    """Amounts.

    Attributes:
        cpu_seconds: Of the threads that did the work.
        gib_seconds: Resident memory of the processes, GiB times the seconds that it was held.
        bytes_read: Of files of the lake, and of deliveries as tables in memory.
        bytes_written: Of files of the lake.
        asked: Money that model endpoints took.
    """

    cpu_seconds: float = 0.0
    gib_seconds: float = 0.0
    bytes_read: int = 0
    bytes_written: int = 0
    asked: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        mine, more = asdict(self), asdict(other)
        return Spent(**{name: mine[name] + more[name] for name in mine})

    def metadata(self, prices: "Prices") -> dict[str, Any]:
        """The amounts and their price by names of asset metadata."""
        told = {"cpu_seconds": round(self.cpu_seconds, 4), "gib_seconds": round(self.gib_seconds, 4)}
        told |= {"bytes_read": self.bytes_read, "bytes_written": self.bytes_written, "asked": self.asked}
        priced = {"money": prices.money(self), "currency": prices.currency}
        return {f"cost/{name}": value for name, value in (told | priced).items()}


@dataclass(frozen=True)
class Priced:
    """Amounts as a run recorded them, with the money that they came to then."""

    spent: Spent = Spent()
    money: float = 0.0

    def __add__(self, other: "Priced") -> "Priced":
        return Priced(self.spent + other.spent, self.money + other.money)

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> "Priced":
        """What the metadata of an asset or a check says; nothing where it is older than prices."""
        found = {
            name: metadata[f"cost/{name}"]
            for name in Spent.__dataclass_fields__
            if f"cost/{name}" in metadata
        }
        return cls(Spent(**found), metadata.get("cost/money", 0.0))


class Prices(Strict):
    """A price sheet. The defaults are round figures for rented containers and object storage, no offer."""

    currency: str = Field("USD", min_length=1, max_length=8)
    cpu_hour: float = Field(0.04, ge=0, allow_inf_nan=False, description="Of one core")
    gib_hour: float = Field(0.0045, ge=0, allow_inf_nan=False, description="Of one GiB of memory")
    gib_read: float = Field(0.0, ge=0, allow_inf_nan=False, description="Of one GiB read")
    gib_written: float = Field(
        0.023, ge=0, allow_inf_nan=False, description="Of one GiB written; a month of keeping it"
    )

    def money(self, spent: Spent) -> float:
        """The price of amounts, with what endpoints took."""
        held = spent.cpu_seconds * self.cpu_hour + spent.gib_seconds * self.gib_hour
        moved = spent.bytes_read * self.gib_read + spent.bytes_written * self.gib_written
        return held / _HOUR + moved / _GIB + spent.asked


def price_sheet(text: str, where: str) -> Prices:
    """A price sheet from YAML; what it does not name has its default.

    Args:
        text: The YAML.
        where: Its address, for messages.

    Raises:
        PricesError: It is no price sheet.
    """
    try:
        return Prices.model_validate(yaml.load(text, StrictLoader) or {})  # noqa: S506 - it is a safe loader
    except (yaml.YAMLError, ValidationError) as error:
        raise PricesError(
            f"not a price sheet: {error}", seen=where,
            legal=f"YAML with some of {', '.join(Prices.model_fields)}, prices of 0 or more",
            todo="correct the file; `aug cost prices` prints one to begin with",
        ) from error  # fmt: skip


def held_against(budget: Budget, cost: Priced, candidates: int, accepted: int) -> list[Judgement]:
    """A judgement for each limit of a budget, in the order of its limits.

    Args:
        budget: The dataset's.
        cost: What the day has cost so far.
        candidates: Rows that were judged. Without any, no row can cost too much.
        accepted: Those that all gates let through.
    """
    amounts = {"cpu_seconds": cost.spent.cpu_seconds, "money": cost.money}
    found = []
    for name, limit in budget.limits.items():
        part, _, unit = name.partition(".")
        value = amounts[unit]
        if part == "per_accepted_row":
            value = value / accepted if accepted else math.inf if candidates else 0.0
        told = f"{name.replace('.', ': ')} {value:.6g} of at most {limit:.6g}"
        found.append(Judgement(row_name(name), within(value, limit), True, value, limit, told))  # noqa: FBT003
    return found


def row_name(limit: str) -> str:
    """How the stored verdict names a limit."""
    return f"{CHECK}/{limit}"


def within(value: float | None, limit: float) -> bool:
    """Whether an amount keeps to a limit; one that is not known does not."""
    return value is not None and value <= limit
