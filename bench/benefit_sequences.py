"""Do copies of sessions help to predict the next item? On a real shop and a click-stream, net of duplicates.

    python bench/benefit_sequences.py [--json] [--quick]
    python bench/benefit_sequences.py --write     # the section of docs/benefit_measured.md

Leave-one-out: the last event of each history is what is to be predicted, and nobody trains on it. The model
counts transitions (aug_assets/learners/sequence.py); every item is ranked, items already seen too.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries count the processors
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets import operators
from aug_assets.frames import pandas_dtype
from aug_assets.keys import digest_bits
from aug_assets.learners.sequence import Sessions, transitions
from aug_assets.spec import DatasetSpec
from bench import benefit_table, real_data
from bench.benefit_table import BASE, DUPLICATE, Case, branch

COPIES = 3
COLD = 3  # events that are known of a cold user, at most
COLD_SHARE = 0.3
LONGEST = 50  # events of a history, the last ones
TOP = 10
FOLDER = real_data.DATA / "sequences"
DRAWN = {"online_retail": 2000, "retentioneering_ecom": 2000}  # histories a seed
OPERATORS = (
    "category_swap", "cold_prefix", "crop_window", "drop_events", "insert", "popularity_swap", "reorder",
    "session_noise", "substitute",
)  # fmt: skip
NEEDS_MORE = {"category_swap": "a category of items", "session_noise": "event types beside items"}
MEASURES = ("HR@10", "NDCG@10")
TITLE = "Sessions"
_DRAWN = max(DRAWN.values())
_WANTED = " or of ".join(NEEDS_MORE.values())
_LEFT_OUT = ", ".join(f"`{name}`" for name in NEEDS_MORE)
TOLD = f"""`python bench/benefit_sequences.py --write`. Next item by leave-one-out, every item ranked,
seen ones too; the model counts what follows what up to five events apart, the k-th before counting 1/k,
over a prior of popularity worth one transition (`aug_assets/learners/sequence.py`). `online_retail`:
orders of known users without cancellations, a user's last {LONGEST} lines; the lines of one order share
their minute and keep the order of the file. `retentioneering_ecom`: synthetic visits of three events or
more, whose "items" are the 19 event types, so that HR@10 says little there. Each seed draws {_DRAWN:,}
histories, of which {COLD_SHARE:.0%} are made cold: no more than their last {COLD} events before the one
to be predicted are known, in training too. "all" copies each history {COPIES} times, "cold" the cold
ones alone, as `shop/shop_sessions` does; `recipe` is that dataset's chain (substitute, insert, reorder).
`recipe, no substitute` was picked as the best of five chains on other draws of the same sets. Not
measured for want of {_WANTED}: {_LEFT_OUT}. Published for other sets and for a neural model (SASRec),
over base and without a duplicate control: CL4SRec +8.9 % and CoSeRec +20 % of HR@10 on Amazon Beauty."""


class Histories(NamedTuple):
    """Users or visits: object arrays (n,) of int64 arrays, the items' numbers and the microseconds."""

    items: np.ndarray
    times: np.ndarray


def spec(recipe: list[dict[str, Any]]) -> DatasetSpec:
    """Histories as a dataset of the platform."""
    return DatasetSpec.model_validate(
        {
            "tenant": "bench",
            "name": "histories",
            "source": {"uri": "/nowhere/{date}.parquet"},
            "partitions": {"start": benefit_table.DAY},
            "key": ["id"],
            "sessions": {"by": "user", "time": "at", "gap_minutes": 30, "id": "id"},
            "columns": {
                "id": {"type": "string"},
                "user": {"type": "string"},
                "known": {"type": "int64", "synthesize": False},
                "item": {"type": "int64", "each": True},
                "at": {"type": "timestamp", "each": True},
            },
            "recipe": recipe,
        }
    )


def chains() -> dict[str, list[dict[str, Any]]]:
    """The steps of each arm; those of the shipped recipe are read from where it is shipped."""
    ours = {"item": "item", "time": "at"}
    plain: dict[str, list[dict[str, Any]]] = {
        name: [{"operator": name, **ours}]
        for name in OPERATORS
        if name in operators.REGISTRY.paths and name not in NEEDS_MORE
    }
    theirs = ("item", "time", "event", "with_item")
    steps = benefit_table.shipped("shop/shop_sessions")
    whole = [{name: value for name, value in step.items() if name not in theirs} | ours for step in steps]
    rest = [step for step in whole if step["operator"] != "substitute"]
    return {**plain, "recipe": whole, "recipe, no substitute": rest}


def augmented(chain: list[dict[str, Any]], known: Histories, *, cold_only: bool) -> list[np.ndarray]:
    """The items of what a chain makes of the histories; those of one event have nothing to change."""
    where = {"where": f"known <= {COLD}"} if cold_only else {}
    dataset = spec([branch("copies", COPIES, *chain, **where)])
    enough = [n for n, items in enumerate(known.items) if len(items) > 1]
    columns = {
        "id": [f"h{n}" for n in enough],
        "user": [f"u{n}" for n in enough],
        "known": [len(known.items[n]) for n in enough],
        "item": [known.items[n] for n in enough],
        "at": [pd.to_datetime(known.times[n], unit="us", utc=True) for n in enough],
    }
    frame = pd.DataFrame(
        {
            name: pd.Series(_array(values, name), dtype=pandas_dtype(dataset.columns[name]))
            for name, values in columns.items()
        }
    )
    made, _ = benefit_table.made(dataset, benefit_table.table(dataset, frame))
    lists = made.column("item").combine_chunks()
    return np.split(lists.flatten().to_numpy(), np.cumsum(lists.value_lengths().to_numpy())[:-1])


