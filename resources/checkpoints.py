"""Signed checkpoints of an audit log: taken, stored at one or two addresses, and held against the log."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from aug_assets.errors import AuditError
from aug_assets.lineage.chain import FIRST, Checkpoint, Tree, fault, leaf, parse, parse_checkpoint
from resources import clock, signing
from resources.audit import AuditLog
from resources.audit_store import Store
from resources.lake_address import lake_endpoint, lake_uri
from resources.lake_storage import Storage

_DIGITS = 12


@dataclass(frozen=True)
class Walked:
    """What a pass over a log saw.

    Attributes:
        count: True records from the first on.
        bad: What is wrong with the record after them, or nothing.
        roots: Roots of the Merkle tree at the sizes that were asked for, as far as the records are true.
        at: When the last true record was made.
    """

    count: int
    bad: str
    roots: Mapping[int, str]
    at: str = ""


def walk(lines: Iterable[tuple[int, bytes]], sizes: Iterable[int] = ()) -> Walked:
    """Follow the chain from the first record to the last or the first bad one."""
    tree, previous, at, roots = Tree(), FIRST, "", {0: Tree().root().hex()}
    wanted, last = frozenset(sizes), b""
    for place, line in lines:
        if place > tree.size:
            return Walked(tree.size, f"record {tree.size} is missing", roots, at)
        told, digest = fault(line, tree.size, previous)
        if told or place != tree.size:
            return Walked(tree.size, f"record {tree.size}: {told or 'it is there twice'}", roots, at)
        tree.add(leaf(line))
        last, previous = line, digest
        if tree.size in wanted:
            roots[tree.size] = tree.root().hex()
    at = parse(last).at if tree.size else ""
    return Walked(tree.size, "", {**roots, tree.size: tree.root().hex()}, at)


# --- where they are ---------------------------------------------------------------------------------------
def beside(log: AuditLog) -> Store:
    """The address in the lake, next to the log."""
    return Store(log.store.storage.sub("checkpoints"))


def elsewhere(tenant: str, address: str = "") -> Store | None:
    """The address that was given or that AUG_CHECKPOINTS names: out of reach of whoever can write the lake.

    AUG_CHECKPOINTS_DAYS locks each object there for so many days; a bucket with object lock must be it.

    Raises:
        AuditError: The days are no number, or a local disk is to lock.
    """
    address = address or os.environ.get("AUG_CHECKPOINTS", "")
    if not address:
        return None
    uri = lake_uri(address)
    words = os.environ.get("AUG_CHECKPOINTS_DAYS", "0")
    if not words.isdigit() or (int(words) and not uri.startswith("s3://")):
        raise AuditError(
            "checkpoints cannot be locked like this", seen=f"AUG_CHECKPOINTS_DAYS={words}, {uri}",
            legal="a number of days, and a bucket with object lock",
            todo="correct AUG_CHECKPOINTS or AUG_CHECKPOINTS_DAYS",
        )  # fmt: skip
    endpoint = lake_endpoint() if uri.startswith("s3://") else ""
    return Store(Storage(uri, endpoint).sub(tenant), int(words))


def sizes(held: Iterable[tuple[str, bytes]]) -> set[int]:
    """The sizes of the logs that checkpoints speak of, where they can be read."""
    found = set()
    for _, line in held:
        with suppress(AuditError):
            found.add(parse_checkpoint(line).size)
    return found


def stored(store: Store) -> list[tuple[str, bytes]]:
    """Name and bytes of all checkpoints at an address, the smallest log first."""
    return [(name, line) for name, line in store.versions() if name[:_DIGITS].isdigit()]


# --- taking one -------------------------------------------------------------------------------------------
def take(log: AuditLog, signer: signing.Signer) -> Checkpoint:
    """Sign what the log is now, after holding it against every earlier checkpoint.

    Raises:
        AuditError: The log is empty, broken, or not the one of which an earlier checkpoint speaks.
        SigningUnreachableError: The vault does not answer.
        LakeError: The checkpoint cannot be stored.
    """
    stores = [store for store in (elsewhere(log.tenant), beside(log)) if store is not None]
    earlier = [parse_checkpoint(line) for store in stores for _, line in stored(store)]
    seen = walk(log.lines.lines(), (one.size for one in earlier))
    told = seen.bad or next(filter(None, (contradiction(one, seen) for one in earlier)), "")
    if told or not seen.count:
        raise AuditError(
            f"no checkpoint can be signed: {told or 'the log is empty'}", seen=log.tenant,
            todo="run `aug audit verify`" if told else "materialize a day first",
        )  # fmt: skip
    unsigned = Checkpoint(
        log.tenant, seen.count, seen.roots[seen.count], clock.now().isoformat(timespec="microseconds"),
        signer.key_id,
    )  # fmt: skip
    made = replace(unsigned, signature=signer.sign(unsigned.claim()).hex())
    for store in stores:
        store.create(f"{made.size:0{_DIGITS}d}-{made.key_id}", made.line())
    return made


def contradiction(one: Checkpoint, seen: Walked) -> str:
    """What a checkpoint says otherwise than the log is; nothing where both agree."""
    if one.size > seen.count:
        gone = "it was truncated" if not seen.bad else "what follows is bad"
        return f"the log has {seen.count:,} true records and had {one.size:,} on {one.at}: {gone}"
    if seen.roots[one.size] != one.root:
        return f"the first {one.size:,} records are not those that were signed on {one.at}"
    return ""


def judge(
    held: Sequence[tuple[str, bytes]], tenant: str, seen: Walked, keys: Mapping[str, bytes]
) -> tuple[bool, str]:
    """Whether all checkpoints of an address are signed by a known key and agree with the log."""
    agreed = 0
    if not held:
        return False, "there is none, so that nothing would show if the whole log were written anew"
    for name, line in held:
        told = _refuted(line, tenant, seen, keys)
        if told:
            return False, f"{name}: {told}; the first {agreed:,} records are as they were signed"
        agreed = parse_checkpoint(line).size
    left = seen.count - agreed
    return True, f"{len(held):,} signed, the last over {agreed:,} records; {left:,} records are younger"


def _refuted(line: bytes, tenant: str, seen: Walked, keys: Mapping[str, bytes]) -> str:
    try:
        one = parse_checkpoint(line)
    except AuditError as error:
        return str(error)
    key = keys.get(one.key_id)
    if key is None:
        return f"it is signed with the unknown key {one.key_id}; known: {', '.join(sorted(keys)) or 'none'}"
    if not signing.verified(key, one.claim(), bytes.fromhex(one.signature)):
        return f"the signature is not of the key {one.key_id}: the checkpoint is forged"
    if one.tenant != tenant:
        return f"it is of the tenant {one.tenant}"
    return contradiction(one, seen)
