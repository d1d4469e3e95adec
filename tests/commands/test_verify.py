"""`aug verify`: a day that is as recorded passes; what was changed behind its back is named."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from aug_assets.assets import common
from aug_assets.commands.verify import Recorded, check, drawn
from tests import builders
from tests.assets.days import DAY, Days

GATES = [{"gate": "column_skew", "max_distance": 0.9}]


@pytest.fixture
def made(tmp_path: Path) -> Days:
    days = Days(tmp_path, gates=GATES)
    days.deliver(builders.frame(80))
    run = days.run()
    assert run.success, run.told
    return days


def findings(days: Days, **latest: Any) -> dict[str, Any]:
    """What is found when the event log tells other things of some stages."""
    day = Recorded(days.instance, days.lake, days.spec, DAY)
    for stage, changes in latest.items():
        day.latest[stage] = {**day.latest[stage], **changes}
    return {one.part: one for one in check(day, 1000)}


def ill(found: dict[str, Any]) -> list[str]:
    return [part for part, one in found.items() if not one.well]


def put(days: Days, stage: str, rows: pa.Table) -> dict[str, int]:
    """Put other rows in a stage's place, as somebody with access to the lake could."""
    table, where = common.table(days.lake, days.spec, stage), {"date": DAY}
    return {"delta_version": table.commit([table.write_part(rows, where, "x")], where, rows.schema, {})}


def raised(rows: pa.Table, position: int) -> pa.Table:
    """The same rows, one of them a little dearer."""
    amounts = rows.column("amount").to_pylist()
    amounts[position] = round(amounts[position] + 1, 2)
    return rows.set_column(rows.column_names.index("amount"), "amount", pa.array(amounts))


def test_a_day_as_it_was_made_passes(made: Days) -> None:
    found = findings(made)
    assert ill(found) == []
    assert "made again and are equal" in found["rebuilt"].told


def test_published_rows_that_were_changed_are_noticed(made: Days) -> None:
    assert ill(findings(made, validated=put(made, "validated", raised(made.rows("validated"), -1)))) == [
        "validated",
        "commits",
    ]


def test_a_made_row_that_does_not_follow_from_its_key_is_named(made: Days) -> None:
    rows = made.rows("augmented")
    found = findings(made, augmented=put(made, "augmented", raised(rows, 0)))
    assert found["rebuilt"].told.startswith("1 of ")
    assert rows.column("row_id")[0].as_py() in found["rebuilt"].told


def test_provenance_that_names_another_parent_is_noticed(made: Days) -> None:
    told = made.record()
    parents = pa.array([[other, first] for first, other in told.column("parents").to_pylist()])
    forged = told.set_column(told.column_names.index("parents"), "parents", parents)
    version = put(made, "provenance", forged)["delta_version"]
    assert ill(findings(made, augmented={"provenance_version": version})) == ["provenance", "rebuilt"]


def entry(days: Days, stage: str, version: int) -> Path:
    return Path(days.table(stage).storage.uri) / "_delta_log" / f"{version:020}.json"


def edited(days: Days, stage: str, version: int, name: str, value: str) -> None:
    """Another value in what a commit says, as somebody with access to the lake could put there."""
    file = entry(days, stage, version)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    said = next(line["commitInfo"] for line in lines if "commitInfo" in line)
    said["aug_info"][name] = value
    file.write_text("\n".join(json.dumps(line) for line in lines))


@pytest.fixture
def again(made: Days) -> Days:
    """The day made twice, so that its tables have older versions."""
    assert made.run().success
    assert ill(findings(made)) == []
    return made


def test_an_older_commit_that_was_removed_is_named(again: Days) -> None:
    version = again.table("augmented").version()
    entry(again, "augmented", version - 1).unlink()
    told = findings(again)["commits"]
    assert not told.well
    assert f"augmented version {version - 1} is missing from the log" in told.told
    assert f"was made of augmented version {version - 1}, which is missing" in told.told


def test_the_newest_commit_that_was_removed_is_named(again: Days) -> None:
    version = again.table("validated").version()
    entry(again, "validated", version).unlink()
    assert f"validated version {version} was made by run" in findings(again)["commits"].told


@pytest.mark.parametrize(
    ("stage", "name", "told"),
    [
        ("source", "digest", "augmented version {n} was made of other content than source version {n}"),
        ("validated", "run_id", "validated version {n} says run_id forged"),
        (
            "augmented",
            "source_version",
            "augmented version {n} was made of source version 99, which is missing",
        ),
        ("provenance", "source_version", "provenance version {n} was made of source version 99"),
    ],
)
def test_an_older_commit_that_was_edited_is_named(again: Days, stage: str, name: str, told: str) -> None:
    version = again.table(stage).version() - 1
    edited(again, stage, version, name, "99" if name == "source_version" else "forged")
    assert told.format(n=version) in findings(again)["commits"].told


def test_the_rows_that_are_made_again_are_drawn_by_a_seed(made: Days) -> None:
    day, rows = Recorded(made.instance, made.lake, made.spec, DAY), made.rows("augmented")

    def ids(seed: str) -> list[str]:
        return list(drawn(day, rows, 5, seed)["row_id"].to_pylist())

    assert ids("a") == ids("a") != ids("b")
    assert sorted(ids("a")) == ids("a") != sorted(rows["row_id"].to_pylist())[:5]


def test_a_source_that_was_made_again_is_noticed(made: Days) -> None:
    made.deliver(builders.frame(80, seed=2))
    made.run("source")
    assert ill(findings(made)) == ["inputs"]


def test_another_recipe_cannot_make_them_again(made: Days) -> None:
    made.respec(recipe=[builders.branch("other")], gates=GATES)
    assert ill(findings(made)) == ["rebuilt"]
