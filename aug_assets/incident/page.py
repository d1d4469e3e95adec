"""The replay as one HTML file with its plots inside, to be read without anything else. Measures nothing."""

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

from aug_assets.incident import figures
from aug_assets.incident.figures import OURS, REAL_ONLY, REMEDIES, THRESHOLD, UNTREATED, Figure, Replay
from aug_assets.incident.truth import LOOKED_INTO, Cell
from aug_assets.incident.world import RATE

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;text-align:right;"
    "border-bottom:1px solid #ddd;vertical-align:top}td:first-child,th:first-child,.text{text-align:left}"
    "img{max-width:100%}.bad{color:#b00}"
)
_COLOURS = ("#888888", "#e0a030", "#b06000", "#c04040", "#6090d0", "#70b070", "#005020")


def page(name: str, replays: Sequence[Replay]) -> str:
    """The report as HTML.

    Args:
        name: What was replayed.
        replays: One a seed.
    """
    span, a = replays[0].span, _each(replays)
    title = f"Incident: {html.escape(name)}, {len(replays)} seed{'s' * (len(replays) > 1)}"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1><p>{_told(replays)}</p>{_table(replays)}"
        f"<p>{_credit(replays)}</p>"
        f"<h2>{span.every.capitalize()} by {span.every}</h2>"
        f"{_image(_plot(replays, 'false alarms', _rate), f'false alarms {a}')}"
        f"{_image(_plot(replays, 'recall', _recall), f'recall {a}')}"
        f"{_image(_plot(replays, f'cost {a}', lambda c: c.cost), f'cost {a}')}"
        f"<h2>What the platform did, seed {replays[0].seed}</h2>{_deeds(replays[0])}</html>"
    )


def _told(replays: Sequence[Replay]) -> str:
    speeds = [one.speed for one in replays]
    refreshed = [one.refreshed for one in speeds if one.refreshed is not None]
    span = replays[0].span
    day, scored = span.every, span.scored
    told = (
        f"Season from {day} {span.onset} on. Remedies are judged on {day}s {scored[0]} to {scored[-1]} "
        f"against the first champion on the same {day}s without the season; {RATE:.0%} of honest rows may "
        "raise an alarm. "
    )
    again = [one.again for one in speeds if one.again is not None]
    if again:
        told += f"A drifted {day} was made again {min(again)} to {max(again)} {day}s after the onset. "
    if refreshed:
        told += f"The platform's first repaired {day} is {min(refreshed)} to {max(refreshed)} {day}s after "
        told += f"the onset, in {len(refreshed)} of {len(replays)} seeds. "
    minutes = figures.mean([one.minutes for one in speeds])
    new = sum(one.promoted is not None for one in speeds)
    told += f"A new model was promoted in {new} of {len(replays)}"
    return told + (f", after {minutes.value:.1f} machine minutes." if minutes else ".")


def _each(replays: Sequence[Replay]) -> str:
    return {"day": "a day", "hour": "an hour"}[replays[0].span.every]


def _table(replays: Sequence[Replay]) -> str:
    head = ("remedy", "false alarms", "recall", "recall over untreated, points", f"cost {_each(replays)}")
    rows = []
    for remedy in REMEDIES:
        of = figures.of(replays, remedy)
        cells = (_percent(of["rise"]), _percent(of["recall"], sign=False), _points(of["recall_change"]),
                 f"{of['cost'].value:,.0f}")  # fmt: skip
        rows.append("".join(f"<td>{cell}</td>" for cell in (html.escape(remedy), *cells)))
    told = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    note = f"In brackets the 95 % interval. A false alarm costs {LOOKED_INTO:g}, a missed fraud its amount."
    return f"<table><tr>{told}</tr>{body}</table><p>{note}</p>"


def _percent(one: Figure, *, sign: bool = True) -> str:
    plus = "+" if sign else ""
    return f"{one.value:{plus}.1%} [{one.low:{plus}.1%}, {one.high:{plus}.1%}]"


def _points(one: Figure) -> str:
    return f"{100 * one.value:+.1f} [{100 * one.low:+.1f}, {100 * one.high:+.1f}]"


def _credit(replays: Sequence[Replay]) -> str:
    """What is due to the threshold, to new labels and to the synthetic rows."""
    of = {name: figures.of(replays, name) for name in (UNTREATED, THRESHOLD, REAL_ONLY, OURS)}
    steps = (
        ("the threshold, set anew from what became of alarms", UNTREATED, THRESHOLD),
        ("a new model from labels that came back", THRESHOLD, REAL_ONLY),
        ("synthetic rows in its training", REAL_ONLY, OURS),
    )
    told = [
        f"{what}: {100 * (of[b]['rise'].value - of[a]['rise'].value):+.1f} points of false alarms, "
        f"{100 * (of[b]['recall'].value - of[a]['recall'].value):+.1f} points of recall"
        for what, a, b in steps
    ]
    return "Who gets the credit, each over the one before: " + "; ".join(told) + "."


def _rate(cell: Cell) -> float:
    return cell.false_alarms / max(cell.honest, 1)


def _recall(cell: Cell) -> float:
    return cell.found / max(cell.frauds, 1)


def _plot(replays: Sequence[Replay], title: str, figure: Any) -> Any:
    """The mean over seeds of a figure, by day and remedy; a matplotlib figure."""
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(9, 3.4), layout="constrained")
    axes, span = drawing.subplots(), replays[0].span
    for remedy, colour in zip(REMEDIES, _COLOURS, strict=True):
        cells = [one.cells[remedy] for one in replays]
        mean = [sum(map(figure, day)) / len(day) for day in zip(*cells, strict=True)]
        wide = 2.4 if remedy == OURS else 1.2
        axes.plot(range(span.live, span.live + len(mean)), mean, color=colour, linewidth=wide, label=remedy)
    axes.axvline(span.onset, color="black", linestyle=":", linewidth=1)
    axes.axvspan(span.scored[0] - 0.5, span.last + 0.5, color="#f3f3f3", zorder=0)
    axes.set(title=title, xlabel=f"{span.every}; dotted: the season begins; grey: scored")
    axes.legend(fontsize=8, loc="upper left")
    return drawing


def _image(drawing: Any, told: str) -> str:
    file = io.BytesIO()
    drawing.savefig(file, format="png", dpi=110)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<p><img alt="{told}" src="data:image/png;base64,{data}"></p>'


def _deeds(replay: Replay) -> str:
    """Each run that a sensor asked for, with its reason, and what served after each day."""
    rows = []
    for day, served in sorted(replay.served.items()):
        for run in (one for one in replay.runs if one.on == day):
            failed = f' <span class="bad">{html.escape(run.failed)}</span>' if run.failed else ""
            told = f"{html.escape(run.job)} for {run.partition}: {html.escape(run.why)}{failed}"
            rows.append(f'<tr><td>{day}</td><td class="text">{told}</td><td>{run.seconds:.1f} s</td></tr>')
        rows.append(f'<tr><td>{day}</td><td class="text"><b>{html.escape(served)}</b></td><td></td></tr>')
    return f"<table><tr><th>{replay.span.every}</th><th>what</th><th></th></tr>{''.join(rows)}</table>"
