"""The figures of an auditor's report as SVG: the way of the rows, rows by day, gates by day."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from aug_assets.gates import VERDICT
from aug_assets.lineage.release import Day
from aug_assets.report.audit import Audit
from aug_assets.report.draw import NEW, OTHER, REAL, svg

_INK, _FAINT, _LINE = "#1d2330", "#596273", "#9aa3b2"
_WELL, _NEAR, _BAD = "#cfe6d8", "#f6dfb3", "#e8a5ab"
_WIDE, _BOX, _GAP, _TALL = 1024, 168, 44, 84  # of the way of the rows
_CELL, _NAMES, _HEAD = 17, 176, 62  # of gates by day
_MOST_DAYS = 45  # that find room beside each other
_CLOSE = 0.8  # of its threshold


def way(audit: Audit) -> str:
    """From raw data to published rows and models: each stage with versions and rows."""
    days = audit.release.days
    boxes = [
        (
            "raw data",
            [escape(_cut(audit.release.spec.source.uri)), f"{len(audit.asked):,} days asked"],
            OTHER,
        ),
        ("source", [_versions(days, "source"), f"{_sum(days, synthetic=False):,} real rows"], REAL),
        ("augmented", [_versions(days, "augmented"), _recipes(audit)], NEW),
        ("gates", [*_gates(days)], "#b7791f"),
        ("validated", [_versions(days, "validated"), f"{audit.release.rows:,} rows"], "#1c6b3c"),
    ]
    body = []
    for number, (title, lines, colour) in enumerate(boxes):
        x = 4 + number * (_BOX + _GAP)
        body.append(_box(x, 8, title, lines, colour))
        if number:
            body.append(_arrow(x - _GAP, 8 + _TALL / 2, x))
    # Real rows reach the published table beside the gates, which judge candidates only.
    start, end = 4 + (_BOX + _GAP) + _BOX / 2, 4 + 4 * (_BOX + _GAP) + _BOX / 2
    low = 8 + _TALL + 22
    body.append(
        f'<path d="M{start:g} {8 + _TALL} V{low:g} H{end:g} V{8 + _TALL + 7:g}" fill="none" '
        f'stroke="{_LINE}"/>'
        f'<path d="M{end - 4:g} {8 + _TALL + 8:g} l4 -8 l4 8 Z" fill="{_LINE}"/>'
        + _text((start + end) / 2, low + 14, "real rows that held schema and rules", _FAINT, "middle")
    )
    held = sum(day.held_back for day in days)
    models = {(one["model"], one["version"]) for one in audit.models}
    told = f"{held:,} rows held back in quarantine; {len(models):,} model versions trained on these days"
    body.append(_text(4, low + 36, told, _INK))
    return svg(_WIDE, low + 44, "".join(body), "from raw data to published rows")


def _box(x: float, y: float, title: str, lines: Sequence[str], colour: str) -> str:
    words = "".join(
        f'<text x="{x + 12:g}" y="{y + 44 + 17 * n:g}" fill="{_FAINT}">{line}</text>'
        for n, line in enumerate(lines[:3])
    )
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{_BOX}" height="{_TALL}" rx="7" fill="#fff" stroke="#d5d9e0"/>'
        f'<rect x="{x:g}" y="{y:g}" width="5" height="{_TALL}" rx="2" fill="{colour}"/>'
        f'<text x="{x + 12:g}" y="{y + 22:g}" font-size="13" font-weight="bold" fill="{_INK}">{title}</text>'
        f"{words}"
    )


def _arrow(x: float, y: float, to: float) -> str:
    return (
        f'<path d="M{x + 3:g} {y:g} H{to - 8:g}" stroke="{_LINE}"/>'
        f'<path d="M{to - 9:g} {y - 4:g} L{to - 1:g} {y:g} L{to - 9:g} {y + 4:g} Z" fill="{_LINE}"/>'
    )


def _versions(days: Sequence[Day], stage: str) -> str:
    seen = sorted({day.stages[stage].version for day in days})
    return f"version {seen[0]}" if len(seen) == 1 else f"versions {seen[0]} to {seen[-1]}"


def _recipes(audit: Audit) -> str:
    seen = list(dict.fromkeys(day.made.get("recipe_digest", "")[:12] for day in audit.release.days))
    return f"recipe {seen[0]}" if len(seen) == 1 else f"{len(seen)} recipes"


def _gates(days: Sequence[Day]) -> list[str]:
    told = [one for day in days for one in day.gates]
    passed = sum(bool(one["passed"]) for one in told)
    refused = sum(one.rows for day in days for one in day.held if one.stage == "augmented")
    return [f"{passed:,} of {len(told):,} passed", f"{refused:,} candidates refused"]


def _sum(days: Sequence[Day], *, synthetic: bool) -> int:
    return sum(day.synthetic if synthetic else day.rows - day.synthetic for day in days)


def by_day(days: Sequence[Day]) -> str:
    """Published real and synthetic rows of each day, and above zero's line below, what was held back."""
    held = [day.held_back for day in days]
    top = max([day.rows for day in days] + [1])
    deep = max([*held, 1])
    scale, floor = 120 / top, 150
    wide = min(72.0, (_WIDE - 150) / len(days))
    body = [
        _text(4, 12, "published: ", _INK), _key(66, REAL, "real"), _key(112, NEW, "synthetic"),
        _key(186, _LINE, "held back (below the line, to its own scale)"),
        _text(_WIDE - 4, 40, f"most published {top:,}", _FAINT, "end"),
        _text(_WIDE - 4, floor + 40, f"most held back {deep:,}", _FAINT, "end"),
    ]  # fmt: skip
    for number, (day, lost) in enumerate(zip(days, held, strict=True)):
        x, real = 8 + number * wide, (day.rows - day.synthetic) * scale
        told = (
            f"{day.date}: {day.rows - day.synthetic:,} real, {day.synthetic:,} synthetic, {lost:,} held back"
        )
        body.append(
            f"<g><title>{told}</title>"
            + _bar(x, floor - real, wide, real, REAL)
            + _bar(x, floor - real - day.synthetic * scale, wide, day.synthetic * scale, NEW)
            + _bar(x, floor + 2, wide, lost / deep * 34, _LINE)
            + "</g>"
        )
        if _labelled(number, len(days)):
            body.append(_text(x + wide / 2, floor + 52, day.date[5:], _FAINT, "middle"))
    return svg(_WIDE, floor + 60, "".join(body), "rows by day")


