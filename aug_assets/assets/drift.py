"""The drift asset: how far a day's real rows lie from the reference, and what is made of that."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any, cast

import dagster as dg
import numpy as np
import pyarrow as pa

from aug_assets import partition_key
from aug_assets.assets import champion_drift, common, drift_record
from aug_assets.drift import classifier
from aug_assets.drift.features import Features, of_label, of_table, total
from aug_assets.drift.null import Excess, Reference, described
from aug_assets.drift.rule import Decision, decide, unjudged
from aug_assets.drift.sketch import add
from aug_assets.errors import ReferenceTooShortError
from aug_assets.frames import table_schema
from aug_assets.report import drift as picture
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

_SHOWN_DAYS = 60
_SHOWN_FEATURES = 60
_SHOWN_LABELS = 5
_SAMPLED_DAYS = 7  # of the reference, for the classifier: each weekday once


def build_drift(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset beside candidates and training data, for a dataset whose file has a ``drift``."""
    assert spec.drift is not None
    alike = common.asset_arguments(spec, common.DRIFT)
    shown = [dg.TableColumn(field.name, str(field.type)) for field in drift_record.DECISION]
    version = _digest(spec.digest + spec.drift.model_dump_json())[:16]
    alike |= {
        "kinds": {"deltalake"},
        "metadata": {"dagster/column_schema": dg.TableSchema(columns=shown)},
        "code_version": version,
    }
    check = dg.AssetCheckSpec(
        "drift",
        asset=alike["key"],
        blocking=False,
        partitions_def=alike["partitions_def"],
        description="The day's real rows lie as near to the reference as days without drift do. It warns "
        "and holds nothing back; a day that cannot be judged does not pass.",
    )

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        check_specs=[check],
        deps=[common.asset_key(spec, "source")],
        description=f"How the real rows of {spec.id} differ from those of the reference: every feature by "
        "five measures, against what is usual between days. Its word `refresh` makes the sensor ask for the "
        "day to be made again. Nothing waits for it.",
    )
    def drift_asset(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        yield from _judged(context, spec, lake)

    return cast(dg.AssetsDefinition, drift_asset)


def _judged(context: Any, spec: DatasetSpec, lake: LakeResource) -> Iterator[Any]:
    clock = common.Stopwatch(lake)
    with common.typed_failure():
        with clock("read"):
            source = common.latest(context, spec, "source")
            found, label = _sketched(spec, lake, context.partition_key, source["delta_version"])
        with clock("write"):
            kept = drift_record.keep_sketches(context, spec, lake, {**found, **label})
        with clock("judge"):
            day = _Day(spec, lake, context.partition_key, found, label)
            decision = day.decision()
        with clock("write"):
            version = drift_record.keep_decision(
                context, spec, lake, decision, reference=day.chosen.why, source_digest=source["digest"]
            )
        with clock("draw"):
            figures = day.figures(decision, source["delta_version"])
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(_digest(repr(decision) + source["digest"])),
        metadata={
            **figures, "source_version": source["delta_version"], "source_digest": source["digest"],
            "sketches_version": kept, "delta_version": version, **clock.metadata(),
        },
        check_results=[_check(decision)],
    )  # fmt: skip


def _check(decision: Decision) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name="drift",
        passed=decision.word == "steady",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{decision.word}: {decision.reason}",
        metadata={"value": decision.value, "limit": decision.limit},
    )


def _sketched(spec: DatasetSpec, lake: LakeResource, day: str, version: int) -> tuple[Features, Features]:
    """The day's features and its label, read in pieces: pictures of a day do not fit into memory at once."""
    features, labels = [], []
    for batch in common.table(lake, spec, "source").iter_batches({"date": day}, version, spec.rows_at_once):
        rows = pa.Table.from_batches([batch])
        features.append(of_table(spec, rows))
        labels.append(of_label(spec, rows))
    if not features:
        nothing = table_schema(spec).empty_table()
        return of_table(spec, nothing), of_label(spec, nothing)
    return total(features), total(labels)


