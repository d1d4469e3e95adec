"""A model's replies as the lake keeps them: one row a question of a day, with what it cost."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import recipe
from aug_assets.assets import common
from aug_assets.errors import RepliesMissingError
from aug_assets.operators.text.asked import Request
from aug_assets.operators.text.asking import Answer
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from resources import clock
from resources.delta_table import LakeTable
from resources.lake import LakeResource

SCHEMA = pa.schema(
    [
        ("request", pa.string()),
        ("branch", pa.string()),
        ("reply", pa.string()),
        ("reason", pa.string()),
        ("final", pa.bool_()),
        ("tries", pa.int64()),
        ("prompt_tokens", pa.int64()),
        ("completion_tokens", pa.int64()),
        ("cost", pa.float64()),
        ("model", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
_SPENT = ("prompt_tokens", "completion_tokens", "cost")


def table(lake: LakeResource, spec: DatasetSpec) -> LakeTable:
    """The Delta table of replies."""
    return common.table(lake, spec, "paraphrase")


def of_run(lake: LakeResource, spec: DatasetSpec, day: str, augmented: Mapping[str, Any]) -> pa.Table | None:
    """The replies that candidates were made of, by the metadata of their run; None where none are needed."""
    if not recipe.asks(spec):
        return None
    if "replies_version" not in augmented:
        raise RepliesMissingError(
            "the candidates were made before the recipe asked a model", seen=day, todo=_TODO
        )
    return table(lake, spec).read({"date": day}, augmented["replies_version"])


def inputs(
    context: Any, lake: LakeResource, spec: DatasetSpec, source: Mapping[str, Any]
) -> tuple[dict[str, Any], pa.Table | None]:
    """What candidates are made of, for their metadata, and the day's replies where the recipe asks a model.

    Raises:
        RepliesMissingError: The newest replies are of another source or recipe.
    """
    made_of = {"source_version": source["delta_version"], "source_digest": source["digest"]}
    if not recipe.asks(spec):
        return made_of, None
    told = common.latest(context, spec, common.PARAPHRASES)
    for what, now in (("source_digest", source["digest"]), ("recipe_digest", spec.recipe_digest)):
        if told[what] != now:
            raise RepliesMissingError(
                "the replies are of another source or recipe", seen=f"{what} {told[what][:16]}",
                legal=now[:16], todo=_TODO,
            )  # fmt: skip
    made_of |= {"replies_version": told["delta_version"], "replies_digest": told["digest"]}
    return made_of, of_run(lake, spec, context.partition_key, made_of)


class Day:
    """A day's replies while they come in.

    Args:
        context: The step.
        lake: Where the table is.
        spec: The dataset.
        info: What commits record besides.
    """

    def __init__(self, context: Any, lake: LakeResource, spec: DatasetSpec, info: Mapping[str, Any]) -> None:
        self._context, self._info = context, common.commit_info(context, spec, **info)
        self.table, self._where = table(lake, spec), {"date": context.partition_key}
        self.version = self.table.version()
        listed = self.version is not None and self._where in self.table.partitions(self.version)
        stored = self.table.read(self._where, self.version).to_pylist() if listed else []
        self.rows: dict[str, dict[str, Any]] = {row["request"]: row for row in stored}
        self.unsaved, self._commits = 0, 0
        self._listed = listed

    def spent(self, branch: str) -> tuple[int, float]:
        """Tokens and money that the day has used in a branch."""
        mine = [row for row in self.rows.values() if row["branch"] == branch]
        return sum(r["prompt_tokens"] + r["completion_tokens"] for r in mine), sum(r["cost"] for r in mine)

    def adopt(self, branch: str, requests: Sequence[Request]) -> int:
        """Take over what other days were answered to the same questions; how many. It costs nothing again."""
        wanted = [one.digest for one in requests if not self._good(one.digest)]
        if not wanted or self.version is None:
            return 0
        names = [name for name in SCHEMA.names if name != "request"]
        found = self.table.find("request", wanted, ["request", *names], self.version).to_pylist()
        good = {row["request"]: row for row in found if not row["reason"]}
        for request, row in sorted(good.items()):
            own = {name: row[name] for name in SCHEMA.names} | {"branch": branch}
            kept = self.rows.get(request)
            own |= {name: kept[name] if kept else 0 for name in _SPENT}
            self._put(own)
        return len(good)

    def missing(self, requests: Iterable[Request]) -> list[Request]:
        """The questions that are still to be asked."""
        return [r for r in requests if r.digest not in self.rows or not self.rows[r.digest]["final"]]

    def tried(self) -> dict[str, int]:
        """How many replies to each question were judged."""
        return {request: row["tries"] for request, row in self.rows.items()}

    def add(self, branch: str, model: str, answer: Answer) -> None:
        """Keep an answer; what the question had cost before is added to what it cost now."""
        row = {**answer._asdict(), "branch": branch, "model": model, "at": clock.now()}
        if kept := self.rows.get(answer.request):
            row |= {name: row[name] + kept[name] for name in _SPENT}
        self._put(row)

    def save(self) -> None:
        """Commit what came since the last time; a run that is killed has lost no more than that."""
        if self.unsaved or not self._listed:
            rows = pa.Table.from_pylist(sorted(self.rows.values(), key=lambda row: row["request"]), SCHEMA)
            part = self.table.write_part(rows, self._where, common.part_name(self._context, self._commits))
            self.version = self.table.commit([part], self._where, SCHEMA, self._info)
            self.unsaved, self._commits, self._listed = 0, self._commits + 1, True

    def result(self, requests: Iterable[str]) -> tuple[str, dict[str, int]]:
        """The digest of the replies to these questions, and how many of them have none, by reason."""
        wanted = sorted(set(requests))
        replies = [self.rows[r]["reply"] if self._good(r) else None for r in wanted]
        told = pa.table({"row_id": pa.array(wanted, pa.string()), "reply": pa.array(replies, pa.string())})
        reasons = pa.array(
            [self.rows[r]["reason"] if r in self.rows else "not_asked" for r in wanted], pa.string()
        )
        counts = reasons.filter(pc.not_equal(reasons, "")).value_counts().to_pylist()
        return digest(told), {one["values"]: one["counts"] for one in counts}

    def _good(self, request: str) -> bool:
        return request in self.rows and not self.rows[request]["reason"]

    def _put(self, row: dict[str, Any]) -> None:
        self.rows[row["request"]] = row
        self.unsaved += 1


_TODO = "materialize the asset of paraphrases for the day, then the candidates"
