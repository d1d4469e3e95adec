"""Whether a trained model may be tried as a challenger, and how it treats groups. Trains nothing."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from aug_assets.trial import CHALLENGER, CHAMPION, CONTROL, Trial

_LARGEST = 20  # values of a column that are shown, the most frequent ones


class Gate(NamedTuple):
    """One gate of a model: its figure, the figure that it must reach, and a sentence."""

    gate: str
    passed: bool
    value: float
    limit: float
    told: str


def gates(trial: Trial) -> list[Gate]:
    """All gates; what cannot be judged fails, except that the first model has no champion to beat."""
    positive = int(trial.positive.sum())
    least = trial.policy.min_positive
    told = f"{positive:,} positive of {len(trial.positive):,} real rows, {trial.how}"
    found = [Gate("holdout", positive >= least, positive, least, told), _over(trial, CONTROL)]
    if CHAMPION in trial.scores:
        found.append(_over(trial, CHAMPION))
    if trial.policy.max_gap is not None:
        found.append(_fair(trial, trial.policy.max_gap))
    return found


def _over(trial: Trial, other: str) -> Gate:
    """Not worse by more than the margin, at the low end of the interval."""
    seen, limit = trial.over(other), -trial.policy.margin
    told = f"{seen.value:+.1%} average precision over the {other} ({seen.low:+.1%} to {seen.high:+.1%})"
    return Gate(f"over_{other}", bool(seen.low >= limit), seen.low, limit, told)


def _fair(trial: Trial, most: float) -> Gate:
    gaps = fairness(trial)
    if not gaps:
        told = f"no two groups have {trial.policy.min_positive} positive rows each: nothing can be judged"
        return Gate("fairness", passed=False, value=float("nan"), limit=most, told=told)
    name = max(gaps, key=lambda column: gaps[column])
    told = f"recall differs by {gaps[name]:.2f} between groups of {name}"
    return Gate("fairness", gaps[name] <= most, gaps[name], most, told)


def slices(trial: Trial) -> pd.DataFrame:
    """One row a group: column, value, rows, positive, and per arm recall and false alarm rate."""
    rows = [
        {"column": column, "value": value, **_rates(trial, (values == value).to_numpy(bool))}
        for column in trial.policy.groups
        for values in [trial.rows[column].astype("string").fillna("missing")]
        for value in values.value_counts().index[:_LARGEST]
    ]
    return pd.DataFrame(rows)


def _rates(trial: Trial, mine: Any) -> dict[str, float]:
    found, legit = mine & trial.positive, mine & ~trial.positive
    told: dict[str, float] = {"rows": int(mine.sum()), "positive": int(found.sum())}
    for arm in trial.scores:
        alarm = trial.alarms(arm)
        told[f"{arm}_recall"] = float(alarm[found].mean()) if found.any() else float("nan")
        told[f"{arm}_false_alarms"] = float(alarm[legit].mean()) if legit.any() else float("nan")
    return told


def whole(trial: Trial) -> dict[str, float]:
    """Recall and false alarm rate of each arm on all of the holdout."""
    told = _rates(trial, np.ones(len(trial.positive), bool))
    return {name: value for name, value in told.items() if name not in ("rows", "positive")}


def fairness(trial: Trial) -> dict[str, float]:
    """By column, the largest difference of recall between groups that have enough positive rows."""
    if not trial.policy.groups:
        return {}
    told = slices(trial)
    fit = told[told["positive"] >= trial.policy.min_positive]
    recalls = fit.groupby("column")[f"{CHALLENGER}_recall"].agg(["count", "min", "max"])
    judged = recalls[recalls["count"] > 1]
    return {str(name): float(row["max"] - row["min"]) for name, row in judged.iterrows()}
