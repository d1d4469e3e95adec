"""One column among real parents and candidates, as the numbers that a panel shows. Nothing is drawn here.

Text has no panel: its values name people, and candidates repeat their parent's.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.operators.base import numbers

if TYPE_CHECKING:
    from aug_assets.spec import DatasetSpec

Floats = NDArray[np.float64]

NUMBERS, CHOICES, TIMES = (
    ("int32", "int64", "float32", "float64"),
    ("category", "bool"),
    ("timestamp", "date"),
)
_BINS = 30
_LONG_TAIL = 12.0  # times the median
_MAX_VALUES, _TOP = 20, 15
_DAY = 86_400.0
_SHORT = 100  # no decimals from here


@dataclass(frozen=True)
class Panel:
    """The shares of a column's values.

    Attributes:
        name: The column.
        note: What a reader must know besides: scale, nulls, what is left out.
        real: float64 (b,), the share of the real parents in each bin, or with each label.
        new: float64 (b,), the same of the candidates.
        edges: float64 (b + 1,), ends of the bins between 0 and 1; empty where there are labels.
        ticks: Places between 0 and 1 with the value there.
        labels: Value of each bar; empty where there are bins.
    """

    name: str
    note: str
    real: Floats
    new: Floats
    edges: Floats
    ticks: tuple[tuple[float, str], ...] = ()
    labels: tuple[str, ...] = ()


def shown(spec: "DatasetSpec", kinds: tuple[str, ...]) -> list[str]:
    """The columns of these types but the key, in the order of the dataset's file."""
    return [name for name, column in spec.columns.items() if name not in spec.key and column.type in kinds]


def panels(
    spec: "DatasetSpec", parents: pd.DataFrame, made: pd.DataFrame, names: Sequence[str]
) -> list[Panel]:
    """A panel for each of these columns; the label, whatever its type, is a choice."""
    choices = {name for name in names if spec.columns[name].type in CHOICES or name == spec.label}
    return [(bars if name in choices else histogram)(name, parents[name], made[name]) for name in names]


def histogram(name: str, parents: pd.Series, made: pd.Series) -> Panel:
    """Bins over numbers or times."""
    real, new = axis_values(parents), axis_values(made)
    present = [values[np.isfinite(values)] for values in (real, new)]
    both = np.concatenate(present)
    if len(both) == 0:
        none = np.zeros(0)
        return Panel(name, "no values", none, none, none)
    times = pd.api.types.is_datetime64_any_dtype(parents.dtype) or "date" in str(parents.dtype)
    edges, log = (_even(both), False) if times else bins(both)
    heights = []
    for values in present:
        clipped = np.maximum(values, edges[0])  # on a log scale, zero has no place of its own
        heights.append(np.histogram(clipped, edges)[0] / max(len(values), 1))
    scaled = np.log10(edges) if log else edges
    span = scaled[-1] - scaled[0]
    whole = edges[0] % 1 == 0.5 and edges[-1] % 1 == 0.5  # noqa: PLR2004 - bins around whole numbers
    marks = np.linspace(scaled[0] + whole / 2, scaled[-1] - whole / 2, 3)
    marks = np.round(marks) if whole else marks
    shown = _moments(marks) if times else [_figure(v) for v in (10**marks if log else marks).tolist()]
    ticks = dict(zip(((marks - scaled[0]) / span).tolist(), shown, strict=True))  # one for equal marks
    beyond = [float((values > edges[-1]).mean()) if len(values) else 0.0 for values in present]
    notes = ["log scale"] if log else []
    notes += [_pair("above", *beyond)] if max(beyond) > 0 else []
    notes += _nulls(real, new)
    return Panel(
        name, ", ".join(notes), heights[0], heights[1], (scaled - scaled[0]) / span, tuple(ticks.items())
    )


def bars(name: str, parents: pd.Series, made: pd.Series) -> Panel:
    """Shares of categories; of many, the most frequent ones among the parents."""
    counts = [Counter(_words(column)) for column in (parents, made)]
    ranked = sorted(counts[0] | counts[1], key=lambda value: (-counts[0][value], -counts[1][value], value))
    shown = ranked if len(ranked) <= _MAX_VALUES else ranked[:_TOP]
    rest = ranked[len(shown) :]
    shares = []
    for count in counts:
        total = max(count.total(), 1)
        share = [count[value] / total for value in shown]
        shares.append(np.array(share + ([sum(count[v] for v in rest) / total] if rest else [])))
    note = f"the {_TOP} most frequent of {len(ranked)} values" if rest else ""
    labels = (*shown, f"{len(rest)} other values") if rest else tuple(shown)
    return Panel(name, note, shares[0], shares[1], np.zeros(0), labels=labels)


def axis_values(column: pd.Series) -> Floats:
    """Numbers, or seconds since 1970, float64 with NaN for null."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return numbers(column.to_frame("v"), ("v",))[:, 0]
    past = pd.to_datetime(column, utc=True) - pd.Timestamp(0, tz="UTC")
    return np.asarray(past / pd.Timedelta(seconds=1), np.float64)


def bins(values: Floats) -> tuple[Floats, bool]:
    """Edges up to the 98th percentile, and whether they are even on a log scale, as for a long tail.

    Few whole numbers get a bin each: bins that hold now one and now two of them would look like a comb.
    """
    low, high = np.quantile(values, [0.0, 0.98])
    above = values[values > 0]
    if low >= 0 and len(above) and high > _LONG_TAIL * np.median(above):
        return np.geomspace(max(np.quantile(above, 0.02), high / 1e4), high, _BINS + 1), True
    if high - low <= _BINS and np.array_equal(values, np.round(values)):
        return np.arange(low, np.ceil(high) + 2) - 0.5, False
    return np.asarray(np.histogram_bin_edges(values, bins=_BINS, range=(low, high)), np.float64), False


def _even(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    edges: Floats = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    return edges


def _moments(seconds: Any) -> list[str]:
    """Times of a day where all lie in one, else dates."""
    pattern = "%H:%M" if seconds[-1] - seconds[0] <= _DAY else "%Y-%m-%d"
    return [pd.Timestamp(value, unit="s", tz="UTC").strftime(pattern) for value in seconds.tolist()]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _SHORT else f"{value:.3g}"


def _nulls(real: Floats, new: Floats) -> list[str]:
    missing = [float(np.isnan(values).mean()) if len(values) else 0.0 for values in (real, new)]
    return [_pair("null", *missing)] if max(missing) > 0 else []


def _pair(what: str, real: float, new: float) -> str:
    return f"{what} {real:.0%} / {new:.0%}"


def _words(column: pd.Series) -> list[str]:
    return ["(null)" if value is None or value is pd.NA or value != value else str(value) for value in column]  # noqa: PLR0124 - NaN
