"""``aug deploy``: words only. What is moved, and for whom, is in ``commands.deploy``."""

import json
from typing import Annotated, Literal

import typer

from aug_assets.commands import home
from aug_assets.commands.spoken import AsJson, Dataset, console, spoken_errors


def deploy(
    dataset: Dataset,
    verb: Annotated[
        Literal["status", "hold", "resume", "promote", "rollback"],
        typer.Argument(
            help="hold: the champion decides all and nothing moves by itself; rollback: the challenger goes, "
            "or without one the previous champion serves again"
        ),
    ] = "status",
    by: Annotated[str, typer.Option(help="who decides; not needed to look")] = "",
    why: Annotated[str, typer.Option(help="the reason, for whoever reads the audit log")] = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show which model of a dataset serves and what is tried beside it, or change it by hand."""
    from aug_assets import loader
    from aug_assets.assets import deploy_record
    from aug_assets.commands import deploy as command
    from resources.lake import LakeResource

    with spoken_errors():
        home.find()
        lake, spec = LakeResource(), loader.get(dataset)
        moved = None if verb == "status" else command.change(lake, spec, verb, by, why)
        told = command.status(lake, spec)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        console.print("\n".join(command.lines(told)), markup=False, highlight=False, soft_wrap=True)
    if moved is not None and (behind := deploy_record.follow(lake, spec, moved.pointer)):
        typer.echo(f"aliases follow later: {behind}", err=True)
