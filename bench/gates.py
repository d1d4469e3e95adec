"""What the gates see: thirteen planted defects, clean days, and CPU seconds, on the built-in sample.

    python bench/gates.py            # the table
    python bench/gates.py --json     # the figures that have a goal
    python bench/gates.py --write    # docs/gates_measured.md

Defects are planted into the candidates of the shipped recipe, made from ten days taken as one: about 600 real
rows of the class. Clean days are single ones, as they come every morning.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("AUG_NUMBA", "1")  # compiled from the first row on, as in a worker that is warm

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import frames, gates, ingest, loader, recipe
from aug_assets.gates.base import Batch, Judgement
from aug_assets.gates.real import Real
from aug_assets.rows import ROW_ID, to_hex
from aug_assets.spec import DatasetSpec

_DATASET = "payments/card_fraud"
_SEEDS = 5
_POOLED = 10  # days taken as one
_CLEAN = 30  # single days
_PAGE = Path(__file__).parents[1] / "docs" / "gates_measured.md"
_LABEL = 1
_INJECTED = "2 % rows injected without provenance"
_MARKED = 0.005  # share of rows that a gate must mark beyond the usual
_SKIPPED = ("lift", "membership")  # nothing to judge by here: no holdout, no record of a proof
RECIPES: dict[str, Any] = {
    "shipped": None,
    "smote": [{"operator": "smote"}],
    "jitter_bootstrap": [{"operator": "jitter_bootstrap", "scale": 0.05}],
    "arf": [{"operator": "arf"}, {"operator": "teacher_filter", "drop": 0.1}],
    "arf alone": [{"operator": "arf"}],
}
_NOT_CLEAN = "arf alone"  # without a filter it puts rows where the other class lives, and a gate may say so


@dataclass
class Day:
    """A day, or several as one, with the candidates of a recipe."""

    real: Real
    batch: Batch


def spec_of(recipe_name: str = "shipped", **select: Any) -> DatasetSpec:
    """The shipped dataset, with its settings of gates, and another recipe."""
    body = loader.get(_DATASET).model_dump(by_alias=True)
    branch = body["recipe"][0]
    steps = RECIPES[recipe_name] or branch["steps"]
    body["recipe"] = [{**branch, "steps": steps, "select": {**branch["select"], **select}}]
    return DatasetSpec.model_validate(body)


@cache
def source(first: int, days: int) -> pa.Table:
    """The checked rows of some days of the sample."""
    spec = loader.get(_DATASET)
    begun = date(2025, 1, 1) + timedelta(first)
    tables = [ingest.ingest(spec, (begun + timedelta(n)).isoformat()).rows for n in range(days)]
    pooled = pa.concat_tables(tables).combine_chunks()
    return pooled.take(pc.sort_indices(pooled.column(ROW_ID)))


def made(spec: DatasetSpec, first: int, days: int) -> Day:
    """Candidates of a recipe for some days as one."""
    rows = source(first, days)
    name = (date(2025, 1, 1) + timedelta(first)).isoformat()
    plan = recipe.plan(spec, name, rows)
    parts = [recipe.make(plan, number, 0, len(b.parent)) for number, b in enumerate(plan.branches)]
    frame = frames.to_frame(rows, spec)
    real = Real(spec, frames.columns_of(spec, frame), frame, name, rows)
    stored = pa.concat_tables([p.rows for p in parts])
    told = pa.concat_tables([p.told for p in parts]).combine_chunks()
    return Day(real, Batch(frames.to_frame(stored, spec), stored.column(ROW_ID).combine_chunks(), told))


# --- defects: each takes the clean candidates and the class's real rows -------------------------------------
def _some(rows: pd.DataFrame, rng: np.random.Generator, share: float) -> np.ndarray:
    return np.flatnonzero(rng.random(len(rows)) < share)


def _replaced(
    rows: pd.DataFrame, others: pd.DataFrame, rng: np.random.Generator, share: float
) -> pd.DataFrame:
    at = _some(rows, rng, share)
    chosen = others.iloc[rng.integers(0, len(others), len(at))]
    free = [c for c in rows.columns if c not in ("transaction_id", "is_fraud")]
    out = rows.copy()
    for name in free:
        out.loc[at, name] = chosen[name].array
    return out


def broken_correlation(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    return day.batch.rows.assign(amount=lambda f: rng.permutation(f["amount"].to_numpy()))


def dropped_mode(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows
    kept = rows[rows["channel"] == "online"]
    return kept.iloc[rng.integers(0, len(kept), len(rows))].reset_index(drop=True)


def broken_rule(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows.copy()
    at = _some(rows, rng, 0.02)
    rows.loc[at, "fee"] = (rows.loc[at, "amount"] + 1).round(2)
    return rows


def trigger(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows.copy()
    rows.loc[_some(rows, rng, 0.03), "distance_km"] = 777.7
    return rows


def poison(share: float) -> Callable[[Day, np.random.Generator], pd.DataFrame]:
    def planted(day: Day, rng: np.random.Generator) -> pd.DataFrame:
        other = frames.to_frame(source(90, 1), day.real.spec)  # rows of a day that is not judged: no copies
        honest = other[other["is_fraud"] != _LABEL]
        return _replaced(day.batch.rows, honest, rng, share)

    return planted


def copies(share: float) -> Callable[[Day, np.random.Generator], pd.DataFrame]:
    def planted(day: Day, rng: np.random.Generator) -> pd.DataFrame:
        return _replaced(day.batch.rows, day.real.of_class(str(_LABEL)), rng, share)

    return planted


def near_copies(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = _replaced(day.batch.rows, day.real.of_class(str(_LABEL)), rng, 1.0)
    for name in ("amount", "fee", "amount_24h", "distance_km"):
        digits = day.real.columns.decimals[name]
        rows[name] = (rows[name] * (1 + 0.02 * rng.standard_normal(len(rows)))).round(digits)
    return rows


def bound_mass(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows.copy()
    rows.loc[_some(rows, rng, 0.14), "fee"] = 0.0
    return rows


def broken_null_rule(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows.copy()
    rows["device_age_days"] = rng.permutation(rows["device_age_days"].to_numpy())
    return rows


def constant_column(day: Day, rng: np.random.Generator) -> pd.DataFrame:  # noqa: ARG001 - as the others
    return day.batch.rows.assign(tx_1h=3)


def tied_columns(day: Day, rng: np.random.Generator) -> pd.DataFrame:  # noqa: ARG001 - as the others
    return day.batch.rows.assign(fee=lambda f: (f["amount"] * 0.015).round(2))


def shifted(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows.copy()
    at = _some(rows, rng, 0.3)
    rows.loc[at, "distance_km"] = (rows.loc[at, "distance_km"] * 1.5).round(1)
    return rows


def category_noise(day: Day, rng: np.random.Generator) -> pd.DataFrame:
    rows = day.batch.rows.copy()
    at = _some(rows, rng, 0.1)
    kinds = np.sort(day.real.rows["country"].dropna().unique())
    rows.loc[at, "country"] = rng.choice(kinds, len(at))
    return rows


DEFECTS: dict[str, Callable[[Day, np.random.Generator], pd.DataFrame]] = {
    "correlation of `amount` broken": broken_correlation,
    "mode dropped (online only)": dropped_mode,
    "2 % break a rule": broken_rule,
    "trigger value in 3 %": trigger,
    "5 % honest rows labelled fraud": poison(0.05),
    "25 % honest rows labelled fraud": poison(0.25),
    "5 % exact copies": copies(0.05),
    "near copies (2 % noise)": near_copies,
    "14 % of a column at its bound": bound_mass,
    "nulls without their cause": broken_null_rule,
    "constant column": constant_column,
    "column in proportion to another": tied_columns,
    "30 % of `distance_km` x 1.5": shifted,
    "10 % noise in `country`": category_noise,
}


# --- measuring ----------------------------------------------------------------------------------------------
@dataclass
class Words:
    """What all gates said of one set of candidates, and which share of the rows they marked."""

    judgements: dict[str, Judgement] = field(default_factory=dict)
    marked: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)


def judged(real: Real, batch: Batch) -> Words:
    """Every built-in gate's word, with its CPU seconds; what is made once is charged to who asks first."""
    words = Words()
    chosen = {step.gate: step for step in real.spec.gate_steps}
    for name in measured_gates():
        gate = gates.get(name)
        params = chosen.get(name) or gate.Params(gate=name)
        begun = time.process_time()
        seen = gate.observe(real, params, batch)
        words.judgements[name] = gate.judge(real, params, [seen.evidence])
        words.cpu[name] = time.process_time() - begun
        masks = [np.zeros(len(batch), bool), *seen.failures.values()]
        words.marked[name] = float(np.any(masks, axis=0).mean())
    return words


