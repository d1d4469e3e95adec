"""A real-sized day of card data, from one file of 183 days, through the whole graph."""

import os
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from aug_assets import loader
from aug_assets.commands import run
from resources import dask_cluster
from resources.lake import LakeResource

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("AUG_TEST_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "fraud" / "handbook_transformed.parquet"
DAYS = ("2018-06-01", "2018-06-02")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason=f"needs {FILE.name} below AUG_TEST_DATA"),
]


@pytest.fixture(scope="module")  # one cluster for all days
def _place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real_fraud")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        patch.setenv("AUG_LAKE", str(folder / "lake"))
        patch.setenv("AUG_DATASETS", str(ROOT / "bench" / "datasets"))
        patch.setenv("AUG_FRAUD_DATA", str(FILE))
        yield
    dask_cluster.stop(folder / "home")


@pytest.mark.usefixtures("_place")
def test_days_of_one_big_file_are_published_whole():
    times = pq.read_table(FILE, columns=["TX_DATETIME", "TX_FRAUD"])
    results = run.run("payments/fraud_handbook", *DAYS, workers=2)
    assert [day.error for day in results] == ["", ""]
    for day in results:
        of_day = times.filter(pc.equal(pc.strftime(times["TX_DATETIME"], "%Y-%m-%d"), day.day))
        assert day.rows_in == len(of_day) > 9000
        published = LakeResource().table("payments", "fraud_handbook", "validated").read({"date": day.day})
        synthetic = pc.sum(published["is_synthetic"]).as_py()
        assert published.num_rows - synthetic == len(of_day)
        assert synthetic == day.accepted == day.candidates - day.quarantined
        frauds = pc.sum(published["is_fraud"]).as_py()
        assert frauds == pc.sum(of_day["TX_FRAUD"]).as_py() + synthetic
        assert frauds / (published.num_rows - frauds) == pytest.approx(0.05, abs=0.001)


@pytest.mark.usefixtures("_place")
def test_the_first_day_has_too_few_frauds_and_is_published_without_synthetic_rows():
    (day,) = run.run("payments/fraud_handbook", "2018-04-01", "2018-04-01", workers=2)
    assert day.error == ""
    assert (day.candidates, day.accepted) == (0, 0)
    assert loader.get("payments/fraud_handbook").recipe[0].select.too_few == "skip"
    published = LakeResource().table("payments", "fraud_handbook", "validated").read({"date": "2018-04-01"})
    assert published.num_rows == day.rows_in
