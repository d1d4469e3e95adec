"""One sample of given pixels, and an operator's change of it under a fixed key."""

from typing import Any

import numpy as np
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import ImageOperator, Sample


def changed(
    operator: type[ImageOperator], pixels: np.ndarray, low: float, high: float, key: int = 7, **params: Any
) -> tuple[np.ndarray, dict[str, float]]:
    """The pixels after the operator, and what it told of itself."""
    step = operator.Params.model_validate({"operator": operator.name, **params})
    made, told = operator.change(Sample(pixels, low, high, {}), None, step, Generator(Philox(key=key)))
    return made.image, told
