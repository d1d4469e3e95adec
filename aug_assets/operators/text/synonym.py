"""Puts words of like meaning in place of some words, from a thesaurus that the user points at.

Source: Zhang, Zhao and LeCun, "Character-level Convolutional Networks for Text Classification", NIPS 2015.
The guards are our own: same ending, no stop word, no opposite, "a" and "an" still right.

Not for words of a trade that mean more than the thesaurus knows, such as "charge" in a bank: name those in
the dataset's `protected_terms`. Not for domains without a thesaurus of their own kind.
"""

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from aug_assets.errors import SpecError
from aug_assets.operators.text import thesaurus, words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState

_STOP = words.set_of(
    "a about again also am an and are at be because been being but can could did do does doing done each few "
    "get go got had has have he her here hers him his how i is it its just let like made make may me might "
    "mine much must my need of ok on once one only or other our ours own please same she should so some such "
    "thank thanks that the their them then there these they this those too us very via want was we were what "
    "when where which while who whom why will with would yes you your yours hi hello hey dear sir madam"
)
_ENDINGS = ("ing", "ed", "ly", "est", "er", "s")
_VOWELS = frozenset("aeiou")


class SynonymParams(TextParams):
    """Parameters of ``synonym``."""

    operator: Literal["synonym"] = "synonym"
    thesaurus: str = Field(
        min_length=1,
        description="A file of lines `word<TAB>other,other`, or a folder of WordNet's index and data files",
    )
    sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="Of the file, so that another content is refused"
    )
    share: float = Field(0.15, gt=0, le=1, description="Words replaced per word of the text; at least one")


class Synonym(TextOperator):
    """Texts with other words of like meaning."""

    name: ClassVar = "synonym"
    version: ClassVar = "1"
    Params: ClassVar = SynonymParams
    told: ClassVar = ("edits", "position", "choice")
    blocks: ClassVar = 2

    @classmethod
    def learn(cls, rows: pd.DataFrame, names: tuple[str, ...], params: SynonymParams) -> dict[str, Any]:
        """What the thesaurus knows of the words of the selected rows, guarded.

        Raises:
            SpecError: The thesaurus cannot be read, or is another than the one meant.
        """
        if params.sha256 is not None and (seen := _digest(params.thesaurus)) != params.sha256:
            raise SpecError(
                "the thesaurus is not the one meant", seen=seen, legal=params.sha256,
                todo="put the right file there, or correct `sha256`",
            )  # fmt: skip
        plain = words.tokens(())
        seen_words = {
            text[start:end].lower()
            for name in names
            for text in rows[name].dropna()
            for start, end, kind in words.spans(text, plain)
            if kind == words.FREE
        }
        known = thesaurus.read(params.thesaurus, seen_words - _STOP)
        guarded = {w: tuple(o for o in dict.fromkeys(likes) if fits(w, o)) for w, likes in known.items()}
        return {word: likes for word, likes in guarded.items() if likes}

    @classmethod
    def change(
        cls, text: str, state: TextState, params: SynonymParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Some words replaced; see :class:`aug_assets.operators.text.base.TextOperator`."""
        found = words.spans(text, state.finder)
        able = [
            (start, end, likes)
            for start, end, kind in found
            if kind == words.FREE and (likes := _likes(text, start, end, state))
        ]
        if not able:
            return None
        count = max(1, int(params.share * len(found)))
        chosen = sorted({draws.below(len(able)) for _ in range(count)}, reverse=True)
        for n in chosen:
            start, end, likes = able[n]
            choice = draws.below(len(likes))
            text = text[:start] + words.spoken_like(likes[choice], text[start:end]) + text[end:]
        return text, (float(len(chosen)), float(able[chosen[-1]][0]), float(choice))


def _likes(text: str, start: int, end: int, state: TextState) -> tuple[str, ...]:
    """What may stand in a word's place; after "a" or "an" only what goes with it."""
    word = text[start:end].lower()
    likes: tuple[str, ...] = state.learned.get(word, ())
    if likes and text[max(0, start - 4) : start].lower().split()[-1:] in (["a"], ["an"]):
        return tuple(like for like in likes if (like[0] in _VOWELS) == (word[0] in _VOWELS))
    return likes


def fits(word: str, other: str) -> bool:
    """Whether a word of like meaning may stand for another, in form and by what must not change."""
    ending = [
        next((e for e in _ENDINGS if w.endswith(e) and not w.endswith("ss")), "") for w in (word, other)
    ]
    opposite = frozenset((word, other)) in words.ANTONYMS
    plain = other.isalpha() and other != word and other not in _STOP and words.rank(other) == words.FREE
    return plain and not opposite and ending[0] == ending[1]


def _digest(path: str) -> str:
    """SHA-256 of a file, or of the files of a folder by name."""
    place = Path(path)
    files = sorted(p for p in place.iterdir() if p.is_file()) if place.is_dir() else [place]
    try:
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    except OSError as error:
        raise SpecError(
            "the thesaurus cannot be read", seen=path, legal="a file or a folder", todo="correct `thesaurus`"
        ) from error
