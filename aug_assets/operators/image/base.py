"""What every operator on pictures shares: one picture with all that moves with it, changed under one key.

An operator says how one sample changes; reading it from a row and writing it back is here.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import RowKeys, generators
from aug_assets.operators import base
from aug_assets.operators.image.sides import renamed
from aug_assets.values.boxes import Boxes, Points
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture

_FULL = {"uint8": (0.0, 255.0), "uint16": (0.0, 65535.0), "int16": (-32768.0, 32767.0), "float32": (0.0, 1.0)}


@dataclass(frozen=True)
class Sample:
    """One picture and what belongs to it. Arrays are read-only: make new ones.

    Attributes:
        image: (height, width) or (height, width, channels), uint8, uint16, int16 or float32; the dtype never
            changes on the way.
        low: The least legal value of a pixel: the column's ``min``, else what the dtype can hold (0 for
            float32).
        high: The greatest: the column's ``max``, else what the dtype can hold (1 for float32).
        masks: By column, whole numbers of shape (height, width).
        boxes: The labelled boxes; None where the dataset has none.
        points: The keypoints; None where it has none.
        depth: float32 (height, width), metres, 0 where unknown; None where it has none.
    """

    image: NDArray[Any]
    low: float
    high: float
    masks: dict[str, NDArray[Any]]
    boxes: Boxes | None = None
    points: Points | None = None
    depth: NDArray[np.float32] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.image.shape[0], self.image.shape[1]

    def pixels(self, values: NDArray[Any]) -> NDArray[Any]:
        """Float values as legal pixels: cut off at ``low`` and ``high``, whole numbers rounded to even."""
        legal = np.clip(values, self.low, self.high)
        if self.image.dtype != np.float32:
            legal = np.rint(legal)
        return np.asarray(legal.astype(self.image.dtype))

    def with_image(self, image: NDArray[Any]) -> "Sample":
        """The same with other pixels of the same dtype."""
        return replace(self, image=image)


@dataclass(frozen=True)
class ImageState:
    """The roles of the columns; most operators need no more of the selected rows."""

    columns: base.Columns


class ImageOperator(base.Operator):
    """An operator that changes one sample at a time; ``change`` is all that it has to say."""

    kind: ClassVar[Literal["generate", "transform", "filter"]] = "transform"
    modality: ClassVar[base.Modality] = "image"

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: Any) -> Any:
        """The roles of the columns; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < 1:
            raise TooFewParentsError(
                f"{cls.name} needs a picture to change", seen=len(rows), legal="at least 1 selected row",
                todo="check the selection, or set `too_few: skip` in the branch's select",
            )  # fmt: skip
        return ImageState(columns)

    @classmethod
    @abstractmethod
    def change(
        cls, sample: Sample, state: Any, params: Any, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """One sample changed, and the concrete parameters drawn.

        Names that are not the same for every sample must come sorted, so that no order tells of a chunk.

        Args:
            sample: The sample; must not be changed in place.
            state: What ``fit`` returned.
            params: The operator's own ``Params``.
            rng: The generator of this row's key; nothing else may be random.
        """

    @classmethod
    def draw(cls, state: Any, params: Any, keys: RowKeys, rows: pd.DataFrame) -> base.Drawn:
        """Change each row's sample; see :class:`aug_assets.operators.base.Operator`."""
        made, told = [], []
        for row, rng in zip(samples(rows, state.columns), generators(keys.bits), strict=True):
            changed, values = cls.change(row, state, params, rng)
            made.append(changed)
            told.append(values)
        drawn = _by_name(told)
        changed_rows = renamed(written(rows, state.columns, made), state.columns.facts, drawn.get("flipped"))
        return base.Drawn(changed_rows, keys.parent[:, None], drawn)


def _by_name(told: list[dict[str, float]]) -> dict[str, NDArray[np.float64]]:
    """What each row drew as arrays, NaN where it did not draw it."""
    names = list(told[0]) if told else []
    if any(values.keys() != told[0].keys() for values in told):
        names = sorted({name for values in told for name in values})
    return {name: np.array([values.get(name, np.nan) for values in told], np.float64) for name in names}


def samples(rows: pd.DataFrame, columns: base.Columns) -> Any:
    """The sample of each row, unpacked one at a time."""
    one = {kind: columns.only(kind) for kind in ("image", "boxes", "points", "depth")}
    low, high = columns.bounds.get(one["image"], (-np.inf, np.inf))
    for n in range(len(rows)):
        row = {name: rows[name].iloc[n] for kind in columns.kinds for name in columns.kinds[kind]}
        image = row[one["image"]].pixels
        least, most = _FULL[image.dtype.name]
        masks = {name: row[name].pixels for name in columns.kinds.get("mask", ()) if row[name] is not None}
        depth = row.get(one["depth"])
        yield Sample(
            image,
            least if low == -np.inf else low,
            most if high == np.inf else high,
            masks,
            row.get(one["boxes"]),
            row.get(one["points"]),
            depth.pixels if depth is not None else None,
        )


def written(rows: pd.DataFrame, columns: base.Columns, made: list[Sample]) -> pd.DataFrame:
    """Rows with the changed samples in place of their own."""
    out = rows.reset_index(drop=True).copy()
    out[columns.only("image")] = objects([Picture.of(s.image) for s in made])
    for name in columns.kinds.get("mask", ()):
        out[name] = objects([Picture.of(s.masks[name]) if name in s.masks else None for s in made])
    for kind, values in (("boxes", [s.boxes for s in made]), ("points", [s.points for s in made])):
        if columns.only(kind):
            out[columns.only(kind)] = objects(values)
    if columns.only("depth"):
        out[columns.only("depth")] = objects([None if s.depth is None else Picture.of(s.depth) for s in made])
    return out
