"""``aug labels``: words and tables only. What a label may be is in ``aug_assets.labels``."""

import json
from typing import Annotated, Literal

import typer

from aug_assets.commands import home
from aug_assets.commands.spoken import AsJson, Dataset, console, spoken_errors

app = typer.Typer(help="Labels that come after their rows.", no_args_is_help=True)


@app.command("add")
def add(
    dataset: Dataset,
    file: Annotated[str, typer.Argument(help="CSV or Parquet: row_id or the key, and label")],
    date: Annotated[str | None, typer.Option("--date", help="the rows' day, where no column says it")] = None,
    why: Annotated[
        Literal["alert", "matured", "person", "queue"], typer.Option(help="where no column says it")
    ] = "person",
    by: Annotated[str, typer.Option(help="who says so, where no column does")] = "",
    run: Annotated[bool, typer.Option("--run", help="materialize the days at once")] = False,  # noqa: FBT002
) -> None:
    """Keep the labels of a file; the next version of each day's source has them."""
    from aug_assets import loader
    from aug_assets.commands import labels as command
    from aug_assets.commands import run as running
    from resources.lake import LakeResource

    with spoken_errors():
        home.prepare()
        spec = loader.get(dataset)
        found = command.add(LakeResource(), spec, file, command.Said(date, why, by))
        days = [day for day, new in found.items() if new]
        for day, new in found.items():
            console.print(f"{dataset} {day}: {new:,} new labels")
        if run and days:
            results = running.run_days(spec, days, tags={"refresh/reason": "labels"})
            if not all(one.succeeded for one in results):
                raise typer.Exit(1)
        elif days:
            console.print(
                f"they hold once {spec.name}_source and what follows it is made again for these days"
            )


@app.command("show")
def show(
    dataset: Dataset,
    date: Annotated[str | None, typer.Option("--date", help="the rows' day; else all")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """How many labels came back, day by day, and of how many rows none holds."""
    from collections import Counter

    from aug_assets import labels, loader
    from resources.labels import LabelTable
    from resources.lake import LakeResource

    with spoken_errors():
        home.find()
        table = LabelTable(LakeResource(), loader.get(dataset))
        rows = []
        for day in [date] if date else table.days:
            known = table.of(day)
            counts = Counter(known.column("why").to_pylist())
            rows.append({"date": day, "labels": known.num_rows, **{why: counts[why] for why in labels.WHY},
                         "contradictory": labels.contradictory(known)})  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"rows": rows}))
        return
    for row in rows:
        told = ", ".join(f"{name} {value:,}" for name, value in row.items() if name != "date" and value)
        console.print(f"{row['date']}: {told or 'none'}")


@app.command("queue")
def queue(
    dataset: Dataset,
    date: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    out: Annotated[str, typer.Option("--out", "-o", help="a .csv, or .json for Label Studio")],
) -> None:
    """Write the rows of a day that people should be asked about, with their values, to be labelled."""
    from aug_assets import loader
    from aug_assets.commands import queue as command
    from resources.lake import LakeResource

    with spoken_errors():
        home.find()
        rows = command.write(LakeResource(), loader.get(dataset), date, out)
    console.print(f"{out}: {rows:,} rows; `aug labels add {dataset} FILE --why queue` takes their labels")
