"""Boxes of exported pictures in COCO's JSON."""

import json
from collections.abc import Mapping
from typing import Any

from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.spec import DatasetSpec


class Catalogue:
    """Pictures and boxes as they are added; ids count from 1 in that order."""

    def __init__(self, spec: DatasetSpec) -> None:
        self._image = spec.kinds["image"][0]
        self._boxes = next(iter(spec.kinds.get("boxes", ())), None)
        listed = spec.columns[self._boxes].values if self._boxes else None
        self._listed = [str(label) for label in listed or ()]
        self._images: list[dict[str, Any]] = []
        self._found: list[dict[str, Any]] = []

    def add(self, row: Mapping[str, Any], line: Mapping[str, Any]) -> None:
        """One row, and the same with the paths of its pictures; a row without a picture is no image."""
        if row[self._image] is None:
            return
        height, width = row[self._image].shape[:2]
        number = len(self._images) + 1
        about = {"id": number, "file_name": line[self._image], "width": width, "height": height}
        self._images.append({**about, ROW_ID: row[ROW_ID], IS_SYNTHETIC: row[IS_SYNTHETIC]})
        for box in (row[self._boxes] or ()) if self._boxes else ():
            self._found.append({"id": len(self._found) + 1, "image_id": number, **_box(box)})

    def text(self) -> str:
        """The file; categories in the order of the dataset's values, or of the alphabet."""
        seen = {box["category_id"] for box in self._found}
        labels = self._listed or sorted(seen)
        ids = {label: n for n, label in enumerate(labels, start=1)}
        return json.dumps(
            {
                "images": self._images,
                "annotations": [{**box, "category_id": ids[box["category_id"]]} for box in self._found],
                "categories": [{"id": n, "name": label} for label, n in ids.items()],
            },
            ensure_ascii=False,
        )


def _box(box: Mapping[str, Any]) -> dict[str, Any]:
    wide, high = box["x1"] - box["x0"], box["y1"] - box["y0"]
    return {
        "category_id": box["label"],
        "bbox": [box["x0"], box["y0"], wide, high],
        "area": wide * high,
        "iscrowd": 0,
        "ignore": int(bool(box["ignore"])),
    }
