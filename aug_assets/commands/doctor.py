"""Is everything there that a run needs? One line a part, each with what to do where the answer is no."""

import importlib.metadata
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aug_assets import loader
from aug_assets.commands import home
from aug_assets.errors import AugError

_PACKAGES = ("dagster", "dask", "deltalake", "pandas", "pandera", "pyarrow", "s3fs")


@dataclass(frozen=True)
class Finding:
    """One part of the platform and how it is."""

    part: str
    well: bool
    told: str


def doctor() -> list[Finding]:
    """Look at each part, even when an earlier one is ill."""
    parts: dict[str, Callable[[], str]] = {
        "versions": _versions,
        "Dagster home": _home,
        "datasets": _datasets,
        "credentials": _credentials,
        "lake": _lake,
        "Dask": _dask,
    }
    return [_look(part, check) for part, check in parts.items()]


def _look(part: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(part, well=True, told=check())
    except AugError as error:
        return Finding(part, well=False, told=str(error))
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever is wrong, and goes on
        return Finding(part, well=False, told=f"{type(error).__name__}: {error}")


def _versions() -> str:
    found = [f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES]
    return f"Python {platform.python_version()}, " + ", ".join(found)


def _home() -> str:
    directory = home.prepare()
    with home.instance() as instance:
        return f"{directory}, {instance.get_runs_count():,} runs"


def _datasets() -> str:
    found = loader.catalogue()
    return f"{len(found)}: " + ", ".join(sorted(found))


def _credentials() -> str:
    from resources.lake import LakeResource

    if not LakeResource().storage().is_s3:
        return "none needed: the lake is on a local disk"
    names = sorted(LakeResource().storage_options())
    return "found, through the botocore chain: " + ", ".join(n for n in names if "secret" not in n.lower())


def _lake() -> str:
    from resources.lake import LakeResource

    return LakeResource().check()


def _dask() -> str:
    """An address must answer now; the embedded cluster may also be started by the first run."""
    from resources import dask_cluster

    address = os.environ.get("DASK_ADDRESS")
    if address:
        client = dask_cluster.connect(Path(os.environ["DAGSTER_HOME"]), address)
        try:
            return f"{address} answers, {len(client.scheduler_info()['workers'])} workers"
        finally:
            client.close()
    running = dask_cluster.status(os.environ["DAGSTER_HOME"])
    if not running:
        return f"embedded cluster of {dask_cluster.default_workers()} workers, started by the first run"
    return "; ".join(f"embedded cluster at {c.address}, {c.workers} workers" for c in running)
