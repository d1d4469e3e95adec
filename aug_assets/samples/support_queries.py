"""The built-in source of ``helpdesk/support_queries``: an invented day of questions to a bank and shop.

It is made to be worth augmenting: twelve intents of which four are rare, three languages, typed on phones
and in haste, full of numbers, dates and product names that must stay, and dirt as real deliveries have it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.keys import digest_bits
from aug_assets.samples._support_phrases import CLOSINGS, GREETINGS, INTENTS, SLOTS

_ROWS = 400
_CUSTOMERS = 2500
_LANGUAGES, _LANGUAGE_MIX = ("en", "de", "fr"), (0.9, 0.06, 0.04)
_CHANNELS = ("chat", "email", "app", "phone_transcript")
_TIERS = ("basic", "plus", "premium")
_TYPED = "abcdefghijklmnopqrstuvwxyz"


def day(day: str) -> pa.Table:
    """The raw rows of a day, as a delivery would hold them."""
    rng = Generator(Philox(key=digest_bits("sample", "support_queries", day)))
    weekend = date.fromisoformat(day).weekday() >= 5  # noqa: PLR2004
    rows = int(_ROWS * (0.8 if weekend else 1.0))
    shares = np.array([share for share, *_ in INTENTS.values()])
    intent = rng.choice(list(INTENTS), rows, p=shares / shares.sum())
    language = rng.choice(_LANGUAGES, rows, p=_LANGUAGE_MIX)
    channel = rng.choice(_CHANNELS, rows, p=(0.45, 0.2, 0.25, 0.1))
    seconds = np.sort((rng.normal(13.5, 4.5, rows) % 24 * 3600).astype(int))
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    frame = pd.DataFrame(
        {
            "query_id": [f"{day}-{n:04d}" for n in range(rows)],
            "asked_at": [start + timedelta(seconds=int(s)) for s in seconds],
            "customer_id": [f"cust-{n:05d}" for n in rng.integers(0, _CUSTOMERS, rows)],
            "channel": channel,
            "tier": rng.choice(_TIERS, rows, p=(0.7, 0.22, 0.08)),
            "language": language,
            "text": [_written(rng, *row, day) for row in zip(intent, language, channel, strict=True)],
            "intent": intent,
        }
    )
    return pa.Table.from_pandas(_with_dirt(rng, frame), preserve_index=False)


def _written(rng: Generator, intent: str, language: str, channel: str, day: str) -> str:
    """One query: a phrase of its intent, filled in, in the manners of its channel."""
    phrases = INTENTS[intent][1 + _LANGUAGES.index(language)]
    text = re.sub(r"\(([^()]*)\)", lambda found: _one(rng, found[1].split("|")), _one(rng, phrases))
    text = re.sub(r"{(\w+)}", lambda found: _value(rng, found[1], day), text)
    text = re.sub(r"\s+([?.])", r"\1", re.sub(r" {2,}", " ", text)).strip() if language != "fr" else text
    careful = channel in ("email", "phone_transcript")
    if rng.random() < (0.9 if careful else 0.55):
        text = text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else "." if careful else "")
    elif rng.random() < 0.5:  # noqa: PLR2004
        text = text.rstrip("?").replace("I'", "i'").replace("I ", "i ")
    if rng.random() < (0.45 if careful else 0.2):
        greeting = _one(rng, GREETINGS[language])
        text = greeting + (text[0].lower() + text[1:] if not text.startswith(("I ", "I'")) else text)
    if rng.random() < (0.4 if careful else 0.15):
        text += ("" if text[-1] in ".?!" else ".") + _one(rng, CLOSINGS[language])
    return _mistyped(rng, text) if rng.random() < (0.03 if careful else 0.12) else text


def _value(rng: Generator, slot: str, day: str) -> str:
    """What a slot of a phrase is filled with."""
    if slot in SLOTS:
        return _one(rng, SLOTS[slot])
    if slot == "order":
        return f"{_one(rng, ('#', 'TR-', 'TR', ''))}{rng.integers(100000, 999999)}"
    if slot == "n":
        return str(rng.integers(3, 21))
    if slot == "date":
        when = date.fromisoformat(day) - timedelta(days=int(rng.integers(1, 25)))
        return when.strftime(_one(rng, ("%d/%m", "%d.%m.%Y", "%B %d", "%Y-%m-%d")))
    euros = float(np.round(rng.lognormal(4.0, 1.0), 2))
    return _one(rng, (f"€{euros:.2f}", f"{euros:.0f} euros", f"${euros:,.2f}", f"{euros:.2f} EUR"))


def _mistyped(rng: Generator, text: str) -> str:
    """One slip in a word of letters only."""
    words = [m.span() for m in re.finditer(r"\b[a-z]{4,}\b", text)]
    if not words:
        return text
    start, end = words[rng.integers(len(words))]
    at = int(rng.integers(start + 1, end - 1))
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return _one(rng, (swapped, text[:at] + text[at + 1 :], text[:at] + _one(rng, _TYPED) + text[at + 1 :]))


def _one(rng: Generator, of: Any) -> str:
    return str(of[int(rng.integers(len(of)))])


def _with_dirt(rng: Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """What goes wrong on the way: no text, wrong encoding, a log pasted, an unknown intent, sent twice."""
    spots = rng.choice(len(frame), 13, replace=False)
    frame.loc[spots[:2], "text"] = ""
    frame.loc[spots[2:4], "text"] = None
    frame.loc[spots[4:6], "intent"] = "other_please_triage"
    frame.loc[spots[6:8], "text"] = [_pasted(rng), _pasted(rng)]
    frame.loc[spots[8:11], "text"] = [
        text.replace("a", "ä").encode().decode("latin-1") for text in frame.loc[spots[8:11], "text"]
    ]
    return pd.concat([frame, frame.loc[spots[11:]]], ignore_index=True)


def _pasted(rng: Generator) -> str:
    """A log that somebody pasted, of 5,000 characters."""
    lines = (f"[{n:04d}] WARN checkout retry id={rng.integers(10**9):09d} status=504\n" for n in range(120))
    return ("Doesn't work, see here: " + "".join(lines))[:5000]
