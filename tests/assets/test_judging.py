"""Gates that look at a day in chunks say what they say in one pass, whoever looks, and of the same rows."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aug_assets import gates
from aug_assets.assets import common, judging
from aug_assets.errors import LakeError
from aug_assets.gates.rules import Rules
from aug_assets.values.picture import Picture, to_arrow
from resources.lake import LakeResource
from tests.assets import judged

TABLE, PICTURES = "payments/card_fraud", ("city/street_scenes", "hospital/chest_xray")
FORKED = {"distributed.worker.multiprocessing-method": "forkserver"}
HEAVY = ("tests.assets.judged", "pandera.pandas", "deltalake", "cv2")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes a dataset's day once, and tells where it lies and how many candidates it has."""
    held: dict[str, tuple[Path, int]] = {}

    def of(name: str) -> tuple[Path, int]:
        if name not in held:
            folder = tmp_path_factory.mktemp("day")
            held[name] = folder, judged.made(name, folder)
        return held[name]

    return of


@pytest.fixture(scope="module")
def clusters() -> Iterator[dict[int, Any]]:
    """Of one worker and of two, forked from a process that has loaded what they need."""
    import dask
    from distributed import Client, LocalCluster
    from distributed.utils import get_mp_context

    with pytest.MonkeyPatch.context() as patch, dask.config.set(FORKED), ExitStack() as open_ones:
        patch.setenv("AUG_CODE_DIGEST", "tests")  # else a file edited meanwhile would stop the work
        get_mp_context().set_forkserver_preload(["distributed", *HEAVY])
        options: dict[str, Any] = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
        made = {count: open_ones.enter_context(LocalCluster(n_workers=count, **options)) for count in (1, 2)}
        yield {
            count: open_ones.enter_context(Client(one, set_as_default=False)) for count, one in made.items()
        }


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", [TABLE, *PICTURES])
def test_workers_and_order_leave_no_trace_in_a_verdict(name: str, day: Any, clusters: Any) -> None:
    folder, planned = day(name)
    alone = judged.in_one_pass(name, folder, planned)
    words, _, held, (reasons, candidates, _), _ = alone
    assert candidates == planned > 30
    assert held > 0
    assert reasons
    assert len(words) == len(judged.spec(name).gate_steps) + 1
    for count, client in clusters.items():
        client.wait_for_workers(count, timeout=60)
        made = client.submit(judged.in_chunks, name, folder, planned, count, pure=False).result(120)
        assert made["found"] == alone, count
        assert made["chunks"] > 4
        assert len(made["pids"]) == count
        assert made["here"] != os.getpid()


def test_order_leaves_no_trace_and_nothing_stays_in_scratch(day: Any) -> None:
    folder, planned = day(TABLE)
    made = judged.in_chunks(TABLE, folder, planned, 9)
    assert made["found"] == judged.in_one_pass(TABLE, folder, planned)
    assert [path for path in (folder / "_scratch").rglob("*") if path.is_file()] == []


class Stumbles(Rules):
    """Raises in one chunk, at a candidate that no other chunk has."""

    at = ""

    @classmethod
    def observe(cls, real: Any, params: Any, batch: Any) -> Any:
        if cls.at in batch.ids.to_pylist():
            raise RuntimeError("stumbled")
        return super().observe(real, params, batch)


def test_a_gate_that_raises_in_one_chunk_has_not_judged_the_day(
    day: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, planned = day(TABLE)
    ids = common.table(LakeResource(uri=str(folder)), judged.spec(TABLE), "augmented").read(
        {"date": judged.DAY}, columns=["row_id"]
    )
    monkeypatch.setattr(Stumbles, "at", ids.column(0)[planned // 2].as_py())
    monkeypatch.setitem(gates.REGISTRY.paths, "rules", f"{__name__}:Stumbles")
    made = judged.in_chunks(TABLE, folder, planned, 4)["found"]
    assert made == judged.in_one_pass(TABLE, folder, planned)
    (word,) = [word for word in made[0] if "gate='rules'" in word]
    assert "could not judge: RuntimeError: stumbled" in word
    assert any("silent: rules" in word for word in made[0])


def test_candidates_that_change_between_two_readings_are_not_judged(
    day: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, planned = day(TABLE)
    batches, readings = judging.Stored.batches, []

    def other(stored: judging.Stored, rows: int) -> Iterator[Any]:
        for batch in batches(stored, rows):
            readings.append(batch.num_rows)
            last = len(readings) == 2 and "is_synthetic" in batch.schema.names
            yield batch.slice(0, batch.num_rows - 1) if last else batch

    monkeypatch.setattr(judging.Stored, "batches", other)
    with pytest.raises(LakeError, match="changed while they were judged"):
        judged.in_chunks(TABLE, folder, planned)


def test_a_pixel_that_changes_is_seen_by_the_seal() -> None:
    def seal(pixels: np.ndarray, secret: int = 1) -> str:
        stored = to_arrow([Picture.of(pixels), None])
        return judging._seal(pa.record_batch({"row_id": ["a", "b"], "image": stored}), secret)

    one = np.random.Generator(np.random.Philox(1)).integers(0, 255, (20, 30), np.uint8)
    other = one.copy()
    other[3, 4] ^= 1
    assert seal(one) == seal(one.copy())
    assert len({seal(one), seal(other), seal(one, 2), seal(one.reshape(30, 20))}) == 4


def test_provenance_that_lies_in_other_files_is_found_all_the_same(day: Any) -> None:
    folder, _ = day(TABLE)
    lake, own = LakeResource(uri=str(folder)), judged.spec(TABLE)
    made, told = (
        judging.stored(table, {"date": judged.DAY}, table.version() or 0)
        for table in (common.table(lake, own, stage) for stage in ("augmented", "provenance"))
    )
    assert len(judging._units(made, told)) == len(made.files) > 2
    fewer = judging.Stored(told.table, told.schema, told.files[:-1])
    assert judging._units(made, fewer) == [(made, fewer)]
