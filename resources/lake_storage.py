"""One location on local disk or S3: client settings and whole-object I/O. No Delta, no Dagster."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from resources import metering
from resources.lake_errors import typed_errors
from resources.lake_files import write_atomically

# A step must learn within a minute that a server is dead; its retry policy decides what comes next.
CONNECT_SECONDS = 3
READ_SECONDS = 20
_TRIES = 3


@dataclass(frozen=True)
class Storage:
    """A directory or an S3 prefix.

    Attributes:
        uri: Absolute local path or ``s3://bucket/prefix``.
        endpoint_url: S3 endpoint; empty for AWS or for local disk.
    """

    uri: str
    endpoint_url: str = ""

    @property
    def is_s3(self) -> bool:
        """Whether objects live in a bucket."""
        return self.uri.startswith("s3://")

    @property
    def bucket(self) -> str:
        """The bucket of an S3 location."""
        return self.uri.removeprefix("s3://").partition("/")[0]

    def sub(self, *names: str) -> Self:
        """Return the location below this one."""
        return type(self)("/".join((self.uri, *names)), self.endpoint_url)

    def path(self, name: str = "") -> str:
        """Return the address in the form that fsspec and pyarrow take."""
        base = self.uri.removeprefix("s3://")
        return f"{base}/{name}" if name else base

    def storage_options(self) -> dict[str, str]:
        """Return explicit options for deltalake; empty on local disk."""
        if not self.is_s3:
            return {}
        from resources.s3_credentials import delta_options

        return delta_options(self.endpoint_url)

    def filesystem(self) -> Any:
        """Return an fsspec file system; on S3 it finds credentials through the botocore chain."""
        import fsspec

        if not self.is_s3:
            return fsspec.filesystem("file")
        from resources.s3_credentials import aws_region

        return fsspec.filesystem(
            "s3",
            endpoint_url=self.endpoint_url or None,
            client_kwargs={"region_name": aws_region()},
            config_kwargs={
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": READ_SECONDS,
                "retries": {"total_max_attempts": _TRIES, "mode": "standard"},
            },
            use_listings_cache=False,  # other processes write below the same prefix all the time
        )

    def ensure_safe(self) -> None:
        """Refuse an S3 endpoint on which commits could be lost; asked before the first write of a process."""
        if self.is_s3:
            from resources.s3_safety import ensure_conditional_writes

            ensure_conditional_writes(self)

    def put(self, name: str, data: bytes) -> None:
        """Write one whole object; a reader sees all of it or nothing."""
        where = f"{self.uri}/{name}"
        with typed_errors("write an object", where):
            if self.is_s3:
                # Not open("wb"): leaving that block by an exception publishes the truncated object.
                self.filesystem().pipe_file(self.path(name), data)
            else:
                write_atomically(Path(where), data)
        metering.count_written(len(data))

    def get(self, name: str) -> bytes:
        """Read one whole object."""
        with typed_errors("read an object", f"{self.uri}/{name}"):
            if self.is_s3:
                data = bytes(self.filesystem().cat_file(self.path(name)))
            else:
                data = Path(self.path(name)).read_bytes()
        metering.count_read(len(data))
        return data

    def get_many(self, names: Sequence[str]) -> list[bytes]:
        """Read whole objects; on S3 at once instead of one after the other."""
        if not self.is_s3 or len(names) == 1:
            return [self.get(name) for name in names]
        paths = [self.path(name) for name in names]
        with typed_errors("read objects", self.uri):
            found = self.filesystem().cat(paths)
        metering.count_read(sum(map(len, found.values())))
        return [found[path] for path in paths]
