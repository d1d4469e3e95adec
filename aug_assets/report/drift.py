"""Drift as pictures: the last days' values with their limit, and a feature of a day beside the reference."""

from collections.abc import Sequence

import numpy as np

from aug_assets.drift.rule import Decision
from aug_assets.drift.sketch import Sketch, lower_edge
from aug_assets.report import draw
from aug_assets.report.marginals import Panel

_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 640.0, 170.0, 44.0, 22.0, 22.0
_COLOURS = {"refresh": draw.NEW, "warn": "#e0a030", "steady": draw.REAL, "unjudged": draw.OTHER}
_BINS, _TAIL, _MOST_LABELS = 30, 0.01, 12
_ROOM = 1.15  # above the highest point
_HIGH = 4.0  # times the limit, beyond which a value is drawn at the top


def history(decisions: Sequence[Decision]) -> str:
    """One point a day, in its word's colour, and the limit of each day as a line."""
    days = sorted(decisions, key=lambda one: one.day)
    judged = [one for one in days if one.limit > 0]
    if not judged:
        return draw.svg(_WIDTH, 30, draw.line_of_text(8, 18, "no day has been judged yet"), "no drift yet")
    most = max(min(one.value, _HIGH * one.limit) for one in judged)
    top = _ROOM * max(most, *(one.limit for one in judged))
    step = (_WIDTH - _LEFT - 12) / max(len(days) - 1, 1)
    floor = _HEIGHT - _FOOT

    def place(n: int, value: float) -> tuple[float, float]:
        return _LEFT + n * step, floor - min(max(value, 0.0), top) / top * (floor - _TOP)

    line, dots = [], []
    for n, one in enumerate(days):
        x, y = place(n, one.value)
        dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{_COLOURS[one.word]}"/>')
        if one.limit > 0:
            line.append("{:.1f} {:.1f}".format(*place(n, one.limit)))
    body = [f'<path d="M{"L".join(line)}" fill="none" stroke="{draw.NEW}" stroke-dasharray="4 3"/>', *dots]
    body.append(f'<path d="M{_LEFT:g} {floor:g}H{_WIDTH - 8:g}" stroke="{draw.OTHER}"/>')
    body += [draw.line_of_text(4, place(0, at)[1] + 4, f"{at:.1f}") for at in (0.0, judged[-1].limit)]
    body.append(draw.line_of_text(_LEFT, _HEIGHT - 6, days[0].day))
    if len(days) > 1:
        body.append(draw.line_of_text(_WIDTH - 70, _HEIGHT - 6, days[-1].day))
    body.append(_legend())
    return draw.svg(_WIDTH, _HEIGHT, "".join(body), "drift value of each day with its limit")


def _legend() -> str:
    parts = []
    for n, (word, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + 90 * n
        parts.append(f'<circle cx="{x:g}" cy="9" r="3.2" fill="{colour}"/>')
        parts.append(draw.line_of_text(x + 8, 12, word))
    parts.append(draw.line_of_text(_LEFT + 370, 12, "dashed: limit; value in usual spreads"))
    return "".join(parts)


def feature(name: str, day: Sketch, reference: Sketch) -> str:
    """A feature's values: the reference filled, the day as a line."""
    one = _bars(name, day, reference) if day.kind == "category" else _steps(name, day, reference)
    height, body = draw.panel(one)
    body += draw.moved(8, height + 2, draw.legend("reference", "this day"))
    return draw.svg(draw.WIDTH + 8, height + 20, body, f"{name} of the day and of the reference")


def _missing(day: Sketch, reference: Sketch) -> str:
    shares = [one.nulls / max(one.rows, 1) for one in (reference, day)]
    return f"missing {shares[0]:.1%} / {shares[1]:.1%}" if any(shares) else ""


def _bars(name: str, day: Sketch, reference: Sketch) -> Panel:
    told = [dict(zip(one.values, one.counts.tolist(), strict=True)) for one in (reference, day)]
    names = sorted({*told[0], *told[1]}, key=lambda value: -max(one.get(value, 0) for one in told))
    shown = names[:_MOST_LABELS]
    shares = [np.array([one.get(value, 0) for value in shown]) / max(sum(one.values()), 1) for one in told]
    rest = f"{len(names) - len(shown)} more values" if len(names) > len(shown) else ""
    note = ", ".join(part for part in (_missing(day, reference), rest) if part)
    labels = tuple(value.replace("\0", "") for value in shown)
    return Panel(name, note, shares[0], shares[1], np.empty(0), labels=labels)


def _steps(name: str, day: Sketch, reference: Sketch) -> Panel:
    """Between the first and the last hundredth of either side; what lies beyond is in the end bins."""
    sides = [(lower_edge(one.keys), one.counts) for one in (reference, day) if one.known]
    ends = [_between(edges, counts) for edges, counts in sides]
    note = _missing(day, reference)
    if not ends:
        return Panel(name, note, np.empty(0), np.empty(0), np.empty(0))
    low, high = min(one[0] for one in ends), max(one[1] for one in ends)
    high = high if high > low else low + max(abs(low), 1.0)
    edges = np.linspace(low, high, _BINS + 1)
    shares = []
    for one in (reference, day):
        at = np.clip(np.searchsorted(edges, lower_edge(one.keys), side="right") - 1, 0, _BINS - 1)
        shares.append(np.bincount(at, one.counts, _BINS) / max(one.known, 1))
    ticks = tuple((at, f"{low + at * (high - low):.4g}") for at in (0.0, 0.5, 1.0))
    return Panel(name, note, shares[0], shares[1], np.linspace(0, 1, _BINS + 1), ticks)


def _between(edges: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    finite = np.isfinite(edges)
    edges, counts = edges[finite], counts[finite]
    if len(edges) == 0:
        return 0.0, 1.0
    passed = np.cumsum(counts) / counts.sum()
    first, last = np.searchsorted(passed, [_TAIL, 1 - _TAIL])
    return float(edges[first]), float(edges[min(last, len(edges) - 1)])
