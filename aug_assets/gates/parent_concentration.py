"""Gate: no real row is behind too many candidates. What one row says must not become what a class says.

Source: the dominance rule of statistical disclosure control (Hundepool et al., "Statistical Disclosure
Control", Wiley 2012).

Not for operators whose rows descend from no single row, such as ``gauss_copula``: it sees only the parent
that a key names.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.chance import LEVEL, upper_count
from aug_assets.rows import ROW_ID

Evidence = dict[str, tuple[int, Counter[str]]]  # class -> candidates, and how many name each real row


class ParentConcentrationParams(base.Params):
    """Settings of the ``parent_concentration`` gate."""

    gate: Literal["parent_concentration"] = "parent_concentration"
    max_share: float = Field(
        0.05, gt=0, le=1, description="Share of a class's candidates behind one real row"
    )
    max_times: float = Field(
        10, ge=1, description="Times an even share that is allowed anyway, for classes of few rows"
    )


class ParentConcentration(base.Gate):
    """Per class, the share of candidates that name the most used real row as a parent."""

    name: ClassVar = "parent_concentration"
    Params: ClassVar = ParentConcentrationParams
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """How many candidates name each parent; see :class:`aug_assets.gates.base.Gate`."""
        parents = batch.told.column("parents").combine_chunks()
        child = batch.told.column(ROW_ID).take(pc.list_parent_indices(parents))
        pairs = pa.table({"child": pc.index_in(child, batch.ids), "parent": pc.list_flatten(parents)})
        named = pairs.group_by(["child", "parent"]).aggregate([])  # a row is named once, in whatever step
        evidence: Evidence = {}
        for label, part in real.by_class(batch.rows).items():
            own = named.filter(pc.is_in(named["child"], pa.array(part.index, pa.int32())))
            counts = own.group_by("parent").aggregate([("child", "count")])
            tally = dict(zip(counts["parent"].to_pylist(), counts["child_count"].to_pylist(), strict=True))
            evidence[label] = (len(part), Counter(tally))
        return base.Observation({}, evidence)

    @classmethod
    def judge(
        cls, real: Any, params: ParentConcentrationParams, evidence: Sequence[Evidence]
    ) -> base.Judgement:
        """The most used parent of all; see :class:`aug_assets.gates.base.Gate`."""
        words = []
        for label in sorted({label for part in evidence for label in part}):
            parts = [part[label] for part in evidence if label in part]
            rows = sum(count for count, _ in parts)
            tally: Counter[str] = Counter()
            for _, counts in parts:
                tally.update(counts)
            top = max(tally.values(), default=0)
            fair = min(max(params.max_share, params.max_times / max(len(real.of_class(label)), 1)), 1.0)
            limit = upper_count(fair, rows, LEVEL) / rows
            words.append((top / rows - limit, top / rows, limit, label, _effective(tally)))
        _, share, limit, label, _ = max(words)
        reason = (
            f"one real row is behind {share:.1%} of the candidates of class {label}; "
            f"at most {limit:.1%} may be"
        )
        details = {f"effective parents ({word[3]})": word[4] for word in words}
        return base.Judgement(cls.name, share <= limit, params.blocking, share, limit, reason, details)


def _effective(tally: Counter[str]) -> float:
    """As many parents as, evenly used, would be as concentrated; the inverse of Simpson's index."""
    counts = np.array(sorted(tally.values()), np.float64)
    return float(counts.sum() ** 2 / (counts**2).sum()) if len(counts) else 0.0
