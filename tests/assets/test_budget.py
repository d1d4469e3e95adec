"""A day over its budget is not published until a person lets it pass, or the budget grows."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from aug_assets.commands import cost as command
from aug_assets.errors import DecisionError, FourEyesError, NotReleasableError
from resources.audit import audit_log
from tests import builders
from tests.assets.days import DAY, Days, Run

pytestmark = pytest.mark.usefixtures("few_gates")
DEAR = {"per_day": {"cpu_seconds": 1e-6}}


def _held(folder: Path, user: str) -> tuple[Days, Run]:
    days = Days(folder, budget=DEAR)
    days.deliver(builders.frame(40))
    return days, days.run(tags={"user": user})


def test_a_day_over_budget_waits_for_a_person_and_the_release_is_on_record(tmp_path: Path) -> None:
    days, run = _held(tmp_path, "ann")
    assert run.failed_checks == ["augmented.budget"]
    assert "at most 1e-06" in run.checks["augmented.budget"].description
    assert "validated" not in run.metadata
    refused = days.run("validated")
    assert refused.errors == {"validated": "over_budget"}
    assert "1e-06" in refused.told
    _moved_bytes_are_counted(days, run.metadata)
    for by, why, error in (("", "x", DecisionError), ("mo", " ", DecisionError), ("Ann", "x", FourEyesError)):
        with pytest.raises(error):
            command.release(days.lake, days.spec, DAY, by, why)
    assert command.release(days.lake, days.spec, DAY, "mo", "once") == ["budget/per_day.cpu_seconds"]
    assert days.run("validated").success
    record = [one for one in audit_log(days.lake, "lab").records() if one.action == "release"]
    assert [(one.by, one.why) for one in record] == [("mo", "once")]
    again = days.run("gates")  # the same candidates, judged anew
    assert again.checks["augmented.budget"].passed
    assert "released by a person" in again.checks["augmented.budget"].description


def _moved_bytes_are_counted(days: Days, metadata: dict[str, dict[str, Any]]) -> None:
    raw = pq.read_table(days.folder / f"{DAY}.parquet").nbytes
    table = days.table("source")
    stored = sum(part.size for part in table.parts({"date": DAY}, table.version()))
    assert metadata["source"]["cost/bytes_read"] >= raw
    assert metadata["source"]["cost/bytes_written"] >= stored
    assert metadata["augmented"]["cost/bytes_read"] >= stored


def test_nobody_releases_what_nobody_is_known_to_have_launched_and_a_larger_budget_needs_nobody(
    tmp_path: Path,
) -> None:
    days, _ = _held(tmp_path, "unknown")
    with pytest.raises(FourEyesError):
        command.release(days.lake, days.spec, DAY, "mo", "x")
    days.respec(budget={"per_day": {"cpu_seconds": 1e6}})
    assert days.run("validated").success


def test_a_day_within_its_budget_waits_for_nobody(tmp_path: Path) -> None:
    days = Days(tmp_path, budget={"per_day": {"cpu_seconds": 1e6}})
    with pytest.raises(NotReleasableError, match="not judged"):
        command.release(days.lake, days.spec, DAY, "mo", "x")
    days.deliver(builders.frame(40))
    run = days.run()
    assert run.success
    assert run.checks["augmented.budget"].passed
    with pytest.raises(NotReleasableError, match="no limit"):
        command.release(days.lake, days.spec, DAY, "mo", "x")
