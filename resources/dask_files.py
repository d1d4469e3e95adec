"""The file by which an embedded Dask cluster is found: its layout, its place and whether it still holds.

No starting, stopping or connecting.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

from resources import code_digest

_NAME = "scheduler.json"
_SETTINGS = ("AUG_", "AWS_")  # what steps read from the environment
_OWN_SETTINGS = "AUG_DASK_"  # of the cluster itself; no step's result depends on it


@dataclass(frozen=True)
class ClusterFile:
    """Where a cluster is and which process serves it.

    Attributes:
        address: Of the scheduler.
        pid: Of the serving process.
        directory: Where the file is; it is on the process's command line, by which the process is known again
            when its pid may have gone to another. A start time would not do: it moves with the clock.
        workers: How many it has.
        digest: Of the code it runs.
    """

    address: str
    pid: int
    directory: str
    workers: int
    digest: str

    @classmethod
    def of_this_process(cls, directory: Path, *, address: str, workers: int, digest: str) -> Self:
        """Describe a cluster served by the calling process."""
        return cls(address, os.getpid(), str(directory), workers, digest)

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """What is published in the directory; None also for a damaged file, which is as good as none."""
        try:
            return cls(**json.loads((directory / _NAME).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, directory: Path) -> None:
        """Publish; a reader sees the former content or all of this."""
        draft = directory / f".{_NAME}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(directory / _NAME)

    def remove(self, directory: Path) -> None:
        """Withdraw, unless another cluster has been published in the meantime."""
        if ClusterFile.read(directory) == self:
            (directory / _NAME).unlink(missing_ok=True)

    def is_alive(self) -> bool:
        """Whether the serving process still runs."""
        import psutil

        try:
            return self.directory in psutil.Process(self.pid).cmdline()
        except psutil.NoSuchProcess:  # also one that has ended and that its parent has not asked about
            return False


def own_directory(instance_dir: Path, digest: str | None = None) -> Path:
    """Place of the cluster for this process: its code, or that of a digest, and the settings that steps read.

    Workers keep the environment of whoever started them, so another lake or other credentials mean another
    cluster.
    """
    settings = sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith(_SETTINGS) and not name.startswith(_OWN_SETTINGS)
    )
    environment = blake2b("\0".join(settings).encode(), digest_size=4).hexdigest()
    return instance_dir / "dask" / f"{digest or code_digest.at_import()}-{environment}"


def all_directories(instance_dir: Path) -> Iterator[Path]:
    """Places of all clusters that the instance has or had."""
    yield from sorted(path.parent for path in (instance_dir / "dask").glob(f"*/{_NAME}"))


def lock_path(directory: Path) -> Path:
    """Held while somebody starts, joins or retires the cluster."""
    return directory / "lock"
