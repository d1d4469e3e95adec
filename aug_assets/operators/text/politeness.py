"""Adds or takes away an English greeting, "please" or thanks.

Source: the invariance tests of Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with
CheckList", ACL 2020: what is not said to the matter may not change an answer.

Not for a label that is about politeness, mood or urgency. A text without common English words stays.
"""

import re
from typing import Any, ClassVar, Literal

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState

_GREETINGS = ("Hi", "Hello", "Hey", "Hi there", "Hello there")
_THANKS = ("Thanks", "Thank you", "Many thanks", "Thanks in advance", "Thanks a lot")
_GREETING = re.compile(
    r"\s*(?:(?:hi|hello|hey)(?: there| team| all)?|good (?:morning|afternoon))\b[,!.]*\s+", re.IGNORECASE
)
_THANKED = re.compile(
    r"(?P<end>[.!?]?)[\s,;-]+(?:many thanks|thanks|thank you|thx|cheers)"
    r"(?: in advance| a lot| so much| very much)?[\s.!]*$",
    re.IGNORECASE,
)
_PLEASE = re.compile(
    r",? please(?=[\s.!?]*$)|(?:(?<=can you)|(?<=ould you)) please(?= )|^please (?=[a-z])", re.IGNORECASE
)
# It begins with a space, which the search can leap to; what must stand before is then read backwards.
_ASKED = re.compile(
    " (?:"
    + "|".join(
        rf"{last}\b(?:{'|'.join(f'(?<={first} {last})' for first in firsts)})"
        for last, firsts in {
            **dict.fromkeys(("you", "i", "we"), ("can", "could", "would")),
            "to": ("i want", "i'd like", "i would like", "i need"),
            "me": ("tell", "help", "send", "show"),
        }.items()
    )
    + ")"
)
_LOWERED = re.compile(
    r"(?:how|what|where|when|why|who|which|can|could|would|will|is|are|do|does|did|am|has|have|my|the|there|it|"
    r"this|your|you|we|a|an|please|if|looks|something|need|want|still|just|any)\b",
    re.IGNORECASE,
)
_LEAST = 2  # words that must be left
_TAIL = 300  # characters at the end in which thanks are looked for


class PolitenessParams(TextParams):
    """Parameters of ``politeness``."""

    operator: Literal["politeness"] = "politeness"


class Politeness(TextOperator):
    """Texts with more or fewer words of courtesy."""

    name: ClassVar = "politeness"
    version: ClassVar = "1"
    Params: ClassVar = PolitenessParams
    told: ClassVar = ("edits", "action", "choice")

    @classmethod
    def change(
        cls, text: str, state: TextState, params: Any, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """One courtesy more or less; see :class:`aug_assets.operators.text.base.TextOperator`."""
        if not words.is_english(text):
            return None
        actions = _possible(text, state)
        if not actions:
            return None
        action = actions[draws.below(len(actions))]
        choice = draws.below(len(_THANKS))
        made = _ACTIONS[action](text, choice)
        made = made.upper() if text.isupper() else made
        return (made, (1.0, float(action + 1), float(choice))) if made != text else None


def _possible(text: str, state: TextState) -> list[int]:
    """Numbers of the actions that suit a text; words are looked for before patterns, which take longer."""
    tail = text[-_TAIL:]
    low, offset = tail.lower(), len(text) - len(tail)
    greeted = _GREETING.match(text[:40])
    found = [] if greeted else [0]
    thanks = "thank" in low or "thx" in low or "cheers" in low
    please = "please" in low or "pls" in low or "plz" in low
    if not (thanks or please):
        found += [1, 2] if "\n" not in tail and _ASKED.search(low) else [1]
    if text.count(" ") <= _LEAST + 1:
        return found
    if greeted and not words.touches(text, 0, greeted.end(), state.finder):
        found.append(3)
    if thanks and "no thank" not in low and _may_go(_THANKED.search(tail), text, offset, state):
        found.append(4)
    if please and _may_go(_PLEASE.search(tail), text, offset, state):
        found.append(5)
    return found


def _may_go(match: re.Match[str] | None, text: str, offset: int, state: TextState) -> bool:
    """Whether there is such a phrase and nothing protected in it."""
    return match is not None and not words.touches(
        text, offset + match.start(), offset + match.end(), state.finder
    )


def _greet(text: str, choice: int) -> str:
    """A greeting; with a comma where the next word may lose its capital, else with a full stop of its own."""
    greeting, body = _GREETINGS[choice], text.lstrip()
    if body[:1].islower():
        return f"{greeting.lower()} {body}" if choice % 2 else f"{greeting.lower()}, {body}"
    if _LOWERED.match(body) and not body[:6].isupper():
        return f"{greeting}, {body[0].lower()}{body[1:]}"
    return f"{greeting}, {body}" if body.startswith(("I ", "I'", "I\u2019")) else f"{greeting}! {body}"


def _thank(text: str, choice: int) -> str:
    body, thanks = text.rstrip(), _THANKS[choice]
    if body[-1:] in ".!?…":
        return f"{body} {thanks if not body[:1].islower() else thanks.lower()}{'.' if choice % 2 else '!'}"
    return f"{body}, {thanks.lower()}" if body[-1:].isalnum() else f"{body} {thanks}"


def _plead(text: str, _: int) -> str:
    body = text.rstrip()
    end = len(body) - len(body.rstrip("?.!"))
    comma = "," if body[:1].isupper() else ""
    return f"{body[: len(body) - end]}{comma} please{body[len(body) - end :]}"


def _ungreet(text: str, _: int) -> str:
    match = _GREETING.match(text)
    assert match is not None
    rest = text[match.end() :]
    return rest[:1].upper() + rest[1:] if match[0].strip()[:1].isupper() else rest


def _unthank(text: str, _: int) -> str:
    front, tail = text[:-_TAIL], text[-_TAIL:]
    return front + _THANKED.sub(lambda match: match["end"], tail)


def _unplead(text: str, _: int) -> str:
    front, tail = text[:-_TAIL], text[-_TAIL:]
    shorter = front + _PLEASE.sub("", tail, count=1)
    return shorter[:1].upper() + shorter[1:] if text[:1].isupper() else shorter


_ACTIONS = (_greet, _thank, _plead, _ungreet, _unthank, _unplead)
