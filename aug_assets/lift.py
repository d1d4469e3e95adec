"""Proof of benefit: does a model get better by a recipe's rows, on real rows that it never saw?

Every arm trains on the same draw of real rows, seed by seed, and is judged on the same holdout, so that arms
are compared in pairs. The recipe must beat whatever is best without it: the rows as they are, weighed, in
under-bags, or the recipe's own parents repeated as often as they were copied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets import learners, lift_arms
from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.learners.base import Learner
from aug_assets.lift_figures import Figures, Floats, Interval, Ranked, over, resampled
from aug_assets.lift_split import Split
from aug_assets.lift_work import RECIPE, Told, Work
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec

BASELINES = ("duplicate", "real", "reweight", "underbag")
_LEAST_SEEDS = 2


@dataclass(frozen=True)
class Proof:
    """What was measured.

    Attributes:
        spec: The dataset.
        positive: bool (n,), the holdout's class.
        scores: Per arm float64 (seeds, n), the scores of the holdout's rows.
        weights: Per seed the weight that cross-validation chose for ``reweight``.
        made: Per arm with synthetic rows how many each seed's training set had of them.
        train_rows: Real rows to draw from, and how many of them are positive.
        how: How the holdout was told apart.
        inputs: Content digests of training and holdout rows.
    """

    spec: DatasetSpec
    positive: NDArray[np.bool_]
    scores: dict[str, Floats]
    weights: list[float]
    made: dict[str, list[int]]
    train_rows: tuple[int, int]
    how: str
    inputs: dict[str, str]
    times: int = 300

    @cached_property
    def figures(self) -> dict[str, list[Figures]]:
        """Figures of each arm and seed."""
        return {
            arm: [Ranked.of(self.positive, one).figures() for one in scores]
            for arm, scores in self.scores.items()
        }

    @cached_property
    def _resampled(self) -> dict[str, Floats]:
        return resampled(self.positive, self.scores, self.times)

    def precision(self, arm: str) -> Floats:
        """Average precision by seed; float64 (seeds,)."""
        return np.array([one.average_precision for one in self.figures[arm]])

    @property
    def baseline(self) -> str:
        """The best arm without synthetic rows, chosen on the holdout itself: to the recipe's disadvantage."""
        return max(BASELINES, key=lambda arm: float(self.precision(arm).mean()))

    def over(self, arm: str, other: str) -> Interval:
        """How much better one arm is than another, as a share of the other's average precision."""
        pair = self._resampled[arm], self._resampled[other]
        return over(*pair, (self.precision(arm), self.precision(other)))

    def wins(self, arm: str, other: str) -> int:
        """In how many seeds one arm is better than another."""
        return int((self.precision(arm) > self.precision(other)).sum())

    def table(self) -> pd.DataFrame:
        """One row an arm: mean and spread of each figure, and the comparison with baseline and duplicates."""
        seeds, rows = len(self.weights), []
        for arm, figures in self.figures.items():
            each = pd.DataFrame(figures)
            best, copies = self.over(arm, self.baseline), self.over(arm, "duplicate")
            rows.append(
                {
                    "arm": arm,
                    **each.mean().to_dict(),
                    "sd": float(each["average_precision"].std(ddof=1)),
                    "over_baseline": best.value,
                    "low": best.low,
                    "high": best.high,
                    "wins": f"{self.wins(arm, self.baseline)}/{seeds}",
                    "over_duplicate": copies.value,
                    "synthetic": round(float(np.mean(self.made.get(arm, [0])))),
                }
            )
        return pd.DataFrame(rows)

    def record(self, made_at: datetime) -> dict[str, Any]:
        """What is stored, and what the ``lift`` gate reads."""
        best, copies = self.over(RECIPE, self.baseline), self.over(RECIPE, "duplicate")
        return {
            "recipe_digest": self.spec.recipe_digest,
            "lift": best.value,
            "lift_low": best.low,
            "lift_high": best.high,
            "baseline": self.baseline,
            "over_duplicate": copies.value,
            "over_duplicate_low": copies.low,
            "over_duplicate_high": copies.high,
            "wins": self.wins(RECIPE, self.baseline),
            "seeds": len(self.weights),
            "train_rows": self.train_rows[0],
            "train_positive": self.train_rows[1],
            "holdout_rows": len(self.positive),
            "holdout_positive": int(self.positive.sum()),
            "holdout": self.how,
            "made_at": made_at,
        }


def measure(
    spec: DatasetSpec,
    parts: Split,
    *,
    variants: Mapping[str, DatasetSpec] | None = None,
    seeds: int = 5,
    share: float = 0.8,
    times: int = 300,
    learner: Learner | None = None,
    told: Told = lambda *_: None,
) -> Proof:
    """Train and judge every arm for every seed.

    Args:
        spec: The dataset; its recipe is the arm ``recipe``.
        parts: Training rows and holdout.
        variants: Further arms: the dataset with another recipe.
        seeds: How often to draw, train and judge.
        share: Of the training rows in each draw.
        times: Resamples of the holdout.
        learner: What trains; by default the one of the dataset's modality.
        told: Called after each arm.

    Raises:
        TooFewParentsError: A draw or the holdout has one class only, or a day has too few parents.
        SpecError: The dataset has no label, or there are too few seeds to tell a spread.
    """
    if seeds < _LEAST_SEEDS:
        raise SpecError("one seed shows no spread", seen=seeds, legal=f"at least {_LEAST_SEEDS}, better 5")
    train = pa.concat_tables(parts.days.values())
    wanted = lift_arms.positive_class(spec, parts.days)
    held = lift_arms.bag(spec, [parts.holdout], wanted)
    if held.positive.all() or not held.positive.any():
        raise TooFewParentsError(
            "the holdout needs rows of both classes",
            seen=f"{int(held.positive.sum())} positive of {len(held.positive)} rows, {parts.how}",
            legal="at least 1 of each", todo="choose a longer window, or more later days",
        )  # fmt: skip
    features, usual = learners.of(spec)
    work = Work(spec, wanted, held, features, learner or usual, {RECIPE: spec, **(variants or {})})
    for seed in range(seeds):
        work.one(seed, lift_arms.drawn(parts.days, seed, share), told)
    positive = int(lift_arms.bag(spec, [train], wanted).positive.sum())
    return Proof(
        spec,
        held.positive,
        {arm: np.stack(scores) for arm, scores in work.scores.items()},
        work.weights,
        work.made,
        (len(train), positive),
        parts.how,
        {"train": digest(train), "holdout": digest(parts.holdout)},
        times,
    )
