"""How close synthetic rows come to real ones, what a model learns from them, and what they give away.

    python bench/quality.py --json
    python bench/quality.py --write          # docs/quality_measured.md

The same table for our operators and for imbalanced-learn's SMOTENC, or its SMOTE for numbers alone.
mostlyai has an environment of its own: AUG_MOSTLYAI_PYTHON names its interpreter, and without it that line is
left out. Nothing is filtered or repaired after generation, on either side.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import real_data

from aug_assets import frames, ingest, lift_arms, lift_split, loader, recipe
from aug_assets.gates.real import Real
from aug_assets.gates.space import nearest, space
from aug_assets.learners import tabular
from aug_assets.lift_figures import Ranked
from aug_assets.spec import DatasetSpec

DOC = real_data.ROOT / "docs" / "quality_measured.md"
OURS: dict[str, dict[str, Any]] = {
    "arf": {"operator": "arf"},
    "gauss_copula": {"operator": "gauss_copula"},
    "seq_cart": {"operator": "seq_cart"},
    "smote_nc": {"operator": "smote_nc", "k": 5},
}
GOALS = {
    "c2st": ("<= 0.70", lambda v: v <= 0.70),
    "pair": (">= 0.83", lambda v: v >= 0.83),
    "tstr": (">= 95 %", lambda v: v >= 0.95),
    "membership": ("<= 0.65", lambda v: v <= 0.65),
    "rules": ("100 %", lambda v: v == 1),
}
POSITIVE, OTHER, HELD = 800, 7200, 12_000  # rows at most
WANTED = 3000  # synthetic positive rows, for figures of one class
JUDGED = 600  # rows of each side that a classifier tells apart: its area grows with their number
TSTR_SEEDS = 2
LABEL = "label value"


class Rows(NamedTuple):
    """A data set: real rows to learn from, real rows held out, both as tables and as typed frames."""

    spec: DatasetSpec
    train: pa.Table
    held: pa.Table

    def frame(self, which: str) -> pd.DataFrame:
        return frames.to_frame(getattr(self, which), self.spec)


class Synthetic(NamedTuple):
    """What a system made: positive rows in plenty, others as many as there are real ones; and CPU seconds."""

    positive: pd.DataFrame
    other: pd.DataFrame
    cpu: float


def data() -> Iterator[tuple[str, Rows]]:
    spec = loader.get(real_data.FRAUD)
    # Of the same days: later ones differ by more than having been seen, which would pass for membership.
    train, held = lift_arms.divided(_days(spec, date(2018, 6, 27), 14), 0.5)
    yield "fraud", _capped(spec, train, held)
    for name in (real_data.BANK, real_data.ADULT):
        spec, day = loader.get(name), real_data.DAY[name]
        parts = lift_split.split(spec, {day: ingest.ingest(spec, day).rows})
        yield name.partition("/")[2], _capped(spec, parts.days[day], parts.holdout)


def _days(spec: DatasetSpec, first: date, count: int) -> pa.Table:
    days = [(first + timedelta(days=n)).isoformat() for n in range(count)]
    return pa.concat_tables([ingest.ingest(spec, day).rows for day in days])


def _capped(spec: DatasetSpec, train: pa.Table, held: pa.Table) -> Rows:
    """The first rows of each class by id, which is a digest and so a fair draw."""

    def cap(rows: pa.Table, positive: int, other: int) -> pa.Table:
        rows = rows.sort_by("row_id")
        mine = pc.equal(rows.column(spec.label), 1)
        parts = rows.filter(mine).slice(0, positive), rows.filter(pc.invert(mine)).slice(0, other)
        return pa.concat_tables(parts)

    return Rows(spec, cap(train, POSITIVE, OTHER), cap(held, 2 * JUDGED, HELD))


# --- systems ---------------------------------------------------------------------------------------------
def ours(step: dict[str, Any]) -> Callable[[Rows], Synthetic]:
    def make(rows: Rows) -> Synthetic:
        begun = time.process_time()
        positive = int(_is_positive(rows.spec, rows.frame("train")).sum())
        made = [
            _made(rows, step, 1, -(-WANTED // positive)).head(WANTED),
            _made(rows, step, 0, 1),
        ]
        return Synthetic(*made, time.process_time() - begun)

    return make


def _made(rows: Rows, step: dict[str, Any], label: int, copies: int) -> pd.DataFrame:
    select = {"rows": "minority", "label_value": label, "copies": copies}
    branch = {"name": "one", "select": select, "steps": [step]}
    body = {**rows.spec.model_dump(by_alias=True), "recipe": [branch], "holdout": None}
    spec = DatasetSpec.model_validate(body)
    plan = recipe.plan(spec, spec.partitions.start.isoformat(), rows.train)
    table = recipe.make(plan, 0, 0, plan.rows).rows
    return frames.to_frame(table.sort_by("row_id"), spec)  # ids are digests: any first rows are a fair draw


def imblearn(rows: Rows) -> Synthetic:
    """SMOTENC of each class against a handful of others: it only ever adds to the rows that it is given."""
    begun = time.process_time()
    frame = rows.frame("train")
    positive = _is_positive(rows.spec, frame)
    made = [_smotenc(rows.spec, frame, positive, WANTED), _smotenc(rows.spec, frame, ~positive, None)]
    return Synthetic(*made, time.process_time() - begun)


def _smotenc(spec: DatasetSpec, frame: pd.DataFrame, mine: np.ndarray, count: int | None) -> pd.DataFrame:
    from imblearn.over_sampling import SMOTE, SMOTENC

    roles = frames.columns_of(spec, frame)
    columns = [*roles.numeric, *roles.categorical]
    both = pd.concat([frame[mine], frame[~mine].head(20)])
    plain = pd.DataFrame(
        {n: both[n].astype("float64").fillna(-1) for n in roles.numeric}
        | {n: both[n].astype(object).where(both[n].notna(), "missing").astype(str) for n in roles.categorical}
    )
    target = np.r_[np.ones(mine.sum(), int), np.zeros(len(both) - mine.sum(), int)]
    wanted = int(mine.sum()) + (count or int(mine.sum()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that one class will be larger than the other, which is the point
        settings = {"k_neighbors": 5, "sampling_strategy": {1: wanted}, "random_state": 0}
        mixed = bool(roles.categorical)  # SMOTENC refuses rows of numbers alone
        sampler = SMOTENC(list(roles.categorical), **settings) if mixed else SMOTE(**settings)
        found = sampler.fit_resample(plain, target)[0].iloc[len(plain) :][columns]
    return _typed(spec, frame[mine], found.reset_index(drop=True))


def _typed(spec: DatasetSpec, like: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """A peer's rows in our dtypes; what it does not make is taken from real rows by turns."""
    made = like.iloc[np.arange(len(found)) % len(like)].reset_index(drop=True)
    for name in found.columns:
        column, dtype = spec.columns[name], made[name].dtype
        if column.type in ("category", "bool"):
            values = found[name].astype(object).where(found[name].notna() & (found[name] != "missing"))
            made[name] = values.astype(dtype)
        else:
            numbers = found[name].astype("float64")
            missing = numbers.isna() | ((numbers == -1) if column.nullable else False)
            whole = numbers.round() if column.type.startswith("int") else numbers
            made[name] = whole.astype("Float64").mask(missing).astype(dtype)
    return made


