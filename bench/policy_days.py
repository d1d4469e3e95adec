"""Dated data with a planted shift, copies of its rows by a policy, and a model that learns from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import real_data
from numpy.random import Generator, Philox

from aug_assets import frames, loader, recipe
from aug_assets.ingest import ingest, sort_out
from aug_assets.keys import digest_bits
from aug_assets.recorded import Recorded
from aug_assets.select import Beside, shares
from aug_assets.spec import DatasetSpec

LABELLED, _CLEAN, CURRENT, _TEST = range(-12, -7), (-14, -13), (0, 1), (2, 3)
_RATE = 0.01
_APART = 11  # days between onsets: no test day is another's
_STEPS = [{"operator": "jitter_bootstrap"}]
Shift = Callable[[pa.Table, Generator], pa.Table]


@dataclass(frozen=True)
class Data:
    """A dated data set with two shifts.

    Attributes:
        name: For the table.
        spec: The dataset.
        first: The first onset.
        rows: The rows of a day, as the source asset stores them.
        shifts: ``mix`` and ``season``.
    """

    name: str
    spec: DatasetSpec
    first: date
    rows: Callable[[str], pa.Table]
    shifts: dict[str, Shift]


def _thinned(rows: pa.Table, segment: pa.ChunkedArray, rng: Generator) -> pa.Table:
    """A third of the rows outside of a segment, of all classes."""
    kept = rng.random(len(rows)) < 1 / 3
    return rows.filter(pa.array(kept | pc.fill_null(segment, fill_value=False).to_numpy()))


def _dearer(rows: pa.Table, label: str, columns: Sequence[str], who: str) -> pa.Table:
    """Amounts of some customers' honest rows times 1.4; the customers are always the same."""
    ids = rows[who].to_pylist()
    mine = {one: int(digest_bits("season", str(one))[0]) % 100 < 45 for one in set(ids)}
    honest = pc.equal(rows[label], 0).to_numpy()
    moved = pa.array(np.array([mine[one] for one in ids]) & honest)
    for name in columns:
        dear = pc.round(pc.multiply(pc.cast(rows[name], pa.float64()), 1.4), 2)
        made = pc.cast(pc.if_else(moved, dear, pc.cast(rows[name], pa.float64())), rows[name].type)
        rows = rows.set_column(rows.column_names.index(name), name, made)
    return rows


def sample() -> Data:
    spec = _watched(loader.get("payments/card_fraud"))
    return Data(
        "built-in sample", spec, date(2025, 2, 1), lambda day: ingest(spec, day).rows,
        {"mix": lambda rows, rng: _thinned(
            rows, pc.is_in(rows["category"], pa.array(["electronics", "gaming", "travel"])), rng),
         "season": lambda rows, _: _dearer(rows, "is_fraud", ("amount", "amount_24h"), "card_id")},
    )  # fmt: skip


def handbook() -> Data:
    spec = _watched(loader.get(real_data.FRAUD))
    table = pq.read_table(real_data.DATA / "fraud" / "handbook_transformed.parquet")
    table = table.select([column.from_ or name for name, column in spec.columns.items()])
    days = pc.strftime(table["TX_DATETIME"], "%Y-%m-%d")
    means = tuple(name for name in spec.columns if name.startswith("customer_mean"))
    return Data(
        "fraud handbook", spec, date(2018, 6, 1),
        lambda day: sort_out(spec, day, table.filter(pc.equal(days, day))).rows,
        {"mix": lambda rows, rng: _thinned(rows, pc.greater(rows["amount"], 100), rng),
         "season": lambda rows, _: _dearer(rows, "is_fraud", ("amount", *means), "customer_id")},
    )  # fmt: skip


def _watched(spec: DatasetSpec) -> DatasetSpec:
    aside = [name for name in ("customer_id", "terminal_id") if name in spec.columns]
    return DatasetSpec.model_validate({**spec.model_dump(by_alias=True), "drift": {"ignore": aside}})


