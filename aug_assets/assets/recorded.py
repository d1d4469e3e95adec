"""What candidates are made of beside source rows, as the lake has it: replies of a model, and shares."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from aug_assets.assets import replies_record, shares_record
from aug_assets.recorded import Recorded
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource


def inputs(
    context: Any, lake: LakeResource, spec: DatasetSpec, source: Mapping[str, Any], rows: pa.Table
) -> tuple[dict[str, Any], Recorded, dict[str, Any]]:
    """What a day's candidates are made of.

    Args:
        context: The step.
        lake: Where the tables are.
        spec: The dataset.
        source: Metadata of the source rows.
        rows: The source rows.

    Returns:
        Versions and digests, which the commits record; the tables; figures for a person.

    Raises:
        RepliesMissingError: The newest replies are of another source or recipe.
    """
    made_of, replies = replies_record.inputs(context, lake, spec, source)
    versions, shares, told = shares_record.inputs(context, lake, spec, made_of, rows)
    return made_of | versions, Recorded(replies, shares), told


def of_run(lake: LakeResource, spec: DatasetSpec, day: str, augmented: Mapping[str, Any]) -> Recorded:
    """The same tables, by the metadata of the run that made the candidates.

    Raises:
        RepliesMissingError: The run recorded no replies, and the recipe needs some.
        SharesMissingError: The run recorded no shares, and the recipe needs some.
    """
    replies = replies_record.of_run(lake, spec, day, augmented)
    return Recorded(replies, shares_record.of_run(lake, spec, day, augmented))