_ARGN = """
import sys, time, pandas as pd, torch
from mostlyai.engine import TabularARGN
torch.set_num_threads(1)
folder, seconds, label, wanted = sys.argv[1], float(sys.argv[2]), sys.argv[3], int(sys.argv[4])
train = pd.read_parquet(folder + "/train.parquet")
begun = time.process_time()
model = TabularARGN(max_training_time=seconds / 60, value_protection=False, random_state=0, device="cpu")
model.fit(train)
counts = train[label].value_counts()
for name, value, rows in (("positive", "1", wanted), ("other", "0", int(counts["0"]))):
    model.sample(seed_data=pd.DataFrame({label: [value] * rows})).to_parquet(f"{folder}/{name}.parquet")
open(folder + "/cpu", "w").write(str(time.process_time() - begun))
"""


def mostlyai(python: str, seconds: float) -> Callable[[Rows], Synthetic]:
    def make(rows: Rows) -> Synthetic:
        frame = rows.frame("train")
        roles = frames.columns_of(rows.spec, frame)
        positive = _is_positive(rows.spec, frame)
        plain = frame[[*roles.numeric, *roles.categorical]].copy()
        for name in roles.categorical:
            plain[name] = plain[name].astype(object)
        plain[LABEL] = positive.astype(int).astype(str)
        with tempfile.TemporaryDirectory() as folder:
            plain.to_parquet(f"{folder}/train.parquet")
            words = [python, "-c", _ARGN, folder, str(seconds), LABEL, str(WANTED)]
            subprocess.run(words, check=True, capture_output=True, timeout=6 * seconds + 240)
            made = [
                _typed(
                    rows.spec, frame[mine], pd.read_parquet(f"{folder}/{name}.parquet").drop(columns=LABEL)
                )
                for name, mine in (("positive", positive), ("other", ~positive))
            ]
            return Synthetic(*made, float(Path(f"{folder}/cpu").read_text()))

    return make


