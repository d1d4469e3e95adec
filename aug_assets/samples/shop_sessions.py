"""The built-in source of ``shop/shop_sessions``: an invented day of visits to a shop, ever the same.

It is made to be worth augmenting: few items are popular and many are rare, items go together in small
groups, new items appear week by week, a third of the visits are of people who were hardly ever here before,
and events follow a grammar: what is bought was put in the cart, and what is in the cart was looked at. With
the dirt that real deliveries have (about 0.7 % of events), and with events that arrive late.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.keys import digest_bits

_USERS, _VISITS, _ITEMS = 400, 600, 320
_GROUP = 8  # items that go together
_CATEGORIES = ("books", "garden", "games", "kitchen", "sports", "toys")
_DEVICES = ("desktop", "phone", "tablet")
_OPENED = date(2021, 3, 1)
_COLUMNS = (
    "user_id", "past_visits", "device", "event_time", "event", "item_id", "category", "price", "launched",
)  # fmt: skip


def day(day: str) -> pa.Table:
    """The raw events of a day, as a delivery would hold them: by time, with some late ones at the end."""
    rng = Generator(Philox(key=digest_bits("sample", "shop_sessions", day)))
    items = _catalogue()
    on_sale = items[items["launched"] <= date.fromisoformat(day)]
    events = [event for visit in _visits(rng, day) for event in _events(rng, visit, on_sale)]
    frame = pd.DataFrame(events).sort_values("event_time", kind="stable", ignore_index=True)
    frame = frame.merge(items, on="item_id", how="left")[list(_COLUMNS)]
    return pa.Table.from_pandas(_with_dirt(rng, frame), preserve_index=False)


def _catalogue() -> pd.DataFrame:
    """The items of all days: their price, and since when they are sold; a fifth of them came after 2024."""
    rng = Generator(Philox(key=digest_bits("sample", "shop_sessions", "items")))
    number = np.arange(_ITEMS)
    old, new = rng.integers(0, 1380, _ITEMS), 1402 + rng.integers(0, 700, _ITEMS)  # days after the opening
    age = np.where(number % 5 == 0, new, old)
    return pd.DataFrame(
        {
            "item_id": [f"item-{n:03d}" for n in number],
            "category": [_CATEGORIES[n // _GROUP % len(_CATEGORIES)] for n in number],
            "price": rng.lognormal(3.0, 0.8, _ITEMS).clip(0.5, 900).round(2),
            "launched": [_OPENED + timedelta(days=int(days)) for days in age],
            "weight": 1.0 / (1 + rng.permutation(_ITEMS)) ** 0.9,
            "group": number // _GROUP,
        }
    )


def _visits(rng: Generator, day: str) -> list[dict[str, Any]]:
    """Who comes when: visits of one person begin hours apart, and their number is counted."""
    loyal = rng.permutation(_USERS)
    user = np.concatenate([loyal, rng.choice(loyal, _VISITS - _USERS, p=_tail(_USERS))])
    history = Generator(Philox(key=digest_bits("sample", "shop_sessions", "users"))).geometric(0.12, _USERS)
    slots = [rng.permutation(12)[: int((user == who).sum())] for who in range(_USERS)]
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    found = []
    for who in range(_USERS):
        device = str(rng.choice(_DEVICES, p=(0.4, 0.5, 0.1)))
        for nth, slot in enumerate(sorted(slots[who].tolist())):
            begin = start + timedelta(seconds=int(slot) * 7000 + int(rng.integers(0, 1800)))
            past = int(history[who]) - 1 + nth
            found.append({"user_id": f"user-{who:04d}", "past_visits": past, "device": device, "at": begin})
    return found


def _tail(count: int) -> Any:
    weight = 1.0 / np.arange(9, count + 9)
    return weight / weight.sum()


def _events(rng: Generator, visit: dict[str, Any], items: pd.DataFrame) -> list[dict[str, Any]]:
    """One visit: items of a group are looked at together, some go into the cart, some of those are bought."""
    weight = items["weight"].to_numpy()
    groups, names = items["group"].to_numpy(), items["item_id"].to_numpy()
    looks = 1 + min(int(rng.geometric(0.22)), 30)
    chosen = int(rng.choice(len(items), p=weight / weight.sum()))
    made: list[dict[str, Any]] = []
    at, who = visit["at"], {name: visit[name] for name in ("user_id", "past_visits", "device")}
    for _ in range(looks):
        steps = 1 + int(rng.random() < 0.14) * (1 + int(rng.random() < 0.4))  # noqa: PLR2004
        for kind in ("view", "add_to_cart", "purchase")[:steps]:
            made.append({**who, "event_time": at, "event": kind, "item_id": str(names[chosen])})
            at += timedelta(seconds=5 + min(int(rng.exponential(70)), 900))
        near = weight * np.where(groups == groups[chosen], 40.0, 1.0)
        near[chosen] = 0
        chosen = int(rng.choice(len(items), p=near / near.sum()))
    return made


def _with_dirt(rng: Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """What goes wrong on the way: a field lost, an unknown event, an event sent twice, or late."""
    bought = frame.groupby(["user_id", "item_id"])["event"].transform("nunique") > 1
    spots = rng.choice(np.flatnonzero(~bought), 18, replace=False)  # looks that nothing follows from
    frame.loc[spots[:6], "item_id"] = None
    frame.loc[spots[6:12], "event"] = "hover"
    frame.loc[spots[12:], "user_id"] = None
    late = rng.choice(len(frame), 40, replace=False)
    twice = frame.loc[rng.choice(len(frame), 10, replace=False)]
    early = frame.drop(index=late.tolist())
    return pd.concat([early, frame.loc[late], twice], ignore_index=True)
