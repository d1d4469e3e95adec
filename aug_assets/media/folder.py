"""The pictures of a folder as an index: one row a file, with its path, its name and the folder it is in."""

import posixpath
from collections.abc import Sequence

import pyarrow as pa

COLUMNS = ("path", "name", "folder")
# What lies beside pictures. Any other file is a row, and is refused if it is no picture.
_BESIDE = {
    "csv",
    "db",
    "html",
    "ini",
    "json",
    "jsonl",
    "md",
    "ndjson",
    "pdf",
    "rst",
    "toml",
    "tsv",
    "txt",
    "xml",
    "yaml",
    "yml",
}  # fmt: skip


def listing(paths: Sequence[str], root: str) -> pa.Table:
    """One row a file: ``path`` below the root, ``name`` without ending, ``folder`` it lies in, or null.

    Args:
        paths: Of the files.
        root: What they are below.
    """
    below = [posixpath.relpath(path, root) for path in paths if _is_picture(path)]
    names = [posixpath.splitext(posixpath.basename(path))[0] for path in below]
    folders = [posixpath.basename(posixpath.dirname(path)) or None for path in below]
    return pa.table([pa.array(column, pa.string()) for column in (below, names, folders)], [*COLUMNS])


def _is_picture(path: str) -> bool:
    name = posixpath.basename(path)
    return posixpath.splitext(name)[1].lower().removeprefix(".") not in _BESIDE and name != "DICOMDIR"
