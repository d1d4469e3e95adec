"""The asset of Evidently's page: there only where it is asked for, a file in the lake with a link to it."""

from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from aug_assets.assets import common
from aug_assets.assets.dataset import build_dataset, job_name
from aug_assets.assets.drift_report import build_drift_report
from aug_assets.errors import SpecError
from aug_assets.report import drift_evidently
from resources.lake import LakeResource
from tests import builders
from tests.assets import drifting
from tests.assets.days import Days
from tests.select import shifting

DAY = drifting.day_of(20)


def keys(definitions: dg.Definitions) -> set[str]:
    return {key.path[-1] for one in definitions.assets or () for key in one.keys}


def test_it_is_there_only_where_the_file_asks_for_it_and_in_no_job() -> None:
    plain, asked = (builders.spec(drift={"report": on}) for on in (False, True))
    assert "small_drift_report" not in keys(build_dataset(plain))
    definitions = build_dataset(asked)
    assert "small_drift_report" in keys(definitions)
    (job,) = (one for one in definitions.jobs or () if one.name == job_name(asked))
    key = common.asset_key(asked, common.DRIFT_REPORT)
    assert key not in job.selection.resolve(definitions.assets or ())


@pytest.fixture
def days(tmp_path: Path) -> Days:
    found = drifting.watched(tmp_path, drift={"report": True})
    for n, day in enumerate((drifting.day_of(0), DAY)):
        rows = shifting.rows(0.1, n + 1, 60, found.spec)
        table = found.table("source")
        table.commit([table.write_part(rows, {"date": day}, f"p{n}")], {"date": day}, rows.schema, {})
    return found


def made(days: Days, monkeypatch: pytest.MonkeyPatch) -> dg.MaterializeResult:
    chosen = SimpleNamespace(days=(drifting.day_of(0), drifting.day_of(1)), why="the dataset's first days")
    monkeypatch.setattr("aug_assets.assets.drift_record.choose", lambda *_: chosen)
    version = days.table("source").version()
    monkeypatch.setattr(common, "latest", lambda *_: {"delta_version": version})
    step = build_drift_report(days.spec)
    resources = {"lake": LakeResource(uri=days.lake.uri)}
    with dg.build_asset_context(partition_key=DAY, resources=resources, instance=days.instance) as context:
        return step(context)


def test_the_page_lies_in_the_lake_and_is_linked(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(drift_evidently, "require", lambda: None)
    monkeypatch.setattr(
        drift_evidently, "page", lambda _, day, known: seen.append((len(day), len(known))) or "<html>é</html>"
    )
    found = made(days, monkeypatch)
    file = Path(found.metadata["report"].value)
    assert file.read_text("utf-8") == "<html>é</html>"
    assert file.is_relative_to(days.folder / "lake")
    assert DAY in str(file)
    assert seen == [(60, 60)]  # the second reference day is not stored


def test_without_the_package_the_step_says_which_extra_is_missing(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise SpecError("not installed", todo='pip install "aug-assets[evidently]"')

    monkeypatch.setattr(drift_evidently, "require", missing)
    with pytest.raises(dg.Failure) as error:
        made(days, monkeypatch)
    assert "aug-assets[evidently]" in str(error.value.metadata["next"].value)