def _array(values: list[Any], name: str) -> Any:
    if name not in ("item", "at"):
        return values
    kind = pa.int64() if name == "item" else pa.timestamp("us", "UTC")
    offsets = pa.array(np.concatenate([[0], np.cumsum([len(one) for one in values])]), pa.int32())
    flat = np.concatenate(
        [np.asarray(one, "int64" if name == "item" else "datetime64[us]") for one in values]
    )
    return pd.arrays.ArrowExtensionArray(pa.ListArray.from_arrays(offsets, pa.array(flat).cast(kind)))


def figures(train: list[np.ndarray], known: list[np.ndarray], target: np.ndarray, items: int) -> np.ndarray:
    """Whether each target is among the first ten, and what it gains there; float64 (2, n)."""
    scores = transitions(Sessions.of(train), items).scores(Sessions.of(known))
    own = scores[np.arange(len(target)), target][:, None]
    rank = (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2  # the middle of what is equal
    hit = rank < TOP
    return np.stack([hit, np.where(hit, 1 / np.log2(rank + 2), 0.0)])


def read(name: str) -> Histories | None:
    """All histories of three events or more, or None where the data is not there."""
    file = FOLDER / name / {"online_retail": "online_retail", "retentioneering_ecom": "ecom"}[name]
    file = file.with_suffix(".parquet")
    if not file.is_file():
        print(f"skipped {name}: {file} is not there", file=sys.stderr)
        return None
    events = pd.read_parquet(file)
    if name == "online_retail":
        fit = events["user_id"].notna() & (events["quantity"] > 0) & (events["price"] > 0)
        events = events[fit].drop_duplicates()
        owner, item = "user_id", "item_id"
    else:
        owner, item = "session_id", "event"
    events = events.assign(item=events[item].astype(str).astype("category").cat.codes.astype("int64"))
    events = events.sort_values([owner, "event_time"], kind="stable")
    at = events["event_time"].astype("datetime64[us]").astype("int64").to_numpy()
    ends = np.flatnonzero(np.diff(events[owner].astype("category").cat.codes)) + 1
    lists = [np.split(values, ends) for values in (events["item"].to_numpy(), at)]
    fit = [n for n, one in enumerate(lists[0]) if len(one) >= 3]
    return Histories(*(_objects([values[n][-LONGEST:] for n in fit]) for values in lists))


def _objects(lists: list[np.ndarray]) -> np.ndarray:
    made = np.empty(len(lists), object)
    made[:] = lists
    return made


def draw(every: Histories, count: int, purpose: str) -> tuple[Histories, np.ndarray]:
    """A seed's histories without their last events, some made cold, and these last events."""
    rng = np.random.Generator(np.random.Philox(key=digest_bits("benefit", purpose)))
    chosen = rng.permutation(len(every.items))[:count]
    cold = rng.random(len(chosen)) < COLD_SHARE
    cut = [-1 - COLD if is_cold else 0 for is_cold in cold]
    parts = [
        _objects([values[n][start:-1] for n, start in zip(chosen, cut, strict=True)]) for values in every
    ]
    return Histories(*parts), np.array([every.items[n][-1] for n in chosen])


def measure(name: str, every: Histories, count: int, seeds: int, *, cold_only: bool) -> list[Case]:
    """One data set with all histories copied, or the cold ones alone."""
    copied = "cold copied" if cold_only else "all copied"
    whom = [(who, measure) for who in ("all users", "cold users") for measure in MEASURES]
    cases = [
        Case(f"{name}, {copied}", f"{measure} of {who}", detailed=measure == "NDCG@10")
        for who, measure in whom
    ]
    items = int(max(one.max() for one in every.items)) + 1
    for seed in range(seeds):
        known, target = draw(every, count, f"{name}/{seed}")
        real = list(known.items)
        cold = np.array([len(one) <= COLD for one in real])
        repeated = [one for one in real if len(one) > 1 and (len(one) <= COLD or not cold_only)]
        more: dict[str, list[np.ndarray]] = {BASE: [], DUPLICATE: repeated * COPIES}
        more |= {arm: augmented(chain, known, cold_only=cold_only) for arm, chain in chains().items()}
        for arm, lists in more.items():
            found = figures(real + lists, real, target, items)
            means = [*found.mean(axis=1), *found[:, cold].mean(axis=1)]
            for case, mean in zip(cases, means, strict=True):
                case.add(arm, float(mean), len(lists))
    return cases


def measured(quick: bool) -> Iterator[tuple[Case, Any]]:  # noqa: FBT001
    """Every case; what is published is of other data and of another model, so it is no goal here."""
    for name, count in DRAWN.items():
        if (every := read(name)) is None:
            continue
        for cold_only in (False, True):
            seeds = benefit_table.FEW if quick else benefit_table.SEEDS
            number = count // 4 if quick else count
            for case in measure(name, every, number, seeds, cold_only=cold_only):
                yield case, None


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal."""
    return benefit_table.rows(measured, quick=quick)


if __name__ == "__main__":
    benefit_table.run(TITLE, TOLD, measured, __doc__ or "")
