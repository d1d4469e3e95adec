"""Copies of what people looked at and of what lies next to it, and of nothing else."""

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from aug_assets import recipe
from aug_assets.errors import TooFewParentsError
from aug_assets.frames import to_frame
from aug_assets.recorded import Recorded
from aug_assets.select import Beside, shares
from aug_assets.spec import DatasetSpec
from tests import builders
from tests.select import shifting

ROWS = shifting.rows(0.3, 5, 120)
FRAME = to_frame(ROWS, builders.spec())
IDS = ROWS["row_id"].to_pylist()
HONEST = [n for n, fraud in enumerate(FRAME["fraud"]) if fraud == 0]


def came_back(*labels: tuple[int, str, str]) -> pa.Table:
    """Place, label and why."""
    names = ("row_id", "label", "why")
    return pa.table(dict(zip(names, zip(*((IDS[n], a, b) for n, a, b in labels), strict=True), strict=True)))


def parents(spec: DatasetSpec, labels: pa.Table | None) -> dict[int, float]:
    """Weight of each parent, by place."""
    found, _ = shares.weighed(spec, ROWS, Beside(labels=labels))
    return {IDS.index(row["row_id"]): row["weight"] for row in found.to_pylist()}


def test_false_alarms_and_queried_rows_come_first_and_then_their_neighbours() -> None:
    one, two = HONEST[:2]
    found = parents(
        shifting.spec("feedback", neighbours=4), came_back((one, "0", "alert"), (two, "1", "queue"))
    )
    assert found[one] >= 1
    assert found[two] >= 1
    near = {n: weight for n, weight in found.items() if n not in (one, two)}
    assert 1 <= len(near) <= 8
    assert max(near.values()) <= 0.4 + 1e-9


def test_neighbours_are_like_the_row_that_came_back() -> None:
    dear = next(n for n in HONEST if FRAME["amount"][n] > 500)
    found = parents(shifting.spec("feedback", neighbours=6), came_back((dear, "0", "alert")))
    assert len(found) == 7
    assert all(FRAME["kind"][n] == "c" for n in found)


def test_true_alarms_and_matured_labels_are_no_feedback() -> None:
    spec = shifting.spec("feedback")
    labels = came_back((0, "1", "alert"), (1, "0", "matured"), (2, "0", "person"))
    assert parents(spec, labels) == {}
    only = shifting.spec("feedback", feedback={"of": ["queried"], "nearby": 0})
    assert parents(only, came_back((3, "0", "alert"), (4, "0", "queue"))) == {4: 1.0}


def test_a_condition_holds_for_centres_and_neighbours_alike() -> None:
    spec = shifting.spec("feedback", where="fraud == 1", neighbours=3)
    found = parents(spec, came_back((HONEST[0], "0", "alert")))
    assert len(found) == 3  # the false alarm is honest and so no parent; frauds next to it are
    assert all(FRAME["fraud"][n] == 1 for n in found)


@pytest.mark.parametrize("labels", [None, came_back((0, "1", "alert"))])
def test_a_day_without_feedback_says_so_or_is_skipped(labels: pa.Table | None) -> None:
    for choice in ("error", "skip"):
        spec = shifting.spec("feedback", too_few=choice)
        stored = Recorded(shares=shares.weighed(spec, ROWS, Beside(labels=labels))[0])
        if choice == "error":
            with pytest.raises(TooFewParentsError, match="gives no parent a share"):
                recipe.plan(spec, builders.DAY, ROWS, recorded=stored)
        else:
            (part,) = recipe.plan(spec, builders.DAY, ROWS, recorded=stored).branches
            assert part.skipped


def test_the_class_that_alerts_are_about_can_be_named() -> None:
    spec = shifting.spec("feedback", feedback={"alarm": 0, "nearby": 0})
    assert parents(spec, came_back((0, "0", "alert"), (1, "1", "alert"))) == {1: 1.0}


def test_labels_of_unknown_rows_are_passed_over() -> None:
    labels = pa.table({"row_id": ["f" * 32], "label": ["0"], "why": ["alert"]})
    assert parents(shifting.spec("feedback"), labels) == {}


def test_rows_without_a_label_yet_are_no_parents() -> None:
    columns = {**builders.COLUMNS, "fraud": {"type": "int64", "values": [0, 1], "nullable": True}}
    branch = shifting.spec("feedback", feedback={"alarm": 1}).recipe[0].model_dump()
    spec = builders.spec(columns=columns, recipe=[branch])
    at = ROWS.column_names.index("fraud")
    open_ = ROWS.set_column(at, "fraud", pa.array([0, 1, *[None] * (len(ROWS) - 2)], pa.int64()))
    found, _ = shares.weighed(spec, open_, Beside(labels=came_back((0, "0", "alert"))))
    assert set(found["row_id"].to_pylist()) == {IDS[0], IDS[1]}


def test_an_operator_that_draws_towards_neighbours_stays_among_the_chosen() -> None:
    spec = shifting.spec("feedback", neighbours=5, copies=6, steps=[{"operator": "smote_nc", "k": 2}])
    stored, _ = shares.weighed(spec, ROWS, Beside(labels=came_back((HONEST[0], "0", "alert"))))
    plan = recipe.plan(spec, builders.DAY, ROWS, recorded=Recorded(shares=stored))
    made = recipe.make(plan, 0, 0, plan.rows)
    assert {one for row in made.told["parents"].to_pylist() for one in row} <= set(
        stored["row_id"].to_pylist()
    )
    assert plan.rows == 36


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"recipe": [builders.branch(policy="even", feedback={"nearby": 0.1})]}, "settings of `policy: feed"),
        ({"recipe": [builders.branch(policy="feedback", feedback={"of": []})]}, "at least 1"),
        ({"recipe": [builders.branch(weights={"by": "recency", "column": "when", "half_life_hours": 1})]},
         "no column 'when'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        builders.spec(**changes)


def test_a_dataset_without_a_label_has_no_feedback() -> None:
    columns = {name: column for name, column in builders.COLUMNS.items() if name != "fraud"}
    branch = {"name": "m", "select": {"rows": "all", "copies": 1, "policy": "feedback"},
              "steps": [{"operator": "jitter_bootstrap"}]}  # fmt: skip
    with pytest.raises(ValidationError, match="a dataset that has a label"):
        builders.spec(columns=columns, label=None, recipe=[branch])


def test_recipes_from_before_these_policies_keep_their_digest() -> None:
    select = builders.spec().recipe[0].select
    assert not {"density_ratio", "feedback"} & set(select.model_dump())
    assert "density_ratio" in shifting.spec("density_ratio", density_ratio={}).recipe[0].select.model_dump()


def test_the_places_of_rows_do_not_matter() -> None:
    spec, labels = shifting.spec("feedback"), came_back((HONEST[0], "0", "alert"), (HONEST[5], "0", "queue"))
    mixed = ROWS.take(pa.array(np.random.Generator(np.random.Philox(key=1)).permutation(len(ROWS))))
    one, other = (shares.weighed(spec, rows, Beside(labels=labels))[0] for rows in (ROWS, mixed))
    ordered = [found.sort_by("row_id").to_pydict() for found in (one, other)]
    assert ordered[0]["row_id"] == ordered[1]["row_id"]
    np.testing.assert_allclose(ordered[0]["weight"], ordered[1]["weight"])