class _Day:
    """A day, the reference that was chosen for it, and what the comparison shows."""

    def __init__(
        self, spec: DatasetSpec, lake: LakeResource, day: str, found: Features, label: Features
    ) -> None:
        self.spec, self.lake, self.day = spec, lake, day
        self.found, self.label = found, label
        self.chosen = drift_record.choose(lake, spec, day)
        self.rows = next(iter({**found, **label}.values())).rows if found or label else 0
        self.reference: Reference | None = None
        self.excess: dict[str, Excess] = {}

    def decision(self) -> Decision:
        """The word on the day; ``unjudged`` with the reason where there is too little to judge by."""
        assert self.spec.drift is not None
        least, many = self.spec.drift.min_rows, len(self.chosen.days)
        if self.rows < least:
            return unjudged(self.day, self.rows, f"{self.rows:,} rows; judged from {least:,} on", many)
        try:
            self.reference = drift_record.reference(self.lake, self.spec, self.chosen, self.found)
        except ReferenceTooShortError as error:
            return unjudged(self.day, self.rows, f"{self.chosen.why}: {error}", many)
        self.excess = self.reference.judge(self.day, self.found)
        return decide(self.day, self.rows, self.reference, self.excess, self._before(3))

    def _before(self, days: int) -> list[Decision]:
        """The stored decisions of as many calendar days before."""
        first = partition_key.moved(self.day, -days)
        known = drift_record.known_days(drift_record.tables(self.lake, self.spec)[1])
        return drift_record.decisions(self.lake, self.spec, [one for one in known if first <= one < self.day])

    def figures(self, decision: Decision, version: int) -> dict[str, Any]:
        """What a person sees of the day."""
        told: dict[str, Any] = {
            "word": decision.word, "value": decision.value, "limit": decision.limit,
            "reason": decision.reason, "feature": decision.feature, "measure": decision.measure,
            "drifted": list(decision.drifted), "reference": self.chosen.why,
            "reference_days": len(self.chosen.days), "volume": self.rows,
        }  # fmt: skip
        told |= self._usual()
        told["history"] = _image("drift of the last days", picture.history(
            [*self._before(_SHOWN_DAYS), decision]))  # fmt: skip
        if self.reference is not None:
            told["features"] = _table(described(self.excess)[:_SHOWN_FEATURES], self.reference.limit)
            name = decision.feature
            known = add([features[name] for features in self.reference.days.values()])
            drawn = picture.feature(name, self.found[name], known)
            told["worst_feature"] = _image(f"{name}, day and reference", drawn)
            if aside := sorted({*self.found} - {*self.excess}):
                told["not_compared"] = aside
            if self.spec.drift and self.spec.drift.classifier:
                told |= self._classified(version)
            if self.spec.training:
                told |= champion_drift.told(self.spec, self.lake, self.day, version, self.rows)
        return told

    def _usual(self) -> dict[str, Any]:
        """Volume and label of the day beside those of the reference. They fire nothing: labels come late."""
        if not self.chosen.days:
            return {}
        stored = drift_record.sketches(self.lake, self.spec, self.chosen.days[-_SHOWN_DAYS:])
        rows = [next(iter(features.values())).rows for features in stored.values() if features]
        told: dict[str, Any] = {"volume_usual": float(np.median(rows))} if rows else {}
        name = self.spec.label
        if name and self.label[name].known and all(name in features for features in stored.values()):
            usual = add([features[name] for features in stored.values()])
            for what, one in (("label_share", self.label[name]), ("label_share_usual", usual)):
                shares = dict(zip(one.values, (one.counts / max(one.known, 1)).tolist(), strict=True))
                rarest = sorted(shares, key=lambda value: (shares[value], value))[:_SHOWN_LABELS]
                told |= {f"{what}/{value}": round(shares[value], 6) for value in rarest}
        return told

    def _classified(self, version: int) -> dict[str, Any]:
        table = common.table(self.lake, self.spec, "source")
        names = [field.name for field in table_schema(self.spec)]
        day = table.read({"date": self.day}, version, names)
        stored = {where["date"] for where in table.partitions()}
        known = [one for one in self.chosen.days if one in stored]
        others = known[:: max(1, len(known) // _SAMPLED_DAYS)]
        if not others:
            return {}
        most = classifier.ROWS // len(others)
        read = table.read_each([{"date": one} for one in others], names)
        area = classifier.area(self.spec, day, pa.concat_tables([rows.slice(0, most) for rows in read]))
        return {} if area is None else {"classifier_area": round(area, 4)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _table(rows: list[dict[str, Any]], limit: float) -> dg.TableMetadataValue:
    records = [dg.TableRecord({**row, "drifted": "yes" if row["excess"] > limit else ""}) for row in rows]
    columns = [dg.TableColumn(name, "string" if name in ("feature", "by", "drifted") else "float")
               for name in records[0].data]  # fmt: skip
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def _image(told: str, image: str) -> dg.MarkdownMetadataValue:
    data = base64.b64encode(image.encode()).decode()
    return dg.MetadataValue.md(f"![{told}](data:image/svg+xml;base64,{data})")
