"""Small texts of many kinds, for tests of operators and gates on text. No test is in here."""

# ruff: noqa: RUF001 - curly quotes are meant

from typing import Any

import pandas as pd

from aug_assets.spec import DatasetSpec
from tests import builders

TERMS = ("Tamrin Gold", "FlexiSaver", "top up")
LABELS = ("close", "pay", "track")
COLUMNS: dict[str, Any] = {
    "id": {"type": "string"},
    "text": {"type": "text", "nullable": True, "max_length": 200000},
    "channel": {"type": "category", "values": ["app", "mail"], "nullable": True},
    "note": {"type": "string", "nullable": True},
    "intent": {"type": "category", "values": list(LABELS)},
}
# Sentences in which every rule finds something to change, and every kind of value that none may.
PLAIN = (
    "How do I close my Tamrin Gold card? I don't need it and I am moving to Lisbon on 3 March.",
    "hi, i can't top up 50 euros in Vienna, my phone is +49 170 1234567, please help",
    "Could you please refund the €49,90 for order #A-2291? It is late. Thanks!",
    "I want to pay $1,200.50 from FlexiSaver to me@example.org in Oslo, it is not working",
    "Why doesn't the payment of two hundred dollars arrive? See https://bank.example/help?id=7",
    "I do not want to cancel {order} before 2025-03-01, never without my Tamrin Gold account in Prague",
)
ODD = (
    "",
    " ",
    "?",
    "x",
    "👍🏽👩‍👩‍👧 thanks, e\u0301te\u0301 was great in Lisbon!",
    "مرحبا كيف أغلق حسابي 123 من فضلك",
    "カードを紛失しました。どうすればいいですか",
    "हिन्दी में पूछना है कि कार्ड कब आएगा",
    "tab\there\x00null\x07bell \u202eright to left\u202c and \ufeffmark",
    "\r\n\r\n  two lines \n of words, don't they?",
    "don’t use ‘curly’ quotes, I’m told",
)


def spec(**changes: Any) -> DatasetSpec:
    """A dataset of such texts; keyword arguments replace whole fields."""
    steps = changes.pop("steps", [{"operator": "typo"}])
    recipe = [{"name": "more", "select": {"rows": "all", "copies": 2}, "steps": steps}]
    plain = {"columns": COLUMNS, "label": "intent", "safety": {"protected_terms": TERMS}, "recipe": recipe}
    return builders.checked(builders.body(**{**plain, **changes}))


def frame(rows: int = 24) -> pd.DataFrame:
    """Rows of the dataset: plain sentences, odd texts and nulls in turn."""
    texts = [None, *(PLAIN[n // 2 % len(PLAIN)] if n % 2 else ODD[n // 2 % len(ODD)] for n in range(rows))]
    made = pd.DataFrame(
        {
            "id": [f"query-{n:04d}" for n in range(rows)],
            "text": texts[1 : rows + 1] if rows < 4 else texts[:rows],
            "channel": [("app", "mail", None)[n % 3] for n in range(rows)],
            "note": [None if n % 3 == 2 else f"note {n}" for n in range(rows)],
            "intent": [LABELS[n % 3] for n in range(rows)],
        }
    )
    return made.astype(dict.fromkeys(made, pd.StringDtype("pyarrow")))


def of(texts: list[str]) -> pd.DataFrame:
    """Rows with these texts."""
    made = frame(len(texts))
    made["text"] = pd.Series(texts, dtype=made["text"].dtype)
    return made
