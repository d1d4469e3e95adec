"""What every gate on pictures must hold: inherit, name the gate, and plant what it must not let through.

    class TestConformance(ImageGateConformance):
        gate = "boxes_inside"
        planted = {"box_outside": lambda row: {"boxes": shifted(row["boxes"], 60)}}

``drawn`` are the steps that candidates say they went through; a planted row may replace them by ``steps``.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets.gates.base import Batch
from aug_assets.rows import to_hex
from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from tests import builders, scenes
from tests.conformance.gates import GateConformance

Row = dict[str, Any]
Steps = list[tuple[str, dict[str, float]]]
_HELD = ("image", "mask", "depth", "boxes", "points")


class ImageGateConformance(GateConformance):
    """Inherit this; see the module. Each candidate's parent is the real row of the same place."""

    planted: ClassVar[dict[str, Callable[[Row], Row]]]
    fine: ClassVar[list[Callable[[Row], Row]]] = []
    drawn: ClassVar[Steps] = [("brightness_contrast", {"brightness": 0.1})]
    dtype: ClassVar[str] = "uint8"
    safety: ClassVar[dict[str, Any]] = scenes.FREE

    def spec(self) -> Any:
        steps = [{"operator": "blur"}]
        return scenes.spec(gates=[{"gate": self.gate, **self.settings}], steps=steps, safety=self.safety)

    @property
    def params(self) -> Any:
        return self.cls.Params.model_validate({"gate": self.cls.name, "max_share": 0.0, **self.settings})

    def real_rows(self) -> pd.DataFrame:
        return scenes.frame(6, dtype=self.dtype)

    def clean(self) -> pd.DataFrame:
        return self._made([lambda row: {}, lambda row: {}, *self.fine])

    def defective(self) -> pd.DataFrame:
        return self._made(list(self.planted.values()))

    def _made(self, changes: list[Callable[[Row], Row]]) -> pd.DataFrame:
        rows = []
        for n, change in enumerate(changes):
            row = {"steps": self.drawn, "place": n % 6, **self.real_rows().iloc[n % 6].to_dict()}
            pixels = row["image"].pixels
            slight = pixels.copy()
            slight[::3, ::3] = np.sort(slight[::3, ::3], axis=0)  # another picture of the same levels
            rows.append(row | {"image": Picture.of(slight)} | change(row))
        made = pd.DataFrame({name: objects([row[name] for row in rows]) for name in rows[0]})
        like = self.real_rows()
        return made.astype({name: like[name].dtype for name in like if name not in _HELD})

    def batch(self, rows: pd.DataFrame) -> Batch:
        ids = to_hex(builders.candidate_ids(rows.index.to_numpy()))
        parents = to_hex(builders.row_ids(len(self.real_rows()))).to_pylist()
        told = []
        for row_id, place, steps in zip(ids.to_pylist(), rows["place"], rows["steps"], strict=True):
            one = builders.told(pa.array([row_id]), self.spec(), builders.row_ids(1)).to_pylist()[0]
            told += [
                {
                    **one,
                    "step": n,
                    "operator": name,
                    "drawn": list(values.items()),
                    "parents": [parents[place]],
                }
                for n, (name, values) in enumerate(steps)
            ]
        schema = builders.told(pa.array([], pa.string()), self.spec(), builders.row_ids(1)).schema
        plain = rows.drop(columns=["steps", "place"]).reset_index(drop=True)
        return Batch(plain, ids, pa.Table.from_pylist(told, schema))

    def test_each_planted_row_is_caught_for_its_reason(self) -> None:
        masks = self.observe(self.defective()).failures
        for at, reason in enumerate(self.planted):
            assert masks[reason.partition("/")[0]][at], reason

    def test_a_candidate_of_nobody_is_refused(self) -> None:
        batch = self.batch(self.clean())
        orphan = Batch(batch.rows, batch.ids, batch.told.slice(0, 0))
        assert self.cls.observe(self.real(), self.params, orphan).failures["no_parent"].all()


def moved(boxes: Boxes, by: float) -> Boxes:
    """The same boxes further right and down."""
    return Boxes(boxes.xyxy + by, boxes.labels, boxes.ignore, boxes.visible, boxes.object)


def seen(boxes: Boxes, share: float) -> Boxes:
    """The same boxes, the first of them with so much left of it."""
    visible = boxes.visible.copy()
    visible[0] = share
    return Boxes(boxes.xyxy, boxes.labels, boxes.ignore, visible, boxes.object)
