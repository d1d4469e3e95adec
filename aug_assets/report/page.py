"""The report of a day as one HTML page that needs nothing else: no script, no font, no request."""

from typing import Any

import numpy as np
import pandas as pd

from aug_assets import frames
from aug_assets.operators.base import Columns
from aug_assets.report import draw
from aug_assets.report.association import association
from aug_assets.report.day import Day
from aug_assets.report.marginals import CHOICES, NUMBERS, TIMES, panels, shown
from aug_assets.report.projection import projection
from aug_assets.report.template import PAGE

_MAX_CELLS = 24  # columns of the heat map


def page(day: Day) -> str:
    """The whole page; every word in it that came from data or from a file is escaped."""
    import jinja2
    from markupsafe import Markup  # a part of jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    drawn: dict[str, Any] = {"marginals": [], "heat": None, "plane": None, "chance": 0.0, "unseen": 0}
    if len(day.candidates):
        drawn |= _figures(day)
    held = sorted(day.held, key=lambda one: (-one.rows, one.reason))
    by_reason = [(f"{one.reason} ({one.stage})", one.rows) for one in held]
    return environment.from_string(PAGE).render(
        day=day,
        held=held,
        bars=draw.counts(by_reason) if held else None,
        legend=draw.svg(260, 14, draw.legend(), "legend"),
        copied=[n for n, c in day.spec.columns.items() if c.type == "string" or n in day.spec.key],
        recipe=_recipe(day),
        same_recipe=day.lift is not None and day.lift.get("recipe_digest") == day.recipe_digest,
        svg=Markup,
        **drawn,
    )


def _figures(day: Day) -> dict[str, Any]:
    """Drawings of the candidates beside their parents."""
    parents = day.real[day.parents].reset_index(drop=True)
    marginals = []
    names = shown(day.spec, (*NUMBERS, *TIMES, *CHOICES))
    for one in panels(day.spec, parents, day.candidates, names):
        height, body = draw.panel(one)
        told = f"{one.name} among real parents and candidates"
        marginals.append((bool(one.labels), draw.svg(draw.WIDTH, height, body, told)))
    columns = frames.columns_of(day.spec, day.real)
    heat, unseen = _heat(parents, day.candidates, columns)
    return {
        "marginals": [drawn for _, drawn in sorted(marginals, key=lambda one: one[0])],  # bars are higher
        "heat": heat,
        "unseen": unseen,
        "chance": 2 / np.sqrt(max(len(parents) - 1, 1)),
        "plane": _plane(day, columns),
    }


def _heat(parents: pd.DataFrame, made: pd.DataFrame, columns: Columns) -> tuple[str | None, int]:
    """The differences of associations, and how many columns found no place."""
    names = (*columns.numeric, *columns.categorical)
    seen = names[:_MAX_CELLS]
    if len(seen) <= 1:
        return None, 0
    difference = association(made, columns, seen) - association(parents, columns, seen)
    return draw.heat(difference, seen), len(names) - len(seen)


def _plane(day: Day, columns: Columns) -> str | None:
    """Real rows like the parents, other real rows, and candidates."""
    label = day.spec.label
    like = day.real[label].isin(day.real[label][day.parents]) if label else pd.Series(data=day.parents)
    names = ("other real rows", "candidates", "real rows of their class" if label else "their real parents")
    rows = (day.real[~like.to_numpy()], day.candidates, day.real[like.to_numpy()])
    groups = {name: part for name, part in zip(names, rows, strict=True) if len(part)}
    colours = dict(zip(names, (draw.OTHER, draw.NEW, draw.REAL), strict=True))
    found = projection(groups, names[::2], columns)
    return draw.scatter(found, [colours[name] for name in found.points]) if found else None


def _recipe(day: Day) -> str:
    """The recipe and its judges as the dataset's file says them."""
    import yaml

    said = {"recipe", "holdout", "manifests", "gates"}
    body = day.spec.model_dump(mode="json", include=said, exclude_unset=True, by_alias=True)
    return str(yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100))