class Window:
    """The days around one onset, shifted from it on."""

    def __init__(self, data: Data, shift: str, number: int) -> None:
        self.data, self.spec = data, data.spec
        self._first = data.first + timedelta(number * _APART)
        self._shift, self._number = data.shifts[shift], number
        self.clean = [self.of(n) for n in _CLEAN]
        self.labelled = [self.of(n) for n in LABELLED]
        self.current, self.test = ([self.of(n) for n in some] for some in (CURRENT, _TEST))
        self.usual = [self._plain(n) for n in _TEST]

    def day(self, n: int) -> str:
        return (self._first + timedelta(n)).isoformat()

    @lru_cache(maxsize=64)  # noqa: B019 - a window lives as long as it is measured
    def _plain(self, n: int) -> pa.Table:
        return self.data.rows(self.day(n))

    def of(self, n: int) -> pa.Table:
        rows = self._plain(n)
        return rows if n < 0 else self._shift(rows, Generator(Philox(key=[self._number, n + 100])))

    def copies(self, n: int, rows: pa.Table, select: dict[str, Any], beside: Beside) -> pa.Table:
        """What a recipe makes of a day's labelled rows."""
        branch = {"name": "more", "select": {"rows": "all", "too_few": "skip", **select}, "steps": _STEPS}
        body = {**self.spec.model_dump(by_alias=True), "recipe": [branch], "gates": [], "manifests": []}
        spec = DatasetSpec.model_validate(body)
        found = shares.weighed(spec, rows, beside)[0] if shares.needed(spec) else None
        plan = recipe.plan(spec, self.day(n), rows, recorded=Recorded(shares=found))
        made = [recipe.make(plan, *chunk).rows for chunk in plan.chunks(100_000)]
        return pa.concat_tables([rows.slice(0, 0), *made])


class Model:
    """Boosted trees, and the threshold at which one in a hundred honest rows of clean days is an alert."""

    def __init__(self, window: Window, rows: list[pa.Table], seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self.spec = window.spec
        x, y = self._points(pa.concat_tables(rows))
        self._model = HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.1, early_stopping=False, random_state=seed
        ).fit(x, y)
        clean = pa.concat_tables(window.clean)
        honest = self.scores(clean)[self._points(clean)[1] == 0]
        self.threshold = float(np.quantile(honest, 1 - _RATE))

    def _points(self, rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        frame = frames.to_frame(rows, self.spec)
        roles = frames.columns_of(self.spec, frame)
        parts = [frame[name].to_numpy(np.float64, na_value=np.nan) for name in roles.numeric]
        for name in roles.categorical:
            values = sorted(map(str, self.spec.columns[name].values or (False, True)))
            place = {value: float(n) for n, value in enumerate(values)}
            codes = [place.get(str(value), np.nan) for value in frame[name].astype(object)]
            parts.append(np.array(codes, np.float64))
        return np.stack(parts, axis=1), frame[self.spec.label].to_numpy(np.int64)

    def scores(self, rows: pa.Table) -> np.ndarray:
        return np.asarray(self._model.predict_proba(self._points(rows)[0])[:, 1])

    def judged(self, window: Window) -> dict[str, float]:
        """On the shifted test days: average precision, recall, share of honest rows that are alerts."""
        from sklearn.metrics import average_precision_score

        rows = pa.concat_tables(window.test)
        scores, truth = self.scores(rows), self._points(rows)[1]
        alert = scores > self.threshold
        best = float(np.quantile(scores[truth == 0], 1 - _RATE))
        return {
            "ap": float(average_precision_score(truth, scores)),
            "false": float(alert[truth == 0].mean()), "recall": float(alert[truth == 1].mean()),
            "ranked": float((scores[truth == 1] > best).mean()),
        }  # fmt: skip

    def usual(self, window: Window) -> float:
        rows = pa.concat_tables(window.usual)
        return float((self.scores(rows)[self._points(rows)[1] == 0] > self.threshold).mean())
