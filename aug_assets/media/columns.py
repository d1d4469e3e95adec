"""A raw column of pictures to its stored form: paths and files are read, and what cannot be is marked."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.errors import SourceUnreadableError
from aug_assets.media import fetch
from aug_assets.media.bad import BadPicture
from aug_assets.media.files import Wanted, picture
from aug_assets.values.picture import STORED, Picture, to_arrow

_BATCH = 64  # pictures that are held twice, as objects and in their stored form
_MOST = 2**31 - 1  # bytes of one column of an Arrow array


def stored(
    values: pa.ChunkedArray, wanted: Wanted, folders: Sequence[str | None] | None
) -> tuple[pa.ChunkedArray, dict[str, NDArray[np.bool_]]]:
    """Pictures in their stored form, null where none could be read, and masks of those by reason.

    Args:
        values: Paths as text, files as binary, or both as structs of ``bytes`` and ``path``; what is in its
            stored form already passes.
        wanted: What the column asks of its files.
        folders: Where the paths of each row begin.

    Raises:
        TypeError: The column can hold no pictures.
        LakeUnreachableError: The object store did not answer.
        SourceUnreadableError: A disk failed, or the day has more pixels than one table holds.
    """
    if values.type == STORED or pa.types.is_null(values.type):
        return values.cast(STORED), {}
    if not _readable(values.type):
        raise TypeError(f"{values.type} holds no pictures")
    bad: dict[str, NDArray[np.bool_]] = {}
    chunks, held, packed = [], [], 0
    for row, value in enumerate(_each(values)):
        try:
            held.append(_read(value, wanted, folders[row] if folders else None))
        except BadPicture as reason:
            held.append(None)
            bad.setdefault(reason.code, np.zeros(len(values), bool))[row] = True
        packed += len(held[-1].packed[0]) if held[-1] else 0
        _check_total(packed)
        if len(held) == _BATCH:
            chunks.append(to_arrow(held))
            held = []
    return pa.chunked_array([*chunks, to_arrow(held)], STORED), bad


def _check_total(packed: int) -> None:
    if packed > _MOST:
        raise SourceUnreadableError(
            "the pictures of a day are more than one table can hold", seen=f"{packed:,} packed bytes",
            legal=f"at most {_MOST:,}", todo="split the delivery into several datasets, or make them smaller",
        )  # fmt: skip


def _readable(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        names = {kind.field(n).name for n in range(kind.num_fields)}
        return bool(names & {"bytes", "path"}) and names <= {"bytes", "path"}
    return any(
        check(kind)
        for check in (
            pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary,
            pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_dictionary,
        )
    )  # fmt: skip


def _each(values: pa.ChunkedArray) -> Iterator[Any]:
    """One value at a time: a day's files are many, and each may be large."""
    for chunk in values.chunks:
        for scalar in chunk:
            yield scalar.as_py()


def _read(value: Any, wanted: Wanted, folder: str | None) -> Picture | None:
    nothing = value is None or (isinstance(value, dict) and set(value.values()) == {None})
    return None if nothing else _packed(picture(fetch.content(value, folder), wanted))


def _packed(made: Picture) -> Picture:
    """Without its pixels, which for a whole day would not fit into memory."""
    return Picture(made.packed, made.dtype, made.shape)
