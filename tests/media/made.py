"""Small files of pictures for tests, and a dataset that reads them. No test is in here."""

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from aug_assets.ingest import Ingested, ingest
from aug_assets.spec import DatasetSpec
from tests import builders, scenes

DAY = builders.DAY


def scene(dtype: str = "uint8", channels: int = 3, seed: int = 1) -> np.ndarray:
    """Colours in the order red, green, blue."""
    return scenes.picture(seed, dtype, channels)


def encoded(ending: str, pixels: np.ndarray) -> bytes:
    """A file of these pixels, as OpenCV writes it."""
    swapped = pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    return cv2.imencode(ending, np.ascontiguousarray(swapped))[1].tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(size: tuple[int, int], bits: int, colour: int, rows: list[bytes], before: bytes = b"") -> bytes:
    """A PNG by hand; ``size`` is width and height, ``rows`` are packed samples."""
    head = struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + body + chunk(b"IEND", b"")


def dicom(pixels: np.ndarray, **header: Any) -> bytes:
    """A DICOM file of stored values; keyword arguments are elements of its header."""
    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    found = pydicom.Dataset()
    found.file_meta = pydicom.dataset.FileMetaDataset()
    found.file_meta.TransferSyntaxUID = header.pop("syntax", ExplicitVRLittleEndian)
    found.SOPClassUID, found.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    found.Rows, found.Columns = pixels.shape[:2]
    found.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    if pixels.ndim == 3:
        found.PlanarConfiguration = 0
    found.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    found.BitsAllocated = found.BitsStored = pixels.dtype.itemsize * 8
    found.HighBit, found.PixelRepresentation = found.BitsStored - 1, int(pixels.dtype.kind == "i")
    found.PixelData = pixels.tobytes()
    found["PixelData"].VR = "OW" if found.BitsAllocated > 8 else "OB"
    for name, value in header.items():
        setattr(found, name, value)
    file = io.BytesIO()
    found.save_as(file, enforce_file_format=True)
    return file.getvalue()


def spec(uri: str, columns: dict[str, Any], **changes: Any) -> DatasetSpec:
    """A dataset of pictures named by ``id``; ``changes`` may hold more of ``source``."""
    recipe = [{"name": "more", "select": {"rows": "all", "copies": 1}, "steps": [{"operator": "blur"}]}]
    source = {"uri": uri, **changes.pop("source", {})}
    plain = {"label": None, "limits": {"max_rejected_share": 1}, "recipe": recipe, "key": ["id"]}
    return DatasetSpec.model_validate(builders.body(source=source, columns=columns, **{**plain, **changes}))


def read(dataset: DatasetSpec) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Good rows by id, and the reasons against the others."""
    found = ingest(dataset, DAY)
    return {row["id"]: row for row in found.rows.to_pylist()}, held(found)


def held(found: Ingested) -> dict[str, list[str]]:
    rows: list[dict[str, Any]] = pa.Table.to_pylist(found.quarantine)
    return {json.loads(row["row"])["id"]: sorted(row["reasons"]) for row in rows}


def put(folder: Path, **files: bytes | str) -> Path:
    """Files by name, whose last underscore stands for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / ".".join(name.rsplit("_", 1))).write_bytes(data)
    return folder
