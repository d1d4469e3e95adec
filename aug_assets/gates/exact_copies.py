"""Gate: no candidate repeats a real row. A copy adds nothing to training and gives a person's data away.

Source: the share of identical rows, as NewRowSynthesis of SDMetrics reports it.

Not for near copies: a row that is one cent off passes. See the gates ``dcr`` and ``membership``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.real import fingerprints


class ExactCopiesParams(base.Params):
    """Settings of the ``exact_copies`` gate."""

    gate: Literal["exact_copies"] = "exact_copies"
    max_share: float = Field(0.05, ge=0, le=1, description="Share of candidates that may be copies")


class ExactCopies(base.Gate):
    """Candidates that equal a real row in every column that operators may change."""

    name: ClassVar = "exact_copies"
    Params: ClassVar = ExactCopiesParams

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Rows that are copies; see :class:`aug_assets.gates.base.Gate`."""
        copies = np.isin(fingerprints(batch.rows, real.compared), real.fingerprints)
        return base.Observation({"exact_copy": copies}, (int(copies.sum()), len(batch)))

    @classmethod
    def judge(
        cls,
        real: Any,
        params: ExactCopiesParams,
        evidence: Sequence[tuple[int, int]],
    ) -> base.Judgement:
        """Share of copies; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, "repeat a real row")
