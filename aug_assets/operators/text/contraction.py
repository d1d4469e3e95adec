"""Writes English short forms out, or long ones short: "don't" and "do not", "I am" and "I'm".

Source: the contraction test of Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with
CheckList", ACL 2020; the list and its exceptions are our own.

Not for a label that is about tone or register; a negation stays a negation. Where a short form could mean two
things, such as "it's blocked", it stays.
"""

import re
from typing import ClassVar, Literal

from pydantic import Field

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState

_NOT = words.set_of("do does did is are was were have has had could would should must need can will")
_BE = {"i": "am", "you": "are", "we": "are", "they": "are"}
_PRONOUNS = words.set_of("i you we they it he she there")
_IT = words.set_of("it that what where there how")
_WISHES = ("like", "love", "prefer", "appreciate")
_DONE = words.set_of(
    "been got gone had lost made paid sent found forgotten received tried ordered already just never also "
    "always recently seen read chosen bought"
)
_OPENERS = words.set_of("why when how what where who which and or but")
_LAST = re.compile(r"(?:[\w'\u2019]+|[.!?,;:])(?=[^\w.!?,;:'\u2019]*\Z)")
# Both begin with a sign or a space that the search can leap to; the word before is then read backwards.
_SHORT = re.compile(r"['\u2019](t|m|re|ve|ll|d|s)\b(?:(?=\s+(\w+)))?", re.IGNORECASE)
_LONG = re.compile(r" (?:(not|am|are|have|will|would|is)\b(?:(?= (\w+)))?|(can)not\b)", re.IGNORECASE)
_BEFORE = re.compile(r"\w+\Z")
_VERBS = {"ll": "will", "ve": "have"}
_ENDINGS = {"am": "m", "are": "re", "have": "ve", "will": "ll", "would": "d"}
_IRREGULAR = {"can": "can't", "will": "won't"}
Site = tuple[int, int, str]  # first and last position, and what to write there


class ContractionParams(TextParams):
    """Parameters of ``contraction``."""

    operator: Literal["contraction"] = "contraction"
    max_edits: int = Field(2, ge=1, le=20, description="Most forms that are changed in a text")


class Contraction(TextOperator):
    """Texts with other short and long forms."""

    name: ClassVar = "contraction"
    version: ClassVar = "1"
    Params: ClassVar = ContractionParams
    told: ClassVar = ("edits", "position", "written_out")
    asks_for: ClassVar = r"(?i)'(?:t|m|re|ve|ll|d|s)\b| (?:not|am|are|have|will|would|is|cannot)\b"

    @classmethod
    def change(
        cls, text: str, state: TextState, params: ContractionParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Some forms changed; see :class:`aug_assets.operators.text.base.TextOperator`."""
        sites = _sites(text)
        if not sites:
            return None
        chosen = {draws.below(len(sites)) for _ in range(1 + draws.below(params.max_edits))}
        first, told, edits = 0, 0, 0
        for start, end, said in sorted([sites[n] for n in chosen], reverse=True):
            if words.touches(text, start, end, state.finder):
                continue
            text = text[:start] + said + text[end:]
            first, edits = start, edits + 1
            told += "'" not in said and "\u2019" not in said
        return (text, (float(edits), float(first), float(told))) if edits else None


def _sites(text: str) -> list[Site]:
    """What may be changed: short forms first, then long ones."""
    # Most texts have no apostrophe, and then the first pattern need not be tried.
    shorts = _SHORT.finditer(text) if "'" in text or "\u2019" in text else ()
    found = [site for match in shorts if (site := _long(match, text))]
    found += [site for match in _LONG.finditer(text) if (site := _short(match, text))]
    return found


def _word_before(text: str, at: int) -> str:
    before = text[max(0, at - 12) : at]
    word = before[before.rfind(" ") + 1 :]
    if word.isalnum():  # as nearly always: then no pattern is needed
        return word
    found = _BEFORE.search(before)
    return found[0] if found else ""


def _long(match: re.Match[str], text: str) -> Site | None:
    """A short form written out; None where it is none or could mean two things."""
    word, ending, after = _word_before(text, match.start()), match[1].lower(), (match[2] or "").lower()
    low, start = word.lower(), match.start() - len(word)
    said: str | None = None
    if ending == "t":
        said = _negated(word[:-1], text, start, after) if low.endswith("n") else None
    elif ending == "s":
        said = "is" if low in _IT and after and not _past(after) else None
    elif ending == "d":
        said = "would" if low in _BE and after in _WISHES else None
    elif low in _BE and (ending in ("ve", "ll") or (ending == "m") == (low == "i")):
        said = _VERBS.get(ending, _BE[low])
    if said is None:
        return None
    return start, match.end(), said if ending == "t" else f"{word} {said}"


def _negated(word: str, text: str, start: int, after: str) -> str | None:
    """Put "do not" for "don't", except in a question, where the words would stand in another order."""
    low = {"ca": "can", "wo": "will"}.get(word.lower(), word.lower())
    if low not in _NOT or after in _PRONOUNS:
        return None
    before = _LAST.search(text, max(0, start - 24), start)
    begins = before is None or not before[0][0].isalnum()
    if (begins and low != "do") or (before and before[0].lower() in _OPENERS):
        return None
    verb = words.spoken_like(low, word)
    return "cannot" if low == "can" and verb != "CAN" else f"{verb} {'NOT' if verb.isupper() else 'not'}"


def _short(match: re.Match[str], text: str) -> Site | None:
    """A long form made short, with the apostrophe of the text; None where nobody would say it so."""
    verb, after = (match[1] or "not").lower(), (match[2] or "").lower()
    word = match[3] or _word_before(text, match.start())
    start = match.start() + 1 if match[3] else match.start() - len(word)
    low = word.lower()
    said = ""
    if verb == "not" and low in _NOT:
        said = words.spoken_like(_IRREGULAR.get(low, f"{low}n't"), word)
    elif verb == "is" and low in _IT and after and after not in ("not", "it", "this", "that"):
        said = f"{word}'s"
    elif low in _BE and _goes_with(low, verb, after):
        said = f"{word}'{_ENDINGS[verb]}"
    return (start, match.end(), said.replace("'", "\u2019" if "\u2019" in text else "'")) if said else None


def _goes_with(who: str, verb: str, after: str) -> bool:
    """Whether a subject and its verb can be short before the word that follows."""
    if verb == "have":
        return _past(after)
    if verb == "would":
        return after in _WISHES
    right = verb == "will" or _BE[who] == verb
    return right and after not in ("", "not", "and", "or", "i", "we", "you")


def _past(word: str) -> bool:
    """Whether a word is likely what follows "have": a participle, or an adverb before one."""
    return word in _DONE or (word.endswith("ed") and len(word) > 4)  # noqa: PLR2004 - not "red", "need"
