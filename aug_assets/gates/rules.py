"""Gate: candidates hold the dataset's row rules. Those that do not never pass; too many hold the day back.

Source: the platform's own; the conditions are the dataset's.

Not for conditions over several rows, such as a running sum: a rule reads one row.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates import base


class RulesParams(base.Params):
    """Settings of the ``rules`` gate."""

    gate: Literal["rules"] = "rules"
    max_share: float = Field(0.2, ge=0, le=1, description="Share of candidates that may break a rule")


class Rules(base.Gate):
    """Every rule of the dataset holds in every accepted row."""

    name: ClassVar = "rules"
    Params: ClassVar = RulesParams

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Rows that break a rule; see :class:`aug_assets.gates.base.Gate`."""
        from aug_assets import schema  # which imports the spec, which lists the gates

        failures = schema.broken_rules(real.spec, batch.rows)
        bad = int(np.any(list(failures.values()), axis=0).sum()) if failures else 0
        return base.Observation(failures, (bad, len(batch)))

    @classmethod
    def judge(
        cls,
        real: Any,
        params: RulesParams,
        evidence: Sequence[tuple[int, int]],
    ) -> base.Judgement:
        """Share of rows that break a rule; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, "break a row rule")