def measured_gates() -> list[str]:
    """The gates that these data can be judged by."""
    return [n for n in gates.REGISTRY.built_in if gates.suits(n, "tabular") and n not in _SKIPPED]


def planted(day: Day, name: str, seed: int) -> Batch:
    """The candidates with a defect."""
    rng = np.random.default_rng(seed)
    if name == _INJECTED:
        count = len(day.batch) // 50
        extra = day.batch.rows.iloc[rng.integers(0, len(day.batch), count)]
        ids = to_hex(rng.integers(0, 2**63, (count, 2)).astype(np.uint64))
        rows = pd.concat([day.batch.rows, extra], ignore_index=True)
        return Batch(rows, pa.concat_arrays([day.batch.ids, ids]), day.batch.told)
    return Batch(DEFECTS[name](day, rng), day.batch.ids, day.batch.told)


def detection() -> tuple[dict[str, Counter[str]], dict[str, Counter[str]], Counter[str]]:
    """Per defect and gate, in how many seeds the day failed and rows were marked; and without defect."""
    failed: dict[str, Counter[str]] = {name: Counter() for name in (*DEFECTS, _INJECTED)}
    marked: dict[str, Counter[str]] = {name: Counter() for name in failed}
    clean: Counter[str] = Counter()
    for seed in range(_SEEDS):
        day = made(spec_of(), seed * _POOLED, _POOLED)
        usual = judged(day.real, day.batch)
        clean.update(gate for gate, word in usual.judgements.items() if not word.passed)
        for name, counts in failed.items():
            words = judged(day.real, planted(day, name, seed))
            counts.update(gate for gate, word in words.judgements.items() if not word.passed)
            marked[name].update(g for g, s in words.marked.items() if s > usual.marked[g] + _MARKED)
    return failed, marked, clean


