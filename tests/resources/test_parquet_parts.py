"""Parquet parts: pixels are packed once, and tables without any are packed as ever."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aug_assets.values import picture
from aug_assets.values.boxes import STORED_BOXES
from resources.parquet_parts import encode


def columns(data: bytes) -> dict[str, tuple[str, bool, tuple[str, ...]]]:
    """Codec, whether there are statistics, and encodings, by column of values."""
    group = pq.ParquetFile(pa.BufferReader(data)).metadata.row_group(0)
    found = [group.column(n) for n in range(group.num_columns)]
    return {c.path_in_schema: (c.compression, c.is_stats_set, c.encodings) for c in found}


def test_packed_pixels_are_not_packed_again() -> None:
    noise = np.random.Generator(np.random.Philox(1)).integers(0, 255, (8, 40, 50), np.uint8)
    box = {"x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0, "label": "car"}
    table = pa.table(
        {
            "row_id": [f"{n:032x}" for n in range(8)],
            "image": picture.to_arrow([picture.Picture.of(n) for n in noise]),
            "boxes": pa.array([[box]] * 8, STORED_BOXES),
            "kind": ["a", "b"] * 4,
            "amount": np.arange(8) / 7,
            "told": pa.array([[("x", 1.0)]] * 8, pa.map_(pa.string(), pa.float64())),
            "file": pa.array([b"abc"] * 8),
        }
    )
    data = encode(table)
    found = columns(data)
    bare = {path for path, (codec, _, _) in found.items() if codec == "UNCOMPRESSED"}
    assert bare == {"image.pixels", "file"}
    for path in bare:
        _, stats, encodings = found[path]
        assert not stats
        assert not any("DICTIONARY" in name for name in encodings)
    assert [path for path, (_, stats, _) in found.items() if stats] == ["amount"]
    assert pq.read_table(pa.BufferReader(data)) == table
    assert encode(table) == data


def test_tables_without_bytes_are_packed_as_a_whole() -> None:
    table = pa.table({"x": np.arange(100) / 7, "tags": [["a"]] * 100})
    assert {codec for codec, *_ in columns(encode(table)).values()} == {"ZSTD"}
