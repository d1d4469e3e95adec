"""Where an audit log keeps its records: one object each, later one for many. Knows nothing of chains."""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from aug_assets.errors import UpstreamMissingError
from resources import clock
from resources.lake_errors import typed_errors
from resources.lake_files import sync
from resources.lake_storage import Storage

SPAN = 256  # records that become one object once all of them are there
_DIGITS = 12


@dataclass(frozen=True)
class Store:
    """Objects below one prefix, each created once and never replaced.

    Attributes:
        storage: Where, on local disk or S3.
        retain_days: For how long not even an administrator may remove an object; needs S3 with object lock.
        what: What is kept there, for messages.
    """

    storage: Storage
    retain_days: int = 0
    what: str = "the audit log"
    _made: set[str] = field(default_factory=set, repr=False)

    def create(self, name: str, data: bytes, *, lasting: bool = True) -> bool:
        """Write an object that is not there; of two writers one gets True, whatever the timing.

        Args:
            name: Below the prefix.
            data: The whole object.
            lasting: Whether to wait until it survives a power cut.

        Raises:
            LakeError: The storage failed.
        """
        with typed_errors(f"write {self.what}", f"{self.storage.uri}/{name}"):
            if self.storage.is_s3:
                from resources.s3_safety import put_if_absent

                self.storage.ensure_safe()
                key = self.storage.path(name).partition("/")[2]
                return put_if_absent(self._client, self.storage.bucket, key, data, **self._lock())
            return self._link(Path(self.storage.uri, name), data, lasting=lasting)

    def _lock(self) -> dict[str, Any]:
        if not self.retain_days:
            return {}
        until = clock.now() + timedelta(days=self.retain_days)
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}

    @cached_property
    def _client(self) -> Any:
        from resources.s3_safety import one_try_client

        return one_try_client(self.storage.endpoint_url)

    def _link(self, target: Path, data: bytes, *, lasting: bool) -> bool:
        """A whole file appears under its name by one link, so that neither a kill nor a reader meets half."""
        if str(target.parent) not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(str(target.parent))
        temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
            target.hardlink_to(temporary)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        if lasting:
            sync(target.parent)
        return True

    def get(self, name: str) -> bytes | None:
        """An object's bytes, or None where there is none."""
        try:
            # Most are asked for to see that they are not there, and a typed error costs as much as the rest.
            return self.storage.get(name) if self.storage.is_s3 else Path(self.storage.uri, name).read_bytes()
        except (UpstreamMissingError, FileNotFoundError):
            return None

    def names(self, folder: str) -> list[str]:
        """The sorted names of a folder's objects, without the folder."""
        with typed_errors(f"list {self.what}", f"{self.storage.uri}/{folder}"):
            if self.storage.is_s3:
                found = self.storage.filesystem().find(self.storage.path(folder))
                return sorted(path.rpartition("/")[2] for path in found)
            with suppress(FileNotFoundError):
                found = os.listdir(self.storage.path(folder))  # noqa: PTH208 - ten times as fast as Path
                return sorted(name for name in found if not name.startswith("."))
            return []

    def versions(self) -> list[tuple[str, bytes]]:
        """Name and bytes of all objects, and in a bucket with versions of what new ones or deletions hide.

        Object lock keeps a version from being removed and not from being hidden.
        """
        if not self.storage.is_s3:
            names = self.names("")
            return list(zip(names, self.storage.get_many(names), strict=True)) if names else []
        with typed_errors("read all versions", self.storage.uri):
            prefix, found = self.storage.path().partition("/")[2] + "/", []
            pages = self._client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self.storage.bucket, Prefix=prefix):
                for one in page.get("Versions", ()):
                    where = {"Bucket": self.storage.bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
                    data = self._client.get_object(**where)["Body"].read()
                    found.append((one["Key"].removeprefix(prefix), data))
            return sorted(found)

    def remove(self, names: list[str]) -> None:
        """Remove objects whose content is kept in another one."""
        with typed_errors("tidy the audit log", self.storage.uri):
            if self.storage.is_s3:
                self.storage.filesystem().rm([self.storage.path(name) for name in names])
                return
            for name in names:
                Path(self.storage.uri, name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Records:
    """A sequence of lines, numbered from 0: single objects at its end, and sealed spans before them.

    Attributes:
        store: Where.
    """

    store: Store

    def create(self, seq: int, line: bytes) -> bool:
        """Write the line of this number; False if another writer did."""
        if not self.store.create(_single(seq), line):
            return False
        sealed = self._sealed(seq // SPAN)
        if sealed is None or sealed[seq % SPAN : seq % SPAN + 1] == [line]:
            return True
        # The span was complete and its single objects were gone: ours only looked like the first.
        self.store.remove([_single(seq)])
        return False

    def last(self) -> int:
        """The highest number, or -1."""
        singles = self._numbers(
            "records"
        )  # before the spans: a line is in its span before it is removed here
        spans = self._numbers("spans")
        sealed = (spans[-1] + 1) * SPAN - 1 if spans else -1
        return max(sealed, singles[-1] if singles else -1)

    def get(self, seq: int) -> bytes | None:
        """One line."""
        single = self.store.get(_single(seq))
        sealed = self._sealed(seq // SPAN)  # looked at second for the same reason, and believed first
        return single if sealed is None else next(iter(sealed[seq % SPAN : seq % SPAN + 1]), None)

    def lines(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """All stored lines from this number on, in order, each with the number that its place gives it."""
        singles = self._numbers("records")
        found = {*self._numbers("spans"), *(seq // SPAN for seq in singles)}
        for span in sorted(found):
            if (span + 1) * SPAN > start:
                lines = self._span(span, [seq for seq in singles if seq // SPAN == span])
                yield from ((seq, line) for seq, line in lines if seq >= start)

    def seal_up_to(self, seq: int) -> None:
        """Make one object of each complete span of single ones; safe to repeat, race and kill."""
        for span in sorted({number // SPAN for number in self._numbers("records") if number <= seq}):
            self._seal(span)

    def _seal(self, span: int) -> None:
        present = self._numbers("records")
        numbers = range(span * SPAN, (span + 1) * SPAN)
        if self._sealed(span) is None:
            if not set(present).issuperset(numbers):
                return
            lines = self.store.storage.get_many([_single(seq) for seq in numbers])
            self.store.create(_span(span), b"".join(line + b"\n" for line in lines))
        self.store.remove([_single(seq) for seq in present if seq in numbers])

    def _span(self, span: int, singles: list[int]) -> list[tuple[int, bytes]]:
        sealed = self._sealed(span)
        if sealed is None:
            try:
                lines = self.store.storage.get_many([_single(seq) for seq in singles])
                return list(zip(singles, lines, strict=True))
            except UpstreamMissingError:  # sealed since they were listed
                sealed = self._sealed(span)
                if sealed is None:
                    raise
        return list(enumerate(sealed, span * SPAN))

    def _numbers(self, folder: str) -> list[int]:
        return [int(name) for name in self.store.names(folder) if name.isdigit()]

    def _sealed(self, span: int) -> list[bytes] | None:
        data = self.store.get(_span(span))
        return None if data is None else data.splitlines()


def _single(seq: int) -> str:
    return f"records/{seq:0{_DIGITS}d}"


def _span(span: int) -> str:
    return f"spans/{span:0{_DIGITS}d}"
