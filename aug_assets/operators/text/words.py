"""The words of a text and which of them no operator may touch: terms, numbers, dates, ids, links, slots."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

KEPT, GUARDED, FREE = 2, 1, 0


def set_of(words: str) -> frozenset[str]:
    """The words of a text between spaces."""
    return frozenset(words.split())


NEGATIONS = set_of(
    "not no never none nor neither nothing nobody nowhere without cannot cant dont doesnt didnt isnt arent "
    "wasnt werent wont wouldnt couldnt shouldnt havent hasnt hadnt hardly barely unless except"
)
DIRECTIONS = set_of(
    "to from in into out on off onto up down over under before after since until till by against "
    "above below between more less least most only all any every both either if than as"
)
ANTONYMS = frozenset(
    frozenset(pair.split("/"))
    for pair in set_of(
        "accept/decline accept/reject accept/refuse activate/deactivate active/inactive add/remove "
        "allow/block allow/deny approve/decline approve/reject arrive/depart begin/end borrow/lend "
        "block/unblock buy/sell cheap/expensive close/open closed/open complete/incomplete "
        "connect/disconnect correct/incorrect correct/wrong credit/debit decrease/increase deposit/withdraw "
        "deposit/withdrawal disable/enable early/late earn/spend empty/full fail/succeed failed/succeeded "
        "failure/success fast/slow find/lose first/last found/lost freeze/unfreeze give/take high/low "
        "import/export include/exclude incoming/outgoing install/uninstall join/leave lock/unlock long/short "
        "lower/raise maximum/minimum new/old old/young pay/receive payee/payer possible/impossible "
        "present/absent push/pull receive/send recipient/sender refundable/nonrefundable return/keep "
        "right/left right/wrong sent/received start/stop subscribe/unsubscribe top/bottom valid/invalid"
    )
)
# Dates, amounts and counts in words.
_VALUES = set_of(
    "january february april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday today tomorrow yesterday tonight noon midnight weekend one two three "
    "four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty fifty "
    "sixty seventy eighty ninety hundred thousand million billion dozen half double triple once twice first "
    "second third fourth fifth last next euro euros dollar dollars pound pounds cent cents pence eur usd gbp "
    "chf jpy percent montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar juni "
    "juli oktober dezember heute morgen gestern lundi mardi mercredi jeudi vendredi samedi dimanche janvier "
    "mars avril juin juillet septembre octobre novembre hier demain deux trois quatre cinq zwei drei vier "
    "fünf sechs sieben acht neun zehn hundert tausend"
)
_DATED = set_of("am pm march may mai märz")  # the same, but only beside a number
_NOT_FREE = NEGATIONS | DIRECTIONS | _VALUES | _DATED
_NOT = ("n't", "n\u2019t")
# A run of 40 characters is no word; one with a digit or such a sign is a value, an id, a link or a slot.
_SIGNS = r"\d@{}<>\[\]#_/\\$€£¥%=~^|*+"
_LONGEST = 40
_CHUNK = rf"\S{{41,}}+|[^\s{_SIGNS}]*+[{_SIGNS}]\S*"
_LETTER = r"[^\s!-/:-@\[-`{-~\x00-\x1f\x7f-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\u2010-\u206f\u3000-\u3002]"
_WORD = rf"{_LETTER}+(?:['\u2019\-\u200d]{_LETTER}+)*"


_TOKEN = re.compile(rf"(?P<kept>{_CHUNK})|(?P<word>{_WORD})")
_MEMO = 50_000  # chunks that are remembered; most words of a text were seen before
_TERM_REACH = 500  # characters in which a protected term is looked for around a place
_IF_DATED = 3  # rank of a word that is KEPT beside what is kept, else FREE

Span = tuple[int, int, int]
Chunk = tuple[tuple[Span, ...], bool, bool, bool]


class Tokens:
    """Finds the words of texts, and among them the terms that a dataset protects.

    It remembers what it saw of single chunks between spaces, which decides about time only. Takes time
    linear in the length of a text: no part of it reads further than 40 characters in vain.
    """

    def __init__(self, terms: tuple[str, ...]) -> None:
        known = sorted({t.strip() for t in terms if t.strip()}, key=lambda term: (-len(term), term))
        spoken = [r"\s+".join(re.escape(part) for part in term.split()) for term in known]
        self.terms = terms
        self._term = re.compile(rf"(?<!\w)(?i:{'|'.join(spoken)})(?:['\u2019]s)?(?!\w)")
        self.firsts = {(re.findall(r"\w+", term.lower()) or [""])[0] for term in known}
        self.memo: dict[str, Chunk] = {}
        self.last: tuple[str, list[Span]] = ("", [])

    def __reduce__(self) -> Any:
        return tokens, (self.terms,)

    def chunk(self, chunk: str) -> "Chunk":
        """Of a piece without spaces its words, and whether in it a term may begin, is "may", is one KEPT."""
        found = self.memo.get(chunk)
        if found is None:
            parts = tuple(
                (*m.span(), KEPT if m.lastgroup == "kept" else _rank(m[0])) for m in _TOKEN.finditer(chunk)
            )
            begins = "" in self.firsts or not self.firsts.isdisjoint(re.findall(r"\w+", chunk.lower()))
            kinds = {kind for *_, kind in parts}
            found = parts, begins, _IF_DATED in kinds, KEPT in kinds
            if len(self.memo) >= _MEMO:
                self.memo.clear()
            if len(chunk) <= _LONGEST:
                self.memo[chunk] = found
        return found

    def may_begin(self, low: str) -> bool:
        """Whether the first word of a term is anywhere in a lower-case text; quick, and never a false no."""
        for first in self.firsts:  # noqa: SIM110 - any() takes twice as long
            if first in low:
                return True
        return False

    def term(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Where the first protected term lies that begins between two positions."""
        if not self.firsts:
            return None
        return next((m.span() for at in range(start, end) if (m := self._term.match(text, at))), None)


