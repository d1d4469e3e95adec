"""The pure half of the audit log: records that name the one before, Merkle trees, and checkpoints."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aug_assets.errors import AuditError

FIRST = "0" * 64  # what the first record names as the one before it
_TEXTS = ("at", "action", "by", "why", "once", "previous", "digest")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> bytes:
    """The one way to write a value as JSON: sorted names, no spaces, UTF-8.

    Raises:
        AuditError: JSON cannot hold the value.
    """
    try:
        return _ENCODER.encode(value).encode()
    except (TypeError, ValueError) as error:
        raise AuditError(
            f"an audit record cannot hold this ({error})", seen=value,
            legal="texts, finite numbers, true, false, null, lists and mappings of them",
            todo="convert the value before it is recorded",
        ) from error  # fmt: skip


@dataclass(frozen=True)
class Record:
    """One line of an audit log.

    Attributes:
        seq: Its place, from 0.
        at: When, as ISO 8601 in UTC.
        action: What was done, such as ``publish``.
        subject: What it was done to: names, dates, versions, counts, digests; no personal data.
        by: Who did it.
        why: The reason that was given, or nothing.
        once: The name under which it may happen only once, or nothing.
        previous: The digest of the record before it, 64 hexadecimal characters.
        digest: SHA-256 of the canonical JSON of all of the above.
    """

    seq: int
    at: str
    action: str
    subject: Mapping[str, Any]
    by: str
    why: str
    once: str
    previous: str
    digest: str

    def line(self) -> bytes:
        """The record as it is stored, without a line end."""
        return canonical(vars(self))


def record(body: Mapping[str, Any]) -> Record:
    """A record of all its fields but the digest, which follows from them."""
    return Record(**body, digest=hashlib.sha256(canonical(dict(body))).hexdigest())


def parse(line: bytes) -> Record:
    """A stored record; whether it is what was appended is for ``fault`` to say.

    Raises:
        AuditError: The line is not a record.
    """
    try:
        found = Record(**json.loads(line))
    except (ValueError, TypeError):
        found = None
    texts = () if found is None else (getattr(found, name) for name in _TEXTS)
    if found is None or not all(isinstance(text, str) for text in texts) or type(found.seq) is not int:
        raise AuditError(
            "a line of the audit log is not a record", seen=line[:100], legal="a record in canonical JSON",
            todo="run `aug audit verify`: it names the first bad record",
        )  # fmt: skip
    return found


def fault(line: bytes, seq: int, previous: str | None = None) -> tuple[str, str]:
    """What is wrong with a stored line at this place, or nothing; and the digest that it states.

    Args:
        line: The stored bytes.
        seq: The number that its place gives it.
        previous: The digest of the record before it; without it, that is not looked at.
    """
    try:
        found = parse(line)
    except AuditError:
        return "it is not a record", ""
    if found.seq != seq:
        return f"it is missing or moved: record {found.seq} stands in its place", ""
    # Texts are all that comes before it in the order of names, and quotes inside of texts are escaped.
    body = line.replace(b'"digest":"%b",' % found.digest.encode(), b"", 1)
    if hashlib.sha256(body).hexdigest() != found.digest or found.line() != line:
        return "it was edited: its content does not have its digest", ""
    if previous is not None and found.previous != previous:
        return f"it names {found.previous[:16]} as the record before it, which is {previous[:16]}", ""
    return "", found.digest


# --- RFC 6962: trees --------------------------------------------------------------------------------------
def leaf(data: bytes) -> bytes:
    """The hash of an entry, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The roots of a growing list: only the full subtrees are kept, so each root costs log n hashes."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._full: list[tuple[int, bytes]] = []  # entries below it, hash; largest first
        for one in leaves:
            self.add(one)

    def add(self, hashed: bytes) -> None:
        """Append the hash of an entry."""
        width = 1
        while self._full and self._full[-1][0] == width:
            hashed = _node(self._full.pop()[1], hashed)
            width *= 2
        self._full.append((width, hashed))
        self.size += 1

    def root(self) -> bytes:
        """The root of all entries so far, 32 bytes."""
        if not self._full:
            return hashlib.sha256().digest()
        found = self._full[-1][1]
        for _, left in reversed(self._full[:-1]):
            found = _node(left, found)
        return found


