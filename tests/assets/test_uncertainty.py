"""The queue through Dagster: what is asked about, as a file for people, and what they answered."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from numpy.random import Generator, Philox

from aug_assets.assets import common
from aug_assets.commands import queue
from aug_assets.commands.labels import Said, add
from aug_assets.errors import LabelsError, UpstreamMissingError
from resources.audit import audit_log
from resources.labels import LabelTable
from tests import builders
from tests.assets.days import DAY, NEXT_DAY, Days
from tests.assets.test_recalibration import scored
from tests.test_labels import COLUMNS

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A day that was scored, half of its labels there, and its queue."""
    made = Days(tmp_path_factory.mktemp("unsure"), columns=COLUMNS, training={},
                uncertainty={"rows": 8, "explore": 0.25})  # fmt: skip
    rows = builders.frame(60)
    made.deliver(rows.assign(fraud=rows["fraud"].astype("Int64").mask(rows.index % 2 == 0)))
    assert made.run("source").success
    _score(made)
    run = made.run("uncertainty")
    assert run.success, run.told
    made.told = run.metadata["uncertainty"]  # type: ignore[attr-defined]
    return made


def _score(made: Days) -> None:
    ids = made.rows("source", DAY).column("row_id")
    columns: dict[str, Any] = {field.name: pa.nulls(len(ids), field.type) for field in scored.SCHEMA}
    drawn = Generator(Philox(key=3)).random(len(ids))
    columns |= {"row_id": ids, "score": pa.array(drawn), "threshold": pa.array([0.4] * len(ids))}
    table, where = made.table("predictions"), {"date": DAY}
    stored = pa.table(columns).cast(scored.SCHEMA)
    table.commit([table.write_part(stored, where, "scored")], where, scored.SCHEMA, {})


def test_rows_without_a_label_are_asked_about(days: Days) -> None:
    told: dict[str, Any] = days.told  # type: ignore[attr-defined]
    assert (told["asked"], told["near"], told["without_label"], told["rows"]) == (8, 6, 30, 60)
    assert told["word"] == "unjudged"
    asked = days.table("queue").read({"date": DAY}).column("row_id").to_pylist()
    rows = days.rows("source", DAY).to_pylist()
    assert {row["fraud"] for row in rows if row["row_id"] in asked} == {None}
    assert common.asset_key(days.spec, "uncertainty").path[-1] == "small_uncertainty"


def test_a_day_that_was_not_scored_says_what_to_do(days: Days) -> None:
    assert days.run("uncertainty", day=NEXT_DAY).errors == {"uncertainty": "upstream_missing"}
    with pytest.raises(UpstreamMissingError, match="small_uncertainty"):
        queue.write(days.lake, days.spec, NEXT_DAY, "none.csv")


def test_a_csv_goes_to_people_and_comes_back_with_labels(days: Days, tmp_path: Path) -> None:
    out = tmp_path / "queue.csv"
    assert queue.write(days.lake, days.spec, DAY, str(out)) == 8
    rows = pd.read_csv(out, dtype=str)
    assert rows["label"].isna().all()
    assert "amount" in rows
    assert "fraud" not in rows
    rows.assign(label="1").to_csv(out, index=False)
    assert add(days.lake, days.spec, str(out), Said(None, "queue", "ann")) == {DAY: 8}
    seen = [one for one in audit_log(days.lake, "lab").records() if one.action == "access"]
    assert seen[-1].subject["what"] == "queue"


def test_label_studio_gets_tasks_and_gives_answers(days: Days, tmp_path: Path) -> None:
    out = tmp_path / "queue.json"
    queue.write(days.lake, days.spec, DAY, str(out))
    tasks = json.loads(out.read_text())
    assert "amount:" in tasks[0]["data"]["text"]

    def said(label: str, who: Any, at: str) -> dict[str, Any]:
        result = [{"from_name": "label", "value": {"choices": [label]}}]
        return {"completed_by": who, "created_at": at, "result": result}

    tasks[0]["annotations"] = [said("1", {"email": "a@b.org"}, "2025-01-05T10:00:00Z")]
    tasks[1]["annotations"] = [said("1", 3, "2025-01-05T10:00:00Z"), said("0", 4, "2025-01-05T10:00:00Z")]
    tasks[2]["annotations"] = [{**said("1", 5, "2025-01-05T10:00:00Z"), "was_cancelled": True}]
    out.write_text(json.dumps(tasks))
    assert add(days.lake, days.spec, str(out), Said()) == {DAY: 3}
    by = LabelTable(days.lake, days.spec).of(DAY).column("by").to_pylist()
    assert {"a@b.org", "annotator 3", "annotator 4"} <= set(by)
    out.write_text('[{"annotations": []}]')
    with pytest.raises(LabelsError, match="cannot be read"):
        add(days.lake, days.spec, str(out), Said())