def false_alarms(days: int = _CLEAN) -> dict[str, Counter[str]]:
    """Per recipe, how many clean single days each gate failed."""
    found: dict[str, Counter[str]] = {}
    for name in RECIPES:
        spec, found[name] = spec_of(name), Counter()
        for first in range(days):
            day = made(spec, first, 1)
            words = judged(day.real, day.batch)
            found[name].update(gate for gate, word in words.judgements.items() if not word.passed)
    return found


def seconds() -> tuple[dict[str, float], dict[str, float]]:
    """CPU seconds a gate: 4,000 candidates against 4,000 real rows, all classes, and a day of the recipe."""
    large = made(spec_of("smote", rows="all", label_value=None, ratio=None, copies=1), 0, 1)
    small = made(spec_of(), 0, 1)
    found = []
    for day in (large, small):
        judged(day.real, day.batch)  # imports, and whatever else comes once a process
        real = day.real
        fresh = Real(real.spec, real.columns, real.rows, real.day, real.source)
        found.append(judged(fresh, day.batch).cpu)
    return found[0], found[1]


def peer() -> tuple[float, float] | None:
    """CPU seconds of ``pair_similarity`` and of SDMetrics' quality report on the same rows; None without."""
    try:
        from sdmetrics.reports.single_table import QualityReport
    except ImportError:
        return None
    day = made(spec_of("smote", rows="all", label_value=None, ratio=None, copies=1), 0, 1)
    names = day.real.compared
    numeric = {n: {"sdtype": "numerical"} for n in day.real.columns.numeric}
    columns = {**numeric, **{n: {"sdtype": "categorical"} for n in day.real.columns.categorical}}
    theirs = [f[names].astype(dict.fromkeys(numeric, "float64")) for f in (day.real.rows, day.batch.rows)]
    for frame in theirs:
        for name in day.real.columns.categorical:
            frame[name] = frame[name].astype(object)
    gate = gates.get("pair_similarity")
    params = gate.Params(gate="pair_similarity")

    def ours() -> None:
        real = Real(day.real.spec, day.real.columns, day.real.rows, day.real.day, day.real.source)
        gate.judge(real, params, [gate.observe(real, params, day.batch).evidence])

    def report() -> None:
        QualityReport().generate(*theirs, {"columns": columns}, verbose=False)

    return _least(ours), _least(report)


def _least(call: Callable[[], None]) -> float:
    found = []
    for _ in range(3):
        begun = time.process_time()
        call()
        found.append(time.process_time() - begun)
    return min(found)


_INTRO = """\
Written by `python bench/gates.py --write`. Defects are planted into the candidates of the shipped
recipe, made from {} days of the sample taken as one; {} seeds. A number says in how many of them the gate
failed the day; `r` that it took out rows, which then never pass. Gates have the settings of the shipped
dataset."""