def inclusion(leaves: Sequence[bytes], at: int) -> list[bytes]:
    """The hashes that lead from entry ``at`` to the root of all leaves.

    Raises:
        IndexError: There is no such entry.
    """
    if not 0 <= at < len(leaves):
        raise IndexError(at)
    if len(leaves) == 1:
        return []
    cut = _split(len(leaves))
    if at < cut:
        return [*inclusion(leaves[:cut], at), Tree(leaves[cut:]).root()]
    return [*inclusion(leaves[cut:], at - cut), Tree(leaves[:cut]).root()]


def included(hashed: bytes, at: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that the entry is the one at ``at`` of ``size`` entries with this root."""
    if not 0 <= at < size:
        return False
    last, rest = size - 1, list(path)
    while last:
        if not rest:
            return False
        if at % 2 or at == last:
            hashed = _node(rest.pop(0), hashed)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            hashed = _node(hashed, rest.pop(0))
        at, last = at // 2, last // 2
    return not rest and hashed == root


def consistency(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """The hashes that prove that the first ``old`` leaves were kept.

    Raises:
        IndexError: There are not so many, or none was asked for.
    """
    if not 0 < old <= len(leaves):
        raise IndexError(old)
    return _kept(leaves, old, whole=True)


def _kept(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [Tree(leaves).root()]
    cut = _split(len(leaves))
    if old <= cut:
        return [*_kept(leaves[:cut], old, whole=whole), Tree(leaves[cut:]).root()]
    return [*_kept(leaves[cut:], old - cut, whole=False), Tree(leaves[:cut]).root()]


def consistent(old: int, size: int, path: Sequence[bytes], was: bytes, root: bytes) -> bool:
    """Whether the path proves that a log of ``old`` entries and root ``was`` grew to this size and root."""
    if old == size:
        return not path and was == root
    if not 0 < old < size:
        return False
    at, last, rest = old - 1, size - 1, list(path)
    while at % 2:
        at, last = at // 2, last // 2
    first = second = rest.pop(0) if at and rest else was
    for one in rest:
        if not last:
            return False
        if at % 2 or at == last:
            first, second = _node(one, first), _node(one, second)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            second = _node(second, one)
        at, last = at // 2, last // 2
    return not last and (first, second) == (was, root)


def _split(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << (count - 1).bit_length() - 1


# --- checkpoints ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Checkpoint:
    """What somebody with a key says that the log was.

    Attributes:
        tenant: Whose log.
        size: Its records at that time.
        root: Root of the Merkle tree over them, 64 hexadecimal characters.
        at: When, as ISO 8601 in UTC.
        key_id: The key that signed.
        signature: Ed25519 over ``claim()``, 128 hexadecimal characters.
    """

    tenant: str
    size: int
    root: str
    at: str
    key_id: str
    signature: str = ""

    def claim(self) -> bytes:
        """The bytes that are signed."""
        return canonical({name: value for name, value in vars(self).items() if name != "signature"})

    def line(self) -> bytes:
        """The checkpoint as it is stored."""
        return canonical(vars(self))


def parse_checkpoint(line: bytes) -> Checkpoint:
    """A stored checkpoint, whose signature is for others to check.

    Raises:
        AuditError: It is not a checkpoint.
    """
    try:
        found = Checkpoint(**json.loads(line))
        bytes.fromhex(found.signature + found.root)
        if isinstance(found.size, int) and found.size >= 0:
            return found
    except (ValueError, TypeError):
        pass
    raise AuditError(
        "this is not a checkpoint of an audit log", seen=line[:100], legal="a checkpoint in canonical JSON",
        todo="compare it with the copy at another address (AUG_CHECKPOINTS)",
    )  # fmt: skip
