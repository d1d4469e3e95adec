"""Objects that a step leaves for its workers: Arrow's buffers, such as packed pixels, are mapped, not copied.

Only what the step itself and its workers write is read here, for reading it runs what was written.
"""

import mmap
import pickle
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from resources import metering
from resources.lake_errors import typed_errors
from resources.lake_scratch import Scratch

_LARGE = 4096  # bytes; smaller buffers stay inside the pickle
_ALIGNED = 64
_WORD = 8


def put_object(scratch: Scratch, name: str, value: Any) -> str:
    """Write a picklable object and return its name, which is what travels to the workers."""
    buffers: list[memoryview] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=lambda held: _stays(held, buffers))
    pieces = [memoryview(body), *buffers]
    sizes = b"".join(part.nbytes.to_bytes(_WORD, "little") for part in pieces)
    head = len(pieces).to_bytes(_WORD, "little") + sizes
    whole = list(_padded([memoryview(head), *pieces]))
    if scratch.storage.is_s3:
        return scratch.put(name, b"".join(whole))
    scratch.put(f"{name}.begun", b"")  # checks name and place, and makes the directory
    target = Path(scratch.storage.path(name))
    temporary = target.with_name(f"{name}.{uuid.uuid4().hex}.tmp")
    with typed_errors("write a scratch file", str(target)):
        # Without fsync, which costs as much as the writing: after a power cut the step runs anew.
        with temporary.open("wb") as file:
            file.writelines(whole)
        temporary.replace(target)
    metering.count_written(sum(len(part) for part in whole))
    return name


def get_object(scratch: Scratch, name: str) -> Any:
    """Read an object that any process of the run wrote. Its buffers are read-only."""
    data = memoryview(scratch.get(name)) if scratch.storage.is_s3 else _mapped(scratch, name)
    count = int.from_bytes(data[:_WORD], "little")
    words = [data[_WORD * n : _WORD * (n + 1)] for n in range(1, count + 1)]
    begin, parts = _up(_WORD * (count + 1)), []
    for size in (int.from_bytes(word, "little") for word in words):
        parts.append(data[begin : begin + size])
        begin = _up(begin + size)
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - written by this run


def _stays(held: pickle.PickleBuffer, buffers: list[memoryview]) -> bool:
    """Whether a buffer stays inside the pickle; numpy's do, for they would come back read-only."""
    raw = held.raw()
    if raw.nbytes < _LARGE or not isinstance(raw.obj, pa.Buffer):
        return True
    buffers.append(raw)
    return False


def _mapped(scratch: Scratch, name: str) -> memoryview:
    path = scratch.storage.path(name)
    with typed_errors("read a scratch file", path), open(path, "rb") as file:  # noqa: PTH123 - for mmap
        found = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    metering.count_read(len(found))
    return found


def _padded(parts: list[memoryview]) -> Iterator[bytes | memoryview]:
    for part in parts:
        yield part
        yield bytes(_up(part.nbytes) - part.nbytes)


def _up(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
