"""The table of an export, which names its pictures, and files that are whole or not there."""

import csv
import io
import os
import re
from pathlib import Path
from typing import Any

_OWN_PICTURE = re.compile(r"[\w.-]+/[0-9a-f]{32}\.[a-z]+")


def put(path: Path, data: bytes) -> None:
    """Write a file that is either whole or not there under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def text(names: list[str], lines: list[dict[str, Any]]) -> bytes:
    """The table as a file: a line a row, dates and times in ISO 8601, nothing for a null."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(line[name]) for name in names} for line in lines)
    return text.getvalue().encode()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def named(index: Path) -> set[str]:
    """The pictures that an earlier export wrote here."""
    if not index.exists():
        return set()
    with index.open(encoding="utf-8", newline="") as file:
        values = {value for line in csv.DictReader(file) for value in line.values() if isinstance(value, str)}
    return {value for value in values if _OWN_PICTURE.fullmatch(value)}
