"""Pictures as they come back from JPEG: blocks, and blurred colour.

Source: Wallace, "The JPEG still picture standard", IEEE Trans. Consumer Electronics 38(1), 1992.

Not for pictures of more than 8 bits, which the format cannot hold and this operator refuses, and not for data
that was never compressed when it is used.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator
from pydantic import Field

from aug_assets.errors import SpecError
from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import legal

_COLOUR = 3


class JpegParams(base.Params):
    """Parameters of ``jpeg``."""

    operator: Literal["jpeg"] = "jpeg"
    quality: Range = Field(
        (40, 90),
        description="Quality as the encoder counts it, 1 to 100, least and most; drawn in whole numbers",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse what the encoder does not know."""
        if not 1 <= self.quality[0] <= self.quality[1] <= 100:  # noqa: PLR2004
            raise ValueError(f"quality {self.quality} is not from 1 to 100")


class Jpeg(ImageOperator):
    """Pictures that were compressed."""

    name: ClassVar = "jpeg"
    version: ClassVar = "1"
    Params: ClassVar = JpegParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: Any) -> Any:
        """Refuse what JPEG cannot hold; see :class:`aug_assets.operators.base.Operator`.

        Raises:
            SpecError: A picture is not of 8 bits and 1 or 3 channels.
        """
        for picture in rows[columns.only("image")]:
            if picture.dtype != "uint8" or (*picture.shape, 1)[2] not in (1, _COLOUR):
                raise SpecError(
                    "JPEG cannot hold the pictures of this dataset", seen=picture,
                    legal="uint8 of 1 or 3 channels", todo="take the step jpeg out of the recipe",
                )  # fmt: skip
        return super().fit(rows, columns, params)

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: JpegParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Compress and read again; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        quality, image = round(drawn(rng, params.quality)), sample.image
        colour = image.ndim == _COLOUR and image.shape[2] == _COLOUR
        given = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if colour else image
        _, packed = cv2.imencode(".jpg", given, [cv2.IMWRITE_JPEG_QUALITY, quality])
        read = cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB if colour else cv2.IMREAD_GRAYSCALE)
        made = legal(sample, np.asarray(read).reshape(image.shape))
        return sample.with_image(made), {"quality": float(quality)}
