"""Texts that digests in commits and provenance stand for: recipes, dataset files, lists of packages."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from aug_assets.errors import UpstreamMissingError
from aug_assets.spec import DatasetSpec
from resources import environment

if TYPE_CHECKING:
    from resources.lake import LakeResource
    from resources.lake_storage import Storage

_GIT = "AUG_GIT_COMMIT"  # an image has no checkout: its build sets this


def keep(lake: "LakeResource", spec: DatasetSpec) -> None:
    """Store the texts of what makes rows now; what is there already stays as it is.

    Raises:
        LakeError: The lake cannot be written.
    """
    _put(_place(lake, spec), f"recipes-{spec.recipe_digest}.yaml", recipe_text(spec))
    _put(_place(lake, spec), f"datasets-{spec.digest}.yaml", _text(spec))
    _put(_packages(lake, spec.tenant), f"{environment.digest()}.txt", environment.text())


def recipe_text(spec: DatasetSpec) -> str:
    """A dataset's recipe as YAML, with nothing in it that the dataset's file leaves out."""
    return _yaml(spec.model_dump(mode="json", include={"recipe"}, exclude_unset=True, by_alias=True))


def recipe(lake: "LakeResource", spec: DatasetSpec, digest: str) -> str:
    """The text of a recipe that once made rows of the dataset; empty where it was never kept."""
    return _get(_place(lake, spec), f"recipes-{digest}.yaml")


def dataset(lake: "LakeResource", spec: DatasetSpec, digest: str) -> DatasetSpec | None:
    """The dataset as its file once was; None where that was never kept."""
    text = _get(_place(lake, spec), f"datasets-{digest}.yaml")
    return DatasetSpec.model_validate(yaml.safe_load(text)) if text else None


def packages(lake: "LakeResource", tenant: str, digest: str) -> str:
    """The packages of an environment, one a line; empty where they were never kept."""
    return _get(_packages(lake, tenant), f"{digest}.txt")


@cache
def git() -> str:
    """The commit that the code was taken from, with ``+changes`` where files differ from it; else nothing."""
    if baked := os.environ.get(_GIT):
        return baked
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return ""
    commit = _ask(root, "rev-parse", "HEAD")
    return f"{commit}+changes" if commit and _ask(root, "status", "--porcelain", "-uno") else commit


def repository() -> tuple[str, str]:
    """Address of the code's repository, as AUG_GIT_URL says, and its commit; empty where not known."""
    return os.environ.get("AUG_GIT_URL", ""), git()


def _ask(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(root), *words],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _place(lake: "LakeResource", spec: DatasetSpec) -> "Storage":
    return lake.storage().sub(spec.tenant, spec.name, "_evidence")


def _packages(lake: "LakeResource", tenant: str) -> "Storage":
    return lake.storage().sub(tenant, "_environments")


def _text(spec: DatasetSpec) -> str:
    return _yaml(spec.model_dump(mode="json", exclude_unset=True, by_alias=True))


def _yaml(body: object) -> str:
    return str(yaml.safe_dump(body, sort_keys=False, allow_unicode=True))


def _put(place: "Storage", name: str, text: str) -> None:
    if not _get(place, name):
        place.ensure_safe()
        place.put(name, text.encode())


def _get(place: "Storage", name: str) -> str:
    try:
        return place.get(name).decode()
    except UpstreamMissingError:
        return ""
