"""The served instance of all tests here: a good day and two bad ones, launched as people launch them."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ui.served import Served, serve

GOOD_DAY = "2025-01-01"
LATE_DAY, BAD_DAY = "2025-03-01", "2025-03-02"
_BROKEN = """
type: aug_assets.component.AugmentedDataset
attributes:
  tenant: lab
  name: broken
  source: {uri: "${AUG_DATASETS}/{date}.csv"}
  partitions: {start: 2025-03-01, end: 2025-03-03}
  key: [id]
  label: y
  columns:
    id: {type: string}
    x: {type: float64, min: 0}
    y: {type: int64, values: [0, 1]}
  recipe:
    - {name: more, select: {rows: minority, copies: 2}, steps: [{operator: jitter_bootstrap}]}
"""


@dataclass
class Launched:
    """What was launched in the served instance."""

    served: Served
    good: str
    backfill: str


@pytest.fixture(scope="module")  # not longer: the servers take CPU from whatever is tested next
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    folder = tmp_path_factory.mktemp("ui")
    home, datasets = folder / "home", folder / "datasets"
    for path in (home, datasets / "lab" / "broken"):
        path.mkdir(parents=True)
    (datasets / "lab" / "broken" / "defs.yaml").write_text(_BROKEN)
    _all_bad(datasets / f"{BAD_DAY}.csv")  # the other day's file has not come
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve(home, datasets, port) as served:
        good = served.launch("payments__card_fraud", GOOD_DAY)
        stages = [["lab", f"broken_{stage}"] for stage in ("source", "augmented", "validated")]
        yield Launched(served, good, served.backfill(stages, [LATE_DAY, BAD_DAY]))


def _all_bad(path: Path) -> None:
    path.write_text("id,x,y\n" + "".join(f"r{n},-{n + 1},0\n" for n in range(20)))