# --- figures ---------------------------------------------------------------------------------------------
def _is_positive(spec: DatasetSpec, frame: pd.DataFrame) -> np.ndarray:
    return (frame[spec.label] == 1).to_numpy(bool)


def c2st(rows: Rows, made: pd.DataFrame, real: pd.DataFrame) -> float:
    """Area under the curve of a model that tells made rows from held-out ones, threefold; 0.5 is best."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from threadpoolctl import threadpool_limits

    features = _changed(rows)
    made, real = (
        f[[*features.numeric, *features.categorical]].drop_duplicates().head(JUDGED) for f in (made, real)
    )
    size = min(len(made), len(real))
    both = pd.concat([made.head(size), real.head(size)], ignore_index=True)
    matrix, side = tabular.coding(features, both).matrix(both), np.arange(2 * size) >= size
    fold, scores = np.arange(2 * size) % 3, np.empty(2 * size)
    with threadpool_limits(1):
        for part in range(3):
            model = HistGradientBoostingClassifier(
                max_iter=60, max_leaf_nodes=15, learning_rate=0.05, early_stopping=False, random_state=0,
                categorical_features=np.arange(matrix.shape[1]) >= len(features.numeric),
            )  # fmt: skip
            model.fit(matrix[fold != part], side[fold != part])
            scores[fold == part] = model.predict_proba(matrix[fold == part])[:, 1]
    return float(roc_auc_score(side, scores))


def _changed(rows: Rows) -> tabular.Features:
    """The columns that a generator may change; the rest are copies of a parent's on both sides."""
    roles = frames.columns_of(rows.spec, rows.frame("held"))
    return tabular.Features(roles.numeric, roles.categorical)


def pair(rows: Rows, made: pd.DataFrame, real: pd.DataFrame) -> float:
    """One less the mean total variation between two-way tables of columns, in tenths of the real rows."""
    features, binned = _changed(rows), []
    for name in features.numeric:
        values = [frame[name].to_numpy(np.float64, na_value=np.nan) for frame in (real, made)]
        edges = np.unique(np.nanquantile(values[0], np.linspace(0, 1, 11)[1:-1]))
        binned.append([np.where(np.isnan(v), 11, edges.searchsorted(v)) for v in values])
    for name in features.categorical:
        known = pd.Index(real[name].astype(str).value_counts().index[:12])
        binned.append([known.get_indexer(frame[name].astype(str)) + 1 for frame in (real, made)])
    alike = [
        1 - np.abs(_share(one[0], other[0]) - _share(one[1], other[1])).sum() / 2
        for one, other in combinations(binned, 2)
    ]
    return float(np.mean(alike))


