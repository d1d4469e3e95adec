"""Precision over recall of challenger, control and champion, as an SVG. Measures nothing new."""

import numpy as np

from aug_assets.lift_figures import Ranked
from aug_assets.trial import CHALLENGER, CHAMPION, CONTROL, Trial

_WIDTH, _HEIGHT, _EDGE = 460, 300, 40
_POINTS = 120  # of a curve; more cannot be seen
_COLOURS = {CHALLENGER: "#1f6feb", CONTROL: "#8b949e", CHAMPION: "#d29922"}


def curves(trial: Trial) -> str:
    """The curve of each arm's first seed, with its recall at its threshold as a dot."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-size="11">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<path d="M{_EDGE} 10V{_HEIGHT - _EDGE}H{_WIDTH - 10}" fill="none" stroke="black"/>',
        f'<text x="{_WIDTH // 2}" y="{_HEIGHT - 10}">recall</text>',
        f'<text x="4" y="{_HEIGHT // 2}">preci-</text><text x="4" y="{_HEIGHT // 2 + 12}">sion</text>',
    ]
    for number, (arm, scores) in enumerate(trial.scores.items()):
        colour, rank = _COLOURS[arm], Ranked.of(trial.positive, scores[0])
        found, false = rank.curve(np.ones(len(trial.positive), np.int32))
        some = np.unique(np.linspace(0, len(found) - 1, _POINTS).astype(int))
        line = zip(found[some] / found[-1], found[some] / (found[some] + false[some]), strict=True)
        points = " ".join("{:.1f},{:.1f}".format(*_at(float(r), float(p))) for r, p in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        alarm = trial.alarms(arm)
        if alarm.any():
            recall, right = alarm[trial.positive].mean(), trial.positive[alarm].mean()
            x, y = _at(float(recall), float(right))
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        worth = trial.figures[arm][0].average_precision
        told = f"{arm} {worth:.3f}"
        parts.append(f'<text x="{_EDGE + 10}" y="{200 + 14 * number}" fill="{colour}">{told}</text>')
    return "".join(parts) + "</svg>"


def _at(recall: float, precision: float) -> tuple[float, float]:
    wide, high = _WIDTH - _EDGE - 10, _HEIGHT - _EDGE - 10
    return _EDGE + wide * recall, 10 + high * (1 - precision)
