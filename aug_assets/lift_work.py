"""The arms of a proof of benefit, trained and judged on one draw of real rows after another."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets import lift_arms
from aug_assets.learners.base import Learner
from aug_assets.lift_arms import Bag, Days
from aug_assets.lift_figures import Floats, Ranked
from aug_assets.spec import DatasetSpec

RECIPE, BAGGED = "recipe", "recipe_underbag"
_WEIGHTS = (2.0, 5.0, 10.0, 25.0)
_FOLDS = 3

Told = Callable[[int, str], None]  # seed, arm that has just been measured


class Work:
    """The arms of one seed after another, and what has come of them so far."""

    def __init__(
        self,
        spec: DatasetSpec,
        wanted: object,
        held: Bag,
        features: Any,
        learner: Learner,
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
