"""Replay the incident: worlds one after another, in folders that are thrown away, and one report of all."""

import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from aug_assets.commands.spoken import AsJson, console, spoken_errors
from aug_assets.errors import AugError

Progress = Callable[[str], None]


def replays(
    seeds: int,
    rows: int,
    strength: float | None,
    data: str | None,
    progress: Progress = lambda _: None,
    keep: Path | None = None,
) -> tuple[str, list[Any]]:
    """What was replayed, and the :class:`~aug_assets.incident.figures.Replay` of each seed.

    With ``keep`` that of the first stays in this folder.

    Raises:
        AugError: The data cannot be read, or there is no first model to begin with.
    """
    from aug_assets.incident import kept, recorded, sample
    from aug_assets.incident.replay import replay

    found, name = [], ""
    for seed in range(seeds):
        stays = keep is not None and seed == 0
        with _folder(keep if stays else None) as folder, warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of MLflow and of previews in Dagster; nobody here can act on them
            raw = f"{folder}/raw"
            if data is None:
                world = sample.sample(seed, raw, rows, sample.STRENGTH if strength is None else strength)
            else:
                world = recorded.recorded(data, seed, raw, strength)
            name = world.name
            told = partial(_of_seed, progress, f"seed {seed + 1} of {seeds}")
            found.append(replay(world, seed, folder, told, kept=stays))
            if stays:
                console.print(f"to look at it: {kept.leave(world, folder)}", soft_wrap=True, highlight=False)
    return name, found


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    from aug_assets.incident import kept

    if keep is not None:
        yield kept.begin(keep)
        return
    with tempfile.TemporaryDirectory(prefix="aug-incident-") as folder:
        yield Path(folder)


def _of_seed(progress: Progress, seed: str, told: str) -> None:
    progress(f"{seed}, {told}")


def incident(
    seeds: Annotated[int, typer.Option(min=1, max=100, help="worlds, each of its own making")] = 1,
    rows: Annotated[int, typer.Option(min=500, help="about so many rows a day; not with --data")] = 20_000,
    strength: Annotated[float | None, typer.Option(min=0, max=10, help="of the season")] = None,
    data: Annotated[str | None, typer.Option(help="a Parquet file of card payments to begin with")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="the report")] = Path("incident.html"),
    keep: Annotated[Path | None, typer.Option(help="a new folder, to look at the first in the UI")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Live through a season that a fraud model has not seen, by the real assets, sensors and deployment."""
    from aug_assets.incident import figures
    from aug_assets.incident.page import page

    with spoken_errors(), console.status("the replay begins") as status:
        name, found = replays(seeds, rows, strength, data, status.update, keep)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(page(name, found), encoding="utf-8")
        except OSError as error:
            raise AugError("cannot write the report", seen=str(out), todo=str(error)) from error
    if not as_json:
        for remedy in figures.REMEDIES:
            of = figures.of(found, remedy)
            rise, recall = of["rise"], of["recall_change"]
            console.print(
                f"{remedy:24} false alarms {rise.value:+7.1%} ({rise.low:+.1%} to {rise.high:+.1%}), "
                f"recall {100 * recall.value:+.1f} points, cost a day {of['cost'].value:,.0f}"
            )
        console.print(f"{out}")
    typer.echo(json.dumps(figures.line(found)))
