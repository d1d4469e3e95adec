"""The same rows through a DataLoader; runs where PyTorch is installed, which the lock file does not name."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aug_assets.errors import StreamError
from resources.lake import LakeResource
from tests.online.test_stream import few_gates, lake, stream

torch = pytest.importorskip("torch")
__all__ = ["few_gates", "lake"]  # which makes them fixtures here too


def loader(data: Any, **options: Any) -> Any:
    return torch.utils.data.DataLoader(data, **{"batch_size": None, **options})


def ids(batches: Any) -> list[str]:
    return [one for batch in batches for one in batch["row_id"]]


def expected(lake: LakeResource, epoch: int = 0) -> pa.Table:
    source = stream(lake)
    source.set_epoch(epoch)
    return source.table()


def test_batches_are_those_of_the_stream_as_tensors(lake: LakeResource) -> None:
    found = list(loader(stream(lake).torch()))
    told = expected(lake)
    amounts = torch.cat([batch["amount"] for batch in found])
    assert amounts.dtype == torch.float64
    np.testing.assert_array_equal(amounts.numpy(), told.column("amount").to_numpy())
    assert ids(found) == told.column("row_id").to_pylist()
    assert all(isinstance(batch["kind"], list) for batch in found)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_workers_of_a_loader_give_each_row_once_in_every_epoch(lake: LakeResource) -> None:
    several = loader(
        stream(lake).torch(), num_workers=2, persistent_workers=True, multiprocessing_context="spawn"
    )
    for epoch in (0, 1):
        found = ids(several)
        assert sorted(found) == sorted(expected(lake, epoch).column("row_id").to_pylist())
    assert sorted(ids(several)) != sorted(expected(lake, 0).column("row_id").to_pylist())


def test_training_goes_on_where_it_was_stopped(lake: LakeResource) -> None:
    whole = ids(loader(stream(lake, shuffle=2, seed=3).torch()))
    first = stream(lake, shuffle=2, seed=3).torch()
    taken = []
    for number, batch in enumerate(first):
        taken.append(batch)
        if number == 2:
            break
    state = first.state_dict()
    again = stream(lake, shuffle=2, seed=3).torch()
    again.load_state_dict(state)
    assert ids(taken) + ids(loader(again)) == whole
    half = stream(lake).torch()
    half.load_state_dict({**half.state_dict(), "step": 1})
    with pytest.raises(StreamError, match="use num_workers=0"):
        list(loader(half, num_workers=1))


def test_rows_by_place_can_be_drawn_by_any_sampler(lake: LakeResource) -> None:
    rows = stream(lake).torch(style="map")
    told = expected(lake)
    assert len(rows) == told.num_rows
    kept = ("row_id", "amount")  # PyTorch itself puts no missing texts into a batch
    batch = next(
        iter(
            loader(
                rows,
                batch_size=8,
                shuffle=True,
                collate_fn=lambda drawn: torch.utils.data.default_collate(
                    [{name: row[name] for name in kept} for row in drawn]
                ),
            )
        )
    )
    assert batch["amount"].shape == (8,)
    known = dict(zip(told.column("row_id").to_pylist(), told.column("amount").to_pylist(), strict=True))
    assert [known[one] for one in batch["row_id"]] == batch["amount"].tolist()
    notes = told.column("note").to_pylist()
    assert None in notes
    assert [rows[place]["note"] for place in range(len(rows))] == notes
    assert rows[-1]["row_id"] == told.column("row_id")[-1].as_py()
    with pytest.raises(IndexError):
        rows[len(rows)]


def test_what_becomes_of_a_batch_can_be_said(lake: LakeResource) -> None:
    counted = loader(stream(lake).torch(convert=lambda batch: batch.num_rows))
    assert sum(counted) == expected(lake).num_rows
