"""Gate: candidates hold the dataset's schema, by the same Pandera checks as real rows.

Source: the checks are those of Pandera (Bantilan, "pandera: Statistical Data Validation of Pandas
Dataframes", SciPy 2020).

Not for conditions between columns: see the gate ``rules``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from aug_assets.gates import base


class SchemaParams(base.Params):
    """Settings of the ``schema`` gate."""

    gate: Literal["schema"] = "schema"
    max_share: float = Field(0.05, ge=0, le=1, description="Share of candidates that may fail")


class Schema(base.Gate):
    """Types, ranges, categories, nulls, lengths, uniqueness and the dataset's own Pandera model."""

    name: ClassVar = "schema"
    Params: ClassVar = SchemaParams

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Failing rows by reason; see :class:`aug_assets.gates.base.Gate`."""
        from aug_assets import schema  # which imports the spec, which lists the gates

        failures = schema.failures(real.spec, batch.rows, synthetic=True)
        bad = pd.DataFrame(failures).any(axis=1).sum() if failures else 0
        return base.Observation(failures, (int(bad), len(batch)))

    @classmethod
    def judge(
        cls,
        real: Any,
        params: SchemaParams,
        evidence: Sequence[tuple[int, int]],
    ) -> base.Judgement:
        """Share of failing rows; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, "fail the schema")
