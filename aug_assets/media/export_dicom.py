"""Pictures as DICOM files of stored values, exactly, that say they are derived.

What the dataset read from headers into columns ``from: dicom:...`` goes back into the header, so that slope,
intercept, BitsStored and the patient are kept; all else of the original file is not there. Names follow from
ids: a second export writes the same file.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.errors import ExportError
from aug_assets.keys import digest_bits
from aug_assets.media.dicom import FROM, PHOTOMETRIC
from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.spec import DatasetSpec
from aug_assets.values.picture import Picture

_DTYPES = ("uint8", "uint16", "int16")
_COLOUR = 3
_OURS = {
    "SOPInstanceUID", "ImageType", "DerivationDescription", "ConversionType", "Rows", "Columns",
    "SamplesPerPixel", "PlanarConfiguration", "NumberOfFrames", "PixelData", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", PHOTOMETRIC, "TransferSyntaxUID", "SpecificCharacterSet",
    "SmallestImagePixelValue", "LargestImagePixelValue", "LossyImageCompression",
}  # fmt: skip
_LONGEST = 1024  # characters of a description


def refuses(picture: Picture) -> str:
    """What it would take instead of this picture; empty when it takes it."""
    plain = len(picture.shape) < _COLOUR
    colour = not plain and picture.shape[2] == _COLOUR and picture.dtype != "int16"
    fits = picture.dtype in _DTYPES and (plain or colour)
    return "" if fits else "uint8, uint16 or int16 in grey, or colour without sign"


def encode(pixels: NDArray[Any], row: Mapping[str, Any], spec: DatasetSpec, made_by: str) -> bytes:
    """The bytes of a file.

    Args:
        pixels: Stored values.
        row: Its columns.
        spec: The dataset.
        made_by: Names of operators, for the description.

    Raises:
        ExportError: A value in a column cannot stand in a header, or pixels exceed the row's BitsStored.
    """
    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    found = pydicom.Dataset()
    found.SpecificCharacterSet = "ISO_IR 192"
    found.SOPClassUID = SecondaryCaptureImageStorage
    found.Modality, found.PatientName, found.PatientID = "OT", "", ""
    found.StudyInstanceUID, found.SeriesInstanceUID = _uid(spec, "study"), _uid(spec, "series")
    read = {
        (c.from_ or n).removeprefix(FROM): n
        for n, c in spec.columns.items()
        if (c.from_ or n).startswith(FROM)
    }
    for keyword, name in read.items():
        if row[name] is not None and keyword not in _OURS:
            _set(found, keyword, row[name])
    found.SOPInstanceUID = f"2.25.{int(row[ROW_ID], 16)}"
    found.ImageType = ["DERIVED", "SECONDARY"]
    found.DerivationDescription = _told(made_by, made=row[IS_SYNTHETIC])[:_LONGEST]
    found.ConversionType = "SYN" if row[IS_SYNTHETIC] else "WSD"
    kept = {keyword: row[name] for keyword, name in read.items()}
    _put_pixels(found, pixels, kept)
    found.file_meta = pydicom.dataset.FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = io.BytesIO()
    found.save_as(data, enforce_file_format=True)
    return data.getvalue()


def _uid(spec: DatasetSpec, what: str) -> str:
    high, low = digest_bits("dicom", what, spec.id)
    return f"2.25.{(int(high) << 64) + int(low)}"


def _told(made_by: str, *, made: bool) -> str:
    return f"augmented: {made_by or 'operators not recorded'}" if made else "pixels as read"


def _set(found: Any, keyword: str, value: Any) -> None:
    """A column's value in a header, in the form that its keyword asks for."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword
    from pydicom.valuerep import DSfloat

    tag = tag_for_keyword(keyword)
    kind = dictionary_VR(tag) if tag is not None else ""
    try:
        if kind == "DS" and isinstance(value, float):
            value = DSfloat(value, auto_format=True)
        elif kind == "DA" and hasattr(value, "strftime"):
            value = value.strftime("%Y%m%d")
        elif isinstance(value, str) and "\\" in value:
            value = value.split("\\")
        setattr(found, keyword, value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ExportError(
            f"a column's value cannot stand in a header as {keyword}", seen=value, legal=f"a value of {kind}",
            todo="correct the column's type",
        ) from error  # fmt: skip


def _put_pixels(found: Any, pixels: NDArray[Any], kept: Mapping[str, Any]) -> None:
    signed, allocated = pixels.dtype.kind == "i", pixels.dtype.itemsize * 8
    bits = int(kept.get("BitsStored") or allocated)
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if bits > allocated or pixels.min() < low or pixels.max() > high:
        raise ExportError(
            "pixels do not fit into the row's BitsStored", seen=[int(pixels.min()), int(pixels.max())],
            legal=f"{low} to {high}", todo="give the image column `min` and `max`, which operators keep",
        )  # fmt: skip
    found.Rows, found.Columns = pixels.shape[:2]
    found.SamplesPerPixel = 1 if pixels.ndim < _COLOUR else _COLOUR
    kind = str(kept.get(PHOTOMETRIC) or "")
    if pixels.ndim == _COLOUR:
        found.PlanarConfiguration = 0
        found.PhotometricInterpretation = "RGB"
    else:
        found.PhotometricInterpretation = kind if kind.startswith("MONOCHROME") else "MONOCHROME2"
    found.BitsAllocated, found.BitsStored, found.HighBit = allocated, bits, bits - 1
    found.PixelRepresentation = int(signed)
    data = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"))).tobytes()
    found.PixelData = data + b"\0" * (len(data) % 2)
    found["PixelData"].VR = "OW" if allocated > 8 else "OB"  # noqa: PLR2004 - bits of a byte
