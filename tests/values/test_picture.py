"""Pictures in columns: packed, unpacked, compared, pickled."""

import pickle

import numpy as np
import pyarrow as pa
import pytest

from aug_assets.rows import digest
from aug_assets.values.picture import Picture, from_arrow, to_arrow
from tests import scenes


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [*scenes.DTYPES, "int32"])
def test_pixels_come_back_bit_for_bit(dtype: str, channels: int) -> None:
    pixels = scenes.picture(3, dtype if dtype != "int32" else "uint16", channels).astype(dtype)
    picture = Picture.of(pixels)
    (back,) = from_arrow(pa.chunked_array([to_arrow([picture])]))
    assert back is not None
    for one in (back, pickle.loads(pickle.dumps(picture))):
        assert one.pixels.dtype == pixels.dtype
        np.testing.assert_array_equal(one.pixels, pixels)
        assert one == picture
        assert hash(one) == hash(picture)


def test_nulls_stay_null_and_make_another_digest() -> None:
    one = Picture.of(np.zeros((2, 3), np.uint8))
    stored = to_arrow([one, None])
    assert from_arrow(pa.chunked_array([stored])) == [one, None]
    tables = [pa.table({"image": to_arrow(rows)}) for rows in ([one, None], [None, one], [one, one])]
    assert len({digest(table) for table in tables}) == 3


def test_other_content_dtype_or_shape_is_another_picture() -> None:
    base = np.arange(12, dtype=np.uint8).reshape(3, 4)
    others = [base + np.uint8(1), base.reshape(4, 3), base.astype(np.uint16), base[:, :, None]]
    assert len({Picture.of(one) for one in [base, *others]}) == 5
    assert Picture.of(base) != base.tobytes()


def test_sixteen_bits_pack_smaller_than_as_they_are() -> None:
    smooth = np.add.outer(np.arange(200), np.arange(200)) * 8
    pixels = (smooth + np.random.Generator(np.random.Philox(1)).integers(0, 30, smooth.shape)).astype(
        np.uint16
    )
    data, codec = Picture.of(pixels).packed
    assert codec == "zstd+split"
    assert len(data) < 0.9 * len(pa.Codec("zstd", 1).compress(pixels.tobytes(), asbytes=True))


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 2)), np.zeros(4, np.uint8), np.zeros((0, 4), np.uint8), np.zeros((2, 2, 0), np.uint8)],
)
def test_what_is_no_picture_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="legal"):
        Picture.of(pixels)
