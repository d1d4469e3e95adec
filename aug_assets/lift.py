"""Proof of benefit: does a model get better by a recipe's rows, on real rows that it never saw?

Every arm trains on the same draw of real rows, seed by seed, and is judged on the same holdout, so that arms
are compared in pairs. The recipe must beat whatever is best without it: the rows as they are, weighed, in
under-bags, or the recipe's own parents repeated as often as they were copied.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import lift_arms
from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.frames import to_frame
from aug_assets.learners import tabular
from aug_assets.lift_arms import Bag, Days
from aug_assets.lift_figures import Figures, Floats, Interval, Ranked, over, resampled
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec

BASELINES = ("duplicate", "real", "reweight", "underbag")
RECIPE, BAGGED = "recipe", "recipe_underbag"
_WEIGHTS = (2.0, 5.0, 10.0, 25.0)
_FOLDS = 3
_LEAST_SEEDS = 2
_HELD_SHARE = 0.3
_LATER_DAYS = 4  # a window this long gives its last days away as holdout

Told = Callable[[int, str], None]  # seed, arm that has just been measured


@dataclass(frozen=True)
class Split:
    """Real rows to train on, by day, and real rows to judge by; ``how`` says how they were told apart."""

    days: dict[str, pa.Table]
    holdout: pa.Table
    how: str


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


def split(spec: DatasetSpec, days: Days, later: Days | None = None) -> Split:
    """Tell training rows from the holdout.

    Held are, of a dataset with ``holdout``, the rows that it names, in these days and in the later ones;
    else all rows of the later days; else the last days of a window of four or more; else three in ten rows by
    a digest of their ids.
    """
    if spec.holdout is not None:
        parts = {day: _held(spec, rows) for day, rows in days.items()}
        held = [part for _, part in parts.values()] + [
            _held(spec, rows)[1] for rows in (later or {}).values()
        ]
        told = f"{spec.holdout.share:.0%} of {spec.holdout.by}"
        return Split({day: kept for day, (kept, _) in parts.items()}, pa.concat_tables(held), told)
    if later:
        return Split(dict(days), pa.concat_tables(later.values()), f"{len(later)} later days")
    if len(days) >= _LATER_DAYS:
        ordered = sorted(days)
        first = len(ordered) - max(1, round(_HELD_SHARE * len(ordered)))
        held = [days[day] for day in ordered[first:]]
        return Split(
            {day: days[day] for day in ordered[:first]},
            pa.concat_tables(held),
            f"the last {len(held)} days of the window",
        )
    parts = {day: lift_arms.divided(rows, _HELD_SHARE) for day, rows in days.items()}
    held = [part for _, part in parts.values()]
    told = f"{_HELD_SHARE:.0%} of the rows, by id"
    return Split({day: kept for day, (kept, _) in parts.items()}, pa.concat_tables(held), told)


def _held(spec: DatasetSpec, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    assert spec.holdout is not None
    held = pa.array(spec.holdout.held(to_frame(rows, spec)[spec.holdout.by]))
    return rows.filter(pc.invert(held)), rows.filter(held)


def measure(
    spec: DatasetSpec,
    parts: Split,
    *,
    variants: Mapping[str, DatasetSpec] | None = None,
    seeds: int = 5,
    share: float = 0.8,
    times: int = 300,
    learner: tabular.Learner = tabular.boosted,
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
        learner: What trains.
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
    work = _Work(spec, wanted, held, tabular.features(spec), learner, {RECIPE: spec, **(variants or {})})
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


class _Work:
    """The arms of one seed after another, and what has come of them so far."""

    def __init__(
        self,
        spec: DatasetSpec,
        wanted: object,
        held: Bag,
        features: tabular.Features,
        learner: tabular.Learner,
        recipes: Mapping[str, DatasetSpec],
    ) -> None:
        self._spec, self._wanted, self._held = spec, wanted, held
        self._features, self._learner, self._recipes = features, learner, recipes
        self.scores: dict[str, list[Floats]] = {}
        self.weights: list[float] = []
        self.made: dict[str, list[int]] = {}

    def one(self, seed: int, days: Days, told: Told) -> None:
        """Train and judge all arms on one draw."""
        real = pa.concat_tables(days.values())
        weight = self._weight(seed, real)
        self.weights.append(weight)
        self._arm("real", seed, [self._bag([real])], told)
        self._arm("reweight", seed, [self._bag([real], weight)], told)
        self._arm("underbag", seed, self._underbags(real, real.slice(0, 0)), told)
        for name, spec in self._recipes.items():
            made = lift_arms.make(spec, days)
            self.made.setdefault(name, []).append(made.rows.num_rows)
            if name == RECIPE:
                self._arm("duplicate", seed, [self._bag([real, made.parents])], told)
                self._arm(BAGGED, seed, self._underbags(real, made.rows), told)
                self.made.setdefault(BAGGED, []).append(made.rows.num_rows)
            self._arm(name, seed, [self._bag([real, made.rows])], told)

    def _bag(self, tables: list[pa.Table], weight: float = 1.0) -> Bag:
        return lift_arms.bag(self._spec, tables, self._wanted, weight)

    def _underbags(self, real: pa.Table, more: pa.Table) -> list[Bag]:
        return lift_arms.underbags(self._spec, real, more, self._wanted)

    def _arm(self, name: str, seed: int, bags: list[Bag], told: Told) -> None:
        scores = [self._score(bag, seed + 1000 * n, self._held.rows) for n, bag in enumerate(bags)]
        self.scores.setdefault(name, []).append(np.mean(scores, axis=0))
        told(seed, name)

    def _score(self, bag: Bag, seed: int, unseen: pd.DataFrame) -> Floats:
        return self._learner(self._features, bag.rows, bag.positive, bag.weight, seed)(unseen)

    def _weight(self, seed: int, real: pa.Table) -> float:
        """The weight of best mean average precision over folds of the training rows; never of the holdout."""
        fold = lift_arms.folds(self._spec, real, self._wanted, _FOLDS)
        apart = [(real.filter(pa.array(fold != n)), real.filter(pa.array(fold == n))) for n in range(_FOLDS)]
        found = []
        for weight in _WEIGHTS:
            worth = [self._worth(seed, fit, rest, weight) for fit, rest in apart]
            found.append(float(np.nanmean(worth)))
        return _WEIGHTS[int(np.argmax(found))]

    def _worth(self, seed: int, fit: pa.Table, rest: pa.Table, weight: float) -> float:
        unseen = self._bag([rest])
        scores = self._score(self._bag([fit], weight), seed, unseen.rows)
        return Ranked.of(unseen.positive, scores).figures().average_precision