@lru_cache(maxsize=64)
def tokens(terms: tuple[str, ...]) -> Tokens:
    """What finds words, one for each set of protected terms."""
    return Tokens(terms)


def spans(text: str, finder: Tokens) -> list[Span]:
    """Start, end and rank of each word of a text, in order.

    Args:
        text: Any text.
        finder: Of :func:`tokens`.

    Returns:
        Positions in characters and ``KEPT`` for what no operator may change, ``GUARDED`` for negations and
        words of direction or extent, on which the meaning hangs, ``FREE`` for the rest.
    """
    found: list[Span] = []
    at, taken, undecided = 0, 0, False
    memo = finder.memo
    for chunk in text.split(" "):
        if chunk:
            parts, begins, dated, _ = memo.get(chunk) or finder.chunk(chunk)
            undecided |= dated
            if begins or taken > at:
                taken = _with_terms(text, finder, at, chunk, parts, taken, found)
            else:
                for start, end, kind in parts:
                    found.append((at + start, at + end, kind))
        at += len(chunk) + 1
    return _with_dates(text, found) if undecided else found


def _with_terms(
    text: str, finder: Tokens, at: int, chunk: str, parts: tuple[Span, ...], taken: int, found: list[Span]
) -> int:
    """Add a chunk's words, and terms that begin in it, to those found; where the last term ends."""
    start, terms = max(at, taken), []
    while term := finder.term(text, start, at + len(chunk)):
        terms.append((*term, KEPT))
        start = term[1]
    own = [
        (at + first, at + last, kind)
        for first, last, kind in parts
        if at + first >= taken and not any(at + first < e and at + last > s for s, e, _ in terms)
    ]
    found += sorted([*terms, *own])
    return start if terms else taken


def _with_dates(text: str, found: list[Span]) -> list[Span]:
    """The same, with "may" and the like decided by what stands beside them."""
    decided = []
    for n, (start, end, kind) in enumerate(found):
        if kind == _IF_DATED:
            back = 2 if n > 1 and text[slice(*found[n - 1][:2])].lower() == "of" else 1
            beside = [*found[max(0, n - back) : n], *found[n + 1 : n + 2]]
            kind = KEPT if any(k == KEPT for *_, k in beside) else FREE  # noqa: PLW2901
        decided.append((start, end, kind))
    return decided


def rank(word: str) -> int:
    """``KEPT``, ``GUARDED`` or ``FREE``, of a single word; what could be part of a date is ``KEPT``."""
    found = _rank(word)
    return KEPT if found == _IF_DATED else found


def is_free(word: str) -> bool:
    """Whether the rank of a single word is ``FREE``."""
    low = word.lower()
    return low not in _NOT_FREE and not low.endswith(_NOT)


def _rank(word: str) -> int:
    low = word.lower()
    if low in _VALUES:
        return KEPT
    if low in NEGATIONS or low in DIRECTIONS or low.endswith(_NOT):
        return GUARDED
    return _IF_DATED if low in _DATED else FREE


def touches(text: str, start: int, end: int, finder: Tokens) -> bool:
    """Whether something that no operator may change lies between two positions of a text."""
    near = max(0, start - _TERM_REACH)
    low = text[near:end].lower()
    if finder.may_begin(low):
        window = text[near : end + _TERM_REACH]
        if finder.last[0] != window:  # the next question is mostly about the same short text
            finder.last = window, spans(window, finder)
        return any(s < end - near and e > start - near and kind == KEPT for s, e, kind in finder.last[1])
    first, last = text.rfind(" ", 0, start) + 1, text.find(" ", end)
    memo = finder.memo
    for chunk in text[first : last if last > 0 else len(text)].split(" "):
        _, _, dated, fixed = memo.get(chunk) or finder.chunk(chunk)
        if fixed or (dated and dates(text, first, end)):
            return True
    return False


def dates(text: str, start: int, end: int) -> bool:
    """Whether a digit is in a part of a text or beside it."""
    return any(c.isdigit() for c in text[max(0, start - 9) : end + 9])


def kept(text: str, finder: Tokens) -> list[str]:
    """What no operator may change, in order of its place, without the punctuation around it."""
    return [text[start:end].strip(".,;:!?()\"'") for start, end, kind in spans(text, finder) if kind == KEPT]


def spoken_like(word: str, like: str) -> str:
    """A word in the capitals of another: all, the first, or none."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def is_english(text: str) -> bool:
    """Whether a text has one of the commonest English words that other languages do not share."""
    return _ENGLISH.search(text) is not None


def listed(words: Iterable[str]) -> str:
    """Words as alternatives of a pattern, longest first, with either apostrophe."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("'", "['\u2019]") for word in ordered)


_ENGLISH = re.compile(
    r"\b(?:the|my|is|you|your|have|with|what|how|can|do|this|been|when|where|why|and|are|it|of|please|I|i)\b"
)
