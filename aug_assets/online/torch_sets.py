"""Datasets of PyTorch over a stream; the only module that imports torch."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch  # type: ignore[import-not-found,unused-ignore]
from torch.utils.data import (  # type: ignore[import-not-found,unused-ignore]
    Dataset,
    IterableDataset,
    get_worker_info,
)

from aug_assets.errors import StreamError
from aug_assets.online.stream import AugmentedStream
from aug_assets.values.picture import Picture

Convert = Callable[[pa.Table], Any]


class Batches(IterableDataset):  # type: ignore[misc,unused-ignore]
    """The batches of an epoch, then of the next: for ``DataLoader(..., batch_size=None)``.

    In a worker of a DataLoader the stream gives out a part of its blocks of days, without workers of its own.
    Each row still comes once, but how rows meet in batches then depends on the number of DataLoader workers;
    with the stream's own workers it does not.
    """

    def __init__(self, stream: AugmentedStream, convert: Convert | None = None) -> None:
        self.stream = stream.with_options(form="arrow")
        self.stream.load_state_dict(stream.state_dict())
        self._convert = convert
        self._part: AugmentedStream | None = None

    def __iter__(self) -> Iterator[Any]:
        stream = self._mine()
        for batch in stream:
            yield self._convert(batch) if self._convert else tensors(stream, batch)

    def _mine(self) -> AugmentedStream:
        info = get_worker_info()
        if info is None:
            return self.stream
        if self.stream.step:
            raise StreamError(
                "workers of a DataLoader cannot go on in the middle of an epoch", seen=self.stream.step,
                legal="step 0", todo="use num_workers=0 and give `workers` to the stream",
            )  # fmt: skip
        if self._part is None:  # kept, so that persistent workers go on with the next epoch
            part, parts = self.stream.options.shard
            shard = part + parts * info.id, parts * info.num_workers
            self._part = self.stream.with_options(workers=0, shard=shard)
        return self._part

    def set_epoch(self, epoch: int) -> None:
        """For before each loop where a DataLoader starts workers anew; else epochs follow by themselves."""
        self.stream.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """See :meth:`AugmentedStream.state_dict`."""
        return self.stream.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See :meth:`AugmentedStream.load_state_dict`."""
        self.stream.load_state_dict(state)


class Rows(Dataset):  # type: ignore[misc,unused-ignore]
    """The rows of the stream's epoch by place, all of them in memory.

    PyTorch's own collation puts no None into a batch: where texts may be missing, or pictures differ in size,
    give ``convert`` or a ``collate_fn``.
    """

    def __init__(self, stream: AugmentedStream, convert: Convert | None = None) -> None:
        self._stream, self._convert, self._table = stream, convert, stream.table().combine_chunks()

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, place: int) -> Any:
        row = self._table.slice(range(len(self))[place], 1)
        if self._convert:
            return self._convert(row)
        return {name: values[0] for name, values in tensors(self._stream, row).items()}


def tensors(stream: AugmentedStream, batch: pa.Table) -> dict[str, Any]:
    """A batch by column: tensors of shape (rows,) of numbers and booleans, lists of all else.

    Of numbers and booleans with nulls float64 with NaN, of all else that is missing None; of pictures a
    tensor each of shape (height, width) or (height, width, channels).
    """
    return {str(name): _values(column) for name, column in stream.frame(batch).items()}


def _values(column: pd.Series) -> Any:
    if pd.api.types.is_numeric_dtype(column.dtype):
        if column.isna().any() or isinstance(column.dtype, pd.api.extensions.ExtensionDtype):
            return torch.from_numpy(column.to_numpy(np.float64, na_value=np.nan))
        return torch.from_numpy(column.to_numpy(copy=True))
    missing = column.isna().to_numpy(bool)
    values = [None if gone else v for v, gone in zip(column.tolist(), missing, strict=True)]
    return [torch.from_numpy(v.pixels.copy()) if isinstance(v, Picture) else v for v in values]
