"""A replay that is kept: what a person needs to look at it in the UI. Replays nothing."""

from pathlib import Path

import yaml

from aug_assets.errors import AugError
from aug_assets.incident.world import World


def begin(folder: Path) -> Path:
    """The folder, made, for a replay to leave its Dagster home and lake in.

    Raises:
        AugError: There is something in it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(one.name for one in folder.iterdir())
    except OSError as error:
        raise AugError("the folder cannot be used", seen=str(folder), todo=str(error)) from error
    if found:
        raise AugError(
            "the folder of a replay is not empty", seen=f"{folder}: {', '.join(found[:3])}",
            legal="a new one", todo="name another, or remove it",
        )  # fmt: skip
    return folder.absolute()


def leave(world: World, folder: Path) -> str:
    """Write the dataset's file beside the rest; returns the command that shows it all."""
    file = folder / "datasets" / world.spec.tenant / world.spec.name / "defs.yaml"
    file.parent.mkdir(parents=True)
    body = {"type": "aug_assets.component.AugmentedDataset", "attributes": world.body}
    file.write_text(yaml.safe_dump(body, sort_keys=False))
    return f"AUG_AUTOMATION=off DAGSTER_HOME={folder} AUG_DATASETS={folder}/datasets aug ui"
