"""Replay the incident: worlds one after another, in folders that are thrown away, and one report of all."""

import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from aug_assets.commands.spoken import AsJson, console, spoken_errors
from aug_assets.errors import AugError

Progress = Callable[[str], None]
Every = Literal["day", "hour"]


def replays(
    seeds: int,
    world: Callable[[int, str], Any],
    progress: Progress = lambda _: None,
    keep: Path | None = None,
) -> list[Any]:
    """The :class:`~aug_assets.incident.figures.Replay` of each seed; with ``keep`` the first stays there.

    Args:
        seeds: How many.
        world: From a seed and the address of raw files to what happened.
        progress: Is told of each step.
        keep: A new folder.

    Raises:
        AugError: The data cannot be read, or there is no first model to begin with.
    """
    from aug_assets.incident import kept
    from aug_assets.incident.replay import replay

    found = []
    for seed in range(seeds):
        stays = keep is not None and seed == 0
        with _folder(keep if stays else None) as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of MLflow and of previews; nobody here can act on them
            told = partial(_of_seed, progress, f"seed {seed + 1} of {seeds}")
            lived = world(seed, f"{folder}/raw")
            found.append(replay(lived, seed, folder, told, kept=stays))
            if stays:
                console.print(f"to look at it: {kept.leave(lived, folder)}", soft_wrap=True, highlight=False)
    return found


def worlds(
    rows: int, strength: float | None, data: str | None, every: Every
) -> tuple[str, Callable[..., Any]]:
    """What is replayed, and a world of it by seed and address of raw files.

    Raises:
        AugError: A file is to be replayed by hours.
    """
    from aug_assets.incident import recorded, sample, span

    if data is None:
        much = sample.STRENGTH if strength is None else strength
        return sample.NAME, partial(sample.sample, rows=rows, strength=much, span=span.SPANS[every])
    if every != "day":
        raise AugError("a file is replayed by days", seen=every, legal="day", todo="leave `--every` out")
    return data.rsplit("/", 1)[-1], lambda seed, uri: recorded.recorded(data, seed, uri, strength)


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
    rows: Annotated[
        int, typer.Option(min=500, help="about so many rows a partition; not with --data")
    ] = 60_000,
    every: Annotated[Every, typer.Option(help="a partition; hours not with --data")] = "day",
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
        name, world = worlds(rows, strength, data, every)
        found = replays(seeds, world, status.update, keep)
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
