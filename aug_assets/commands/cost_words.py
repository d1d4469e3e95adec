"""``aug cost``: words and tables only. What is summed up, and who lets days pass, is in ``commands.cost``."""

import json
from typing import Annotated, Literal

import typer
from rich.box import SIMPLE
from rich.table import Table

from aug_assets.commands import home
from aug_assets.commands.spoken import AsJson, Dataset, OrElse, console, spoken_errors

app = typer.Typer(cls=OrElse, help="What days have cost, and what they may.", no_args_is_help=True)
_MIB = 2.0**20


@app.command("of")
def of(
    dataset: Annotated[str, typer.Argument(help="tenant/name, or `all`")] = "all",
    start: Annotated[str, typer.Option("--from", help="first day")] = "",
    end: Annotated[str, typer.Option("--to", help="last day")] = "9999",
    by: Annotated[Literal["day", "dataset", "tenant"], typer.Option(help="how to sum up")] = "day",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """CPU, memory, bytes and money that were spent, reruns included, and the price of an accepted row."""
    from aug_assets.commands import cost as command

    with spoken_errors():
        home.prepare()
        specs = command.specs(None if dataset == "all" else dataset)
        lines = [line.row() for line in command.costs(home.instance(), specs, by, start, end)]
        currency = _currency()
    if as_json:
        typer.echo(json.dumps({"currency": currency, "rows": lines}))
        return
    shown = Table(title=f"cost of {dataset} by {by}", title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in (by, "steps", "CPU s", "GiB s", "MiB in, out", currency, "accepted", "per 1,000"):
        shown.add_column(heading, justify="left" if heading == by else "right", no_wrap=True)
    for one in lines:
        each, moved = one["money_per_accepted_row"], (one["bytes_read"], one["bytes_written"])
        shown.add_row(
            one["name"], f"{one['steps']:,}", f"{one['cpu_seconds']:,.1f}", f"{one['gib_seconds']:,.1f}",
            ", ".join(f"{size / _MIB:,.1f}" for size in moved), f"{one['money']:.3g}",
            f"{one['accepted']:,}", "" if each is None else f"{1000 * each:.3g}",
        )  # fmt: skip
    console.print(shown)


def _currency() -> str:
    from resources import prices
    from resources.lake import LakeResource

    return prices.in_force(LakeResource()).currency


@app.command("prices")
def prices() -> None:
    """Print the price sheet that is in force, as YAML to begin your own with."""
    import yaml

    from resources import prices as sheets
    from resources.lake import LakeResource

    with spoken_errors():
        home.find()
        typer.echo(yaml.safe_dump(sheets.in_force(LakeResource()).model_dump(), sort_keys=False).rstrip())


@app.command("release")
def release(
    dataset: Dataset,
    date: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    by: Annotated[str, typer.Option("--by", help="who decides; not who launched the run")],
    why: Annotated[str, typer.Option("--why", help="why, for whoever reads the audit log")],
) -> None:
    """Let a day that cost more than its budget be published."""
    from aug_assets import loader
    from aug_assets.commands import cost as command
    from resources.lake import LakeResource

    with spoken_errors():
        home.find()
        over = command.release(LakeResource(), loader.get(dataset), date, by, why)
    console.print(f"{dataset} {date} may pass beyond {', '.join(over)}")
    console.print(
        f"materialize {dataset}_validated for {date}, or: aug run {dataset} --from {date} --to {date}"
    )
