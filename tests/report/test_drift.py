"""Drawings of drift hold every day and every value, whatever those are."""

import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest

from aug_assets.drift.rule import Decision, unjudged
from aug_assets.drift.sketch import Sketch, categories, numbers
from aug_assets.report import drift

WORDS = ("steady", "warn", "refresh")


def decisions() -> list[Decision]:
    made = [Decision(f"2025-01-0{n + 1}", WORDS[n % 3], "", 3.0 * n, 4.0) for n in range(6)]
    return [*made, unjudged("2025-01-07", 3, "few rows")]


def test_every_day_has_a_point_inside_the_drawing() -> None:
    root = ET.fromstring(drift.history(decisions()[::-1]))
    points = [one for one in root.iter() if one.tag.endswith("circle")]
    assert len(points) == 7 + 4, "and four in the legend"
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    assert all(0 <= float(p.attrib["cx"]) <= width and 0 <= float(p.attrib["cy"]) <= height for p in points)
    assert "2025-01-07" in "".join(root.itertext())


def test_one_day_and_none_are_drawn() -> None:
    assert "no day has been judged" in drift.history([unjudged("2025-01-01", 0, "")])
    ET.fromstring(drift.history(decisions()[1:2]))


@pytest.mark.parametrize(
    ("day", "reference"),
    [
        (numbers(np.arange(50.0)), numbers(np.arange(500.0))),
        (numbers(np.full(9, 5.0)), numbers(np.full(90, 5.0))),
        (numbers(np.array([np.nan, np.inf, -np.inf])), numbers(np.array([np.nan]))),
        (numbers(np.empty(0)), numbers(np.empty(0))),
        (categories(pa.array(["<b>", None])), categories(pa.array([f"v{n}" for n in range(40)]))),
    ],
)
def test_a_feature_is_drawn_whatever_its_values(day: Sketch, reference: Sketch) -> None:
    ET.fromstring(drift.feature("x & y", day, reference))


def test_shares_of_a_feature_are_those_of_its_rows() -> None:
    panel = drift._steps("x", numbers(np.arange(1000.0)), numbers(np.arange(1000.0) * 2))
    assert panel.real.sum() == pytest.approx(1.0)
    assert panel.new.sum() == pytest.approx(1.0)
    assert panel.new[-1] == 0.0 < panel.real[-1]
    bars = drift._bars("k", categories(pa.array(["a", "a", "b", None])), categories(pa.array(["a", "b"])))
    assert (bars.labels, bars.new.tolist()) == (("a", "b"), [2 / 3, 1 / 3])
    assert bars.note == "missing 0.0% / 25.0%"
