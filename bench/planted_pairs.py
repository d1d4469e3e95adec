"""Pairs of texts of which it is known whether the second keeps the meaning of the first; our own writing."""

# ruff: noqa: E501 - a pair on a line

from typing import NamedTuple


class Pair(NamedTuple):
    """A parent, a copy, and what the copy breaks; ``kind`` is empty for a copy that keeps the meaning."""

    old: str
    new: str
    kind: str = ""


_ACTS = (
    ("cancel my transfer", "do not cancel my transfer"), ("charge my card", "never charge my card"),
    ("I can log in", "I can't log in"), ("the app works", "the app doesn't work"),
    ("I ordered this", "I did not order this"), ("you may close the account", "you may not close the account"),
    ("my card arrived", "my card has not arrived"), ("I agree to the fee", "I don't agree to the fee"),
    ("send it with a receipt", "send it without a receipt"), ("I got an answer", "I got no answer"),
    ("someone answered my mail", "nobody answered my mail"), ("I will pay again", "I won't pay again"),
    ("the refund was made", "the refund wasn't made"), ("it is my signature", "it isn't my signature"),
    ("I was told about it", "I was never told about it"), ("this should happen", "this should not happen"),
)  # fmt: skip
_TAILS = ("", " please", ", can you help?", " since yesterday")
_NUMBERS = (
    ("I lost $50 in the app", "I lost $500 in the app"), ("transfer 20 euros", "transfer 200 euros"),
    ("order 4471 is late", "order 4417 is late"), ("my rent of 900 is due", "my rent of 90 is due"),
    ("it was on 2025-03-01", "it was on 2025-01-03"), ("paid on 12/04", "paid on 12/05"),
    ("I was charged twice", "I was charged once"), ("two payments are missing", "three payments are missing"),
    ("5 % fee is too much", "15 % fee is too much"), ("invoice A-77 is wrong", "invoice A-78 is wrong"),
    ("send £30 home", "send €30 home"), ("I need 100 dollars", "I need 100 pounds"),
    ("it fails since monday", "it fails since friday"), ("the limit is 1,000", "the limit is 10,000"),
    ("I waited ten days", "I waited two days"), ("card ending in 1234", "card ending in 4321"),
)  # fmt: skip
_DIRECTIONS = (
    ("transfer money to my account", "transfer money from my account"), ("turn the alerts on", "turn the alerts off"),
    ("move it from savings to checking", "move it from checking to savings"), ("pay in cash", "pay out cash"),
    ("before the trip I paid", "after the trip I paid"), ("an incoming payment", "an outgoing payment"),
    ("the price went up", "the price went down"), ("it came from Oslo", "it came to Oslo"),
    ("block it until Friday", "block it since Friday"), ("the fee is above the limit", "the fee is below the limit"),
    ("money into the pot", "money out of the pot"), ("I want more credit", "I want less credit"),
)  # fmt: skip
_OPPOSITES = (
    ("my card is active", "my card is inactive"), ("the top up failed", "the top up succeeded"),
    ("lock my card", "unlock my card"), ("open an account", "close an account"),
    ("they accepted my claim", "they rejected my claim"), ("I bought shares", "I sold shares"),
    ("the code is valid", "the code is invalid"), ("increase my limit", "decrease my limit"),
    ("I received the parcel", "I sent the parcel"), ("my first payment", "my last payment"),
    ("the cheap plan", "the expensive plan"), ("enable the service", "disable the service"),
)  # fmt: skip
_TERMS = (
    ("close FlexiSaver", "close FlexSaver"), ("my Tamrin Gold card", "my Tamrin Silver card"),
    ("I use Tamrin Pay", "I use the app"), ("what is my IBAN", "what is my number"),
)  # fmt: skip
_PERSONAL = (
    ("contact me", "contact me at kim@example.org"), ("call me back", "call me back on +44 20 7946 0958"),
    ("my card was taken", "my card 4111 1111 1111 1111 was taken"),
    ("refund my account", "refund my account DE89 3704 0044 0532 0130 00"),
    ("read the page", "read the page https://example.org/win"), ("who are you", "who are you, call 0170 1234567"),
)  # fmt: skip
_ELSEWHERE = (
    ("where is my parcel", "the weather is fine in the mountains"), ("how do I reset my code", "wo ist meine Karte und warum ist sie nicht da"),
    ("close the account", "ferme le compte avec moi pour les enfants et la ville"), ("my payment is pending", "I like green apples"),
)  # fmt: skip
_KEPT = (
    ("how do I close my account", "how can I close my account"), ("I don't know my code", "I do not know my code"),
    ("what is the fee", "what's the fee"), ("I cannot pay", "I can't pay"),
    ("please help me log in", "help me log in"), ("where is my card", "hi, where is my card?"),
    ("I want to change my address", "I would like to change my address"), ("is there a fee for this", "does this have a fee"),
    ("I lost my card", "I have lost my card"), ("my payment of $20 failed", "the payment of $20 that I made failed"),
    ("why was I charged", "why have I been charged"), ("the app won't open", "the app will not open"),
    ("can I get a refund", "is it possible to get a refund"), ("tell me the rate for euros", "what is the rate for euros"),
    ("my order is late", "my order's late"), ("I was charged 30 dollars twice", "I was charged $30 twice"),
    ("when will it arrive", "when is it going to arrive"), ("I need a new card", "could I have a new card"),
    ("block my card", "please block my card, thanks"), ("it has not arrived", "it hasn't arrived"),
    ("wher is my parcel", "where is my parcel"), ("I moved to Vienna", "i moved to vienna"),
    ("pay the bill from my savings", "pay the bill from savings"), ("how long does a transfer take", "how much time does a transfer take"),
)  # fmt: skip


