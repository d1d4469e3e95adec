"""What people see of a day: tables that fit a page, and a plot whatever the columns hold."""

import base64
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aug_assets import recipe
from aug_assets.assets import show
from aug_assets.assets.marginals import marginals, plane
from aug_assets.frames import table_schema
from aug_assets.gates.base import Judgement
from aug_assets.ingest import sort_out
from aug_assets.rows import PROVENANCE
from tests import builders

SPEC = builders.spec()


def plan_and_sample(rows: int = 40) -> tuple[recipe.Plan, Any]:
    plan = recipe.plan(SPEC, builders.DAY, builders.table(rows))
    made = recipe.make(plan, 0, 0, plan.rows)
    return plan, (made.rows, made.told)


def test_the_preview_has_a_parent_beside_its_own_copies() -> None:
    plan, sample = plan_and_sample()
    shown = show.candidates(SPEC, plan, builders.table(), *sample)["preview"]
    cells = {record.data["column"]: record.data for record in shown.records}
    assert list(cells["note"]) == ["column", "parent", "copy 0", "copy 1"]
    assert cells["note"]["copy 0"] == cells["note"]["copy 1"] == "="  # text is the parent's
    assert cells["fraud"]["parent"] == "1"
    assert cells["id"]["copy 0"].startswith("syn-")
    parent = plan.branches[0].parents.iloc[plan.branches[0].parent[0]]
    assert cells["amount"]["parent"] == f"{parent['amount']:.10g}"


def test_a_day_without_candidates_shows_no_table_of_them() -> None:
    spec = builders.spec(recipe=[builders.branch(too_few="skip")])
    source = builders.table().slice(0, 0)
    empty = recipe.plan(builders.spec(limits={"allow_empty": True}), builders.DAY, source)
    shown = show.candidates(spec, empty, source, table_schema(spec).empty_table(), PROVENANCE.empty_table())
    assert shown["made"] == 0
    assert "preview" not in shown


def test_a_dataset_may_keep_its_rows_out_of_the_metadata() -> None:
    hidden = builders.spec(previews=False)
    plan, sample = plan_and_sample()
    found = sort_out(SPEC, builders.DAY, pa.Table.from_pandas(builders.frame(40), preserve_index=False))
    for spec, shows in ((SPEC, True), (hidden, False)):
        made = show.candidates(spec, plan, builders.table(), *sample)
        assert ("preview" in made) is ("projection" in made) is shows
        assert {"made", "marginals", "associations"} <= made.keys()
        assert ("preview" in show.source(spec, found)) is shows
        assert ("preview" in show.published(spec, builders.table(), builders.table().slice(0, 0))) is shows
    assert hidden.digest == SPEC.digest  # the rows are the same


def test_figures_of_a_gate_are_short_and_finite() -> None:
    word = Judgement("mine", True, True, 0.18918918918918914, float("nan"), "", {"amount": 1e6 / 3})
    verdict: Any = None
    assert show.judgement(word, verdict) == {"value": 0.1892, "amount": 333300.0}


def image(made: Any) -> bytes:
    found = re.search(r"base64,([^)]+)\)", made.md_str)
    assert found
    return base64.b64decode(found[1])


@pytest.mark.parametrize(
    "values",
    [
        np.geomspace(0.01, 1e6, 50),  # a long tail
        np.zeros(50),
        np.array([0.0] * 49 + [1e9]),
        np.full(50, np.nan),
        np.array([np.inf, -np.inf, 1.0] * 10),
        np.linspace(-5, 5, 50),
    ],
    ids=["tail", "zeros", "one", "null", "infinite", "signed"],
)
def test_the_plot_bears_any_numbers(values: np.ndarray) -> None:
    frame = pd.DataFrame({"amount": values, "count": pd.array([1] * len(values), dtype="Int64")})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert image(marginals(SPEC, frame, frame)).startswith(b"<svg")


def test_the_plane_shows_parents_candidates_and_the_other_real_rows() -> None:
    plan, sample = plan_and_sample()
    shown = show.candidates(SPEC, plan, builders.table(), *sample)["projection"]
    drawn = image(shown).decode()
    parents = len(plan.branches[0].parents)
    for told in (f"other real rows ({40 - parents})", f"parents ({parents})", f"candidates ({plan.rows})"):
        assert told in drawn, told


def test_a_day_of_which_all_rows_are_parents_has_a_plane_too() -> None:
    frame = builders.typed(20)
    assert image(plane(SPEC, frame.head(0), frame, frame)).startswith(b"<svg")


def test_rows_that_are_all_alike_have_no_plane() -> None:
    frame = builders.typed(20).iloc[[2] * 20].reset_index(drop=True)
    assert "no plane" in plane(SPEC, frame, frame, frame).md_str


def test_the_proof_of_benefit_is_told_with_its_recipe() -> None:
    record = {"recipe_digest": SPEC.recipe_digest, "lift": 0.031, "lift_low": -0.01, "lift_high": 0.07,
              "baseline": "underbag", "seeds": 5}  # fmt: skip
    told = "+3.1% (-1.0% to +7.0%) over underbag, 5 seeds"
    assert show.lift(record, SPEC) == {"lift": told}
    assert show.lift(record, builders.spec(recipe=[builders.branch(copies=7)]))["lift"].endswith(told)
    assert "another recipe" in show.lift({**record, "recipe_digest": "0"}, SPEC)["lift"]
    assert "aug bench lift lab/small" in show.lift(None, SPEC)["lift"]
