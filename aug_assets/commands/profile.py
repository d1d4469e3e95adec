"""Where the time of a day goes: its steps in this process under a profiler, on a lake that is thrown away."""

import tempfile
from pathlib import Path
from typing import Any

from aug_assets import loader
from aug_assets.commands.run import days_between
from aug_assets.errors import AugError, ProfilerMissingError

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def profile(dataset: str, day: str, out: str | None = None) -> Path:
    """Make a day once to warm up and once under the profiler, and write a page with a flame graph.

    Nothing of the instance is touched: lake and event log are in a folder of their own. A recipe that asks a
    model finds no replies there, and a proof of benefit that the gate `lift` wants is not there either: the
    profile then ends where the day stops.

    Args:
        dataset: ``tenant/name``.
        day: An ISO date.
        out: The file; without it ``<tenant>-<name>-profile-<day>.html`` in the working directory.

    Returns:
        The file.

    Raises:
        ProfilerMissingError: The package is not installed.
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: The day is not a partition of it.
        AugError: The file cannot be written.
    """
    try:
        from pyinstrument import Profiler
    except ImportError as error:
        raise ProfilerMissingError(
            "the profiler is not installed", seen=str(error), todo='pip install "aug-assets[profile]"'
        ) from error
    spec = loader.get(dataset)
    days_between(spec, day, day)
    file = Path(out or f"{spec.tenant}-{spec.name}-profile-{day}.html")
    import dagster as dg

    from aug_assets.assets.dataset import build_dataset, job_name
    from resources.lake import LakeResource

    with tempfile.TemporaryDirectory(prefix="aug-profile-") as folder:
        own = dg.Definitions(resources={"lake": LakeResource(uri=f"{folder}/lake")})
        job = dg.Definitions.merge(build_dataset(spec), own).resolve_job_def(job_name(spec))
        with dg.DagsterInstance.ephemeral(tempdir=folder) as instance:
            what: dict[str, Any] = {
                "instance": instance,
                "partition_key": day,
                "run_config": _QUIET,
                "raise_on_error": False,
            }
            job.execute_in_process(**what)  # libraries are loaded, which is no cost of the day
            with Profiler(interval=0.002) as profiler:
                job.execute_in_process(**what)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(profiler.output_html(), encoding="utf-8")
    except OSError as error:
        raise AugError("cannot write the profile", seen=str(file), todo=str(error)) from error
    return file
