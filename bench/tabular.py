"""SMOTE and its like against imbalanced-learn in one process and run: speed, memory, distribution, Parquet.

    python bench/tabular.py [--quick] [--json]

Processor seconds of one thread, the least of some repeats after one that compiles. Ours is measured from the
frame of the minority to arrays of new rows, with fit and keys. imbalanced-learn gets the float array it wants
and must copy the majority into its answer, which ours never touches; nothing else that it has to do is left
out of ours.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries count the processors
os.environ.setdefault("AUG_NUMBA", "1")  # compiled from the first row on, as in a worker that is warm
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aug_assets import operators
from aug_assets.keys import RowKeys, below, row_keys, step_key
from aug_assets.operators.base import Columns
from aug_assets.operators.tabular.coded import DrawnArrays
from aug_assets.operators.tabular.smote import Between, Smote, SmoteParams, interpolate
from resources import parquet_parts

_GOALS = {
    "smote_nc, times faster than imblearn": 300.0,
    "smote, times faster than imblearn": 15.0,
    "smote streamed, Mrows/s": 10.0,
    "arf, Mrows/s": 0.8,
    "seq_cart, Mrows/s": 0.2,
}
_C2ST, _MEMORY = 0.01, 64.0
_CHUNK = 4096


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true", help="100,000 rows instead of a million")
    words.add_argument("--memory", choices=["smote", "smote_nc"], help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.memory:
        print(extra_mebibytes(chosen.memory))
        return
    found, files = rows(quick=chosen.quick), parquet_settings(50_000 if chosen.quick else 200_000)
    if chosen.json:
        print(json.dumps({"rows": found, "parquet": files}))
        return
    print(pd.DataFrame(found).to_string(index=False, float_format="{:.4g}".format))
    print(pd.DataFrame(files).to_string(index=False, float_format="{:.3g}".format))


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal; the file's measurement of encodings is :func:`parquet_settings`."""
    size = 100_000 if quick else 1_000_000
    found = [
        *speed(size, 3 if quick else 7, 500 if quick else 2000),
        same_distribution(10_000 if quick else 40_000),
    ]
    return [*found, *(memory(name) for name in ("smote", "smote_nc"))]


