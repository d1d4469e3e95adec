"""Parameters that are drawn from a range, least and most, in physical units."""

from typing import Annotated

from numpy.random import Generator
from pydantic import AfterValidator


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if not pair[0] <= pair[1]:
        raise ValueError(f"the least, {pair[0]}, is above the most, {pair[1]}")
    return pair


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]


def drawn(rng: Generator, pair: tuple[float, float]) -> float:
    """A number between the two, uniform."""
    return float(pair[0] + (pair[1] - pair[0]) * rng.random())
