"""A frame's column of objects."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def objects(values: Sequence[Any]) -> pd.Series:
    """Values as a column of objects, whatever they are: numpy would look into what has a length."""
    held = np.empty(len(values), object)
    for n, value in enumerate(values):
        held[n] = value
    return pd.Series(held, dtype=object)