def speed(size: int, repeats: int, minority: int) -> list[dict[str, Any]]:
    """The cases of which the suite holds a fifth."""
    made = [mixed_case(size, minority, repeats), numeric_case(size, minority, repeats)]
    made.append(row("smote streamed, Mrows/s", streamed(size, minority, repeats), None))
    return made + [
        row(f"{name}, Mrows/s", drawn_rate(name, size // 5, minority, repeats), None)
        for name in ("arf", "seq_cart")
        if name in operators.REGISTRY.paths
    ]


def row(name: str, ours: float, peer: float | None) -> dict[str, Any]:
    """One figure; with a peer ``ours`` and ``peer`` are seconds and the value is their ratio."""
    value = ours if peer is None else peer / ours
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "value": value,
        "goal": f">= {_GOALS[name]:g}",
        "met": value >= _GOALS[name],
    }


# --- data ----------------------------------------------------------------------------------------------
def numeric(rows: int, columns: int, seed: int) -> pd.DataFrame:
    """Correlated, skewed columns."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    hidden = rng.normal(size=(rows, 6)) @ rng.normal(size=(6, columns))
    values = np.exp(0.4 * hidden + 0.3 * rng.normal(size=(rows, columns)))
    return pd.DataFrame(values, columns=[f"n{j}" for j in range(columns)])


def mixed(rows: int, seed: int) -> pd.DataFrame:
    """Seven numeric and three categorical columns that depend on them."""
    made = numeric(rows, 7, seed)
    rng = np.random.Generator(np.random.Philox(key=seed + 100))
    for j, count in enumerate((3, 5, 8)):
        level = np.log(made[f"n{j}"]) + rng.normal(size=rows)
        made[f"c{j}"] = pd.Series(np.digitize(level, np.linspace(-1.5, 1.5, count - 1)).astype(str))
    return made


def roles(frame: pd.DataFrame) -> Columns:
    return Columns(
        tuple(name for name in frame if name[0] == "n"),
        tuple(name for name in frame if name[0] == "c"),
        {},
        {},
    )


def labelled(minority: pd.DataFrame, size: int, seed: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """The minority below its majority, as the float array that imbalanced-learn wants, and the labels."""
    values = minority.to_numpy(np.float64)
    rng = np.random.Generator(np.random.Philox(key=seed))
    majority = values[rng.integers(0, len(values), size - len(values))]
    majority[:, : len(roles(minority).numeric)] *= 1.5
    return np.vstack([majority, values]), np.arange(size) >= size - len(values)


# --- speed ---------------------------------------------------------------------------------------------
def seconds(work: Callable[[], object], repeats: int, *, warm: bool = True) -> float:
    """Least processor seconds of some repeats, after one that is not counted."""
    if warm:
        work()
    taken = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def generate(name: str, minority: pd.DataFrame, parent: np.ndarray, copy: np.ndarray) -> DrawnArrays:
    """New rows from a frame: fit, keys, rows."""
    operator = operators.get(name)
    params = operator.Params.model_validate({"operator": name})
    state = operator.fit(minority, roles(minority), params)
    keys = make_keys(parent, copy)
    return operator.draw_arrays(state, params, keys)


def plan(parents: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Parent and copy number of each of ``count`` rows."""
    copies = -(-count // parents)
    parent = np.repeat(np.arange(parents), copies)[:count]
    return parent, np.tile(np.arange(copies, dtype=np.int32), parents)[:count]


def make_keys(parent: np.ndarray, copy: np.ndarray) -> RowKeys:
    ids = np.arange(2 * (int(parent.max()) + 1), dtype=np.uint64).reshape(-1, 2)
    return row_keys(step_key("bench/tabular", "2025-01-01", "step"), ids, parent, copy)


def mixed_case(size: int, minority: int, repeats: int) -> dict[str, Any]:
    from imblearn.over_sampling import SMOTENC

    frame = mixed(minority, 1)
    array, label = labelled(frame, size)
    count = (size - minority) // 10 - minority
    peer = SMOTENC(categorical_features=[7, 8, 9], sampling_strategy=0.1, random_state=1)
    ours = seconds(lambda: generate("smote_nc", frame, *plan(minority, count)), repeats)
    theirs = seconds(
        lambda: peer.fit_resample(array, label), 1, warm=False
    )  # half a minute; compiles nothing
    return row("smote_nc, times faster than imblearn", ours, theirs)


def numeric_case(size: int, minority: int, repeats: int) -> dict[str, Any]:
    from imblearn.over_sampling import SMOTE

    frame = numeric(minority, 30, 2)
    array, label = labelled(frame, size)
    ours = seconds(lambda: generate("smote", frame, *plan(minority, size - 2 * minority)), repeats)
    theirs = seconds(lambda: SMOTE(random_state=1).fit_resample(array, label), repeats)
    return row("smote, times faster than imblearn", ours, theirs)


def streamed(size: int, minority: int, repeats: int) -> float:
    """Million rows a second of 30 floats, chunk after chunk into one buffer, keys included."""
    frame = numeric(minority, 30, 2)
    state = Smote.fit(frame, roles(frame), SmoteParams())
    buffer = Between.empty(_CHUNK, state.coded)
    parent, copy = plan(minority, size // _CHUNK * _CHUNK)

    def work() -> None:
        for start in range(0, len(parent), _CHUNK):
            part = slice(start, start + _CHUNK)
            interpolate(state.coded, state.neighbours, make_keys_of(part), buffer)

    ids = np.arange(2 * minority, dtype=np.uint64).reshape(-1, 2)
    step = step_key("bench/tabular", "2025-01-01", "step")

    def make_keys_of(part: slice) -> RowKeys:
        return row_keys(step, ids, parent[part], copy[part])

    return len(parent) / 1e6 / seconds(work, repeats)


def drawn_rate(name: str, count: int, minority: int, repeats: int) -> float:
    """Million rows a second from keys that exist, after fit."""
    frame = mixed(minority, 1)
    operator = operators.get(name)
    params = operator.Params.model_validate({"operator": name})
    state = operator.fit(frame, roles(frame), params)
    keys = make_keys(*plan(minority, count))
    return count / 1e6 / seconds(lambda: operator.draw_arrays(state, params, keys), repeats)


# --- distribution --------------------------------------------------------------------------------------
def same_distribution(count: int, minority: int = 2000) -> dict[str, Any]:
    """How well a classifier tells our SMOTE-NC rows from imbalanced-learn's, made from the same minority.

    Parents are drawn at random here, as there. As many copies of each, which a recipe makes, would be held
    against us in reverse: a parent that is rarer in the rows learned from is then commoner in those judged.
    """
    from imblearn.over_sampling import SMOTENC

    frame = mixed(minority, 1)
    array, label = labelled(frame, 2 * minority + count)
    peer = SMOTENC(categorical_features=[7, 8, 9], random_state=1)
    theirs = peer.fit_resample(array, label)[0][len(array) :]
    copy = np.arange(len(theirs), dtype=np.int32)
    parent = below(make_keys(np.zeros_like(copy, np.int64), copy).words()[:, 0], minority)
    made = generate("smote_nc", frame, parent, copy)
    found = told_apart(np.hstack([made.numbers, made.codes]), theirs)
    name, goal = "smote_nc told from imblearn, AUC", f"{0.5 - _C2ST:g} to {0.5 + _C2ST:g}"
    return {
        "name": name,
        "ours": found,
        "peer": None,
        "value": found,
        "goal": goal,
        "met": abs(found - 0.5) <= _C2ST,
    }


def told_apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Area under the curve of gradient boosting, cross-validated; 0.5: the two cannot be told apart."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    label = np.repeat([0, 1], [len(theirs), len(ours)])
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    model = HistGradientBoostingClassifier(max_iter=60, random_state=1)
    return float(cross_val_score(model, np.vstack([theirs, ours]), label, cv=folds, scoring="roc_auc").mean())


# --- memory --------------------------------------------------------------------------------------------
def memory(name: str) -> dict[str, Any]:
    """Peak memory beyond the output, of a process that makes a million rows."""
    command = [sys.executable, __file__, "--memory", name]
    found = float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    title = f"{name}, MiB beyond the output"
    return {
        "name": title,
        "ours": found,
        "peer": None,
        "value": found,
        "goal": f"<= {_MEMORY:g}",
        "met": found <= _MEMORY,
    }


def extra_mebibytes(name: str, count: int = 1_000_000) -> float:
    """Peak resident memory of this process while it makes rows, less what it had and what it made."""
    frame = numeric(2000, 30, 2) if name == "smote" else mixed(2000, 1)
    generate(name, frame, *plan(2000, 1000))
    parent, copy = plan(len(frame), count)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak_mebibytes()
    made = generate(name, frame, parent, copy)
    arrays = (made.numbers, made.codes, made.parents, *made.values.values())  # noqa: PD011 - not a frame
    return peak_mebibytes() - before - sum(a.nbytes for a in arrays) / 2**20


def peak_mebibytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


# --- Parquet -------------------------------------------------------------------------------------------
def parquet_settings(count: int) -> list[dict[str, Any]]:
    """Million rows a second and bytes a row of some ways to write a day, for floats and for a mixed table."""
    found = []
    for what, table in {"30 floats": floats(count), "mixed": day(count)}.items():
        found.append(written(what, "as the lake does", lambda t=table: parquet_parts.encode(t), count))
        for name, settings in settings_for(table).items():
            found.append(written(what, name, lambda t=table, s=settings: write(t, s), count))
    return found


def write(table: pa.Table, settings: dict[str, Any]) -> bytes:
    if settings.get("float32"):
        fields = [f.with_type(pa.float32()) if pa.types.is_float64(f.type) else f for f in table.schema]
        table = table.cast(pa.schema(fields))
    sink = pa.BufferOutputStream()
    kept = {key: value for key, value in settings.items() if key != "float32"}
    pq.write_table(table, sink, row_group_size=1 << 16, store_schema=False, **kept)
    return bytes(sink.getvalue())


def written(what: str, name: str, work: Callable[[], bytes], count: int) -> dict[str, Any]:
    return {
        "table": what,
        "setting": name,
        "Mrows/s": count / 1e6 / seconds(work, 3),
        "bytes/row": len(work()) / count,
    }


def settings_for(table: pa.Table) -> dict[str, dict[str, Any]]:
    text = [f.name for f in table.schema if pa.types.is_string(f.type)]
    repeated = [
        name for name in text if table[name].slice(0, 5000).combine_chunks().unique().__len__() < 2500
    ]
    real = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    first = {"compression": "zstd", "compression_level": 1}
    split = {"use_dictionary": repeated, "use_byte_stream_split": real}
    return {
        "pyarrow default (snappy)": {},
        "zstd-1, all dictionaries": first,
        "zstd-1, dictionaries of text": {**first, "use_dictionary": text},
        "zstd-1, dictionaries of repeated text": {**first, "use_dictionary": repeated},
        "zstd-1, no statistics": {**first, "use_dictionary": repeated, "write_statistics": False},
        "zstd-1, split": {**first, **split},
        "lz4": {"compression": "lz4", "use_dictionary": repeated},
        "lz4, split": {"compression": "lz4", **split},
        "none": {"compression": "none", "use_dictionary": repeated},
        "float32, zstd-1, split": {**first, **split, "float32": True},
        "float32, none": {"compression": "none", "use_dictionary": repeated, "float32": True},
    }


def floats(count: int) -> pa.Table:
    return pa.Table.from_pandas(numeric(count, 30, 3), preserve_index=False)


def day(count: int) -> pa.Table:
    """What a day looks like: hex row ids, a few categories, cents, times and flags."""
    rng = np.random.Generator(np.random.Philox(key=4))
    raw = rng.bytes(16 * count).hex()
    columns = {
        "row_id": pa.array([raw[at : at + 32] for at in range(0, 32 * count, 32)]),
        "parent_id": pa.array([raw[at : at + 32] for at in range(0, 32 * count, 32)]).take(
            pa.array(rng.integers(0, count // 100, count))
        ),
        **{f"amount{j}": pa.array(rng.lognormal(3, 1, count).round(2)) for j in range(6)},
        **{f"kind{j}": pa.array(rng.choice([f"kind {i}" for i in range(12)], count)) for j in range(4)},
        **{f"count{j}": pa.array(rng.poisson(3, count)) for j in range(4)},
        "at": pa.array(1_700_000_000_000_000 + np.sort(rng.integers(0, 86_400_000_000, count))),
        "gap": pa.array(rng.random(count)),
        "flag": pa.array(rng.random(count) < 0.1),
    }
    return pa.table(columns)


if __name__ == "__main__":
    main()
