"""Where a stream stands, as plain values and back. Gives out nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aug_assets.errors import StreamError
from aug_assets.online.cut import Place


class Position(NamedTuple):
    """Where the next batch begins.

    Attributes:
        epoch: From 0.
        step: How many batches of the epoch were given out.
        place: Its first row.
    """

    epoch: int = 0
    step: int = 0
    place: Place = Place(0, 0)

    def state(self, stream: str) -> dict[str, Any]:
        """As plain values, with the name of the sequence of batches that it is a position in."""
        block, row = self.place
        return {"stream": stream, "epoch": self.epoch, "step": self.step, "block": block, "row": row}


def position(state: Mapping[str, Any], stream: str) -> Position:
    """The inverse of :meth:`Position.state`.

    Raises:
        StreamError: The state is none, or of another sequence of batches.
    """
    try:
        epoch, step, block, row = (int(state[name]) for name in ("epoch", "step", "block", "row"))
        name = str(state["stream"])
    except (KeyError, TypeError, ValueError) as error:
        raise StreamError(
            "this is no state of a stream", seen=state, todo="give what state_dict() gave"
        ) from error
    if name != stream or min(epoch, step, block, row) < 0:
        raise StreamError(
            "the state is of another stream: its days, what is published of them, the dataset's file or the "
            "options were others", seen=name, legal=stream, todo="begin anew, or open what it was",
        )  # fmt: skip
    return Position(epoch, step, Place(block, row))
