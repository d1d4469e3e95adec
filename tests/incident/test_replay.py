"""The story with the real assets, sensors and deployment, on a small world with a strong season."""

import os
from pathlib import Path

import pytest

from aug_assets.incident import figures, page, sample
from aug_assets.incident.figures import OURS, REMEDIES, THRESHOLD, UNTREATED, Replay
from aug_assets.incident.replay import replay
from aug_assets.incident.span import DAYS
from tests.assets.conftest import FEW

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.environ.get("AUG_GUIDES") != "all", reason="three minutes; AUG_GUIDES=all runs it"),
    pytest.mark.filterwarnings("ignore"),  # of MLflow, and of previews in Dagster
]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    folder = tmp_path_factory.mktemp("incident")
    with pytest.MonkeyPatch.context() as patch:
        from aug_assets import gates

        # Three gates judge: the others take most of the time and say nothing of the loop.
        patch.setattr("aug_assets.gates.defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
        patch.setattr("aug_assets.trial._TIMES", 40)
        return replay(sample.sample(0, str(folder / "raw"), 2_000, 1.5), 0, folder)


def test_days_before_the_season_start_nothing(lived: Replay) -> None:
    early = [run for run in lived.runs if DAYS.live <= run.on < DAYS.onset]
    assert {run.why.partition(";")[0] for run in early} == {"arrival", "scoring"}
    assert not [run.failed for run in early if run.failed]


def test_drift_labels_threshold_and_challenger_follow_each_other(lived: Replay) -> None:
    first = {}
    for run in lived.runs:
        first.setdefault(run.job.removeprefix("payments__season") + " " + run.why.partition(";")[0], run.on)
    assert DAYS.onset <= first[" drift"] <= DAYS.onset + 1
    assert first[" drift"] < first["_training drift"] <= DAYS.onset + 3
    assert lived.speed.refreshed is not None
    assert lived.speed.refreshed <= 3
    assert lived.speed.to_repair is not None
    assert 0 < lived.speed.to_repair < 5
    assert any("is tried" in told for told in lived.served.values())


def test_false_alarms_come_back_and_the_remedies_are_told_apart(lived: Replay) -> None:
    of = {name: figures.of([lived], name)["rise"].value for name in REMEDIES}
    assert of[UNTREATED] > 0.4
    assert of[THRESHOLD] < of[UNTREATED] / 2
    assert of[OURS] < of[UNTREATED] / 2
    assert all(len(cells) == DAYS.last - DAYS.live + 1 for cells in lived.cells.values())


def test_the_report_tells_the_story_and_needs_nothing_else(lived: Replay, tmp_path: Path) -> None:
    told = page.page("small", [lived])
    for remedy in REMEDIES:
        assert f"<td>{remedy}</td>" in told
    assert told.count("data:image/png;base64") == 3
    assert "http" not in told.replace("http://www.w3.org", "")
    assert "threshold" in told
