"""The drawings of a day's candidates beside their parents, as asset metadata; the core has the figures."""

import base64
from collections.abc import Sequence

import dagster as dg
import pandas as pd

from aug_assets.frames import columns_of
from aug_assets.report import changes, draw
from aug_assets.report.association import association
from aug_assets.report.families import Family
from aug_assets.report.marginals import NUMBERS, panels, shown
from aug_assets.report.projection import projection
from aug_assets.report.sheet import sheet
from aug_assets.spec import DatasetSpec

_PANELS = 6
_ACROSS = 3
_CELLS = 12  # columns of the heat map
_ROWS = 5000  # of the heat map: two digits need no more


def marginals(spec: DatasetSpec, parents: pd.DataFrame, made: pd.DataFrame) -> dg.MarkdownMetadataValue:
    """Histograms of parents and candidates, one panel a numeric column."""
    names = [name for name in shown(spec, NUMBERS) if name != spec.label][:_PANELS]
    if not names:
        return dg.MetadataValue.md("no numeric columns")
    drawn = [draw.panel(one) for one in panels(spec, parents, made, names)]
    return _image("marginals of parents and candidates", draw.grid(drawn, _ACROSS, "marginals"))


def associations(spec: DatasetSpec, parents: pd.DataFrame, made: pd.DataFrame) -> dg.MarkdownMetadataValue:
    """By how much columns hang together more, or less, among the candidates than among their parents."""
    columns = columns_of(spec, parents)
    names = (*columns.numeric, *columns.categorical)[:_CELLS]
    if len(names) <= 1:
        return dg.MetadataValue.md("there are not two columns to compare")
    strengths = [association(rows.head(_ROWS), columns, names) for rows in (made, parents)]
    return _image(
        "associations of candidates less those of parents", draw.heat(strengths[0] - strengths[1], names)
    )


def plane(
    spec: DatasetSpec, others: pd.DataFrame, parents: pd.DataFrame, made: pd.DataFrame
) -> dg.MarkdownMetadataValue:
    """Where candidates lie among their parents and all other real rows: two principal components."""
    groups = {"other real rows": others, "parents": parents, "candidates": made}
    groups = {name: rows for name, rows in groups.items() if len(rows)}
    found = projection(groups, ("other real rows", "parents"), columns_of(spec, parents))
    if found is None:
        return dg.MetadataValue.md("nothing varies, so there is no plane to show")
    colours = {"other real rows": draw.OTHER, "parents": draw.REAL, "candidates": draw.NEW}
    return _image("principal components of rows", draw.scatter(found, [colours[name] for name in groups]))


def beside(spec: DatasetSpec, shown: Sequence[Family]) -> dg.MarkdownMetadataValue:
    """Parents beside their copies: a contact sheet of pictures, or texts and sessions with changes marked."""
    if not shown:
        return dg.MetadataValue.md("no candidates to show")
    if spec.modality == "image":
        return _image("pictures beside their copies", sheet(spec, shown))
    blocks = []
    for family in shown:
        for parent, *copies in changes.lines(spec, family.parent, family.copies, changes.in_markdown):
            made = [f"- {line}  \n  {'; '.join(family.words(n))}" for n, line in enumerate(copies)]
            blocks.append("\n".join([parent, "", *made]))
    return dg.MetadataValue.md("\n\n---\n\n".join(blocks))


def _image(told: str, image: str) -> dg.MarkdownMetadataValue:
    data = base64.b64encode(image.encode()).decode()
    return dg.MetadataValue.md(f"![{told}](data:image/svg+xml;base64,{data})")
