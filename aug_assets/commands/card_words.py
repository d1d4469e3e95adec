"""``aug card``: words only. What a card holds is in ``commands.card``."""

from typing import Annotated

import typer

from aug_assets.commands.spoken import Dataset, OrElse, console, say, spoken_errors

app = typer.Typer(
    cls=OrElse, help="Cards of published days: `aug card DATASET`, or check one.", no_args_is_help=True
)


@app.command("of")
def card(
    dataset: Dataset,
    day: Annotated[str | None, typer.Option("--date", help="one day; else the newest published")] = None,
    start: Annotated[str | None, typer.Option("--from", help="first day, YYYY-MM-DD")] = None,
    end: Annotated[str | None, typer.Option("--to", help="last day, included")] = None,
    out: Annotated[
        str | None, typer.Option(help="the folder; else it is named after dataset and days")
    ] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="without a signature")] = False,  # noqa: FBT002
) -> None:
    """Write a Croissant file, a data card and a signed provenance statement of published days."""
    from aug_assets.commands.card import card as command

    with spoken_errors():
        made = command(dataset, day or start, day or end, out, unsigned=unsigned)
    signed = f"signed by {made.key_id}" if made.key_id else "not signed"
    console.print(f"{made.folder}: {', '.join(made.files)}; {signed}", markup=False, highlight=False)


@app.command("verify")
def card_verify(
    file: Annotated[str, typer.Argument(help="the card's provenance.dsse.json")],
    public_key: Annotated[str, typer.Option(help="a file of the public key of who signs")],
) -> None:
    """Hold a card against its signature and the files that it speaks of; needs no lake and no network."""
    from aug_assets.commands.card import verify as command

    with spoken_errors():
        findings = command(file, public_key)
    say(findings)