def _labelled(number: int, count: int) -> bool:
    return number % max(1, round(count / 14)) == 0


def _bar(x: float, y: float, wide: float, high: float, colour: str) -> str:
    size = f'width="{max(wide - 3, 1):.1f}" height="{max(high, 0):.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def _key(x: float, colour: str, told: str) -> str:
    return f'<rect x="{x:g}" y="3" width="10" height="10" fill="{colour}"/>' + _text(x + 14, 12, told, _FAINT)


def gates_by_day(days: Sequence[Day]) -> str:
    """A line a gate, a square a day: passed, passed near its threshold, failed, or not judged."""
    shown = days[-_MOST_DAYS:]
    names = sorted({one["gate"] for day in shown for one in day.gates})
    body = [
        _key(4, _WELL, "passed"), _key(70, _NEAR, f"passed above {_CLOSE:.0%} of its threshold"),
        _key(290, _BAD, "failed (warning only: a blocking gate stops the day)"),
    ]  # fmt: skip
    for column, day in enumerate(shown):
        x, told = _NAMES + column * _CELL, {one["gate"]: one for one in day.gates}
        if _labelled(column, len(shown)):
            word = _text(0, 0, day.date[5:], _FAINT)
            body.append(f'<g transform="translate({x + 12:g},{_HEAD - 4}) rotate(-45)">{word}</g>')
        for line, name in enumerate(names):
            body.append(_square(x, _HEAD + line * _CELL, told.get(name), f"{day.date} {name}"))
    body += [_text(_NAMES - 8, _HEAD + n * _CELL + 12, name, _INK, "end") for n, name in enumerate(names)]
    return svg(_WIDE, _HEAD + len(names) * _CELL + 6, "".join(body), "gates by day")


def _square(x: float, y: float, one: Mapping[str, Any] | None, where: str) -> str:
    if one is None:
        return ""
    figures = f"{one['value']:.4g}, threshold {one['threshold']:.4g}" if one["value"] is not None else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{_CELL - 2}" height="{_CELL - 2}" rx="2" fill="{_colour(one)}">'
        f"<title>{escape(f'{where}: {figures}')}</title></rect>"
    )


def _colour(one: Mapping[str, Any]) -> str:
    if not one["passed"]:
        return _BAD
    value, limit = one["value"], one["threshold"]
    if one["gate"] == VERDICT:  # which is to reach its threshold
        return _WELL
    return _NEAR if value and limit and limit > 0 and value > _CLOSE * limit else _WELL


def _text(x: float, y: float, told: str, fill: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}">{escape(told)}</text>'


def _cut(told: str, limit: int = 25) -> str:
    return told if len(told) <= limit else f"…{told[1 - limit :]}"
