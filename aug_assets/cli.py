"""The command line: words and tables only. What the commands do is in ``aug_assets.commands``."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aug_assets.commands import home, row_words
from aug_assets.commands.audit_words import app as audit_app
from aug_assets.commands.bench_words import app as bench_app
from aug_assets.commands.card_words import app as card_app
from aug_assets.commands.cost_words import app as cost_app
from aug_assets.commands.deploy_words import deploy
from aug_assets.commands.incident import incident
from aug_assets.commands.labels_words import app as labels_app
from aug_assets.commands.quarantine_words import app as quarantine_app
from aug_assets.commands.report_words import app as report_app
from aug_assets.commands.spoken import Dataset, console, say, spoken_errors

if TYPE_CHECKING:
    from aug_assets.commands.results import DayResult

app = typer.Typer(
    help="Data augmentation as a checked, versioned asset graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_DEMO = ("payments/card_fraud", "2025-01-01", "2025-01-14")
_STEPS_A_DAY = 4


@app.command()
def demo() -> None:
    """Materialize 14 days of the built-in card fraud sample."""
    days = _run(*_DEMO)
    console.print(f"\nInstance and lake: {os.environ['DAGSTER_HOME']}")
    console.print(
        "Next: [bold]make ui[/] to see graph, checks and quarantine, or "
        f"[bold]aug preview {_DEMO[0]} --date {_DEMO[1]}[/] to see rows beside their copies"
    )
    raise typer.Exit(0 if all(day.succeeded for day in days) else 1)


@app.command()
def run(
    dataset: Dataset,
    start: Annotated[str, typer.Option("--from", help="first day, YYYY-MM-DD")],
    end: Annotated[str, typer.Option("--to", help="last day, included")],
    workers: Annotated[int | None, typer.Option(min=1, help="size of the embedded Dask cluster")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="leave out published days")] = False,  # noqa: FBT002
) -> None:
    """Materialize days of a dataset: source, candidates, gates, validated rows."""
    days = _run(dataset, start, end, workers, missing=missing)
    raise typer.Exit(0 if all(day.succeeded for day in days) else 1)


def _run(
    dataset: str, start: str, end: str, workers: int | None = None, *, missing: bool = False
) -> "list[DayResult]":
    from aug_assets import loader
    from aug_assets.commands import results
    from aug_assets.commands import run as command

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with spoken_errors(), Progress(*columns, console=console) as progress:
        spec = loader.get(dataset)
        wanted = command.days_between(spec, start, end)
        if missing:
            wanted = command.unpublished(spec, wanted)
        total = len(wanted) * _STEPS_A_DAY
        task = progress.add_task(f"{dataset} starting", total=total)

        def advance(day: str, step: str) -> None:
            progress.update(task, advance=1, description=f"{day} {step.rpartition('__')[2]}")

        days = command.run_days(spec, wanted, workers=workers, progress=advance)
        progress.update(task, completed=total, description=dataset)
    console.print(results.table(days))
    for line in results.failures(days):
        console.print(f"[red]failed[/] {line}")
    return days


lineage_app = typer.Typer(help="Lineage events that go to other tools.", no_args_is_help=True)


@lineage_app.command("resend")
def lineage_resend() -> None:
    """Send the events again that the receiver did not take."""
    from resources.lineage_out import resend

    with spoken_errors():
        home.find()
        done = resend()
    console.print(", ".join(f"{count} {name}" for name, count in done.items()), highlight=False)
    raise typer.Exit(1 if done["unsent"] else 0)


@app.command()
def export(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    folder: Annotated[str, typer.Option("--to", help="where to; is made if need be")],
    kind: Annotated[
        Literal["png", "jpeg", "dicom", "coco"], typer.Option("--format", help="of images; masks are PNG")
    ] = "png",
) -> None:
    """Write the published pictures of a day as files, with a table that names them."""
    from aug_assets.commands.export import export as command

    with spoken_errors():
        made = command(dataset, day, folder, kind)
    console.print(
        f"{made.rows:,} rows, {made.pictures:,} pictures: {made.folder}", markup=False, highlight=False
    )


@app.command()
def profile(
    dataset: Dataset,
    date: Annotated[str, typer.Option(help="the day, YYYY-MM-DD")],
    out: Annotated[str | None, typer.Option("--out", "-o", help="the page")] = None,
) -> None:
    """Make a day under a profiler, apart from all that is stored, and write a flame graph."""
    from aug_assets.commands.profile import profile as command

    with spoken_errors():
        console.print(str(command(dataset, date, out)), soft_wrap=True)


@app.command()
def doctor() -> None:
    """Check Dagster home, lake, credentials, Dask, datasets and versions."""
    from aug_assets.commands.doctor import doctor as command

    say(command())


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port")] = 8080,
    room: Annotated[
        int, typer.Option(min=1, help="requests that may wait; more are told to come again")
    ] = 256,
    keep: Annotated[int, typer.Option(min=1, help="fitted days that stay in memory")] = 8,
) -> None:
    """Serve candidates of published days over HTTP, as JSON or Arrow."""
    from aug_assets.commands.serve import serve as command

    with spoken_errors():
        home.find()
        console.print(f"http://{host}:{port}/openapi.json")
        command(host, port, room, keep)


@app.command()
def ui(port: Annotated[int, typer.Option(help="port of the web server")] = 3000) -> None:
    """Start the Dagster UI and daemon on the same instance."""
    with spoken_errors():
        home.prepare()
    dagster = os.path.join(os.path.dirname(sys.executable), "dagster")  # noqa: PTH118, PTH120
    words = [dagster, "dev", "-w", str(home.ROOT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    os.execv(dagster, words)  # noqa: S606 - fixed words


for _command in (
    row_words.preview, row_words.trace, row_words.replay, row_words.verify, row_words.forget,
    deploy, incident,
):  # fmt: skip
    app.command()(_command)
for _name, _group in (
    ("audit", audit_app), ("bench", bench_app), ("card", card_app), ("cost", cost_app),
    ("labels", labels_app), ("lineage", lineage_app), ("quarantine", quarantine_app), ("report", report_app),
):  # fmt: skip
    app.add_typer(_group, name=_name)

if __name__ == "__main__":
    app()
