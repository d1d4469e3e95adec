"""Learners of a few lines that tests name by import path, and models that are wrong on purpose. No tests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Line:
    """The score is the amount, a little of it noise that another seed makes otherwise."""

    slope: float
    seed: int = 0

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        amount = rows["amount"].to_numpy(float)
        return self.slope * amount + 0.01 * np.cos(amount * 7 + self.seed)


@dataclass(frozen=True)
class Broken:
    """A model that fell over since it was trained."""

    told: str = "no rows"

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        raise RuntimeError(self.told)


@dataclass(frozen=True)
class NoNumber:
    """A model that answers with nothing."""

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        return np.full(len(rows), np.nan)


def linear(features, rows, positive, weight, seed) -> Line:
    """Learn which way the amount points."""
    amount = rows["amount"].to_numpy(float)
    return Line(float(np.sign(amount[positive].mean() - amount[~positive].mean())) or 1.0, seed)


def closure(features, rows, positive, weight, seed):
    """A learner whose model cannot be stored."""
    return lambda unseen: unseen["amount"].to_numpy(float)
