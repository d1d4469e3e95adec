"""The bytes of a file that a row names: beside the table that names it, or anywhere files are read from."""

import io
import re
from typing import Any

from aug_assets.errors import LakeUnreachableError, SourceNotFoundError, SourceUnreadableError
from aug_assets.media.bad import NotFound, TooLarge
from aug_assets.media.files import MAX_BYTES

PLACE = "__folder__"  # the raw column that says where a row's own paths begin
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SCHEMES = ("abfs", "az", "file", "gcs", "gs", "memory", "s3", "s3a")  # no table sends us to web servers


def full(path: str, folder: str | None) -> str:
    """The address of a path that may be relative to a folder."""
    if _SCHEME.match(path) or path.startswith("/") or not folder:
        return path
    return f"{folder.rstrip('/')}/{path}"


def opened(address: str) -> Any:
    """A file to read, for use in ``with``.

    Raises:
        NotFound: There is none that may be read.
        LakeUnreachableError: The object store did not answer.
        SourceUnreadableError: The disk failed.
    """
    import fsspec

    scheme = _SCHEME.match(address)
    if scheme and scheme[1].lower() not in _SCHEMES:
        raise NotFound(f"{scheme[1]} is no place to read from; legal: {', '.join(_SCHEMES)}")
    try:
        filesystem, path = fsspec.core.url_to_fs(address)
        if filesystem.isfile(path):  # a pipe would be waited for
            return filesystem.open(path, "rb")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError, ValueError) as error:
        raise NotFound(address) from error
    except Exception as error:
        raise _typed(error, address) from error
    raise NotFound(address)


def raw(value: Any, folder: str | None) -> Any:
    """A raw value of a column of pictures, which is a path, bytes or both in a struct, as a file to read.

    Raises:
        NotFound: There is none that may be read, or the value is null.
    """
    if isinstance(value, dict):
        value = value.get("path") if value.get("bytes") is None else value["bytes"]
    if isinstance(value, bytes):
        return io.BytesIO(value)
    if not (value and value.strip()):
        raise NotFound("no path")
    return opened(full(value.strip(), folder))


def content(value: Any, folder: str | None) -> bytes:
    """The bytes of a raw value, of which no more than can be a picture are read; see :func:`raw`.

    Raises:
        TooLarge: There are more.
    """
    with raw(value, folder) as file:
        try:
            data: bytes = file.read(MAX_BYTES + 1)
        except Exception as error:
            raise _typed(error, str(value)[:200]) from error
    if len(data) > MAX_BYTES:
        raise TooLarge(f"more than {MAX_BYTES:,} bytes")
    return data


def _typed(error: Exception, address: str) -> Exception:
    """What concerns all files rather than this one."""
    if "Credentials" in type(error).__name__:
        return SourceNotFoundError(
            "access to a row's file was refused", seen=address, todo="check credentials with `aug doctor`"
        )
    if isinstance(error, ConnectionError | TimeoutError) or "Connect" in type(error).__name__:
        return LakeUnreachableError("the object store did not answer", seen=address, todo=f"retry ({error})")
    if isinstance(error, OSError):
        return SourceUnreadableError(
            "a row's file cannot be read", seen=address, legal="a readable file",
            todo=f"check the disk or the bucket ({error})",
        )  # fmt: skip
    return error
