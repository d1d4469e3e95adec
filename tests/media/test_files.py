"""Bytes to pictures: by content, exactly, and with the right reason when it does not work."""

import struct
from pathlib import Path

import numpy as np
import pydicom.data
import pytest

from aug_assets.media.bad import BadPicture
from aug_assets.media.files import Wanted, picture
from tests.media import made
from tests.media.made import dicom, encoded, png, scene

DICOM_FILES = Path(pydicom.data.__file__).parent / "test_files"
MASK = Wanted("mask")
PALETTE = made.chunk(b"PLTE", bytes([0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 128]))


PLAIN = Wanted()


def reason(data: bytes, wanted: Wanted = PLAIN) -> str:
    with pytest.raises(BadPicture) as caught:
        picture(data, wanted)
    return caught.value.code


@pytest.mark.parametrize(
    ("ending", "dtype", "channels"),
    [
        (".png", "uint8", 1), (".png", "uint8", 3), (".png", "uint16", 1), (".png", "uint16", 3),
        (".tiff", "uint8", 3),
        (".tiff", "uint16", 1), (".tiff", "int16", 1), (".tiff", "float32", 1), (".tiff", "float32", 3),
    ],
)  # fmt: skip
def test_exact_formats_come_back_as_they_were(ending: str, dtype: str, channels: int) -> None:
    pixels = scene(dtype, channels)
    found = picture(encoded(ending, pixels))
    assert found.dtype == dtype
    assert np.array_equal(found.pixels, pixels)


def test_jpeg_has_its_colours_in_our_order() -> None:
    red = np.zeros((16, 24, 3), np.uint8)
    red[..., 0] = 250
    found = picture(encoded(".jpg", red)).pixels
    assert found.shape == (16, 24, 3)
    assert found[8, 8, 0] > 200
    assert found[8, 8, 2] < 50


def test_what_a_mask_holds_is_not_what_it_shows() -> None:
    """Places in a palette and samples of few bits are classes; as a picture they are colours and greys."""
    rows = [bytes([0, 1, 2, 3]), bytes([3, 2, 1, 0])]
    coloured = png((4, 2), 8, 3, rows, PALETTE)
    assert picture(coloured, MASK).pixels.tolist() == [[0, 1, 2, 3], [3, 2, 1, 0]]
    assert picture(coloured).pixels[0].tolist() == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [0, 0, 128]]
    few = png((4, 1), 2, 0, [bytes([0b00011011])])
    assert picture(few, MASK).pixels.tolist() == [[0, 1, 2, 3]]
    assert picture(few).pixels.tolist() == [[0, 85, 170, 255]]
    assert reason(encoded(".png", scene()), MASK) == "channels"


def test_transparency_is_dropped_only_where_the_column_says_so() -> None:
    pixels = np.dstack([scene(), np.full((48, 64), 9, np.uint8)])
    data = encoded(".png", pixels)
    assert reason(data) == "channels"
    assert np.array_equal(picture(data, Wanted(channels=3)).pixels, pixels[..., :3])
    assert np.array_equal(picture(data, Wanted(channels=4)).pixels, pixels)
    grey = png((2, 1), 8, 4, [bytes([7, 255, 9, 0])])
    assert reason(grey) == "channels"
    assert picture(grey, Wanted(channels=1)).pixels.tolist() == [[7, 9]]


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tiff"])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.97])
def test_a_file_that_ends_early_is_no_picture(ending: str, keep: float) -> None:
    whole = encoded(ending, scene())
    assert reason(whole[: int(len(whole) * keep)]) == "truncated"


def test_a_tiff_whose_directory_comes_first_may_lack_its_pixels() -> None:
    """As scanners write them; it has one strip of 8 x 4 pixels after seven entries."""
    pixels = bytes(range(32))
    values = [
        (256, 8),
        (257, 4),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8 + 2 + 8 * 12 + 4),
        (277, 1),
        (279, 32),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values)
    whole = b"II*\0" + struct.pack("<IH", 8, len(values)) + entries + bytes(4) + pixels
    assert picture(whole).pixels.tobytes() == pixels
    assert reason(whole[:-9]) == "truncated"
    several = whole.replace(entries + bytes(4), entries + struct.pack("<I", 8))
    assert reason(several) == "frames"


def test_a_jpeg_is_whole_whatever_lies_behind_it_or_within_its_notes() -> None:
    whole = encoded(".jpg", scene())
    assert picture(whole + b"\0" * 50) == picture(whole)
    note = b"\xff\xe1" + struct.pack(">H", 6) + b"\xff\xd9\0\0"  # such as the end of a preview
    noted = whole[:2] + note + whole[2:]
    assert picture(noted) == picture(whole)
    assert reason(noted[:-2]) == "truncated"


