"""Figures as SVG text: sharp on screen and paper, and cheap. What they show was computed elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from aug_assets.report.marginals import Panel
from aug_assets.report.projection import Projection

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 300, 150  # of a histogram
REAL, NEW, OTHER = "#3b6ea8", "#d1495b", "#b9bec6"
_INK, _FAINT = "#1d2330", "#687083"
_TOP, _FOOT, _SIDE = 34, 20, 8
_BAR = 15
_END = 0.02
_NAME = 104  # room for a bar's label
_CHARACTER = 6.2  # pixels of a letter at this size
_CELL = 26
_STRONG = 0.65  # a cell this dark needs white figures
_LIMIT = 0.5  # the difference at which a cell is darkest


def svg(width: float, height: float, body: str, told: str) -> str:
    """A whole image.

    Args:
        width: Pixels; browsers scale it with its surroundings.
        height: Pixels.
        body: What is in it.
        told: What it shows, for those who cannot see it.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="Helvetica,Arial,sans-serif" font-size="11" role="img" '
        f'aria-label="{escape(told)}">{body}</svg>'
    )


def moved(x: float, y: float, body: str) -> str:
    """Something at another place."""
    return f'<g transform="translate({x:g},{y:g})">{body}</g>'


def legend(real: str = "real parents", new: str = "candidates") -> str:
    """The colours of panels."""
    first = _rect(0, 1, 12, 9, REAL, 0.45) + _text(17, 10, real)
    line = f'<path d="M0 6h14" stroke="{NEW}" stroke-width="2"/>'
    return first + moved(24 + len(real) * _CHARACTER, 0, line + _text(19, 10, new))


def panel(one: Panel) -> tuple[float, str]:
    """A column's panel, :data:`WIDTH` wide: its height and body."""
    head = _text(_SIDE, 14, _cut(one.name, 44), weight="bold")
    head += _text(_SIDE, 27, one.note, fill=_FAINT, size=9.5)
    if one.labels:
        return _TOP + 8 + _BAR * len(one.labels), head + _bars(one)
    return HEIGHT, head + _steps(one)


def _steps(one: Panel) -> str:
    floor, span = HEIGHT - _FOOT, HEIGHT - _FOOT - _TOP
    if len(one.edges) == 0:
        return _text(WIDTH / 2, HEIGHT / 2, "no values", fill=_FAINT, anchor="middle")
    top = max(float(one.real.max()), float(one.new.max()), 1e-9)
    xs = _SIDE + one.edges * (WIDTH - 2 * _SIDE)
    filled = _stairs(xs, floor - one.real / top * span, floor)
    line = _stairs(xs, floor - one.new / top * span, floor)
    base = f'<path d="M{_SIDE} {floor}h{WIDTH - 2 * _SIDE}" stroke="{_FAINT}" stroke-width="0.7"/>'
    ticks = "".join(
        _text(_SIDE + at * (WIDTH - 2 * _SIDE), floor + 13, told, _FAINT, _anchor(at), 9.5)
        for at, told in one.ticks
    )
    return (
        f'<path d="{filled}Z" fill="{REAL}" fill-opacity="0.45"/>{base}'
        f'<path d="{line}" fill="none" stroke="{NEW}" stroke-width="1.5"/>{ticks}'
    )


def _anchor(at: float) -> str:
    """Ticks at the ends must not leave the image."""
    return "start" if at <= _END else "end" if at >= 1 - _END else "middle"


def _stairs(xs: Floats, heights: Floats, floor: float) -> str:
    steps = "".join(f"V{y:.1f}H{x:.1f}" for x, y in zip(xs[1:].tolist(), heights.tolist(), strict=True))
    return f"M{xs[0]:.1f} {floor:g}{steps}V{floor:g}"


def _bars(one: Panel) -> str:
    room = WIDTH - _NAME - 60
    top = max(float(one.real.max()), float(one.new.max()), 1e-9)
    parts = []
    for n, (told, real, new) in enumerate(zip(one.labels, one.real, one.new, strict=True)):
        y = _TOP + n * _BAR
        parts.append(_text(_NAME - 6, y + 10, _cut(told, 16), anchor="end", size=10))
        parts.append(_rect(_NAME, y + 1.5, real / top * room, 5.5, REAL, 0.55))
        parts.append(_rect(_NAME, y + 7, new / top * room, 4, NEW))
        at = _NAME + max(real, new) / top * room + 4
        parts.append(_text(at, y + 10, f"{real:.0%} / {new:.0%}", fill=_FAINT, size=8.5))
    return "".join(parts)


