"""What a training reads from the lake, and what is kept of it: run, version, ledger and the model itself."""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from aug_assets import partition_key, served
from aug_assets.assets import common
from aug_assets.errors import UpstreamMissingError
from aug_assets.pointer import Serving
from aug_assets.report.trial import curves
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from aug_assets.training_gates import Gate, fairness, slices, whole
from aug_assets.trial import Trial
from resources import model_ledger, model_store, registry_models
from resources.lake import LakeResource
from resources.tracking import TrackedRun, TrackingResource


class Window(NamedTuple):
    """Published days: rows by day, the table's version, and for each day what the ledger keeps.

    ``young`` are days whose labels have not all come, read where ``training.feedback`` asks for them.
    """

    days: dict[str, pa.Table]
    young: dict[str, pa.Table]
    version: int
    inputs: list[dict[str, Any]]


def read(spec: DatasetSpec, lake: LakeResource, day: str, version: int | None = None) -> Window:
    """The window that ends with a day, all of it from one version of the table: the newest, or this one.

    Raises:
        UpstreamMissingError: None of its days is published.
    """
    assert spec.training is not None
    table = common.table(lake, spec, "validated")
    version = table.version() if version is None else version
    last = partition_key.moved(day, -spec.training.label_delay_days)
    first = partition_key.moved(last, 1 - spec.training.window_days)
    known = [] if version is None else [where["date"] for where in table.partitions(version)]
    wanted = [one for one in known if first <= one <= last]
    if version is None or not wanted:
        raise UpstreamMissingError(
            "no day of the window is published", seen=f"{first} to {last}",
            todo=f"materialize {spec.id}_validated for days in it",
        )  # fmt: skip
    later = [one for one in known if last < one <= day] if spec.training.feedback else []
    days, young = (
        {one: rows for one in some if (rows := table.read({"date": one}, version)).num_rows}
        for some in (wanted, later)
    )
    inputs = [
        {"date": one, "validated_version": version, "digest": digest(rows)}
        for one, rows in (days | young).items()
    ]
    return Window(days, young, version, inputs)


def log(
    spec: DatasetSpec, lake: LakeResource, tried: Trial, judged: list[Gate], window: Window, day: str
) -> dict[str, Any]:
    """Log the run; a model that passed becomes a version that may be tried, and of no other is anything kept.

    The order is such that a stop in between offers nothing that is not registered and in the ledger.
    """
    data = served.packed(tried.model)
    content, passed = served.digest(data), all(gate.passed for gate in judged)
    found: dict[str, Any] = {"model_digest": content, "passed": passed, "validated_version": window.version}
    tags = {"dataset": spec.id, "spec_digest": spec.digest, "day": day}
    with TrackingResource().run(f"models {spec.id}", f"{spec.id} {day}", tags) as run:
        _describe(run, spec, tried, judged, window)
        found["run_id"] = run.run_id
        if passed:
            told = {"threshold": repr(tried.model.threshold), "digest": content, "dataset": spec.id}
            version = registry_models.register(run, spec, data, told)
            name, last = registry_models.name(spec), max(window.days | window.young)
            model_ledger.record(lake, spec, name, version, run.run_id, window.inputs)
            offered = Serving(version, content, tried.model.threshold, tried.model.positive, run.run_id, last)
            model_store.offer(lake, spec, offered, data)
            registry_models.offer(run, spec, version)
            found["version"] = version
    return found


def _describe(run: TrackedRun, spec: DatasetSpec, tried: Trial, judged: list[Gate], window: Window) -> None:
    policy = tried.policy.model_dump(exclude={"canary"})
    run.params(
        {**policy, "recipe_digest": spec.recipe_digest, "holdout": tried.how, "days": len(window.days)}
    )
    run.params({"real_rows": tried.train_rows[0], "synthetic_rows": tried.train_rows[1]})
    uri = f"{spec.id}/validated@{window.version}"
    rows = [(f"{spec.id} {one['date']}", one["digest"], uri) for one in window.inputs]
    run.datasets(rows, context="training")
    for arm, figures in tried.figures.items():
        for seed, one in enumerate(figures):
            run.metrics({f"{arm}/{name}": value for name, value in one._asdict().items()}, step=seed)
    run.metrics({f"gate/{gate.gate}": gate.value for gate in judged})
    run.metrics({f"threshold/{arm}": value for arm, value in tried.thresholds.items()})
    run.metrics({**whole(tried), **{f"gap/{name}": gap for name, gap in fairness(tried).items()}})
    with tempfile.TemporaryDirectory() as folder:
        files = {"curves.svg": curves(tried), "slices.csv": slices(tried).to_csv(index=False)}
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
            run.artifact(Path(folder, name))
