"""AugmentedStream: days of a dataset as batches for a training loop, and where it stands in them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Self, TypeAlias

import pandas as pd
import pyarrow as pa

from aug_assets import frames, loader
from aug_assets.errors import StreamError, StreamWorkerError
from aug_assets.keys import digest_bits
from aug_assets.online.blocks import Blocks
from aug_assets.online.cut import Cutter, Place
from aug_assets.online.days import Days, in_memory
from aug_assets.online.options import Options, checked
from aug_assets.online.position import Position, position
from aug_assets.online.window import window
from aug_assets.recorded import Recorded
from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.spec import DatasetSpec

Batch: TypeAlias = pa.Table | pd.DataFrame


class AugmentedStream:
    """An iterator over days of a dataset that applies the recipe on the fly.

    ``for batch in stream`` gives out one epoch, from where the stream stands to its end, and moves on to the
    next. Epoch 0 is what is published of the days; each later one has the same real rows and fresh candidates
    by the same keys, see :mod:`aug_assets.online.copies`. What a gate refuses is not given out.

    A batch is a ``pyarrow.Table`` in the stored schema, or a DataFrame in the dataset's dtypes with
    ``row_id`` and ``is_synthetic`` before the dataset's own columns.

    Args:
        dataset: ``tenant/name``, or a spec.
        days: Days, or a range such as ``2025-01-01..2025-01-31``; in this order without ``shuffle``.
        lake: Address or ``LakeResource`` of the published days; by default that of the environment.
        options: See :class:`aug_assets.online.options.Options`.

    Raises:
        UnknownDatasetError: There is no such dataset.
        StreamError: An option or the window is not legal.
        UnknownPartitionError: A day is none of the dataset's.
        UpstreamMissingError: A day is not published.
        PublishRefusedError: The verdict on a day does not let it be published, or is about something else.
    """

    def __init__(
        self,
        dataset: str | DatasetSpec,
        days: str | Iterable[str | date],
        *,
        lake: Any = None,
        **options: Any,
    ) -> None:
        from aug_assets.online.lake import published_days

        spec = loader.get(dataset) if isinstance(dataset, str) else dataset
        how = checked(options)
        self._begin(published_days(spec, window(spec, days), lake), how)

    @classmethod
    def of(
        cls,
        dataset: str | DatasetSpec,
        days: Mapping[str, pd.DataFrame | pa.Table],
        *,
        recorded: Mapping[str, Recorded] | None = None,
        **options: Any,
    ) -> Self:
        """A stream over rows in memory; the gates judge each day when it is first made.

        Args:
            dataset: ``tenant/name``, or a spec.
            days: By day its raw rows as they would be delivered, or its source rows in the stored schema.
            recorded: By day what candidates are made of beside them, where the recipe needs that.
            options: See :class:`aug_assets.online.options.Options`.

        Raises:
            SourceError: A day's rows as a whole cannot be used.
            VerdictFailedError: While iterating: a blocking gate fails on a day.
        """
        spec = loader.get(dataset) if isinstance(dataset, str) else dataset
        how, stream = checked(options), cls.__new__(cls)
        stream._begin(in_memory(spec, window(spec, list(days)), days, recorded or {}), how)  # noqa: SLF001
        return stream

    def _begin(self, days: Days, options: Options) -> None:
        self.spec, self.options, self._days = days.spec, options, days
        self._blocks = Blocks(days, options)
        self.set_epoch(0)

    def with_options(self, **changes: Any) -> Self:
        """Another stream over the same days, at the beginning of the same epoch, with some other options.

        Raises:
            StreamError: An option is not legal.
        """
        other = type(self).__new__(type(self))
        other._begin(self._days, checked({**self.options.model_dump(), **changes}))  # noqa: SLF001
        other.set_epoch(self.epoch)
        return other

    def __getstate__(self) -> dict[str, Any]:
        return {"days": self._days, "options": self.options, "at": self._at}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._begin(state["days"], state["options"])  # workers do not travel
        self._at = state["at"]

    @property
    def epoch(self) -> int:
        """The epoch that the next batch is of, unless this one is at its end."""
        return int(self._at.epoch)

    @property
    def step(self) -> int:
        """How many batches of the epoch were given out."""
        return int(self._at.step)

    def set_epoch(self, epoch: int) -> None:
        """Go to the beginning of an epoch.

        Raises:
            StreamError: It is below 0.
        """
        if epoch < 0:
            raise StreamError("there is no such epoch", seen=epoch, legal="0 or more", todo="correct it")
        self._at = Position(epoch)

    def __iter__(self) -> Iterator[Batch]:
        cutter, (begin, skipped) = Cutter(self.options.batch_size), self._at.place
        end = begin
        try:
            for rows in self._blocks.rows(self.epoch, begin):
                cutter.add(Place(end, skipped), rows.slice(skipped))
                end, skipped = end + 1, 0
                for batch in cutter.full():
                    yield self._given(batch, cutter.place(Place(end, 0)))
        except StreamWorkerError:
            self.close()  # the next loop goes on where this one stopped, with new workers
            raise
        for batch in () if self.options.drop_last else cutter.rest():
            yield self._given(batch, Place(end, 0))
        self.set_epoch(self.epoch + 1)

    def _given(self, batch: pa.Table, following: Place) -> Batch:
        self._at = Position(self.epoch, self.step + 1, following)
        return batch if self.options.form == "arrow" else self.frame(batch)

    def frame(self, batch: pa.Table) -> pd.DataFrame:
        """A batch in the dataset's dtypes, as operators and gates see it, with id and origin."""
        made = frames.to_frame(batch, self.spec)
        made.insert(0, IS_SYNTHETIC, batch.column(IS_SYNTHETIC).to_numpy())
        made.insert(0, ROW_ID, batch.column(ROW_ID).to_pandas())
        return made

    def table(self) -> pa.Table:
        """All rows of the epoch in their order; the stream stays where it is."""
        blocks = list(self._blocks.rows(self.epoch, 0))
        return pa.concat_tables(blocks) if blocks else frames.table_schema(self.spec).empty_table()

    def torch(self, convert: Any = None, *, style: str = "iterable") -> Any:
        """A dataset of PyTorch; see :mod:`aug_assets.online.torch_sets`.

        Args:
            convert: What becomes of a batch, a ``pyarrow.Table``; by default a dict of tensors.
            style: ``iterable`` for batches of each epoch in turn, ``map`` for this epoch's rows by place.

        Raises:
            TorchMissingError: PyTorch is not installed.
            StreamError: There is no such style.
        """
        from aug_assets.online import to_torch

        return to_torch.dataset(self, convert, style)

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands, as plain values: after batch N it leads to batch N + 1."""
        state: dict[str, Any] = self._at.state(self._name)
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where a stream over the same rows in the same order stood.

        Raises:
            StreamError: The state is none, or of other days, contents, dataset file or options.
        """
        self._at = position(state, self._name)

    @property
    def _name(self) -> str:
        """Names the sequence of batches."""
        parts = repr(self.options.decides_order), repr(dict(self._days.content))
        return digest_bits("stream", self.spec.id, self.spec.digest, *parts).tobytes().hex()

    def close(self) -> None:
        """Stop the workers; a later loop starts new ones."""
        self._blocks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