def counts(rows: Sequence[tuple[str, int]], width: float = 640) -> str:
    """Horizontal bars of whole numbers."""
    top = max((count for _, count in rows), default=1)
    name = min(260.0, max((len(told) for told, _ in rows), default=0) * _CHARACTER + 10)
    body = "".join(
        _text(name - 8, 18 * n + 13, _cut(told, 40), anchor="end")
        + _rect(name, 18 * n + 3, count / top * (width - name - 60), 12, NEW, 0.8)
        + _text(name + count / top * (width - name - 60) + 5, 18 * n + 13, f"{count:,}", fill=_FAINT)
        for n, (told, count) in enumerate(rows)
    )
    return svg(width, 18 * len(rows) + 6, body, "rows by reason")


def heat(difference: Floats, names: Sequence[str]) -> str:
    """A square of differences: red where candidates hang together more than real rows, blue where less."""
    left = min(150.0, max(map(len, names)) * _CHARACTER + 12)
    side = _CELL * len(names)
    body = []
    for i, name in enumerate(names):
        middle = i * _CELL + _CELL / 2
        body.append(_text(left - 6, left + middle + 4, _cut(name, 22), anchor="end", size=10))
        told = _text(0, 0, _cut(name, 22), size=10)
        body.append(f'<g transform="translate({left + middle + 4:g},{left - 6:g}) rotate(-90)">{told}</g>')
        body += [
            _cell(float(difference[i, j]), left + j * _CELL, left + middle - _CELL / 2)
            for j in range(len(names))
            if i != j
        ]
    told = "difference of associations between candidates and real parents"
    return svg(left + side + 4, left + side + 4, "".join(body), told)


def _cell(value: float, x: float, y: float) -> str:
    if not np.isfinite(value):
        return _rect(x, y, _CELL - 1, _CELL - 1, "#eceef1")
    strength = min(abs(value) / _LIMIT, 1.0)
    box = _rect(x, y, _CELL - 1, _CELL - 1, NEW if value > 0 else REAL, max(strength, 0.04))
    ink = "#ffffff" if strength > _STRONG else _INK
    figure = f"{value:+.2f}".replace("0.", ".")
    return box + _text(x + _CELL / 2 - 0.5, y + _CELL / 2 + 3, figure, ink, "middle", 8.5)


def scatter(found: Projection, colours: Sequence[str], width: float = 720, height: float = 460) -> str:
    """Points of each group, in the order given: the last lies on top."""
    together = np.concatenate(list(found.points.values()))
    low, high = together.min(axis=0), together.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    box = np.array([width - 30, height - 60])
    body = [
        f'<rect x="8" y="24" width="{width - 16:g}" height="{height - 44:g}" fill="none" stroke="#d5d9e0"/>'
    ]
    x = 8.0
    for (name, points), colour in zip(found.points.items(), colours, strict=True):
        places = (points - low) / span * box * [1, -1] + [15, height - 28]
        dots = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in places.tolist())
        body.append(
            f'<path d="{dots}" stroke="{colour}" stroke-width="4.4" stroke-linecap="round" opacity="0.6"/>'
        )
        told = f"{name} ({found.rows[name]:,})"
        body.append(f'<circle cx="{x + 5:g}" cy="11" r="4" fill="{colour}"/>' + _text(x + 13, 15, told))
        x += 34 + len(told) * _CHARACTER
    first, second = (f"{share:.0%} of the variance" for share in found.shares)
    body.append(_text(8, height - 6, f"↑ component 2: {second}", _FAINT, size=10))
    body.append(_text(width - 8, height - 6, f"→ component 1: {first}", _FAINT, "end", 10))
    return svg(width, height, "".join(body), "rows projected on two principal components")


def line_of_text(x: float, y: float, told: str, fill: str = _INK) -> str:
    """A small line of text, cut where a thumbnail ends."""
    return _text(x, y, _cut(told, 46), fill, size=9.5)


def _rect(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1.0) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:g}" fill="{fill}" '
        f'fill-opacity="{opacity:.2f}"/>'
    )


def _text(
    x: float, y: float, told: str, fill: str = _INK, anchor: str = "start", size: float = 11, weight: str = ""
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-size="{size:g}"{bold}>'
        f"{escape(told)}</text>"
    )


def _cut(told: str, limit: int) -> str:
    return told if len(told) <= limit else f"{told[: limit - 1]}…"


def grid(parts: Iterable[tuple[float, str]], across: int, told: str) -> str:
    """Panels in rows of ``across``, with the legend below them, as one image."""
    left = list(parts)
    body, y = [], 0.0
    for start in range(0, len(left), across):
        row = left[start : start + across]
        body += [moved(n * (WIDTH + 8), y, drawn) for n, (_, drawn) in enumerate(row)]
        y += max(height for height, _ in row) + 6
    width = min(across, len(left)) * (WIDTH + 8)
    body.append(moved(_SIDE, y, legend()))
    return svg(width, y + 18, "".join(body), told)
