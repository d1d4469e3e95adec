"""Policy: more copies of rows that are commoner on one side than on the other, by a logistic density ratio.

A classifier that tells the rows of two groups of days apart gives the ratio of their densities. It looks at
the features that drift watches, never at the label: the mix of rows may move, what a row means must stay.
Weights only say how often a real row is copied, so that no value and no label comes up that was not there.
They are clipped, and flattened until enough parents count.

Sources: Bickel, Brueckner and Scheffer, "Discriminative learning for differing training and test
distributions", ICML 2007; Sugiyama et al., "Direct importance estimation with model selection", NIPS 2007;
effective sample size after Kish, "Survey Sampling", 1965; flattening after Shimodaira, JSPI 2000.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from aug_assets.select.base import Beside, Flags, Floats, Weighed
from aug_assets.select.space import bins
from aug_assets.spec import Branch, DatasetSpec
from aug_assets.spec_policy import DensityRatio

ROWS = 20_000  # of each side that the classifier learns from
_FEWEST = 50
_PENALTY = 0.2  # small: of days without drift 400 rows still count as 380, 4,000 as 3,970
_HALVINGS = 40


def weigh(spec: DatasetSpec, branch: Branch, rows: pa.Table, chosen: Flags, beside: Beside) -> Weighed:
    """Weights of a day's rows; see :data:`aug_assets.select.base.Policy`.

    Where a side has fewer than 50 rows all parents count alike, and the figures say so.
    """
    params = branch.select.density_ratio or DensityRatio()
    other = beside.before if params.toward == "day" else beside.after
    weight = chosen.astype(np.float64)
    if other is None or min(len(rows), len(other)) < _FEWEST:
        known = 0 if other is None else len(other)
        return Weighed(weight, {"even": f"{known} rows to hold {len(rows)} against; at least {_FEWEST}"})
    ratio = _ratio(spec, rows, other)
    wanted = ratio if params.toward == "day" else 1 / ratio
    weight[chosen], figures = bounded(wanted[chosen], params)
    return Weighed(weight, {**figures, "rows": len(rows), "held_against": len(other)})


def _ratio(spec: DatasetSpec, rows: pa.Table, other: pa.Table) -> Floats:
    """How much commoner each row is among the first than among the others; float64 (rows,), 1 for alike."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    found = bins(spec, pa.concat_tables([rows, other]))
    mine = np.arange(len(found)) < len(rows)
    learned = np.concatenate([_spread(np.flatnonzero(mine)), _spread(np.flatnonzero(~mine))])
    with threadpool_limits(1):
        model = LogisticRegression(C=_PENALTY, class_weight="balanced", max_iter=300)
        model.fit(found[learned], mine[learned])
        odds: Floats = np.exp(model.decision_function(found[mine]))
    return odds


def _spread(places: Any) -> Any:
    """Evenly, by the order of ids, which is a fair draw."""
    return places[np.unique(np.linspace(0, len(places) - 1, min(ROWS, len(places))).astype(np.int64))]


def bounded(ratio: Floats, params: DensityRatio) -> tuple[Floats, dict[str, Any]]:
    """Weights of mean 1 that are clipped, and flattened until enough parents count.

    Args:
        ratio: float64 (parents,), above 0.
        params: The bounds.

    Returns:
        float64 (parents,), and the effective share, the clipped share and the power that flattened them.
    """
    if len(ratio) == 0:
        return ratio, {"parents": 0}
    low, high = 0.0, 1.0
    power = 1.0
    if effective(_clipped(ratio, params.clip)) < params.least_effective:
        for _ in range(_HALVINGS):
            power = (low + high) / 2
            enough = effective(_clipped(ratio**power, params.clip)) >= params.least_effective
            low, high = (power, high) if enough else (low, power)
        power = low
    weight = _clipped(ratio**power, params.clip)
    top = float((weight >= weight.max() * (1 - 1e-9)).mean()) if np.ptp(weight) else 0.0
    return weight, {
        "parents": len(weight), "effective_share": round(effective(weight), 4),
        "share_at_the_largest": round(top, 4), "power": round(power, 4),
        "largest": round(float(weight.max()), 3),
    }  # fmt: skip


def _clipped(ratio: Floats, clip: float) -> Floats:
    weight = np.minimum(ratio / ratio.mean(), clip)
    return np.asarray(weight / weight.mean(), np.float64)


def effective(weight: Floats) -> float:
    """Kish's effective sample size as a share of the rows."""
    return float(weight.sum() ** 2 / (np.square(weight).sum() * len(weight)))