def test_content_that_contradicts_itself_is_damaged() -> None:
    data = bytearray(encoded(".png", scene()))
    data[len(data) // 2] ^= 0xFF
    assert reason(bytes(data)) == "damaged"
    assert reason(png((4, 2), 8, 0, [bytes(4)])) == "damaged"  # a row too few
    assert reason(b"\xff\xd8\xff\xd9") == "damaged"


@pytest.mark.parametrize(
    "data", [b"A text that is called a picture. " * 9, b"GIF89a" + bytes(99), b"RIFF0000WEBP", b"\0"]
)
def test_what_is_none_of_the_formats_is_no_picture(data: bytes) -> None:
    assert reason(data) == "not_an_image"


def test_nothing_is_unpacked_that_is_too_large_or_too_small() -> None:
    assert reason(b"") == "zero_size"
    assert reason(png((0, 2), 8, 0, [b""])) == "zero_size"
    assert reason(png((50_000, 50_000), 8, 0, [b""])) == "too_large"
    jpeg = bytearray(encoded(".jpg", scene()))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    assert reason(bytes(jpeg)) == "too_large"
    jpeg[at + 5 : at + 9] = bytes(4)
    assert reason(bytes(jpeg)) == "zero_size"
    assert reason(dicom(scene("uint16", 1), Rows=60_000, Columns=60_000)) == "too_large"


# --- DICOM --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("dtype", "channels"), [("uint8", 1), ("uint16", 1), ("int16", 1), ("uint8", 3)])
def test_stored_values_of_dicom_are_kept(dtype: str, channels: int) -> None:
    pixels = scene(dtype, channels)
    found = picture(dicom(pixels))
    assert found.dtype == dtype
    assert np.array_equal(found.pixels, pixels)


def test_what_would_lose_its_meaning_needs_a_column_that_keeps_it() -> None:
    pixels = scene("int16", 1)
    scan = dicom(pixels, RescaleSlope=1, RescaleIntercept=-1024)
    assert reason(scan) == "rescale"
    assert reason(scan, Wanted(kept=frozenset({"RescaleSlope"}))) == "rescale"
    kept = picture(scan, Wanted(kept=frozenset({"RescaleSlope", "RescaleIntercept"})))
    assert np.array_equal(kept.pixels, pixels)
    assert picture(dicom(pixels, RescaleSlope=1, RescaleIntercept=0)) == kept
    film = dicom(scene("uint16", 1), PhotometricInterpretation="MONOCHROME1")
    assert reason(film) == "photometric"
    assert picture(film, Wanted(kept=frozenset({"PhotometricInterpretation"}))).dtype == "uint16"


def test_dicom_files_that_are_no_single_picture() -> None:
    pixels = scene("uint16", 1)
    whole = dicom(pixels)
    assert reason(whole[:-100]) == "truncated"
    assert reason(dicom(pixels, NumberOfFrames=2)) == "frames"
    assert reason(dicom(pixels.astype(np.uint32))) == "dtype"
    assert reason(dicom(pixels, Rows=0)) == "zero_size"
    assert reason(whole[:200]) in ("not_an_image", "truncated", "damaged")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CT_small.dcm", "rescale"), ("MR_small.dcm", "int16"), ("MR_small_bigendian.dcm", "int16"),
        ("MR_small_RLE.dcm", "int16"), ("examples_overlay.dcm", "uint16"), ("SC_rgb_rle_16bit.dcm", "uint16"),
        ("MR_truncated.dcm", "truncated"), ("MR_small_jpeg_ls_lossless.dcm", "compressed"),
        ("JPEG-lossy.dcm", "compressed"), ("image_dfl.dcm", "compressed"),
        ("examples_palette.dcm", "photometric"),
        ("examples_ybr_color.dcm", "frames"), ("rtdose_1frame.dcm", "dtype"), ("badVR.dcm", "damaged"),
        ("rtplan.dcm", "not_an_image"), ("test-SR.dcm", "not_an_image"), ("no_meta.dcm", "not_an_image"),
    ],
)  # fmt: skip
def test_files_of_others(name: str, expected: str) -> None:
    data = (DICOM_FILES / name).read_bytes()
    if expected.endswith("16"):
        assert picture(data).dtype == expected
    else:
        assert reason(data) == expected


def test_byte_orders_of_one_scan_mean_the_same() -> None:
    files = [
        (DICOM_FILES / f"MR_small{kind}.dcm").read_bytes() for kind in ("", "_bigendian", "_implicit", "_RLE")
    ]
    assert len({picture(data).digest for data in files}) == 1


def test_one_bit_segments_are_masks() -> None:
    found = picture((DICOM_FILES / "liver_1frame.dcm").read_bytes(), MASK)
    assert (found.shape, set(np.unique(found.pixels))) == ((512, 512), {0, 1})
