"""The fingerprint of the product code that a process runs, and the refusal of work sent by other code.

No hashing of data or of dataset specs for versions: that is asset code.
"""

import os
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

from aug_assets.errors import StaleWorkerError

_PACKAGES = ("aug_assets", "resources", "sensors")
_BAKED = "AUG_CODE_DIGEST"  # an image may bake its version in; then no file is read and this text is compared
_DATASETS = "AUG_DATASETS"


def current() -> str:
    """Fingerprint of the code as it is on disk now."""
    return os.environ.get(_BAKED) or _of_files(os.environ.get(_DATASETS, ""))


def at_import() -> str:
    """Fingerprint of the code as it was when this process imported it."""
    return os.environ.get(_BAKED) or _first_seen(os.environ.get(_DATASETS, ""))


def of_own_datasets() -> str:
    """Fingerprint of the dataset files below ``AUG_DATASETS`` as they are on disk now."""
    folder = os.environ.get(_DATASETS)
    return _of(_below(Path(folder), "*.yaml", Path(folder))) if folder else ""


def refuse_other(sender: str) -> None:
    """Raise unless the process that sent the work runs the same code as this one.

    Args:
        sender: The sender's ``at_import()``.

    Raises:
        StaleWorkerError: The fingerprints differ, so the result could come from the wrong code.
    """
    if sender != at_import():
        raise StaleWorkerError(
            "The Dask worker runs other code than the process that started the step, so the step was not run",
            seen=f"worker {at_import()}",
            legal=f"sender {sender}",
            todo="restart the Dask workers on the sender's code, then run the step again",
        )


@cache
def _first_seen(datasets: str) -> str:
    return _of_files(datasets)


def _of_files(datasets: str) -> str:
    return _of(_files(datasets))


def _of(files: Iterable[tuple[str, Path]]) -> str:
    digest = blake2b(digest_size=8)
    for name, path in files:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(datasets: str) -> Iterator[tuple[str, Path]]:
    """All files that decide what runs, named so that two machines with the same code agree."""
    root = Path(__file__).resolve().parent.parent
    for package in _PACKAGES:
        yield from _below(root / package, "*.py", root)
    yield from _below(root / "aug_assets" / "datasets", "*.yaml", root)
    if datasets:
        yield from _below(Path(datasets), "*.yaml", Path(datasets))


def _below(folder: Path, pattern: str, root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob(pattern)):
        yield path.relative_to(root).as_posix(), path


at_import()  # now, not at the first step: by then the files may have been edited
