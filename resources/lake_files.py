"""Writing a local file so that neither a crash nor a reader meets half of it. Knows nothing of the lake."""

import os
import uuid
from pathlib import Path


def write_atomically(target: Path, data: bytes) -> None:
    """Write the whole file or leave what was there; its directory is made if missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # The suffix keeps a leftover of a killed process out of every "*.parquet" glob.
    temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(target.parent)


def sync_file(file: Path) -> None:
    """Make a file that another library wrote, and its name, survive a power cut."""
    sync(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Make a file's content, or a directory's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
