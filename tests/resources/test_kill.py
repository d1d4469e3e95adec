"""SIGKILL at random moments of a day's write: a reader meets the old version or the new one."""

import logging
import random
import time
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from resources.delta_table import LakeTable
from resources.lake import LakeResource
from tests.resources.samples import DAY, OTHER_DAY
from tests.resources.writers import PARTS, PROCESSES, day_rows, write_day, write_day_aloud

KILLS = 50
COMMIT = PARTS  # the step after the last part
OVERSHOOT = 2  # aim behind the usual end of the commit too, or none would ever survive


class Child:
    """A process that writes one day and says which step it begins."""

    def __init__(self, table: LakeTable, content: int, attempt: str) -> None:
        self._phases, theirs = PROCESSES.Pipe(duplex=False)
        self._process = PROCESSES.Process(target=write_day_aloud, args=(table, DAY, content, attempt, theirs))
        self._process.start()
        theirs.close()
        self.begun: list[float] = []

    def wait_for(self, step: int) -> None:
        while len(self.begun) <= step:
            self._phases.recv()
            self.begun.append(time.monotonic())

    def kill(self) -> int:
        """Kill it and return the step that it had begun last."""
        self._process.kill()
        self._process.join()
        with suppress(EOFError):
            self.wait_for(COMMIT + 1)
        self._phases.close()
        return len(self.begun) - 1


def usual_durations(table: LakeTable) -> list[float]:
    """The median over a few children, since each of them starts cold and the machine may be busy."""
    runs = []
    for turn in range(5):
        child = Child(table, content=0, attempt=f"undisturbed{turn}")
        child.wait_for(COMMIT + 1)
        child.kill()
        runs.append([after - before for before, after in pairwise(child.begun)])
    return [median(times) for times in zip(*runs, strict=True)]


def moments(seed: int, usual: list[float]) -> list[tuple[int, float]]:
    """Steps and delays: half of the kills aim at the commit, since that is what can go wrong."""
    rng = random.Random(seed)
    steps = [COMMIT if index % 2 else index // 2 % PARTS for index in range(KILLS)]
    rng.shuffle(steps)
    return [(step, rng.uniform(0, usual[step] * (OVERSHOOT if step == COMMIT else 1))) for step in steps]


@pytest.mark.slow
def test_a_killed_writer_leaves_the_old_day_or_the_new_one(tmp_path: Path) -> None:
    table = LakeResource(uri=str(tmp_path)).table("t", "d", "s")
    write_day(table, OTHER_DAY, 7, "other")
    write_day(table, DAY, 0, "start")
    outcomes, landed = Counter(), Counter()
    for turn, (step, delay) in enumerate(moments(seed=11, usual=usual_durations(table)), start=1):
        before, old = table.version(), table.read(DAY)["n"].to_pylist()
        child = Child(table, turn, f"killed{turn}")
        child.wait_for(step)
        time.sleep(delay)
        landed[child.kill()] += 1

        seen = table.read(DAY)["n"].to_pylist()
        published = table.version() > before
        assert seen == (day_rows(turn) if published else old)
        assert table.read(DAY, before)["n"].to_pylist() == old
        assert table.read(OTHER_DAY)["n"].to_pylist() == day_rows(7)
        outcomes["new" if published else "old"] += 1

        write_day(table, DAY, turn, f"again{turn}")
        assert table.read(DAY)["n"].to_pylist() == day_rows(turn)
    logging.getLogger(__name__).info(
        "outcomes %s, last step begun %s", dict(outcomes), sorted(landed.items())
    )
    assert outcomes.total() == KILLS
    assert min(outcomes["old"], outcomes["new"]) > 0
    assert set(range(PARTS)) | {COMMIT} <= set(landed)
    written = {str(path.relative_to(table.uri)) for path in (Path(table.uri) / "date=2026-01-02").iterdir()}
    ever_read = {part.path for version in range(2, table.version() + 1) for part in table.parts(DAY, version)}
    assert written > ever_read  # the killed attempts did leave orphans, and no version contains one
