"""What every operator on pictures must hold, besides what all must: inherit, and name the operator.

    class TestConformance(ImageConformance):
        operator = "blur"
        params = {"sigma_px": [1, 2]}

``geometric`` says whether it moves things: one that does not must leave masks, boxes, points and depth alone.
``columns`` leaves out what a dataset need not have, ``dtypes`` and ``channels`` what the operator refuses.
"""

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from aug_assets.frames import columns_of
from aug_assets.operators.base import Columns
from aug_assets.operators.image.base import samples
from aug_assets.spec_column import ColumnSpec
from aug_assets.spec_safety import Safety, kinds
from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from tests import scenes
from tests.conformance.operators import OperatorConformance


class ImageConformance(OperatorConformance):
    """Inherit this; see the module."""

    geometric: ClassVar[bool] = False
    parents: ClassVar[int] = 12
    dtypes: ClassVar[tuple[str, ...]] = scenes.DTYPES
    channels: ClassVar[tuple[int, ...]] = (1, 3)
    columns: ClassVar[dict[str, Any]] = scenes.COLUMNS

    def example(self, rows: int = 8) -> pd.DataFrame:
        made = scenes.frame(rows, channels=self.channels[-1], dtype=self.dtypes[0])
        return made[list(self.columns)]

    def roles(self, parents: pd.DataFrame) -> Columns:
        return columns_of(_spec(self.columns), parents)

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("dtype", scenes.DTYPES)
    def test_dtype_size_and_range_are_kept(self, dtype: str, channels: int) -> None:
        if dtype not in self.dtypes or channels not in self.channels:
            pytest.skip("not for such pictures")
        parents = scenes.frame(4, dtype=dtype, channels=channels)[list(self.columns)]
        keys = self.keys(len(parents))
        drawn = self.draw(self.fit(parents), keys, parents)
        roles = self.roles(parents)
        changed = 0
        before = samples(parents.iloc[keys.parent].reset_index(drop=True), roles)
        for old, new in zip(before, samples(drawn.rows, roles), strict=True):
            assert new.image.dtype == old.image.dtype
            assert new.image.ndim == old.image.ndim
            assert new.image.min() >= old.low
            assert new.image.max() <= old.high
            assert np.isfinite(new.image).all()
            changed += not np.array_equal(new.image, old.image)
            self.check_labels(old, new)
        assert changed > 0, "the operator changed no picture"

    def check_labels(self, old: Any, new: Any) -> None:
        """Labels stay what they were, or move with the picture."""
        for name, mask in new.masks.items():
            assert mask.dtype == old.masks[name].dtype
            assert mask.shape == new.size
            assert set(np.unique(mask)) <= {0, *np.unique(old.masks[name])}
            if not self.geometric:
                np.testing.assert_array_equal(mask, old.masks[name])
        if new.depth is not None:
            assert new.depth.dtype == np.float32
            assert new.depth.shape == new.size
        if new.boxes is not None:
            height, width = new.size
            assert (new.boxes.xyxy >= 0).all()
            assert (new.boxes.xyxy <= [width, height, width, height]).all()
            assert (new.boxes.area > 0).all()
            assert ((new.boxes.visible > 0) & (new.boxes.visible <= 1)).all()
            if not self.geometric:
                np.testing.assert_array_equal(new.boxes.xyxy, old.boxes.xyxy)
                np.testing.assert_array_equal(new.boxes.labels, old.boxes.labels)
        if not self.geometric:
            assert new.points == old.points

    def test_a_picture_of_one_pixel(self) -> None:
        parents = self.example(2)
        pixels = np.full((1, 1, 3)[: 3 if self.channels[-1] == 3 else 2], 100).astype(self.dtypes[0])
        parents["image"] = objects([Picture.of(pixels)] * 2)
        for name, value in (
            ("mask", Picture.of(np.ones((1, 1), np.uint8))),
            ("depth", Picture.of(np.ones((1, 1), np.float32))),
            ("boxes", Boxes(np.empty((0, 4)), np.empty(0))),
        ):
            if name in parents:
                parents[name] = objects([value] * 2)
        drawn = self.draw(self.fit(parents), self.keys(2), parents)
        assert all(picture.dtype == self.dtypes[0] for picture in drawn.rows["image"])


def _spec(columns: dict[str, Any]) -> Any:
    """The dataset of these columns; what its recipe is plays no part."""
    built = {name: ColumnSpec.model_validate(column) for name, column in columns.items()}
    return SimpleNamespace(
        columns=built, key=("id",), label=None, kinds=kinds(built), safety=Safety(**scenes.FREE)
    )
