"""Which reply of a model may stand for a text: one line of the same facts, that gives no orders."""

import json
import re
import unicodedata
from collections import Counter

from aug_assets.operators.text import words
from aug_assets.operators.text.endpoint import ReplyRefusedError

_SLACK = 20  # characters: of two words, a reply of five is no expansion
_LONGEST = 100_000  # characters that are looked at
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_ORDERS = re.compile(
    r"<\|?/?(?:system|im_start|im_end|assistant|user|s|inst|endoftext)\b|\[/?INST\]|<<\s*/?SYS|```"
    r"|(?:^|\s)(?:system|assistant|user|human|ai)\s*:"
    r"|\b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}?"
    r"(?:instructions?|prompts?|rules|directions|guidelines|previous|above|everything)\b"
    r"|\bsystem prompt\b|\byou are now\b|\bas an? (?:ai|language model|assistant)\b|\bjailbreak"
    r"|\bi(?: a|['\u2019])m (?:unable|not able) to (?:assist|comply|help|rephrase|translate)"
    r"|\bi (?:can(?:no|['\u2019])?t|will not|won['\u2019]t) (?:assist|comply|rephrase|translate)"
    r"|\b(?:paraphrased?|rewritten|translated)(?: \w+)?\s*:|\bhere(?: i|['\u2019])s (?:a|the|your) "
    r"(?:paraphrase|rewrit|translation)",
    re.IGNORECASE,
)


def parsed(content: str, field: str) -> str:
    """The text of a reply: one line, as ``{"<field>": "..."}`` or plain.

    Raises:
        ReplyRefusedError: It is anything else.
    """
    if len(content) > _LONGEST:
        raise ReplyRefusedError("length")
    line = content.strip()
    if line.startswith(("{", "[")):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            raise ReplyRefusedError("unparsed") from None
        if "\n" in line or not isinstance(told, dict) or set(told) != {field}:
            raise ReplyRefusedError("unparsed")
        line = told[field].strip() if isinstance(told[field], str) else ""
    elif "\n" in line or line.startswith(('"', "```")):
        raise ReplyRefusedError("unparsed")
    if not line:
        raise ReplyRefusedError("empty")
    if orders(line) or _hidden(line):
        raise ReplyRefusedError("instructions" if orders(line) else "control_characters")
    return line


def orders(text: str) -> bool:
    """Whether a text speaks to a model, or as one: such a text is not sent, and no such reply is taken."""
    return _ORDERS.search(unicodedata.normalize("NFKC", text)) is not None


def check(text: str, reply: str, finder: words.Tokens, growth: float) -> None:
    """Hold a reply against its text.

    Args:
        text: What was sent.
        reply: What :func:`parsed` returned.
        finder: Of :func:`aug_assets.operators.text.words.tokens`, with the protected terms.
        growth: The reply may be this many times as long as the text, or as short.

    Raises:
        ReplyRefusedError: With the reason.
    """
    from aug_assets.gates.language import Language
    from aug_assets.gates.negation import Negation
    from aug_assets.gates.new_pii import NewPii

    if not len(text) / growth - _SLACK <= len(reply) <= len(text) * growth + _SLACK:
        raise ReplyRefusedError("length")
    if _plain(text) == _plain(reply):
        raise ReplyRefusedError("unchanged")
    for gate in (NewPii, Language, Negation):
        if gate.broken(text, reply, None):
            raise ReplyRefusedError(gate.name)
    if _facts(text, finder) != _facts(reply, finder):
        raise ReplyRefusedError("facts")


def _hidden(line: str) -> bool:
    """Control characters and such as turn the direction of writing; emoji and Indic scripts need joiners."""
    return any(unicodedata.category(c) in _HIDDEN and c not in "\u200c\u200d" for c in line)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _facts(text: str, finder: words.Tokens) -> Counter[str]:
    return Counter(kept.lower() for kept in words.kept(text, finder))