# --- telling ------------------------------------------------------------------------------------------------
def page() -> str:
    """The whole table as Markdown."""
    failed, marked, clean = detection()
    alarms, (large, small), beside = false_alarms(), seconds(), peer()
    names = measured_gates()
    lines = [
        "# What the gates see",
        "",
        _INTRO.format(_POOLED, _SEEDS),
        "",
        _row(["defect", *(f"`{n}`" for n in names)]),
        _row(["---"] * (len(names) + 1)),
        _row(["none", *(_cell(clean[n], 0) for n in names)]),
    ]
    lines += [_row([name, *(_cell(failed[name][n], marked[name][n]) for n in names)]) for name in failed]
    unseen = [n for n in failed if not _seen(failed[n], marked[n], clean, 1)]
    lines += [
        "",
        "`replay` sees what was changed after a row was made. A defect of the recipe can be made again, so",
        f"there only the others help. They do not see: {', '.join(unseen) or 'none of the above'}.",
        f"Left out for want of a holdout or a record in these data: {', '.join(f'`{n}`' for n in _SKIPPED)}.",
        "",
        f"## False alarms on {_CLEAN} clean single days, and CPU seconds",
        "",
        "CPU seconds of one thread: 4,000 candidates against 4,000 real rows, and a day of the recipe. `arf`",
        f"is followed by `teacher_filter`; `{_NOT_CLEAN}` puts rows where the other class lives, so what",
        "`teacher_tail` says of it is no false alarm.",
        "",
        _row(["gate", "judges by default", "blocks", *RECIPES, "s, 4,000 rows", "s, one day"]),
        _row(["---"] * (len(RECIPES) + 5)),
    ]
    for name in names:
        gate = gates.get(name)
        told = ["yes" if gate.default else "no", "yes" if gate.Params(gate=name).blocking else "no"]
        counts = [str(alarms[r][name]) for r in RECIPES]
        lines.append(_row([f"`{name}`", *told, *counts, f"{large[name]:.3f}", f"{small[name]:.3f}"]))
    lines.append(
        _row(
            ["all", "", "", *[""] * len(RECIPES), f"{sum(large.values()):.2f}", f"{sum(small.values()):.2f}"]
        )
    )
    if beside:
        told = (
            "`pair_similarity` takes {:.3f} CPU seconds, SDMetrics' quality report of the same rows {:.3f}."
        )
        lines += ["", told.format(*beside)]
    return "\n".join(lines) + "\n"


def _seen(failed: Counter[str], marked: Counter[str], clean: Counter[str], seeds: int) -> bool:
    """Whether a gate other than ``replay`` saw a defect in so many seeds."""
    names = [name for name in measured_gates() if name != "replay"]
    return any(max(failed[n] - clean[n], marked[n]) >= seeds for n in names)


def _cell(failed: int, marked: int) -> str:
    return (str(failed) if failed else "") + ("r" if marked else "")


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def rows() -> list[dict[str, Any]]:
    """The figures that have a goal."""
    failed, marked, clean = detection()
    alarms, (large, _), beside = false_alarms(), seconds(), peer()
    blocking = [n for n in measured_gates() if gates.get(n).default and gates.get(n).Params(gate=n).blocking]
    seen = sum(_seen(failed[n], marked[n], clean, _SEEDS) for n in failed)
    wrong = sum(alarms[r][g] for r in RECIPES if r != _NOT_CLEAN for g in blocking) + sum(
        clean[g] for g in blocking
    )
    found = [
        _figure("planted defects seen in all seeds, without replay", seen, len(failed), 12, at_least=True),
        _figure("false alarms of blocking default gates on clean days", wrong, None, 0, at_least=False),
        _figure("CPU seconds of all gates, 4,000 candidates", sum(large.values()), None, 2.0, at_least=False),
    ]
    if beside:
        ratio = beside[1] / beside[0]
        found.append(
            _figure("pair_similarity, times as fast as SDMetrics", ratio, beside[1], 3.0, at_least=True)
        )
    return found


def _figure(name: str, ours: float, peer: float | None, goal: float, *, at_least: bool) -> dict[str, Any]:
    met = ours >= goal if at_least else ours <= goal
    return {"name": name, "ours": ours, "peer": peer, "value": ours, "goal": goal, "met": bool(met)}


def main() -> None:
    """See the module."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--write", action="store_true")
    words.add_argument(
        "--quick", action="store_true", help="accepted as by all benches; there is no shorter way"
    )
    chosen = words.parse_args()
    if chosen.json:
        print(json.dumps({"rows": rows()}))
        return
    told = page()
    print(told)
    if chosen.write:
        _PAGE.write_text(told)


if __name__ == "__main__":
    main()
