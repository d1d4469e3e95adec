"""A day beside its reference as Evidently's HTML page, for people. Nothing is decided by it.

It has figures of samples and no rows: how often values occur, and values of categories.
"""

import os

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets.drift.features import values
from aug_assets.errors import SpecError
from aug_assets.spec import DatasetSpec

ROWS = 50_000  # of each side
_TODO = 'pip install "aug-assets[evidently]"'


def page(spec: DatasetSpec, day: pa.Table, reference: pa.Table) -> str:
    """Render the drift preset of Evidently on the features that drift watches, one value a row.

    Args:
        spec: The dataset.
        day: At most 50,000 rows of the day, in the stored schema.
        reference: At most so many of the days that it is held against.

    Raises:
        SpecError: The package is not installed, or no feature has one value a row.
    """
    require()
    from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
    from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]

    sides = [sampled(spec, rows) for rows in (day, reference)]
    both = [name for name in sides[0] if all(side[name].notna().any() for side in sides)]
    if not both:
        raise SpecError(
            "nothing is left to draw", seen=[*sides[0]],
            legal="a feature of which both sides have values",
            todo="leave out `drift.report`, or watch more columns",
        )  # fmt: skip
    numeric = [name for name in both if sides[0][name].dtype == np.float64]
    roles = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in both if name not in numeric]
    )
    current, known = (Dataset.from_pandas(side[both], data_definition=roles) for side in sides)
    return str(Report([DataDriftPreset()]).run(current, known).get_html_str(as_iframe=False))


def require() -> None:
    """Load the package, which then tells nobody that it is used.

    Raises:
        SpecError: It is not installed.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        import evidently  # noqa: F401
    except ModuleNotFoundError as error:
        raise SpecError(
            "`drift.report` draws with Evidently, which is not installed", seen=error.name,
            legal="the extra `evidently`", todo=_TODO,
        ) from error  # fmt: skip


def sampled(spec: DatasetSpec, rows: pa.Table) -> pd.DataFrame:
    """The watched features of at most 50,000 rows, a fair draw: numbers as float64, categories as text."""
    at = np.unique(np.linspace(0, max(len(rows) - 1, 0), min(ROWS, len(rows))).astype(np.int64))
    few = rows.take(pa.array(at))
    single = [one for one in values(spec, few) if one.row is None]
    found = {one.name: one.found if one.is_number else one.found.to_pandas().astype(object) for one in single}
    return pd.DataFrame(found, index=range(len(few)))
