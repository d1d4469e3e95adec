"""The plot of a day's candidates over their parents, one panel a column. Figures and tables are in show."""

import base64
import io
from typing import Any, Literal

import dagster as dg
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.spec import DatasetSpec

_REAL: dict[str, Any] = {"fill": True, "alpha": 0.55, "color": "#4c72b0", "label": "parents"}
_NEW: dict[str, Any] = {"color": "#c44e52", "linewidth": 1.4, "label": "candidates"}
_PANELS = 6
_BINS = 30
_LONG_TAIL = 12.0  # times the median
_INCHES = 2.2  # height of a row of panels


def marginals(spec: DatasetSpec, parents: pd.DataFrame, made: pd.DataFrame) -> dg.MarkdownMetadataValue:
    """Histograms of parents and candidates, one panel a numeric column."""
    from matplotlib.figure import Figure  # not pyplot, which is global state and no thread may share

    names = [n for n, c in spec.columns.items() if c.type.startswith(("int", "float")) and n != spec.label]
    names = [n for n in names if n not in spec.key][:_PANELS]
    if not names:
        return dg.MetadataValue.md("no numeric columns")
    rows = -(-len(names) // 3)
    figure = Figure(figsize=(9, _INCHES * rows), dpi=80)
    bottom = 0.5 / (_INCHES * rows)  # room for the legend; a computed layout would draw everything twice
    figure.subplots_adjust(0.02, bottom, 0.98, 0.92, 0.08, 0.45)
    for place, name in enumerate(names, start=1):
        axes = figure.add_subplot(rows, min(3, len(names)), place)
        real, new = (_finite(frame[name]) for frame in (parents, made))
        both = np.concatenate([real, new])
        if len(both) == 0:
            continue
        edges, scale = _edges(both)
        axes.set_xscale(scale)
        for values, look in ((real, _REAL), (new, _NEW)):
            heights, _ = np.histogram(np.maximum(values, edges[0]), edges)
            axes.stairs(heights / max(len(values), 1), edges, **look)
        axes.set_title(f"{name} ({scale} scale)" if scale == "log" else name, fontsize=9)
        axes.minorticks_off()
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
    looks = [axes.get_legend_handles_labels() for axes in figure.axes]  # a panel without values has none
    figure.legend(
        *max(looks, key=lambda look: len(look[0])), loc="lower center", ncol=2, fontsize=8, frameon=False
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    data = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![marginals of parents and candidates](data:image/png;base64,{data})")


def _finite(column: pd.Series) -> NDArray[np.float64]:
    """The values that have a place on an axis; a gate deals with the others."""
    values: NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    finite: NDArray[np.float64] = values[np.isfinite(values)]
    return finite


def _edges(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], Literal["linear", "log"]]:
    """Bins up to the 98th percentile; on a log scale where a long tail would leave one full bin."""
    low, high = np.quantile(values, [0.0, 0.98])
    above = values[values > 0]
    if low >= 0 and len(above) and high > _LONG_TAIL * np.median(above):
        return np.geomspace(max(np.quantile(above, 0.02), high / 1e4), high, _BINS + 1), "log"
    return np.histogram_bin_edges(values, bins=_BINS, range=(low, high)), "linear"
