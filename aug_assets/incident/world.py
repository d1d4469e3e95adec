"""Days or hours as they truly were, with a season and without, and how a dataset file describes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa

from aug_assets import frames, ingest
from aug_assets.incident.span import DAYS, Span
from aug_assets.spec import DatasetSpec

RATE = 0.01  # share of honest rows that may raise an alarm
ID, LABEL = "id", "is_fraud"


@dataclass(frozen=True)
class World:
    """What happened.

    Attributes:
        columns: The columns of the dataset, as its file describes them.
        subject: The column that says whose a row is.
        amount: The column whose value a missed fraud costs.
        days: One frame a partition with all labels, the season in it from the onset on.
        quiet: The same from the onset on without the season.
        uri: Where raw files are put.
        much: How many frauds are made of a partition, as a selection says it.
        span: How time runs.
    """

    columns: dict[str, Any]
    subject: str
    amount: str
    days: Sequence[pd.DataFrame]
    quiet: Sequence[pd.DataFrame]
    uri: str
    much: dict[str, Any] = field(default_factory=lambda: {"ratio": 0.05})
    span: Span = DAYS

    @cached_property
    def spec(self) -> DatasetSpec:
        """The dataset, as a user would write its file."""
        return DatasetSpec.model_validate(self.body)

    @property
    def body(self) -> dict[str, Any]:
        """The dataset file."""
        return {
            "tenant": "payments",
            "name": "season",
            "source": {"uri": f"{self.uri}/{{date}}.parquet"},
            "partitions": self.span.partitions,
            "key": [ID],
            "label": LABEL,
            "subject": self.subject,
            "columns": self.columns,
            "drift": {"cooldown_days": 1, **self.span.settings["drift"]},
            "recipe": [
                {
                    "name": "fraud",
                    "select": {"rows": "minority", "label_value": 1, "too_few": "skip", **self.much},
                    "steps": [{"operator": "seq_cart"}, {"operator": "teacher_filter", "drop": 0.1}],
                },
            ],
            "training": {
                **self.span.settings["training"], "feedback": True, "seeds": 2,
                "false_alarm_rate": RATE, "min_positive": 20, "recalibrate": {},
                "canary": {"share": 0.5, "max_days": 10, "watch_days": 0,
                           "guards": {"false_alarms": {"margin": 0.15, "tolerated": 0.02},
                                      "recall": {"margin": 0.1, "tolerated": 0.02}}},
            },
        }  # fmt: skip

    def stored(self, number: int, *, season: bool = True) -> pa.Table:
        """The good rows of a day with all labels, as the source asset stores them."""
        rows = self.days[number] if season else self.quiet[number - self.span.onset]
        table = pa.Table.from_pandas(rows, preserve_index=False)
        return ingest.sort_out(self.spec, self.span.key(number), table).rows

    def frame(self, stored: pa.Table) -> pd.DataFrame:
        """The same rows as a model reads them."""
        return frames.to_frame(stored, self.spec)
