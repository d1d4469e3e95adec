"""What an operator is: the contract that every one of them keeps and the conformance suite holds them to."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from aug_assets.keys import RowKeys

Modality = Literal["image", "sequence", "tabular", "text"]


class Params(BaseModel):
    """Parameters of an operator, in physical units; part of the recipe digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operator: str

    aside: ClassVar[frozenset[str]] = frozenset()  # fields that decide no row, so in no digest of a step


@dataclass(frozen=True)
class Columns:
    """The roles of a dataset's columns, as far as operators need them.

    Attributes:
        numeric: Columns that may be changed as numbers.
        categorical: Columns that may be changed to another seen value.
        decimals: Digits to round a numeric column to; 0 for integers.
        bounds: Legal range of a numeric column or of a picture's pixels, with infinities where the schema has
            none.
        kinds: Columns that are neither number nor category, by type: ``image``, ``mask``, ``depth``,
            ``boxes``, ``points``, ``text``; under ``each`` those that hold one value an event, and under
            ``objects`` the mask whose values mark the boxes' objects.
        facts: What the dataset says of itself.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    decimals: dict[str, int]
    bounds: dict[str, tuple[float, float]]
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    facts: "Facts | None" = None

    def only(self, kind: str) -> str:
        """The one column of a type that a dataset may have once; empty where it has none."""
        return self.kinds.get(kind, ("",))[0]


@dataclass(frozen=True)
class Facts:
    """What a dataset says of itself when it is loaded, for an operator that is not safe for every dataset.

    Attributes:
        safety: The dataset's ``safety`` section.
        labels: The values of the label and the classes of boxes, as far as the dataset names them.
        kinds: Columns by type, as in :class:`Columns`.
        named: The values of each column of words that is no key; empty where the dataset does not list them.
    """

    safety: Any
    labels: tuple[str, ...]
    kinds: dict[str, tuple[str, ...]]
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """What one step made.

    Attributes:
        rows: The new rows, same columns and dtypes as the parents.
        parents: int64 of shape (n, p): positions of each row's parents among the selected rows; the first is
            the parent that the key names.
        values: The concrete parameters drawn, each a float64 array of shape (n,); NaN where a row did not
            draw it, which provenance leaves out.
        refused: Rows that could not be made, by reason, each bool (n,); they are quarantined.
    """

    rows: pd.DataFrame
    parents: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    refused: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


class Operator(ABC):
    """Two pure functions and a parameter model. Operators hold no state of their own.

    ``kind`` is ``generate`` for an operator that makes rows from the selected rows as a group, and so can
    only begin a chain, ``transform`` for one that changes the rows it is given, and ``filter`` for one that
    refuses some of them, see :class:`Filter`. ``modality`` is what rows it can change. One that ``asks``
    needs replies that were fetched before, see :class:`aug_assets.operators.text.asked.AskedOperator`.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    kind: ClassVar[Literal["generate", "transform", "filter"]]
    modality: ClassVar[Modality] = "tabular"
    asks: ClassVar[bool] = False
    Params: ClassVar[type[Params]]

    @classmethod
    def unsafe(cls, params: Any, facts: Facts) -> str | None:
        """Why this step could make a label untrue on this dataset, in one sentence; None where it cannot."""
        return None

    @classmethod
    @abstractmethod
    def fit(cls, rows: pd.DataFrame, columns: Columns, params: Any) -> Any:
        """What drawing needs to know of the selected rows.

        Args:
            rows: The selected rows, in canonical order (sorted by row id).
            columns: The roles of the columns.
            params: The operator's own ``Params``.

        Returns:
            A state: deterministic, small and picklable.

        Raises:
            TooFewParentsError: There are too few rows.
        """

    @classmethod
    @abstractmethod
    def draw(cls, state: Any, params: Any, keys: RowKeys, rows: pd.DataFrame) -> Drawn:
        """Make one row per key; row k depends on ``state``, ``params``, ``keys[k]`` and ``rows`` at k only.

        Args:
            state: What ``fit`` returned.
            params: The operator's own ``Params``.
            keys: The keys of the n rows.
            rows: n rows to start from: the parents for the first step, else what the step before made.
        """


class Filter(ABC):
    """The end of a chain: refuses made rows. What it refuses is quarantined with its name as the reason.

    Whether a row is refused follows from the state and that row alone, never from the other candidates.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    kind: ClassVar[Literal["filter"]] = "filter"
    modality: ClassVar[Modality] = "tabular"
    Params: ClassVar[type[Params]]

    @classmethod
    def unsafe(cls, params: Any, facts: Facts) -> str | None:
        """Why this step could make a label untrue; a filter changes nothing."""
        return None

    @classmethod
    @abstractmethod
    def fit(cls, rows: pd.DataFrame, others: pd.DataFrame, columns: Columns, params: Any) -> Any:
        """What refusing needs to know.

        Args:
            rows: The selected real rows, in canonical order.
            others: The real rows of the other classes, in canonical order.
            columns: The roles of the columns.
            params: The filter's own ``Params``.

        Raises:
            TooFewParentsError: There are too few rows of either.
        """

    @classmethod
    @abstractmethod
    def judge(
        cls, state: Any, params: Any, rows: pd.DataFrame
    ) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
        """Which of n rows are kept, bool (n,), and the figures that decided it, each float64 (n,)."""


def rounded(values: NDArray[np.float64], name: str, columns: Columns) -> NDArray[np.float64]:
    """Values as the column can hold them: rounded to its decimals and inside its bounds, never ``-0.0``.

    The bounds are drawn in to the nearest legal decimals first: clipping to 0.005 what was rounded to cents
    would make a value of three decimals, and one of a whole column no integer.
    """
    low, high = columns.bounds.get(name, (-np.inf, np.inf))
    if name in columns.decimals:
        digits = columns.decimals[name]
        values = np.round(values, digits)
        inner = _inward(low, digits, up=True), _inward(high, digits, up=False)
        low, high = inner if inner[0] <= inner[1] else (low, high)
    return np.clip(values, low, high) + 0.0


def _inward(bound: float, digits: int, *, up: bool) -> float:
    near = float(np.round(bound, digits))
    outside = near < bound if up else near > bound
    return float(np.round(near + (1 if up else -1) * 10.0**-digits, digits)) if outside else near


def as_dtype(values: NDArray[np.float64], like: pd.Series) -> pd.Series:
    """Floats as a column of the same dtype as ``like``; nulls stay null."""
    if pd.api.types.is_float_dtype(like.dtype):
        return pd.Series(values, dtype=like.dtype)
    return pd.Series(pd.array(values, dtype="Float64")).round().astype(like.dtype)


def numbers(rows: pd.DataFrame, names: tuple[str, ...]) -> NDArray[np.float64]:
    """The numeric columns as float64 of shape (rows, columns), with NaN for null."""
    return np.column_stack(
        [rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names]
        or [np.empty((len(rows), 0))]
    )
