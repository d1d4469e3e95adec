"""Contact sheets: pictures beside the copies made of them, with boxes, masks and points drawn, as one SVG."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.report import draw
from aug_assets.report.families import Family

if TYPE_CHECKING:
    from aug_assets.spec import DatasetSpec

_WIDE, _GAP, _LINE = 240, 10, 13  # pixels
_QUALITY = 82  # of a JPEG thumbnail
_COLOURS = ("#ffd166", "#06d6a0", "#ef476f", "#4cc9f0", "#f78c6b", "#b388eb")
_INK = (255, 209, 102)  # of a mask's outline
_GREY, _COLOUR = 2, 3
_ENDS = (0.5, 99.5)  # percentiles that become black and white where the dataset names no window


def sheet(spec: "DatasetSpec", families: Sequence[Family]) -> str:
    """One line of pictures a family: the parent first, then its copies with what they went through."""
    legend = {label: _COLOURS[n % len(_COLOURS)] for n, label in enumerate(_labels(spec, families))}
    parts: list[str] = []
    y, wide = 4.0, 1
    for family in families:
        window = _window(spec, family.parent)
        cells = [_cell(spec, family.parent, 0, ["original", *_about(spec, family.parent, 0)], window, legend)]
        cells += [
            _cell(spec, family.copies, n, family.words(n), window, legend) for n in range(len(family.copies))
        ]
        parts += [draw.moved(4 + n * (_WIDE + _GAP), y, body) for n, (_, body) in enumerate(cells)]
        y += max(height for height, _ in cells) + _GAP
        wide = max(wide, len(cells))
    return draw.svg(4 + wide * (_WIDE + _GAP), y, "".join(parts), "pictures beside their copies")


def _labels(spec: "DatasetSpec", families: Sequence[Family]) -> list[str]:
    seen: set[str] = set()
    for name in (*spec.kinds.get("boxes", ()), *spec.kinds.get("points", ())):
        for family in families:
            for value in (*family.parent[name], *family.copies[name]):
                seen |= set(value.labels) if value is not None else set()
    return sorted(seen)


def _about(spec: "DatasetSpec", rows: pd.DataFrame, row: int) -> list[str]:
    return [f"{spec.label}: {rows[spec.label].iloc[row]}"] if spec.label else []


def _window(spec: "DatasetSpec", parent: pd.DataFrame) -> tuple[float, float]:
    """What is shown black and white: the same for a parent and its copies, so that changes can be seen."""
    name = spec.kinds["image"][0]
    pixels = parent[name].iloc[0].pixels
    if pixels.dtype == np.uint8:
        return 0.0, 255.0
    low, high = np.percentile(pixels, _ENDS)
    return float(low), float(max(high, low + 1e-6))


def _cell(
    spec: "DatasetSpec",
    rows: pd.DataFrame,
    row: int,
    told: list[str],
    window: tuple[float, float],
    legend: Any,
) -> tuple[float, str]:
    values = {name: rows[name].iloc[row] for names in spec.kinds.values() for name in names}
    pixels = values[spec.kinds["image"][0]].pixels
    shown = _outlined(_eight_bits(pixels, window), [values[name] for name in spec.kinds.get("mask", ())])
    height, width = shown.shape[:2]
    scale = _WIDE / width
    high = height * scale
    body = f'<image width="{_WIDE}" height="{high:.1f}" href="data:image/jpeg;base64,{_jpeg(shown)}"/>'
    for name in spec.kinds.get("boxes", ()):
        body += _boxes(values[name], scale, legend)
    for name in spec.kinds.get("points", ()):
        body += _points(values[name], scale, legend)
    body += "".join(draw.line_of_text(2, high + _LINE * (n + 1), line) for n, line in enumerate(told))
    return high + _LINE * len(told) + 4, body


def _eight_bits(pixels: NDArray[Any], window: tuple[float, float]) -> NDArray[np.uint8]:
    low, high = window
    scaled = np.clip((pixels.astype(np.float32) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    if scaled.ndim == _GREY or scaled.shape[2] == 1:
        scaled = np.repeat(scaled.reshape(*scaled.shape[:2], 1), _COLOUR, axis=2)
    return np.ascontiguousarray(scaled[:, :, :_COLOUR])


def _outlined(shown: NDArray[np.uint8], masks: list[Any]) -> NDArray[np.uint8]:
    """The borders of masks in colour; their insides stay to be seen."""
    for mask in masks:
        if mask is not None:
            inside = mask.pixels
            edge = np.zeros(inside.shape, bool)
            edge[1:] |= inside[1:] != inside[:-1]
            edge[:, 1:] |= inside[:, 1:] != inside[:, :-1]
            shown[edge] = _INK
    return shown


def _jpeg(shown: NDArray[np.uint8]) -> str:
    import cv2

    height, width = shown.shape[:2]
    size = (2 * _WIDE, round(height * 2 * _WIDE / width))  # what a sharp screen can show
    small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA) if width > size[0] else shown
    written = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return base64.b64encode(written.tobytes()).decode()


def _boxes(boxes: Any, scale: float, legend: dict[str, str]) -> str:
    if boxes is None:
        return ""
    drawn = []
    for (x0, y0, x1, y1), label, ignore in zip(boxes.xyxy * scale, boxes.labels, boxes.ignore, strict=True):
        dashed = ' stroke-dasharray="4 3"' if ignore else ""
        drawn.append(
            f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}" fill="none" '
            f'stroke="{legend[label]}" stroke-width="1.5"{dashed}/>'
            + draw.line_of_text(
                x0 + 1, max(y0 - 2, 8), f"{label}{' (ignore)' if ignore else ''}", legend[label]
            )
        )
    return "".join(drawn)


def _points(points: Any, scale: float, legend: dict[str, str]) -> str:
    if points is None:
        return ""
    return "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{legend[label]}"/>'
        for (x, y), label, seen in zip(points.xy * scale, points.labels, points.visible, strict=True)
        if seen
    )
