"""A home with two small datasets and one embedded cluster, for all tests of the commands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aug_assets import gates
from resources import dask_cluster
from resources.lake import LakeResource
from tests import builders
from tests.assets.conftest import FEW
from tests.assets.days import NEXT_DAY, Days, Run

DAYS = ("2025-01-01", "2025-01-02", "2025-01-03")
MISSING = DAYS[1]


def write_dataset(folder: Path, name: str, **changes: Any) -> Path:
    """A dataset file whose days are CSV files beside it."""
    source = {"uri": f"{folder}/raw/{name}-{{date}}.csv"}
    body = builders.body(
        name=name, source=source, gates=[{"gate": "column_skew", "max_distance": 0.9}], **changes
    )
    file = folder / "datasets" / "lab" / name / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({"type": "aug_assets.component.AugmentedDataset", "attributes": body}))
    return file


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Datasets ``lab/small``, which lacks a day, and ``lab/other``; and a home without anything in it."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "raw").mkdir()
    for seed, name in enumerate(("small", "other"), start=1):
        write_dataset(folder, name)
        for day in DAYS:
            if (name, day) != ("small", MISSING):
                rows = builders.frame(80, seed=seed)
                rows.loc[:1, "amount"] = -1.0
                rows.to_csv(folder / "raw" / f"{name}-{day}.csv", index=False)
    yield folder
    dask_cluster.stop(folder / "home")


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a person at work; returns the Dagster home."""
    for name in ("DASK_ADDRESS", "AUG_LAKE", "AUG_DASK_PRELOAD", "AUG_AUTOMATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(place / "home"))
    monkeypatch.setenv("AUG_DATASETS", str(place / "datasets"))
    monkeypatch.setenv("AUG_DASK_WORKERS", "2")
    monkeypatch.setenv("AUG_CODE_DIGEST", "tests")  # files may be edited while the tests run
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(place)
    return place / "home"


@pytest.fixture
def lake(home: Path) -> LakeResource:
    """The lake that runs of this home write."""
    return LakeResource()


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Days, list[Run]]:
    """Two published days, the first with bad raw rows, and their runs. Not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
        made = Days(tmp_path_factory.mktemp("released"), owners=["team:ml"], license="CC-BY-4.0")
        rows = builders.frame(80)
        rows.loc[[1, 2], "amount"] = -1.0
        made.deliver(rows)
        made.deliver(builders.frame(80, seed=2), NEXT_DAY)
        return made, [made.run(), made.run(day=NEXT_DAY)]
