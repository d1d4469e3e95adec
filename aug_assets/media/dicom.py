"""DICOM files: their stored pixel values, and what of their header the dataset keeps in columns.

Values stay as they are stored. What turns them into units, slope and intercept, and whether 0 is white, must
be kept in columns of the dataset, or the file is refused: pictures of a CT and of an inverted film would else
stand among others as if they were of the same kind.
"""

import io
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.media.bad import (
    BadPicture,
    Compressed,
    Damaged,
    Depth,
    Frames,
    NotAnImage,
    Photometric,
    Rescale,
    Truncated,
    ZeroSize,
)  # fmt: skip

FROM = "dicom:"  # what the `from` of a column begins with that is read from a header
RESCALE = frozenset({"RescaleSlope", "RescaleIntercept"})
PHOTOMETRIC = "PhotometricInterpretation"
_PREAMBLE = 128
_DEFLATED, _META = b"1.2.840.10008.1.2.1.99", 1024
_PIXELS = {"PixelData", "FloatPixelData", "DoubleFloatPixelData"}
_PLAIN = ("MONOCHROME2", "RGB", "YBR")
_WORD = 16


def is_dicom(data: bytes) -> bool:
    """Whether bytes begin as a DICOM file does."""
    return data[_PREAMBLE : _PREAMBLE + 4] == b"DICM"


def pixels(
    data: bytes, kept: frozenset[str], check: Callable[[int, int], None], *, mask: bool
) -> NDArray[Any]:
    """The stored values of a file's one picture, as uint8, uint16 or int16; colour as red, green, blue.

    Args:
        data: The file.
        kept: Keywords that the dataset keeps in columns.
        check: Refuses a height and a width.
        mask: Whether values are classes, which places in a palette may be too.

    Raises:
        BadPicture: It holds none that can be used; its ``code`` says why.
    """
    with warnings.catch_warnings():  # what is odd in a header is no matter unless it is looked at
        warnings.simplefilter("ignore")
        try:
            found = _parsed(data)
            _check_header(found, kept, check, mask=mask)
            return _stored(found)
        except BadPicture:
            raise
        except Exception as error:  # of whatever kind a library raises over a file that breaks the standard
            raise Damaged(f"a DICOM file that cannot be read: {error}") from error


def _parsed(data: bytes) -> Any:
    import pydicom

    if _DEFLATED in data[:_META]:  # the whole file is packed, and how large it becomes is not said
        raise Compressed("a deflated DICOM file")
    try:
        return pydicom.dcmread(io.BytesIO(data))
    except EOFError as error:
        raise Truncated(str(error)) from error


def _check_header(found: Any, kept: frozenset[str], check: Callable[[int, int], None], *, mask: bool) -> None:
    if "Rows" not in found or not (
        {"PixelData", "FloatPixelData", "DoubleFloatPixelData"} & set(found.dir())
    ):
        raise NotAnImage("a DICOM file without a picture")
    if not (found.Rows and found.Columns):
        raise ZeroSize(f"a DICOM picture of {found.Columns} x {found.Rows} pixels")
    check(found.Rows, found.Columns)
    if int(found.get("NumberOfFrames") or 1) > 1:
        raise Frames(f"a DICOM file of {found.NumberOfFrames} frames")
    if "PixelData" not in found or found.BitsAllocated > _WORD:
        raise Depth(f"{found.get('BitsAllocated')} bits a value")
    kind = str(found.get(PHOTOMETRIC, "MONOCHROME2"))
    if not (kind.startswith(_PLAIN) or PHOTOMETRIC in kept or mask):
        raise Photometric(f"{kind}, which no column keeps")
    slope, intercept = float(found.get("RescaleSlope") or 1), float(found.get("RescaleIntercept") or 0)
    if (slope, intercept) != (1, 0) and not kept >= RESCALE and not mask:
        raise Rescale(f"slope {slope:g} and intercept {intercept:g}, which no column keeps")


def _stored(found: Any) -> NDArray[Any]:
    packed = found.file_meta.TransferSyntaxUID.is_encapsulated
    wanted = found.Rows * found.Columns * found.get("SamplesPerPixel", 1) * found.BitsAllocated // 8
    if not packed and not str(found.get(PHOTOMETRIC)).endswith("422") and len(found.PixelData) < wanted:
        raise Truncated(f"{len(found.PixelData):,} bytes of {wanted:,}")
    try:
        values = found.pixel_array
    except (RuntimeError, NotImplementedError) as error:
        raise Compressed(f"{found.file_meta.TransferSyntaxUID.name}: {error}") from error
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("=")))


def tags(data: Any, keywords: Iterable[str]) -> dict[str, str | None]:
    r"""Values of a file's header as text, None where it has none; of several values with ``\`` between.

    Args:
        data: The file, open for reading bytes.
        keywords: Such as ``PatientID``.
    """
    import pydicom

    wanted = list(keywords)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pydicom.dcmread(data, stop_before_pixels=True, specific_tags=wanted)
            return {word: _text(found.get(word)) for word in wanted}
        except Exception:  # noqa: BLE001 - the column of pictures says what is wrong with the file
            return dict.fromkeys(wanted)


def _text(value: Any) -> str | None:
    from pydicom.multival import MultiValue

    if value is None or str(value) == "":
        return None
    return "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value)
