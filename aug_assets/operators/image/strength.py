"""An operator's parameters at a strength from 0 to 1: its ranges closed to one value each."""

from typing import Any

from numpy.random import Generator

_ONE = ("contrast", "gamma", "scale", "zoom")  # factors: 1 changes nothing
_EVEN = (
    "angle_deg",
    "aspect",
    "azimuth_deg",
    "direction_deg",
    "elevation_deg",
    "slant_deg",
)  # no more and no less: drawn anywhere in their range
_LESS = ("area", "lux", "photons_px", "quality", "snr", "visibility_m")  # the most is the mildest


def at_strength(params: Any, strength: float, rng: Generator) -> Any:
    """Parameters whose ranges are one value each, so far from their mildest as the strength says.

    Args:
        params: An operator's parameters.
        strength: 0 is the mildest value of each range, 1 the strongest.
        rng: Draws the side, where a range lies on both sides of what changes nothing; and what is no
            strength, such as a direction, anywhere in its range.
    """
    closed = {}
    for name, pair in params:
        if _is_range(pair):
            value = _value(name, pair, strength, rng)
            whole = type(params).model_fields[name].annotation == tuple[int, int]
            closed[name] = (round(value),) * 2 if whole else (value,) * 2
    return params.model_copy(update=closed)


def _is_range(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, int | float) for v in value)  # noqa: PLR2004


def _value(name: str, pair: tuple[float, float], strength: float, rng: Generator) -> float:
    least, most = pair
    side = rng.random()  # drawn in any case, so that later draws do not depend on the range
    if name in _EVEN:
        return least + side * (most - least)
    if name in _LESS:
        mildest, strongest = most, least
    else:
        mildest = min(max(1.0 if name in _ONE else 0.0, least), most)
        both = least < mildest < most
        strongest = (least if side < 0.5 else most) if both else (most if mildest == least else least)  # noqa: PLR2004
    return mildest + strength * (strongest - mildest)
