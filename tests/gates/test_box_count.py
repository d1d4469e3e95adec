"""The gate ``box_count``."""

from typing import ClassVar

import numpy as np
import pandas as pd

from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from tests import scenes
from tests.conformance.image_gates import ImageGateConformance


def called(boxes: Boxes, *labels: str) -> Boxes:
    return Boxes(boxes.xyxy, np.array(labels, object))


class TestConformance(ImageGateConformance):
    gate = "box_count"
    fine: ClassVar = [
        lambda row: {"boxes": row["boxes"][np.arange(2)], "steps": [("affine", {"boxes_gone": 1.0})]},
    ]
    planted: ClassVar = {
        "box_count": lambda row: {"boxes": row["boxes"][np.arange(2)]},
        "box_count/said": lambda row: {"steps": [("crop", {"boxes_gone": 1.0})]},
        "box_label": lambda row: {"boxes": called(row["boxes"], "person", "person", "person")},
        "box_label/one": lambda row: {"boxes": called(row["boxes"], "car", "car", "car")},
    }

    def test_what_left_is_counted_by_class(self) -> None:
        assert self.judge(self.clean()).details == {"gone_car": 1.0, "rows": 0.0}


def test_a_mirror_changes_the_name_of_every_side_or_of_none() -> None:
    class Mirrored(ImageGateConformance):
        gate = "box_count"
        safety: ClassVar = {**scenes.FREE, "mirrored_labels": {"left": "right"}}  # said once, true both ways

        def real_rows(self) -> pd.DataFrame:
            rows = super().real_rows()
            boxes = [called(b, *("right", "right", "car")[: len(b)]) for b in rows["boxes"]]
            return rows.assign(boxes=objects(boxes))

        fine: ClassVar = [lambda row: {"boxes": called(row["boxes"], "left", "left", "car")}]
        planted: ClassVar = {
            "box_label": lambda row: {"boxes": called(row["boxes"], "left", "right", "car")},
            "box_label/lost": lambda row: {
                "boxes": called(row["boxes"][np.arange(2)], "car", "car"),
                "steps": [("crop", {"boxes_gone": 1.0})],
            },
        }

    suite = Mirrored()
    suite.test_clean_rows_pass()
    suite.test_each_planted_row_is_caught_for_its_reason()
    assert suite.judge(suite.clean()).details == {"rows": 0.0}  # nothing left
