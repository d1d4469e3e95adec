"""Operators and gates with one fault each, to take the place of good ones. No tests."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from aug_assets.gates import base as gate
from aug_assets.gates.schema import Schema
from aug_assets.operators import base as operator
from aug_assets.operators.tabular.jitter_bootstrap import JitterBootstrap


class Copies(JitterBootstrap):
    """Repeats its parents."""

    @classmethod
    def draw(cls, state: Any, params: Any, keys: Any, rows: pd.DataFrame) -> operator.Drawn:
        return operator.Drawn(rows.reset_index(drop=True), keys.parent[:, None], {})


class TenTimes(JitterBootstrap):
    """Takes one column for another unit."""

    @classmethod
    def draw(cls, state: Any, params: Any, keys: Any, rows: pd.DataFrame) -> operator.Drawn:
        drawn = super().draw(state, params, keys, rows)
        drawn.rows["amount"] = (drawn.rows["amount"] * 10).clip(upper=999.0).round(2)
        return drawn


class BreaksRule(JitterBootstrap):
    """Breaks ``count <= amount`` in most rows, with values that are legal one by one."""

    @classmethod
    def draw(cls, state: Any, params: Any, keys: Any, rows: pd.DataFrame) -> operator.Drawn:
        drawn = super().draw(state, params, keys, rows)
        drawn.rows["count"] = (drawn.rows["amount"].clip(upper=40).round() + 5).astype("Int64")
        return drawn


class OutOfRange(JitterBootstrap):
    """Leaves the column's range in every row."""

    @classmethod
    def draw(cls, state: Any, params: Any, keys: Any, rows: pd.DataFrame) -> operator.Drawn:
        drawn = super().draw(state, params, keys, rows)
        drawn.rows["amount"] = -drawn.rows["amount"] - 0.01
        return drawn


class BlindSchema(Schema):
    """Sees nothing wrong with anything."""

    @classmethod
    def observe(cls, real: Any, params: Any, rows: pd.DataFrame) -> gate.Observation:
        return gate.Observation({}, (0, len(rows)))


class RaisesOnRows(Schema):
    """Breaks while it looks."""

    @classmethod
    def observe(cls, real: Any, params: Any, rows: pd.DataFrame) -> gate.Observation:
        raise RuntimeError("the gate fell over a row")


class RaisesOnJudging(Schema):
    """Breaks when it is asked."""

    @classmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[Any]) -> gate.Judgement:
        raise RuntimeError("the gate fell over the evidence")


class AlwaysFails(Schema):
    """Marks the first row of each batch and is content with no day."""

    @classmethod
    def observe(cls, real: Any, params: Any, rows: pd.DataFrame) -> gate.Observation:
        return gate.Observation({"first": np.arange(len(rows)) == 0}, (1, len(rows)))

    @classmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[Any]) -> gate.Judgement:
        return gate.Judgement("schema", False, params.blocking, 1.0, 0.0, "never content")


class MarksFirst(AlwaysFails):
    """Marks the first row of each batch and is content with the day."""

    @classmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[Any]) -> gate.Judgement:
        return gate.Judgement("schema", True, params.blocking, 0.0, 0.0, "always content")
