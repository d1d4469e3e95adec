"""Commands about rows - ``aug trace, replay, verify, forget, preview`` - words only."""

import json
from typing import Annotated

import typer

from aug_assets.commands import home
from aug_assets.commands.spoken import AsJson, Dataset, console, say, spoken_errors


def trace(
    row_id: Annotated[str, typer.Argument(help="the row_id of a real or a made row")],
    dataset: Annotated[str | None, typer.Option(help="tenant/name; else all are searched")] = None,
    values: Annotated[bool, typer.Option("--values", help="show what the rows hold")] = False,  # noqa: FBT002
    by: Annotated[str, typer.Option(help="with --values: for whom, as the audit log is to name them")] = "",
    why: Annotated[str, typer.Option(help="with --values: the reason, for the audit log")] = "",
    as_json: AsJson = False,  # noqa: FBT002
    mermaid: Annotated[bool, typer.Option("--mermaid", help="a flow chart")] = False,  # noqa: FBT002
    svg: Annotated[str | None, typer.Option(help="the file of a picture")] = None,
    environment: Annotated[bool, typer.Option("--environment", help="list the packages too")] = False,  # noqa: FBT002
) -> None:
    """Tell where a row came from and what was made of it: parents, operators, keys, gates, versions, runs."""
    from pathlib import Path

    from aug_assets.commands.trace import trace as command
    from aug_assets.lineage.picture import picture
    from aug_assets.lineage.trace import mermaid as chart

    with spoken_errors():
        home.prepare()
        found = command(row_id, dataset, values=values, by=by, why=why, packages=environment)
    if svg:
        Path(svg).write_text(picture(found))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), default=str, ensure_ascii=False))
    elif mermaid:
        typer.echo(chart(found))
    else:
        console.print("\n".join(found.lines()), markup=False, highlight=False)


def replay(
    row_ids: Annotated[list[str], typer.Argument(help="row_ids of made rows of one dataset")],
    dataset: Annotated[str | None, typer.Option(help="tenant/name; else it is looked for")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make rows again from their provenance and compare them with what is stored, byte for byte."""
    from dataclasses import asdict

    from aug_assets.commands import replay as command

    with spoken_errors():
        home.prepare()
        answers = command.replay(row_ids, dataset)
    if as_json:
        typer.echo(json.dumps([asdict(one) | {"equal": one.equal} for one in answers]))
    else:
        console.print("\n".join(command.lines(answers)), markup=False, highlight=False)
    raise typer.Exit(0 if all(one.equal for one in answers) else 1)


def verify(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    sample: Annotated[int, typer.Option(min=1, help="made rows to make again")] = 1000,
    seed: Annotated[str, typer.Option(help="any text; it decides which rows")] = "",
) -> None:
    """Check that a day is what was recorded of it, and that its made rows follow from their provenance."""
    from aug_assets.commands.verify import verify as command

    with spoken_errors():
        findings = command(dataset, day, sample, seed)
    say(findings)


def forget(
    dataset: Dataset,
    key: Annotated[str | None, typer.Option(help="value of the dataset's `subject` column")] = None,
    row: Annotated[str | None, typer.Option(help="or one row, by its row_id")] = None,
    by: Annotated[str, typer.Option(help="who erases")] = "",
    why: Annotated[str, typer.Option(help="the reason, such as a ticket; must not name the person")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="erase; else only say what it touches")] = False,  # noqa: FBT002
    withdraw: Annotated[bool, typer.Option("--withdraw", help="empty days that fail")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a person's rows and all made of them out of every table; without --yes only say what that is."""
    from aug_assets.commands.forget import chosen
    from aug_assets.commands.forget import forget as command

    with spoken_errors():
        told = command(dataset, chosen(key, row, by=by, why=why, withdraw=withdraw), yes=yes)
    if as_json:
        typer.echo(json.dumps(told.as_dict(), ensure_ascii=False))
    else:
        console.print("\n".join(told.lines()), markup=False, highlight=False)


def preview(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    rows: Annotated[int, typer.Option(min=1, help="parents to show for each branch")] = 3,
    out: Annotated[str | None, typer.Option(help="of pictures: the SVG file of a contact sheet")] = None,
) -> None:
    """Show source rows beside the copies that the recipe would make; nothing is stored."""
    from aug_assets.commands import preview as command
    from aug_assets.commands.beside import table

    with spoken_errors():
        spec, pairs = command.preview(dataset, day, rows)
        file = command.contact_sheet(spec, pairs, out) if out else None
    for pair in pairs:
        console.print(table(spec, pair))
    if file:
        console.print(str(file), markup=False, highlight=False)
