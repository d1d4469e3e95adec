"""Proofs: what a recipe is worth for one dataset, and the benches of the repository by family."""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from aug_assets import lift, lift_split, lift_work, loader
from aug_assets.commands import home
from aug_assets.commands.run import days_between
from aug_assets.errors import AugError, SpecError, UnknownPartitionError
from aug_assets.ingest import check_limits, ingest
from aug_assets.spec import DatasetSpec

_WINDOW = 7  # days, where none are named


@dataclass(frozen=True)
class Lifted:
    """What ``aug bench lift`` found, and where it is kept.

    Attributes:
        proof: The measurement.
        record: What the ``lift`` gate will read.
        report: The HTML file.
        run_id: The MLflow run.
    """

    proof: lift.Proof
    record: dict[str, Any]
    report: Path
    run_id: str


def measure_lift(
    dataset: str,
    start: str | None = None,
    end: str | None = None,
    *,
    later: int = 0,
    seeds: int = 5,
    variants: Mapping[str, str] | None = None,
    told: lift_work.Told = lambda *_: None,
) -> Lifted:
    """Measure a dataset's recipe, and keep the result in the lake, in MLflow and as a report.

    Args:
        dataset: ``tenant/name``.
        start: First day to train on; without it, seven days up to ``end``.
        end: Last day; without it, the last complete one.
        later: Days after ``end`` to judge by, of a dataset without ``holdout``.
        seeds: How often to draw, train and judge.
        variants: Name to a chain of operators with their default settings, such as ``arf+teacher_filter``.
        told: Called after each arm.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: A day is not a partition of it.
        SpecError: A variant names no legal chain.
        AugError: Whatever would stop one of the days; see :mod:`aug_assets.errors`.
    """
    spec = loader.get(dataset)
    others = {name: variant(spec, name, chain) for name, chain in (variants or {}).items()}
    days = _window(spec, start, end)
    after = _after(spec, days[-1], later)
    parts = lift_split.split(spec, _rows(spec, days), _rows(spec, after))
    proof = lift.measure(spec, parts, variants=others, seeds=seeds, told=told)
    return _kept(proof, f"{days[0]}..{days[-1]}")


def variant(spec: DatasetSpec, name: str, chain: str) -> DatasetSpec:
    """The dataset with other steps in each branch of its recipe.

    Raises:
        SpecError: The name is taken, or there is no such operator, or it cannot stand where it does.
    """
    if name in (*lift.BASELINES, lift_work.RECIPE, lift_work.BAGGED):
        raise SpecError("a variant may not have the name of a built-in arm", seen=name, todo="choose another")
    steps = [{"operator": operator} for operator in chain.split("+")]
    recipe = [{**branch.model_dump(), "steps": steps} for branch in spec.recipe]
    try:
        return DatasetSpec.model_validate({**spec.model_dump(by_alias=True), "recipe": recipe})
    except ValidationError as error:
        raise SpecError(
            f"variant {name!r}: {error.errors()[0]['msg']}", seen=chain,
            legal="operators joined by +, such as arf+teacher_filter", todo="see docs/dataset.md",
        ) from error  # fmt: skip


def _window(spec: DatasetSpec, start: str | None, end: str | None) -> list[str]:
    from aug_assets.assets.common import partitions

    known = partitions(spec).get_partition_keys()
    last = end or (known[-1] if known else "")
    if start is None and last in known:
        start = known[max(0, known.index(last) - _WINDOW * spec.partitions.a_day + 1)]
    return days_between(spec, start or last, last)


def _after(spec: DatasetSpec, last: str, later: int) -> list[str]:
    if not later:
        return []
    from aug_assets.assets.common import partitions

    known = partitions(spec).get_partition_keys()
    after = known[known.index(last) + 1 :]
    if len(after) < later * spec.partitions.a_day:
        raise UnknownPartitionError(
            f"{spec.id} does not have so many days after {last}", seen=later,
            legal=f"complete ones to {known[-1]}", todo="ask for fewer, or end the window sooner",
        )  # fmt: skip
    return list(after[: later * spec.partitions.a_day])


def _rows(spec: DatasetSpec, days: list[str]) -> dict[str, pa.Table]:
    from resources import erasure
    from resources.lake import LakeResource

    found, forgotten = {}, erasure.erased(LakeResource(), spec)
    for day in days:
        read = ingest(spec, day, erased=forgotten)
        check_limits(spec, day, read)
        found[day] = read.rows
    return found


def _kept(proof: lift.Proof, window: str) -> Lifted:
    from aug_assets.assets import lift_record
    from aug_assets.commands.lift_report import report
    from resources import clock
    from resources.lake import LakeResource

    made_at = clock.now()
    record = proof.record(made_at)
    folder = home.prepare() / "reports"
    folder.mkdir(exist_ok=True)
    spec = proof.spec
    file = folder / f"lift-{spec.tenant}-{spec.name}-{made_at:%Y%m%dT%H%M%S}.html"
    file.write_text(report(proof, made_at), encoding="utf-8")
    run_id = _logged(proof, record, file, window)
    lift_record.store(LakeResource(), spec, record)
    return Lifted(proof, record, file, run_id)


def _logged(proof: lift.Proof, record: Mapping[str, Any], file: Path, window: str) -> str:
    from resources.tracking import TrackingResource

    spec = proof.spec
    tags = {"dataset": spec.id, "recipe_digest": spec.recipe_digest}
    with TrackingResource().run("lift", f"{spec.id} {window}", tags) as run:
        run.params({"window": window, "spec_digest": spec.digest})
        run.params({k: v for k, v in record.items() if not isinstance(v, float)})
        run.metrics({k: v for k, v in record.items() if isinstance(v, float)})
        for arm, figures in proof.figures.items():
            for seed, one in enumerate(figures):
                run.metrics({f"{arm}/{name}": value for name, value in one._asdict().items()}, step=seed)
        for context, digest in proof.inputs.items():
            run.dataset(f"{spec.id} {window}", digest, source=spec.source.uri, context=context)
        run.artifact(file)
    return run.run_id


def family(name: str, *, quick: bool = False, folder: Path | None = None) -> list[dict[str, Any]]:
    """Run ``bench/<name>.py`` of the repository and return its rows.

    Args:
        name: A family, such as ``tabular``.
        quick: Fewer repetitions, for a first look; not every bench can.
        folder: Where the benches are; the repository's ``bench`` by default.

    Returns:
        One dict a figure: ``name, ours, peer, value, goal, met``.

    Raises:
        AugError: There is no such bench here, as in an installed package.
    """
    folder = folder or home.ROOT / "bench"
    file = folder / f"{name}.py"
    if not file.is_file():
        raise AugError(
            "the benches are part of the repository, not of the package", seen=str(file),
            legal=", ".join(sorted(f.stem for f in folder.glob("*.py"))) or "a checkout with a bench folder",
            todo="clone the repository and run `aug bench` in it",
        )  # fmt: skip
    bench = _module(file)
    found: list[dict[str, Any]] = bench.rows(quick=True) if quick else bench.rows()
    return found


def _module(file: Path) -> Any:
    """A bench as a module; benches import their neighbours by name, as they do when they are run as files."""
    spec = importlib.util.spec_from_file_location(f"bench_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
    return module
