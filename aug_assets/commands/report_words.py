"""``aug report``: words only. What a page says is in ``commands.report`` and ``commands.audit_report``."""

from typing import Annotated

import typer

from aug_assets.commands.spoken import Dataset, OrElse, console, spoken_errors

app = typer.Typer(
    cls=OrElse, help="Pages about days: `aug report DATASET --date`, or for auditors.", no_args_is_help=True
)


@app.command("of")
def report(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    out: Annotated[
        str | None, typer.Option(help="the HTML file; else it is named after dataset and day")
    ] = None,
) -> None:
    """Write one page about a materialized day: columns, associations, quarantine, gates, lift, recipe."""
    from aug_assets.commands.report import report as command

    with spoken_errors():
        file = command(dataset, day, out)
    console.print(str(file), markup=False, highlight=False)


@app.command("audit")
def report_audit(
    dataset: Dataset,
    start: Annotated[str, typer.Option("--from", help="first day, YYYY-MM-DD")],
    end: Annotated[str, typer.Option("--to", help="last day, included")],
    out: Annotated[
        str | None, typer.Option(help="the HTML file; else it is named after dataset and days")
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(help="a file of a key that signs checkpoints; else the key of this place"),
    ] = None,
) -> None:
    """Write one page for auditors: publishes, recipes, gates, quarantine, decisions, log and its proof."""
    from aug_assets.commands.audit_report import report as command

    with spoken_errors():
        file = command(dataset, start, end, out, public_key or ())
    console.print(str(file), markup=False, highlight=False)
