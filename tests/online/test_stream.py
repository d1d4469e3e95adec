"""A stream gives out the offline rows, in one order for any workers, from where it was stopped."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aug_assets import errors, recipe
from aug_assets.errors import AugError
from aug_assets.online import AugmentedStream
from aug_assets.online.copies import at_epochs, together
from aug_assets.online.maker import Maker
from aug_assets.rows import IS_SYNTHETIC, ROW_ID, digest
from bench import online
from resources.lake import LakeResource
from tests import builders
from tests.assets.conftest import FEW

DAYS = ["2025-01-01", "2025-01-02", "2025-01-03"]
SPEC = builders.spec(gates=[{"gate": name} for name in ("exact_copies", "rules", "schema")])


@pytest.fixture(scope="module", autouse=True)
def few_gates() -> Any:
    """Three gates judge: the others take most of the time and say nothing of streams."""
    with pytest.MonkeyPatch.context() as patch:
        named = list(FEW)
        patch.setattr("aug_assets.gates.defaults", lambda _: tuple(_step(name) for name in named))
        yield


def _step(name: str) -> Any:
    from aug_assets import gates

    return gates.get(name).Params(gate=name)


def raw(seed: int) -> pa.Table:
    return pa.Table.from_pandas(builders.frame(40, seed), preserve_index=False)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeResource:
    made = LakeResource(uri=str(tmp_path_factory.mktemp("online")))
    for seed, day in enumerate(DAYS, start=1):
        online.publish(made, SPEC, day, raw(seed))
    return made


def stream(lake: LakeResource, **options: Any) -> AugmentedStream:
    return AugmentedStream(SPEC, DAYS, lake=lake, **{"batch_size": 16, **options})


def joined(batches: Any) -> pa.Table:
    return pa.concat_tables(list(batches))


def test_epoch_0_is_what_is_published_and_memory_gives_the_same(lake: LakeResource) -> None:
    table = lake.table(SPEC.tenant, SPEC.name, "validated")
    published = joined(table.read({"date": day}) for day in DAYS)
    assert digest(joined(stream(lake))) == digest(published)
    held = AugmentedStream.of(SPEC, {day: raw(n) for n, day in enumerate(DAYS, start=1)})
    assert digest(joined(held)) == digest(published)


@pytest.mark.parametrize("epoch", [0, 1, 2, 5])
def test_item_k_of_an_epoch_is_the_offline_row(lake: LakeResource, epoch: int) -> None:
    source = lake.table(SPEC.tenant, SPEC.name, "source").read({"date": DAYS[0]})
    offline = online.again(SPEC, recipe.plan(SPEC, DAYS[0], source), source, epoch)
    reader = AugmentedStream(SPEC, DAYS[:1], lake=lake)
    reader.set_epoch(epoch)
    rows = reader.table()
    made = rows.filter(rows.column(IS_SYNTHETIC))
    assert made.num_rows > 10
    assert digest(made) == digest(offline)
    assert digest(rows.filter(pc.invert(rows.column(IS_SYNTHETIC)))) == digest(source)


def test_epochs_follow_each_other_and_share_no_candidate(lake: LakeResource) -> None:
    reader = stream(lake)
    epochs = [joined(reader) for _ in range(3)]
    assert reader.epoch == 3
    made = [set(e.filter(e.column(IS_SYNTHETIC)).column(ROW_ID).to_pylist()) for e in epochs]
    assert not made[0] & made[1]
    assert not made[1] & made[2]


def test_a_row_that_a_gate_refuses_is_not_given_out(
    lake: LakeResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aug_assets.gates.base import Observation
    from aug_assets.gates.schema import Schema

    def strict(cls: Any, real: Any, params: Any, batch: Any) -> Observation:
        return Observation({"large": (batch.rows["amount"] > 60).to_numpy(bool)}, (0, len(batch)))

    reader = stream(lake)
    reader.set_epoch(1)
    before = reader.table()
    monkeypatch.setattr(Schema, "observe", classmethod(strict))
    refusing = stream(lake)
    refusing.set_epoch(1)
    after = refusing.table()
    made = after.filter(after.column(IS_SYNTHETIC))
    assert made.num_rows > 0
    assert after.num_rows < before.num_rows
    assert pc.max(made.column("amount")).as_py() <= 60


@pytest.mark.parametrize("options", [{"workers": 1, "kind": "thread"}, {"workers": 2, "kind": "thread"}])
def test_the_order_does_not_depend_on_workers(lake: LakeResource, options: dict[str, Any]) -> None:
    alone, others = stream(lake, shuffle=2, seed=3), stream(lake, shuffle=2, seed=3, **options)
    with others:
        for reader in (alone, others):
            reader.set_epoch(2)
        assert [digest(b) for b in others] == [digest(b) for b in alone]


def test_shuffling_mixes_and_differs_by_seed_and_epoch_and_loses_nothing(lake: LakeResource) -> None:
    plain, mixed = joined(stream(lake)), joined(stream(lake, shuffle=3))
    other = joined(stream(lake, shuffle=3, seed=1))
    ids = [one.column(ROW_ID).to_pylist() for one in (plain, mixed, other)]
    assert sorted(ids[0]) == sorted(ids[1]) == sorted(ids[2])
    assert ids[0] != ids[1] != ids[2]
    assert joined(stream(lake, shuffle=3)).equals(mixed)


@pytest.mark.parametrize("options", [{}, {"shuffle": 2, "seed": 4}, {"workers": 1, "kind": "thread"}])
def test_it_goes_on_at_the_batch_after_the_state(lake: LakeResource, options: dict[str, Any]) -> None:
    whole = stream(lake, **options)
    whole.set_epoch(1)
    batches, states = [], []
    for batch in whole:
        batches.append(digest(batch))
        states.append(whole.state_dict())
    for step in (1, 4, len(batches) - 1):
        again = stream(lake, **options)
        again.load_state_dict(states[step - 1])
        assert (again.epoch, again.step) == (1, step)
        assert [digest(b) for b in again] == batches[step:]
        assert again.epoch == 2
        again.close()
    whole.close()


def test_batches_are_full_but_for_the_last_and_may_be_frames(lake: LakeResource) -> None:
    sizes = [batch.num_rows for batch in stream(lake)]
    assert set(sizes[:-1]) == {16}
    assert 0 < sizes[-1] <= 16
    if sizes[-1] < 16:
        assert sum(b.num_rows for b in stream(lake, drop_last=True)) == sum(sizes[:-1])
    frame = next(iter(stream(lake, form="pandas")))
    assert list(frame.columns[:2]) == [ROW_ID, IS_SYNTHETIC]
    assert str(frame["count"].dtype) == "Int64"


def test_parts_give_every_row_once(lake: LakeResource) -> None:
    parts = [joined(stream(lake, shard=(n, 2))).column(ROW_ID).to_pylist() for n in range(2)]
    assert sorted(parts[0] + parts[1]) == sorted(joined(stream(lake)).column(ROW_ID).to_pylist())


def test_it_travels_without_its_workers(lake: LakeResource) -> None:
    reader = stream(lake)
    reader.set_epoch(1)
    next(iter(reader))
    again = pickle.loads(pickle.dumps(reader))
    assert (again.epoch, again.step) == (1, 1)
    assert [digest(b) for b in again] == [digest(b) for b in reader]


def test_a_worker_that_dies_is_told_and_the_loop_goes_on(
    lake: LakeResource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import BrokenExecutor

    whole = stream(lake)
    whole.set_epoch(1)
    wanted = [digest(b) for b in whole]
    reader = stream(lake, workers=1, kind="thread")
    reader.set_epoch(1)
    made, dies = Maker.candidates, [True]

    def dying(self: Maker, date: str, epoch: int) -> pa.Table:
        if date == DAYS[2] and dies.pop():
            raise BrokenExecutor("killed")
        dies.append(False) if not dies else None
        return made(self, date, epoch)

    monkeypatch.setattr(Maker, "candidates", dying)
    got = []
    with pytest.raises(errors.StreamWorkerError, match="died"):
        got += [digest(b) for b in _taken(reader, got)]
    assert 0 < len(got) < len(wanted)
    got += [digest(b) for b in reader]
    assert got == wanted
    reader.close()


def _taken(reader: AugmentedStream, into: list[str]) -> Any:
    for batch in reader:
        into.append(digest(batch))
    return ()


def test_a_group_of_epochs_is_no_longer_than_all_before_it() -> None:
    groups = [together(e, 100, 8192) for e in range(40)]
    assert all(e in group for e, group in enumerate(groups))
    assert [len(g) for g in groups[:8]] == [1, 1, 2, 2, 4, 4, 4, 4]
    assert max(len(g) for g in groups) == 16
    assert all(len(together(e, 9000, 8192)) == 1 for e in range(9))


WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    ("stream", lambda lake: AugmentedStream(SPEC, [], lake=lake)),
    ("stream", lambda lake: AugmentedStream(SPEC, [DAYS[0], DAYS[0]], lake=lake)),
    ("stream", lambda lake: AugmentedStream(SPEC, "2025-01-03..2025-01-01", lake=lake)),
    ("stream", lambda lake: stream(lake, batch_size=0)),
    ("stream", lambda lake: stream(lake, worker=2)),
    ("stream", lambda lake: stream(lake, shard=(2, 2))),
    ("stream", lambda lake: stream(lake).set_epoch(-1)),
    ("stream", lambda lake: stream(lake).load_state_dict({"epoch": 1})),
    ("stream", lambda lake: stream(lake).load_state_dict(stream(lake, seed=1).state_dict())),
    ("unknown_partition", lambda lake: AugmentedStream(SPEC, ["tuesday"], lake=lake)),
    ("unknown_partition", lambda lake: AugmentedStream(SPEC, ["2024-12-31"], lake=lake)),
    ("upstream_missing", lambda lake: AugmentedStream(SPEC, "2025-01-01..2025-01-04", lake=lake)),
    ("upstream_missing", lambda lake: AugmentedStream(SPEC, DAYS, lake=f"{lake.uri}/none")),
    ("verdict_stale", lambda lake: AugmentedStream(_other_recipe(), DAYS, lake=lake)),
    ("verdict_stale", lambda lake: AugmentedStream(_other_rules(), DAYS, lake=lake)),
    ("unknown_dataset", lambda lake: AugmentedStream("no/such", DAYS, lake=lake)),
    ("empty_partition", lambda lake: AugmentedStream.of(SPEC, {DAYS[0]: raw(1).slice(0, 0)})),
]


def _other_recipe() -> Any:
    return builders.spec(gates=[g.model_dump() for g in SPEC.gates], recipe=[builders.branch(copies=3)])


def _other_rules() -> Any:
    return builders.spec(gates=[g.model_dump() for g in SPEC.gates], rules=["count <= amount + 10"])


@pytest.mark.parametrize(("code", "work"), WRONG)
def test_what_cannot_be_is_refused_with_a_typed_error(
    lake: LakeResource, code: str, work: Callable[[Any], Any]
) -> None:
    with pytest.raises(AugError) as found:
        work(lake)
    assert found.value.code == code
    assert found.value.todo


def test_a_day_in_memory_that_the_gates_hold_back_is_not_given_out() -> None:
    strict = builders.spec(gates=[{"gate": "exact_copies", "max_share": 0.0}], recipe=[_copying()])
    with pytest.raises(errors.VerdictFailedError):
        joined(AugmentedStream.of(strict, {DAYS[0]: raw(1)}))


def _copying() -> dict[str, Any]:
    return {**builders.branch(), "steps": [{"operator": "jitter_bootstrap", "scale": 1e-9}]}


def test_replies_are_there_for_epoch_0_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "asks", lambda spec: True)
    empty = recipe.Plan(SPEC, DAYS[0], "", ())
    with pytest.raises(errors.RepliesMissingError):
        at_epochs(empty, [1])
    assert at_epochs(empty, [0]).rows == 0


def test_without_torch_it_says_so(lake: LakeResource, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "aug_assets.online.torch_sets", raising=False)
    with pytest.raises(errors.TorchMissingError):
        stream(lake).torch()