def pairs() -> list[Pair]:
    """All pairs: each broken one in several settings, and as many that keep the meaning."""
    found: list[Pair] = []
    for kind, listed in (
        ("negation", _ACTS), ("number", _NUMBERS), ("direction", _DIRECTIONS), ("antonym", _OPPOSITES),
        ("protected term", _TERMS), ("personal data", _PERSONAL),
    ):  # fmt: skip
        found += [
            Pair(old + tail, new + tail, kind)
            for old, new in listed
            for tail in _TAILS[: 3 if kind != "negation" else 4]
        ]
    found += [Pair(old, new, "another matter") for old, new in _ELSEWHERE]
    found += [Pair(old + tail, new + tail) for old, new in _KEPT for tail in _TAILS]
    return found + [Pair(new + tail, old + tail) for old, new in _KEPT for tail in _TAILS[:2]]


# Other words for the same, and the same words for another matter: what neither a rule nor a count of letters tells.
_FREE = (
    ("my card was swallowed by the cash machine", "the ATM kept my bank card"),
    ("how do I get my money back", "I would like a refund"),
    ("I forgot my password", "I cannot remember the secret word for logging in"),
    ("where is my parcel", "my delivery did not show up yet, where can I find it"),
    ("please end my subscription", "I want to stop being a subscriber"),
    ("somebody stole my phone", "my mobile was taken by a thief"),
    ("the payment has not gone through yet", "my transaction is still pending"),
    ("what do you charge for a transfer", "how much does it cost to send money"),
    ("I want to speak to a person", "connect me with a human agent"),
    ("my new address is in Lisbon", "I moved to Lisbon, update where I live"),
    ("the app crashes at the start", "your application closes itself when I open it"),
    ("can my child have an account", "do you offer accounts for kids"),
    ("the shoes are too small", "these trainers do not fit, I need a bigger size"),
    ("I was charged and ordered nothing", "there is a payment that I do not recognise"),
    ("how long until the parcel is here", "when can I expect my delivery"),
    ("which countries do you support", "where in the world does your service work"),
    ("change my PIN", "I would like a different code for my card"),
    ("is my money safe with you", "are deposits protected at your bank"),
    ("the screen arrived cracked", "the display was broken when I unpacked it"),
    ("make my card work for online shops", "enable internet purchases on my card"),
)  # fmt: skip
_SHARED = (
    ("where is my new card", "where is my new parcel"),
    ("how do I close my account", "how do I close my umbrella"),
    ("I lost my card on the train", "I lost my ticket on the train"),
    ("the payment of my rent failed", "the heating of my flat failed"),
    ("can I change my delivery address", "can I change my profile picture"),
    ("what is the fee for a transfer", "what is the rate for a mortgage"),
    ("my refund is late", "my flight is late"),
    ("please send me a statement", "please send me a sweater"),
    ("I want to order a second card", "I want to order a large pizza"),
    ("the app shows the wrong balance", "the app shows the wrong language"),
    ("why was my card declined", "why was my visa declined by the embassy"),
    ("how do I top up my account", "how do I verify my identity"),
    ("the parcel was damaged", "the parcel was delivered"),
    ("I need help with a chargeback", "I need help with a crossword"),
    ("how can I activate my card", "how can I decorate my card"),
    ("is there a limit for cash", "is there a branch for walk-ins"),
    ("cancel the order of the lamp", "track the order of the lamp"),
    ("my statement is missing a payment", "my jacket is missing a button"),
    ("do you exchange currencies", "do you exchange shoes"),
    ("report a stolen card", "report a software bug"),
)  # fmt: skip


def doubtful() -> list[Pair]:
    """Pairs in doubt, kept and broken in turn; the even ones set the judge's limit, the odd ones test it."""
    listed = zip(_FREE, _SHARED, strict=True)
    return [pair for free, shared in listed for pair in (Pair(*free), Pair(*shared, "another matter"))]
