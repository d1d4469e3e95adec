"""Real pictures with real boxes, and real films of 28 x 28 pixels, read as their users would."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aug_assets.ingest import ingest
from tests import builders
from tests.media import made

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("AUG_TEST_DATA", ROOT.parent / "shared" / "data"))
SIGNS, CARS = DATA / "driving" / "road_signs", DATA / "driving" / "carla_boxes"
FILMS = DATA / "medical" / "pneumoniamnist" / "pneumoniamnist.npz"
COLUMNS = {
    "id": {"type": "string", "from": "image"},
    "image": {"type": "image", "from": "image", "dtype": "uint8", "channels": 3},
    "boxes": {"type": "boxes"},
}


@pytest.mark.parametrize("folder", [SIGNS, CARS], ids=lambda folder: folder.name)
def test_photographs_with_a_table_of_boxes(tmp_path: Path, folder: Path) -> None:
    if not folder.exists():
        pytest.skip(f"needs {folder.name} below AUG_TEST_DATA")
    names = [line.split(",")[0] for line in (folder / "images.csv").read_text().splitlines()[1:25]]
    root = folder if (folder / names[0]).exists() else folder / "images"
    lines = "\n".join(["image", *(str(root / name) for name in names)])
    made.put(tmp_path, **{f"{builders.DAY}_csv": lines})
    notes = {"uri": str(folder / "boxes.csv"), "format": "csv"}
    found = ingest(
        made.spec(str(tmp_path / "{date}.csv"), COLUMNS, source={"annotations": notes}), builders.DAY
    )
    assert (found.read, found.reasons) == (24, {})
    said = (folder / "boxes.csv").read_text().splitlines()
    told = {str(root / name): sum(line.startswith(f"{name},") for line in said) for name in names}
    assert {row["id"]: len(row["boxes"]) for row in found.rows.to_pylist()} == told
    assert sum(told.values()) > 24


@pytest.mark.skipif(not FILMS.exists(), reason=f"needs {FILMS.name} below AUG_TEST_DATA")
def test_films_as_bytes_in_parquet(tmp_path: Path) -> None:
    with np.load(FILMS) as held:
        films, labels = held["train_images"][:50], held["train_labels"][:50, 0]
    files = [made.encoded(".png", film) for film in films]
    files[7] = files[7][:-20]
    rows = pa.table({"id": [f"{n}" for n in range(50)], "image": files, "ill": labels.astype(np.int64)})
    pq.write_table(rows, tmp_path / f"{builders.DAY}.parquet")
    columns = {
        "id": {"type": "string"},
        "image": {"type": "image", "dtype": "uint8", "channels": 1},
        "ill": {"type": "int64", "values": [0, 1]},
    }
    good, bad = made.read(made.spec(str(tmp_path / "{date}.parquet"), columns, label="ill"))
    assert bad == {"7": ["truncated:image"]}
    assert len(good) == 49
    assert good["11"]["image"]["shape"] == [28, 28]
