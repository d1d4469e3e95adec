"""The Dagster instance that commands work on: where it is, and that it is ready for several processes."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from aug_assets.errors import AugError

if TYPE_CHECKING:
    import dagster as dg

ROOT = Path(__file__).resolve().parents[2]
_SETTINGS = "dagster.yaml"


def prepare() -> Path:
    """The instance's directory, made ready: settings in place and databases created.

    DAGSTER_HOME decides; without it the instance is ``.aug/home`` below the working directory. The databases
    are created under a lock, because two processes that meet an empty home at once damage it.

    Raises:
        AugError: The directory cannot be written.
    """
    from filelock import FileLock

    home = find()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / ".init.lock"):
            if not (home / _SETTINGS).exists() and (ROOT / _SETTINGS).exists():
                shutil.copy(ROOT / _SETTINGS, home / _SETTINGS)
            instance().get_runs(limit=1)
    except OSError as error:
        raise AugError(
            "the Dagster home cannot be used", seen=str(home), legal="a directory that you may write",
            todo=f"set DAGSTER_HOME ({error})",
        ) from error  # fmt: skip
    return home


def find() -> Path:
    """The instance's directory, which need not exist, put into DAGSTER_HOME: the lake follows from it."""
    home = Path(os.environ.get("DAGSTER_HOME") or Path.cwd() / ".aug" / "home").absolute()
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def instance() -> "dg.DagsterInstance":
    """The instance at DAGSTER_HOME."""
    import dagster as dg

    return dg.DagsterInstance.get()
