"""The audit log of a tenant: appending a record, whatever else writes at that time. No verifying."""

import hashlib
import logging
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

from aug_assets.errors import AuditError, AuditRaceError, AugError
from aug_assets.lineage.chain import FIRST, Record, canonical, fault, parse, record
from resources import clock
from resources.audit_store import SPAN, Records, Store
from resources.lake import LakeResource
from resources.parquet_parts import check_word

ACTIONS = (
    "access", "canary", "check", "forget", "hold", "launch", "materialize", "promote", "publish",
    "quarantine", "recalibrate", "reject", "release", "resume", "rollback", "run", "settle", "tick",
)  # fmt: skip
_ATTEMPTS = 1000
_LONGEST_WAIT_SECONDS = 0.05
_log = logging.getLogger(__name__)


def audit_log(lake: LakeResource, tenant: str) -> "AuditLog":
    """The log of a tenant, below the tenant's folder in the lake; it need not exist yet."""
    check_word("The name of the tenant", tenant)
    return AuditLog(tenant, Store(lake.storage().sub(tenant, "_audit")))


class AuditLog:
    """An append-only list of records, each of which names the digest of the one before.

    Args:
        tenant: Whose it is.
        store: Where it is.
    """

    def __init__(self, tenant: str, store: Store) -> None:
        self.tenant = tenant
        self.store = store
        self.lines = Records(store)
        self._last: Record | None = None  # saves reading it again; where the end is, is always looked up

    def append(
        self, action: str, subject: Mapping[str, Any], *, by: str, why: str = "", once: str = ""
    ) -> Record:
        """Record what was done; when this returns, the record survives a power cut.

        Args:
            action: One of ``ACTIONS``.
            subject: Names, dates, versions, counts and digests; never personal data.
            by: Who did it.
            why: The reason that was given.
            once: A second append under the same name records nothing and returns the first record.

        Raises:
            AuditError: It is no action, JSON cannot hold the subject, or the log's end is not a record.
            AuditRaceError: Other writers won every attempt.
            LakeError: The log cannot be read or written.
        """
        if action not in ACTIONS:
            raise AuditError("there is no such action", seen=action, legal=", ".join(ACTIONS))
        body = {"action": action, "subject": dict(subject), "by": by, "why": why, "once": once}
        canonical(body)
        for attempt in range(_ATTEMPTS):
            last = self._tail()
            earlier = self._earlier(once, last)
            if earlier is not None:
                return earlier
            new = record(_after(last) | body)
            if self.lines.create(new.seq, new.line()):
                self._last = new
                self._tidy(new.seq)
                return new
            time.sleep(random.SystemRandom().uniform(0, min(_LONGEST_WAIT_SECONDS, 0.001 * 2**attempt)))
        raise AuditRaceError(
            "other writers kept winning the race for the end of the audit log",
            seen=f"{self.store.storage.uri}: {_ATTEMPTS} attempts",
            todo="run fewer steps of this tenant at once",
        )  # fmt: skip

    def records(self, start: int = 0) -> Iterator[Record]:
        """All records in order from this number on, as they are stored; verifying them is another matter.

        Raises:
            AuditError: A line is not a record.
        """
        return (parse(line) for _, line in self.lines.lines(start))

    def _tail(self) -> Record | None:
        seq = self.lines.last()
        if seq < 0:
            return None
        if self._last is None or self._last.seq != seq:
            self._last = self._at(seq)
        return self._last

    def _at(self, seq: int) -> Record:
        line = self.lines.get(seq) or b""
        told, _ = fault(line, seq)
        if told:
            raise AuditError(
                f"record {seq} of the audit log is not what was recorded: {told}",
                seen=self.store.storage.uri,
                todo="run `aug audit verify`: it names the first bad record",
            )  # fmt: skip
        return parse(line)

    def _earlier(self, once: str, last: Record | None) -> Record | None:
        """The record of this name, if there is one.

        Whoever appends first notes the name of the record before, so that a kill between record and note
        loses nothing: the last record may lack its note, and it is looked at itself. A power cut may lose
        the last notes, and a step that is repeated after it be recorded twice; waiting for the disk here
        would double the time of an append.
        """
        if last is None:
            return None
        if last.once:
            self.store.create(_note(last.once), b"%d" % last.seq, lasting=False)
        if not once:
            return None
        if last.once == once:
            return last
        note = self.store.get(_note(once))
        if not note:
            return None
        found = self._at(int(note))
        if found.once != once:
            raise AuditError(
                "the audit log says of a record that it has a name that it has not",
                seen=f"record {found.seq}: {found.once}", legal=once,
                todo="run `aug audit verify`: it names the first bad record",
            )  # fmt: skip
        return found

    def _tidy(self, seq: int) -> None:
        """Many small objects become one; the record is safe already, so a failure here is none of it."""
        if seq % SPAN == SPAN - 1:
            try:
                self.lines.seal_up_to(seq)
            except AugError as error:
                _log.warning("Records of the audit log stay single objects: %s", error)


def _after(last: Record | None) -> dict[str, Any]:
    return {
        "seq": 0 if last is None else last.seq + 1,
        "at": clock.now().isoformat(timespec="microseconds"),
        "previous": FIRST if last is None else last.digest,
    }


def _note(once: str) -> str:
    name = hashlib.sha256(once.encode()).hexdigest()
    return f"once/{name[:2]}/{name[2:34]}"
