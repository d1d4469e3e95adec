"""Quarantine holds the row as JSON, and of pictures and files only what names them."""

import json

import numpy as np
import pyarrow as pa

from aug_assets.quarantine import quarantined
from aug_assets.values import picture
from aug_assets.values.picture import Picture


def row(table: pa.Table) -> dict:
    held = quarantined(pa.array(["a"]), {"max:x": np.array([True])}, table)
    assert held["reasons"].to_pylist() == [["max:x"]]
    return json.loads(held["row"][0].as_py())


def test_a_picture_is_named_and_not_kept() -> None:
    noise = Picture.of(np.random.Generator(np.random.Philox(1)).integers(0, 255, (300, 200), np.uint8))
    table = pa.table({"image": picture.to_arrow([noise]), "none": picture.to_arrow([None]), "x": [1.5]})
    found = row(table)
    named = {"dtype": "uint8", "shape": [300, 200], "digest": noise.digest}
    assert found == {"image": named, "none": None, "x": 1.5}


def test_a_files_bytes_are_named_with_their_path() -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table(
        {
            "file": pa.array([bytes(100_000)], pa.binary()),
            "null": pa.array([None], pa.large_binary()),
            "both": pa.array([{"bytes": b"abc", "path": "in/a.png"}], kind),
        }
    )
    found = row(table)
    assert found["null"] is None
    assert (found["file"]["bytes"], found["file"]["path"]) == (100_000, None)
    assert (found["both"]["bytes"], found["both"]["path"]) == (3, "in/a.png")
    assert found["file"]["digest"] != found["both"]["digest"]
    assert len(json.dumps(found)) < 400
