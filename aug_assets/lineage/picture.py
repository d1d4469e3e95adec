"""A row's story as one SVG picture that needs nothing else: raw data at the left, models at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from aug_assets.lineage.trace import Trace

_WIDTH, _GAP, _LINE, _PAD, _MOST = 218, 56, 17, 12, 12  # pixels; at most so many boxes a column
_HEAD, _CHARS = 64, 30
_COLOURS = {
    "raw": ("#f1f5f9", "#64748b"),
    "real": ("#eff6ff", "#2563eb"),
    "step": ("#fffbeb", "#d97706"),
    "published": ("#ecfdf5", "#059669"),
    "quarantined": ("#fef2f2", "#dc2626"),
    "unpublished": ("#f8fafc", "#94a3b8"),
    "model": ("#f5f3ff", "#7c3aed"),
}


@dataclass(frozen=True)
class _Box:
    """A title, lines below it, and what it is, which decides its colour."""

    kind: str
    title: str
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        return 2 * _PAD + _LINE * (1 + len(self.lines)) - 3


def picture(trace: Trace) -> str:
    """The way from source to row, what was made of the row, and the models trained on it, as SVG."""
    columns = [column for column in _columns(trace) if column]
    tall = max(sum(box.height + _PAD for box in column) for column in columns) + _HEAD + _PAD
    wide = len(columns) * (_WIDTH + _GAP) - _GAP + 4 * _PAD
    title = f"{trace.kind} row {trace.row_id}"
    about = f"{trace.dataset}, {trace.date}, {trace.state}"
    size = f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f'<rect width="{wide}" height="{tall}" fill="#ffffff"/>',
        '<g font-family="system-ui, sans-serif" font-size="12">',
        f'<text x="{2 * _PAD}" y="26" font-size="15" font-weight="600" fill="#0f172a">{escape(title)}</text>',
        f'<text x="{2 * _PAD}" y="45" fill="#64748b">{escape(about)}</text>',
    ]
    placed: list[list[tuple[int, int, _Box]]] = []
    for number, column in enumerate(columns):
        x = 2 * _PAD + number * (_WIDTH + _GAP)
        y = _HEAD + (tall - _HEAD - sum(box.height + _PAD for box in column)) // 2
        placed.append([])
        for box in column:
            placed[-1].append((x, y, box))
            y += box.height + _PAD
    for before, after in pairwise(placed):
        drawn += [_line(one, other) for one in before for other in after]
    drawn += [_box(*one) for column in placed for one in column]
    return "\n".join([*drawn, "</g>", "</svg>\n"])


def _columns(trace: Trace) -> list[list[_Box]]:
    gates = [one for one in trace.gates if not one["passed"]]
    told = f"{len(trace.gates) - len(gates)} of {len(trace.gates)} gates passed" if trace.gates else ""
    own = _Box(
        trace.state, f"{trace.kind} row {trace.row_id[:12]}",
        tuple(line for line in (trace.state, *trace.reasons[:3], told) if line),
    )  # fmt: skip
    version = next((f"source version {m.version}" for m in trace.made if m.stage == "source"), "")
    raw = _Box("raw", "raw data", tuple(filter(None, (trace.source[-_CHARS:], version))))
    steps = [
        [
            _Box(
                "step", f"{step.operator} v{step.version}",
                (f"branch {step.branch}, copy {step.copy}", f"key {step.key[:16]}",
                 *(f"{name} {value:.4g}" for name, value in list(step.drawn.items())[:4])),
            )
        ]
        for step in trace.steps
    ]  # fmt: skip
    parents = [_Box("real", f"real row {one[:12]}") for one in trace.parents]
    children = [_child(trace, one) for one in trace.children]
    models = [
        _Box("model", str(one["model"]), (f"version {one['version']}", *_marked(one["marked"])))
        for one in trace.models
    ]
    ends = _few(children) + _few(models)
    return [[raw], _few(parents), *steps, [own], ends]


def _child(trace: Trace, child: str) -> _Box:
    fate = trace.fates.get(child, {"state": "unpublished", "date": trace.date})
    return _Box(str(fate["state"]), f"synthetic row {child[:12]}", (f"{fate['date']}, {fate['state']}",))


def _marked(reason: str) -> list[str]:
    return [f"marked: {reason}"] if reason else []


def _few(boxes: Sequence[_Box]) -> list[_Box]:
    more = len(boxes) - _MOST
    return [*boxes[:_MOST], *([_Box("raw", f"and {more:,} more")] if more > 0 else [])]


def _line(one: tuple[int, int, _Box], other: tuple[int, int, _Box]) -> str:
    x, y = one[0] + _WIDTH, one[1] + one[2].height // 2
    to, at = other[0], other[1] + other[2].height // 2
    middle = (x + to) // 2
    return (
        f'<path d="M{x} {y} C{middle} {y} {middle} {at} {to - 6} {at}" fill="none" stroke="#cbd5e1" '
        f'stroke-width="1.5"/><path d="M{to - 7} {at - 4} L{to} {at} L{to - 7} {at + 4} Z" fill="#94a3b8"/>'
    )


def _box(x: int, y: int, box: _Box) -> str:
    fill, edge = _COLOURS.get(box.kind, _COLOURS["raw"])
    words = [
        f'<text x="{x + _PAD}" y="{y + _PAD + 10}" font-weight="600" fill="#0f172a">{_cut(box.title)}</text>'
    ]
    for number, line in enumerate(box.lines, start=1):
        down = y + _PAD + 10 + number * _LINE
        words.append(f'<text x="{x + _PAD}" y="{down}" fill="#475569">{_cut(line)}</text>')
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{box.height}" rx="8" fill="{fill}" stroke="{edge}"/>'
        + "".join(words)
    )


def _cut(text: str) -> str:
    return escape(text if len(text) <= _CHARS else f"{text[: _CHARS - 1]}…")
