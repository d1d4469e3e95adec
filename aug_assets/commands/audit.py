"""The audit log of a tenant: verified, shown, signed, and filled from Dagster's own event log."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from aug_assets.commands import home
from aug_assets.commands.doctor import Finding
from aug_assets.errors import AuditError, SigningKeyError
from aug_assets.lineage.chain import Checkpoint, Record

if TYPE_CHECKING:
    from resources.audit import AuditLog


def verify(tenant: str, addresses: Sequence[str] = (), key_files: Sequence[str] = ()) -> list[Finding]:
    """Hold a log against its own chain and against signed checkpoints; needs the lake and no Dagster.

    Args:
        tenant: Whose log.
        addresses: Where checkpoints are beside those in the lake; without any, what AUG_CHECKPOINTS names.
        key_files: Files of public keys; without any, the key that this process would sign with.

    Raises:
        AuditError: The tenant has no log.
        SigningKeyError: A file holds no public key.
    """
    from resources import checkpoints

    log = _log(tenant)
    keys = _keys(key_files)
    stores = {"checkpoints in the lake": checkpoints.beside(log)}
    for address in addresses or ("",):
        store = checkpoints.elsewhere(tenant, address)
        if store is not None:
            stores[f"checkpoints at {address or store.storage.uri}"] = store
    held = {part: checkpoints.stored(store) for part, store in stores.items()}
    seen = checkpoints.walk(
        log.lines.lines(), checkpoints.sizes(itertools.chain.from_iterable(held.values()))
    )
    told = seen.bad or f"{seen.count:,} records, each names the one before it; the last is of {seen.at}"
    signed = [Finding(part, *checkpoints.judge(found, tenant, seen, keys)) for part, found in held.items()]
    return [Finding("chain", not seen.bad, told), *signed]


def records(tenant: str, action: str | None = None, since: str | None = None) -> Iterator[Record]:
    """The records of a log.

    Args:
        tenant: Whose log.
        action: Only this one.
        since: ISO date or time in UTC; only records from then on.

    Raises:
        AuditError: The tenant has no log, or a line of it is not a record.
    """
    return (
        one
        for one in _log(tenant).records()
        if (action is None or one.action == action) and (since is None or one.at >= since)
    )


def told(one: Record) -> str:
    """A record as one line for people."""
    subject = " ".join(f"{name}={value}" for name, value in one.subject.items() if value != "")
    return f"{one.seq:>7} {one.at[:19]} {one.action:<11} {one.by}: {subject}{one.why and f' ({one.why})'}"


def checkpoint(tenant: str) -> Checkpoint:
    """Sign what the log is now; see ``resources.checkpoints.take``."""
    from resources import checkpoints, signing

    return checkpoints.take(_log(tenant), signing.signer())


def sync() -> Mapping[str, int]:
    """Mirror what is new in Dagster's event log; the number of new events by tenant."""
    from resources.event_mirror import mirror
    from resources.lake import LakeResource

    home.prepare()
    with home.instance() as instance:
        return mirror(instance, LakeResource())


def _log(tenant: str) -> "AuditLog":
    from resources.audit import audit_log
    from resources.lake import LakeResource

    home.find()
    log = audit_log(LakeResource(), tenant)
    if log.lines.last() < 0:
        raise AuditError(
            "the tenant has no audit log", seen=f"{tenant}: {log.store.storage.uri}",
            legal="a tenant with a materialized dataset", todo="check the name, AUG_LAKE and DAGSTER_HOME",
        )  # fmt: skip
    return log


def _keys(files: Sequence[str]) -> dict[str, bytes]:
    """Public keys by their names; never one that a checkpoint brings along."""
    from resources import signing

    if files:
        found = [signing.public_key(file) for file in files]
        return {signing.key_id(key): key for key in found}
    try:
        own = signing.signer()
    except SigningKeyError:
        return {}
    return {own.key_id: own.public_key}
