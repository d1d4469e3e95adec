"""Held pictures and texts as annotators see them: pixels from the lake, paths from the delivery."""

import base64
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from aug_assets import decisions
from aug_assets.assets import common
from aug_assets.commands.annotations import export
from aug_assets.commands.held import Held
from aug_assets.frames import to_table
from aug_assets.quarantine import quarantined
from aug_assets.rows import to_hex
from resources.audit import audit_log
from resources.lake import LakeResource
from tests import builders, queries, scenes

DAY = builders.DAY
BLUR = [{"operator": "blur"}]
IDS = to_hex(builders.row_ids(2))


def told(spec: Any, frame: Any, tmp_path: Path, stage: str = "augmented") -> list[dict[str, Any]]:
    """The tasks of two candidates that are in the lake and in quarantine."""
    lake = LakeResource(uri=str(tmp_path / "lake"))
    rows = to_table(frame, spec, IDS, synthetic=True)
    table = common.table(lake, spec, "augmented")
    table.commit([table.write_part(rows, {"date": DAY}, "a")], {"date": DAY}, rows.schema, {})
    bad = quarantined(IDS, {"odd": np.ones(2, bool)}, rows).to_pylist()
    held = [
        Held(row["row_id"], DAY, stage, ("odd",), row["row"], 1, "run", "ann", "now", None) for row in bad
    ]
    files = export(lake, spec, held, tmp_path / "out" / "tasks.json")
    assert [f.name for f in files] == ["tasks.json", "tasks.xml"]
    [record] = audit_log(lake, spec.tenant).records()
    assert (record.action, record.subject["row_ids"]) == ("access", sorted(IDS.to_pylist()))
    tasks: list[dict[str, Any]] = json.loads(files[0].read_text())
    assert [t["data"]["content"] for t in tasks] == [decisions.content(row["row"]) for row in bad]
    return tasks


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_candidates_of_pictures_are_shown_as_png(tmp_path: Path, dtype: str) -> None:
    columns = {**scenes.COLUMNS, "image": {"type": "image", "dtype": dtype}}
    frame = scenes.frame(2, dtype=dtype, channels=1 if dtype == "uint16" else 3)
    for task, picture in zip(
        told(scenes.spec(columns=columns, steps=BLUR), frame, tmp_path), frame["image"], strict=True
    ):
        head, _, body = task["data"]["image"].partition(",")
        assert head == "data:image/png;base64"
        shown = cv2.imdecode(np.frombuffer(base64.b64decode(body), np.uint8), cv2.IMREAD_UNCHANGED)
        assert shown.dtype == np.uint8
        if dtype == "uint8":
            assert np.array_equal(shown[..., ::-1], picture.pixels)
        else:
            assert np.corrcoef(shown.ravel(), picture.pixels.ravel())[0, 1] > 0.99
    assert '<Image name="item"' in (tmp_path / "out" / "tasks.xml").read_text()


def test_texts_are_shown_first_with_their_label_as_prediction(tmp_path: Path) -> None:
    frame = queries.frame(4).iloc[1:3].reset_index(drop=True)
    spec = queries.spec()
    for task, (_, row) in zip(told(spec, frame, tmp_path), frame.iterrows(), strict=True):
        assert task["data"]["text"].startswith("id: " if row["text"] is None else str(row["text"]))
        assert task["predictions"][0]["result"][0]["value"] == {"choices": [row["intent"]]}
        assert task["predictions"][0]["model_version"] == spec.recipe_digest[:16]


def test_of_a_delivered_picture_the_path_is_shown(tmp_path: Path) -> None:
    spec = scenes.spec(steps=BLUR)
    row = json.dumps({"id": "x", "image": {"path": "s3://films/x.png", "bytes": 3, "digest": "d"}})
    held = Held("a" * 32, DAY, "source", ("damaged:image",), row, 1, "run", "ann", "now", None)
    files = export(LakeResource(uri=str(tmp_path)), spec, [held], tmp_path / "tasks.json")
    assert json.loads(files[0].read_text())[0]["data"]["image"] == "s3://films/x.png"
