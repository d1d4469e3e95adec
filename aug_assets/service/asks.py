"""What a request asks for and what it gets: plain values. How it is carried is in ``bodies`` and ``app``."""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Ask:
    """Candidates of some parents of a published day.

    Attributes:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        epoch: 0 is what is stored of the day; later ones are fresh, see :mod:`aug_assets.online.copies`.
        parents: Row ids of source rows of the day.
    """

    dataset: str
    day: str
    epoch: int
    parents: tuple[str, ...]

    @property
    def together(self) -> tuple[str, str, int]:
        """Asks that are alike here are answered in one go."""
        return self.dataset, self.day, self.epoch


@dataclass(frozen=True)
class Answer:
    """What became of an ask.

    Attributes:
        rows: Candidates that every gate of single rows lets through, in the stored schema.
        refused: The others, in the quarantine schema: id, reasons and the row as JSON.
        told: Provenance of all of them.
        without: Parents from which the recipe makes nothing, and those that the day does not have.
    """

    rows: pa.Table
    refused: pa.Table
    told: pa.Table
    without: tuple[str, ...]
