"""Which copies of their parents the candidates of a later epoch are. Makes none.

Candidate ``j`` of epoch ``e`` is copy ``copy[j] + e * count`` of its parent, where ``count`` is how many
copies the recipe gives that parent. So epoch 0 is the stored day, and later epochs count on from there.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from aug_assets import recipe
from aug_assets.errors import RepliesMissingError

_MOST = 16  # epochs together


def at_epochs(plan: recipe.Plan, epochs: Iterable[int]) -> recipe.Plan:
    """The same plan, of the copies of some epochs: in each branch all of the first one, then of the next.

    Raises:
        RepliesMissingError: The recipe asks a model, whose replies are there for epoch 0 only.
    """
    wanted = list(epochs)
    if any(wanted) and recipe.asks(plan.spec):
        raise RepliesMissingError(
            "the recipe asks a model, and what it answered is stored for the first copies only",
            seen=f"epoch {max(wanted)} of {plan.day}", legal="epoch 0", todo="repeat epoch 0: `set_epoch(0)`",
        )  # fmt: skip
    return replace(plan, branches=tuple(_at(part, wanted) for part in plan.branches))


def _at(part: recipe.BranchPlan, epochs: list[int]) -> recipe.BranchPlan:
    count = np.bincount(part.parent, minlength=len(part.ids))[part.parent]
    copy = np.concatenate([part.copy + epoch * count for epoch in epochs]).astype(np.int32)
    return replace(part, parent=np.tile(part.parent, len(epochs)), copy=copy)


def together(epoch: int, candidates: int, room: int) -> range:
    """The epochs to make in one go with this one.

    A call costs nearly as much for a few rows as for thousands. Each group is twice as long as the one
    before, so that no more is made ahead than was used already.

    Args:
        epoch: From 0; epoch 0 is alone.
        candidates: How many an epoch has.
        room: How many may be made in one go.
    """
    most = max(1, min(_MOST, room // max(candidates, 1)))
    start, size = 0, 1
    while epoch >= start + size:
        start, size = start + size, min(2 * size if start else 1, most)
    return range(start, start + size)
