"""A proof of benefit as one HTML file with its plots inside, to be read without anything else."""

import base64
import html
import io
from datetime import datetime
from typing import Any

import numpy as np

from aug_assets.lift import Proof
from aug_assets.lift_figures import Ranked
from aug_assets.lift_work import RECIPE

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}img{max-width:100%}"
)
_SHARES = ("over_baseline", "low", "high", "over_duplicate")


def report(proof: Proof, made_at: datetime) -> str:
    """The report as HTML."""
    spec, (rows, positive), seeds = proof.spec, proof.train_rows, len(proof.weights)
    best = proof.over(RECIPE, proof.baseline)
    facts = {
        "Dataset": f"{spec.id}, recipe {spec.recipe_digest[:12]}",
        "Made at": f"{made_at:%Y-%m-%d %H:%M} UTC",
        "Training rows": f"{rows:,} real, {positive:,} positive; {seeds} seeds draw from them",
        "Holdout": f"{len(proof.positive):,} real rows, {int(proof.positive.sum()):,} positive ({proof.how})",
        "Best baseline": f"{proof.baseline}, chosen on the holdout itself",
        "Weights chosen": ", ".join(f"{w:g}" for w in proof.weights),
    }
    word = "gains" if best.low > 0 else "loses" if best.high < 0 else "shows no sure change of"
    verdict = (
        f"The recipe {word} average precision: {best.value:+.1%} over the best baseline "
        f"(95 % interval {best.low:+.1%} to {best.high:+.1%}), better in "
        f"{proof.wins(RECIPE, proof.baseline)} of {seeds} seeds."
    )
    listed = "".join(f"<li><b>{html.escape(k)}</b>: {html.escape(v)}</li>" for k, v in facts.items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Lift of {html.escape(spec.id)}</title>"
        f"<style>{_STYLE}</style><h1>Lift of {html.escape(spec.id)}</h1><p>{html.escape(verdict)}</p>"
        f"<ul>{listed}</ul>{_table(proof)}"
        f"<h2>Change over the best baseline</h2>{_image(differences(proof), 'paired differences')}"
        f"<h2>Precision over recall</h2>{_image(curves(proof), 'precision over recall')}</html>"
    )


def _table(proof: Proof) -> str:
    shown = proof.table()
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in shown.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(name, row[name])}</td>" for name in shown.columns) + "</tr>"
        for _, row in shown.iterrows()
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(name: str, value: Any) -> str:
    if name in _SHARES:
        return f"{value:+.1%}"
    return f"{value:.4f}" if isinstance(value, float) else html.escape(str(value))


def differences(proof: Proof) -> Any:
    """Every arm's change over the best baseline: interval, mean and seeds; a matplotlib figure."""
    from matplotlib.figure import Figure

    arms = [arm for arm in proof.scores if arm != proof.baseline][::-1]
    base = proof.precision(proof.baseline)
    figure = Figure(figsize=(8, 0.4 * len(arms) + 1.2), layout="constrained")
    axes = figure.subplots()
    for height, arm in enumerate(arms):
        change = proof.over(arm, proof.baseline)
        colour = "tab:blue" if arm == RECIPE else "tab:gray"
        axes.plot([100 * change.low, 100 * change.high], [height, height], color=colour, lw=4, alpha=0.4)
        axes.plot(100 * (proof.precision(arm) / base - 1), np.full(len(base), height), ".", color=colour)
        axes.plot(100 * change.value, height, "D", color=colour)
    axes.axvline(0, color="black", lw=0.8)
    axes.set_yticks(range(len(arms)), arms)
    axes.set_xlabel(f"average precision against {proof.baseline}, % (bar: 95 % interval, dots: seeds)")
    return figure


def curves(proof: Proof) -> Any:
    """Precision over recall of the first seed; a matplotlib figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    count = np.ones(len(proof.positive), np.int32)
    for arm, scores in proof.scores.items():
        found, false = Ranked.of(proof.positive, scores[0]).curve(count)
        bold = arm in (RECIPE, proof.baseline)
        label = f"{arm}: {proof.precision(arm)[0]:.3f}"
        axes.plot(found / found[-1], found / (found + false), lw=2 if bold else 0.7, label=label)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(title="first seed")
    return figure


def _image(figure: Any, told: str) -> str:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return f'<img alt="{told}" src="data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}">'