def _share(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.bincount(one * 16 + other, minlength=256) / len(one)


def tstr(rows: Rows, made: Synthetic) -> float:
    """Average precision on real rows of a model of synthetic rows, as a share of one of as many real rows."""
    train, held, features = rows.frame("train"), rows.frame("held"), tabular.features(rows.spec)
    real, truth = _is_positive(rows.spec, train), _is_positive(rows.spec, held)
    both = pd.concat([made.positive.head(int(real.sum())), made.other], ignore_index=True)
    side = np.arange(len(both)) < int(real.sum())

    def worth(frame: pd.DataFrame, positive: np.ndarray) -> float:
        scores = [tabular.boosted(features, frame, positive, seed=n)(held) for n in range(TSTR_SEEDS)]
        return float(np.mean([Ranked.of(truth, s).figures().average_precision for s in scores]))

    return worth(both, side) / worth(train, real)


def membership(rows: Rows, made: pd.DataFrame) -> float:
    """Area under the curve of an attack that calls rows near to made ones members; 0.5 is best.

    Calibrated by the distance to other real rows, as in DOMIAS (van Breugel et al., AISTATS 2023).
    """
    from sklearn.metrics import roc_auc_score

    train, held = rows.frame("train"), rows.frame("held")
    members, others = train[_is_positive(rows.spec, train)], held[_is_positive(rows.spec, held)]
    day = rows.spec.partitions.start.isoformat()
    real = Real(
        rows.spec, frames.columns_of(rows.spec, train), members.reset_index(drop=True), day, rows.train
    )
    axes = space(real, "1")
    synthetic, reference = axes.of(made), axes.of(others.iloc[::2])

    def score(points: np.ndarray) -> np.ndarray:
        return np.log((nearest(points, reference) + 1e-3) / (nearest(points, synthetic) + 1e-3))

    inside, outside = score(axes.of(members)), score(axes.of(others.iloc[1::2]))
    side = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    return float(roc_auc_score(side, np.r_[inside, outside]))


def rules(rows: Rows, made: Synthetic) -> float:
    """Share of the made rows of both classes that hold every rule and tie of the dataset."""
    both = pd.concat([made.positive, made.other], ignore_index=True)
    broken = np.zeros(len(both), bool)
    for rule in rows.spec.all_rules:
        broken |= rule.broken(both)
    return float(1 - broken.mean())


def figures(rows: Rows, made: Synthetic) -> dict[str, float]:
    held = rows.frame("held")
    real = held[_is_positive(rows.spec, held)]
    return {
        "c2st": c2st(rows, made.positive, real),
        "pair": pair(rows, made.positive, real),
        "tstr": tstr(rows, made),
        "membership": membership(rows, made.positive),
        "rules": rules(rows, made),
        "cpu": made.cpu,
    }


def real_itself(rows: Rows) -> dict[str, float]:
    """What the training rows themselves reach: no generator can be expected to do better."""
    train, held = rows.frame("train"), rows.frame("held")
    mine, real = train[_is_positive(rows.spec, train)], held[_is_positive(rows.spec, held)]
    made = Synthetic(mine, train[~_is_positive(rows.spec, train)], 0.0)
    nothing = float("nan")
    return {
        "c2st": c2st(rows, mine, real), "pair": pair(rows, mine, real), "tstr": nothing,
        "membership": nothing, "rules": rules(rows, made), "cpu": nothing,
    }  # fmt: skip


# --- tables ----------------------------------------------------------------------------------------------
def measured(*, quick: bool = False) -> Iterator[tuple[str, Rows, dict[str, dict[str, float]]]]:
    systems = {name: ours(step) for name, step in OURS.items()}
    systems["imbalanced-learn"] = imblearn
    if (python := os.environ.get("AUG_MOSTLYAI_PYTHON")) and not quick:
        systems["mostlyai TabularARGN"] = mostlyai(python, 90)
    with tempfile.TemporaryDirectory() as folder, real_data.prepared(Path(folder)):
        for name, rows in data():
            found = {"real training rows": real_itself(rows)}
            for system, make in systems.items():
                found[system] = figures(rows, make(rows))
            yield name, rows, found
            if quick:
                return


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """Every figure of our operators beside imbalanced-learn's, with the goal."""
    found = []
    for name, _, systems in measured(quick=quick):
        peer = systems["imbalanced-learn"]
        for system in OURS:
            for figure, (goal, met) in GOALS.items():
                value = systems[system][figure]
                found.append(
                    {
                        "name": f"{name}: {system}, {figure}",
                        "ours": round(value, 4),
                        "peer": round(peer[figure], 4),
                        "value": round(value, 4),
                        "goal": goal,
                        "met": bool(met(value)),
                    }
                )
    return found


def markdown(name: str, rows: Rows, found: dict[str, dict[str, float]]) -> str:
    train, held = rows.frame("train"), rows.frame("held")
    counts = [int(_is_positive(rows.spec, frame).sum()) for frame in (train, held)]
    told = (
        f"{len(train):,} real training rows ({counts[0]:,} positive), {len(held):,} held out "
        f"({counts[1]:,} positive). Bold: the goal is met."
    )
    lines = [f"## {name}", "", told, ""]
    lines += [f"| system | {' | '.join(f'{f} {goal}' for f, (goal, _) in GOALS.items())} | CPU s |"]
    lines += ["|" + "---|" * (len(GOALS) + 2)]
    for system, values in found.items():
        cells = [_cell(figure, values[figure]) for figure in GOALS]
        cpu = "-" if np.isnan(values["cpu"]) else f"{values['cpu']:.1f}"
        lines.append(f"| {system} | {' | '.join(cells)} | {cpu} |")
    return "\n".join([*lines, ""])


def _cell(figure: str, value: float) -> str:
    if np.isnan(value):
        return "-"
    text = f"{value:.1%}" if figure in ("tstr", "rules") else f"{value:.3f}"
    return f"**{text}**" if GOALS[figure][1](value) else text


HEAD = f"""# Quality of synthetic rows on real data, measured

Written by `python bench/quality.py --write`; every figure comes from that run. Nothing is filtered or
repaired after generation.
Bank and Adult are real; the fraud set is the Fraud Detection Handbook's simulation.

* c2st: area under the curve of a gradient boosting model that tells positive synthetic rows from positive
  held-out real ones, threefold, at most {JUDGED} of each side without repeats; 0.5 is best.
* pair: one less the mean total variation between all two-way tables of columns; positive rows.
* tstr: average precision, on held-out real rows, of a model of synthetic rows of both classes, as a share of
  the same model's on as many real ones; {TSTR_SEEDS} seeds.
* membership: area under the curve of a calibrated nearest neighbour attack on positive training rows; 0.5 is
  best.
* rules: share of rows that hold all rules and ties.
* CPU s: generation of all rows, one thread.
"""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--quick", action="store_true", help="one data set, no mostlyai")
    words.add_argument("--json", action="store_true")
    words.add_argument("--write", action="store_true", help=f"write {DOC.name}")
    chosen = words.parse_args()
    if chosen.json:
        print(json.dumps({"rows": rows(quick=chosen.quick)}))
        return
    parts = [HEAD]
    for name, of, found in measured(quick=chosen.quick):
        parts.append(markdown(name, of, found))
        print(parts[-1], flush=True)
        if chosen.write:
            DOC.write_text("\n".join(parts))


if __name__ == "__main__":
    main()
