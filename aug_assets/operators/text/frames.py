"""Ways to begin an English question or request that mean the same; see the operator ``frame_rewrite``.

Within a group all are followed by the same kind of words, and all are questions or all are statements, so
that one can stand for another without a change to the rest of the sentence.
"""

import re

from aug_assets.operators.text.words import listed

_AND = r"(?:and|or|not|please|just)"

# Beginnings, and a pattern of what may not follow them.
GROUPS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        (
            "how do I", "how can I", "how would I", "what is the way to", "what is the best way to",
            "what's the best way to", "what do I need to do to", "is there a way to", "is there any way to",
            "can you tell me how to", "could you tell me how to", "can you explain how to",
            "could you show me how to", "do you know how I can",
        ),
        rf"(?:{_AND}|know|look|also|even|then)",
    ),
    (
        (
            "I want to", "I would like to", "I'd like to", "I need to", "I wish to", "I am looking to",
            "I'm looking to",
        ),
        rf"(?:{_AND}|see how|know)",
    ),
    (
        ("can you", "could you", "would you", "are you able to", "would you be able to",
         "is it possible for you to"),
        rf"(?:{_AND}|mind|believe|be|like|explain how|tell me how|show me how)",
    ),
    (("can you please", "could you please", "would you please", "please could you", "please can you"), _AND),
    (
        ("can I", "could I", "am I able to", "is it possible to", "is it possible for me to",
         "would I be able to"),
        _AND,
    ),
    (("where can I", "where do I", "where could I", "where would I"), rf"(?:{_AND}|stand)"),
    (("how long does it take to", "how long will it take to", "how much time does it take to"), _AND),
    (("do I need to", "do I have to", "is it necessary to", "am I required to"), _AND),
    (("what should I do if", "what do I do if", "what can I do if"), _AND),
    (("what should I do when", "what do I do when", "what can I do when"), _AND),
    (
        ("I have a question about", "I've got a question about", "my question is about", "I'm asking about",
         "I'm writing about", "I am contacting you about", "I'm getting in touch about"),
        _AND,
    ),
    (
        ("there is a problem with", "I have a problem with", "I'm having a problem with",
         "I am having trouble with", "I'm having trouble with", "I have an issue with",
         "I'm having an issue with", "something is wrong with"),
        _AND,
    ),
    (("I need help with", "I need some help with", "I could use some help with", "I'd like some help with"),
     _AND),
    (("it looks like", "it seems that", "it seems like", "it appears that", "looks like"), _AND),
    (("I can't", "I cannot", "I am not able to", "I'm not able to"),
     rf"(?:{_AND}|wait|believe|help|stand|have|be|seem)"),
    (("I haven't received", "I have not received", "I did not receive", "I didn't receive"), _AND),
    (("I lost my", "I have lost my", "I've lost my", "I've misplaced my"), _AND),
    (("I forgot my", "I have forgotten my", "I've forgotten my"), _AND),
    (("I noticed", "I have noticed", "I've noticed", "I just noticed"), _AND),
    (("I'd like to know", "I would like to know", "I want to know", "please let me know"),
     r"(?!(?:when|what|why|how|whether|if|where|who|which)\b)\w+"),
)  # fmt: skip


def _said() -> str:
    """All beginnings as one pattern, sorted by first word: few of them are then tried in vain."""
    by_first: dict[str, list[str]] = {}
    for number, (frames, _) in enumerate(GROUPS):
        for frame in frames:
            first, _, rest = frame.partition(" ")
            by_first.setdefault(first, []).append(f"{rest}\0{number}")
    parts = []
    for first, rests in sorted(by_first.items()):
        ordered = sorted(rests, key=lambda rest: (-len(rest), rest))
        told = [_guarded(*rest.split("\0")) for rest in ordered]
        parts.append(rf"{listed([first])} (?:{'|'.join(told)})")
    return "|".join(parts)


def _guarded(rest: str, number: str) -> str:
    return rf"{listed([rest])}(?= \w)(?! {GROUPS[int(number)][1]}\b)"


FRAME = re.compile(rf"(?i:{_said()})")
GREETING = re.compile(r"(?i)\s*(?:(?:hi|hello|hey|good morning)(?: there)?[,!.]?\s+)?")
BREAK = re.compile(r"[.!?,;:\n]\s+")
OTHERS = {
    frame.lower(): tuple(other for other in frames if other != frame)
    for frames, _ in GROUPS
    for frame in frames
}
