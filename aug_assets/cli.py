"""The command line: words and tables only. What the commands do is in ``aug_assets.commands``."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from aug_assets.commands import home, results
from aug_assets.commands.cost_words import app as cost_app
from aug_assets.commands.deploy_words import deploy
from aug_assets.commands.incident import incident
from aug_assets.commands.labels_words import app as labels_app
from aug_assets.commands.quarantine_words import app as quarantine_app
from aug_assets.commands.spoken import AsJson, Dataset, OrElse
from aug_assets.commands.spoken import console as _console
from aug_assets.commands.spoken import spoken_errors as _spoken_errors

if TYPE_CHECKING:
    from aug_assets.commands.doctor import Finding

app = typer.Typer(
    help="Data augmentation as a checked, versioned asset graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cost_app, name="cost")
app.add_typer(labels_app, name="labels")
app.add_typer(quarantine_app, name="quarantine")
app.command()(deploy)
app.command()(incident)
_DEMO = ("payments/card_fraud", "2025-01-01", "2025-01-14")
_STEPS_A_DAY = 4


@app.command()
def demo() -> None:
    """Materialize 14 days of the built-in card fraud sample."""
    days = _run(*_DEMO)
    _console.print(f"\nInstance and lake: {os.environ['DAGSTER_HOME']}")
    _console.print(
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
) -> list[results.DayResult]:
    from aug_assets import loader
    from aug_assets.commands import run as command

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with _spoken_errors(), Progress(*columns, console=_console) as progress:
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
    _console.print(results.table(days))
    for line in results.failures(days):
        _console.print(f"[red]failed[/] {line}")
    return days


@app.command()
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

    with _spoken_errors():
        home.prepare()
        found = command(row_id, dataset, values=values, by=by, why=why, packages=environment)
    if svg:
        Path(svg).write_text(picture(found))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), default=str, ensure_ascii=False))
    elif mermaid:
        typer.echo(chart(found))
    else:
        _console.print("\n".join(found.lines()), markup=False, highlight=False)


@app.command()
def replay(
    row_ids: Annotated[list[str], typer.Argument(help="row_ids of made rows of one dataset")],
    dataset: Annotated[str | None, typer.Option(help="tenant/name; else it is looked for")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make rows again from their provenance and compare them with what is stored, byte for byte."""
    from dataclasses import asdict

    from aug_assets.commands import replay as command

    with _spoken_errors():
        home.prepare()
        answers = command.replay(row_ids, dataset)
    if as_json:
        typer.echo(json.dumps([asdict(one) | {"equal": one.equal} for one in answers]))
    else:
        _console.print("\n".join(command.lines(answers)), markup=False, highlight=False)
    raise typer.Exit(0 if all(one.equal for one in answers) else 1)


@app.command()
def verify(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    sample: Annotated[int, typer.Option(min=1, help="made rows to make again")] = 1000,
    seed: Annotated[str, typer.Option(help="any text; it decides which rows")] = "",
) -> None:
    """Check that a day is what was recorded of it, and that its made rows follow from their provenance."""
    from aug_assets.commands.verify import verify as command

    with _spoken_errors():
        findings = command(dataset, day, sample, seed)
    _say(findings)


def _say(findings: "list[Finding]") -> None:
    """One line a finding; the exit code says whether all is well."""
    for one in findings:
        _console.print("[green]well[/]" if one.well else "[red]ill [/]", f"[bold]{one.part}[/]:", end=" ")
        _console.print(one.told, markup=False, highlight=False)
    raise typer.Exit(0 if all(one.well for one in findings) else 1)


@app.command()
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

    with _spoken_errors():
        told = command(dataset, chosen(key, row, by=by, why=why, withdraw=withdraw), yes=yes)
    if as_json:
        typer.echo(json.dumps(told.as_dict(), ensure_ascii=False))
    else:
        _console.print("\n".join(told.lines()), markup=False, highlight=False)


@app.command()
def preview(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    rows: Annotated[int, typer.Option(min=1, help="parents to show for each branch")] = 3,
    out: Annotated[str | None, typer.Option(help="of pictures: the SVG file of a contact sheet")] = None,
) -> None:
    """Show source rows beside the copies that the recipe would make; nothing is stored."""
    from aug_assets.commands import preview as command
    from aug_assets.commands.beside import table

    with _spoken_errors():
        spec, pairs = command.preview(dataset, day, rows)
        file = command.contact_sheet(spec, pairs, out) if out else None
    for pair in pairs:
        _console.print(table(spec, pair))
    if file:
        _console.print(str(file), markup=False, highlight=False)


report_app = typer.Typer(
    cls=OrElse, help="Pages about days: `aug report DATASET --date`, or for auditors.", no_args_is_help=True
)
app.add_typer(report_app, name="report")


@report_app.command("of")
def report(
    dataset: Dataset,
    day: Annotated[str, typer.Option("--date", help="the day, YYYY-MM-DD")],
    out: Annotated[
        str | None, typer.Option(help="the HTML file; else it is named after dataset and day")
    ] = None,
) -> None:
    """Write one page about a materialized day: columns, associations, quarantine, gates, lift, recipe."""
    from aug_assets.commands.report import report as command

    with _spoken_errors():
        file = command(dataset, day, out)
    _console.print(str(file), markup=False, highlight=False)


@report_app.command("audit")
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

    with _spoken_errors():
        file = command(dataset, start, end, out, public_key or ())
    _console.print(str(file), markup=False, highlight=False)


card_app = typer.Typer(
    cls=OrElse, help="Cards of published days: `aug card DATASET`, or check one.", no_args_is_help=True
)
app.add_typer(card_app, name="card")


@card_app.command("of")
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

    with _spoken_errors():
        made = command(dataset, day or start, day or end, out, unsigned=unsigned)
    signed = f"signed by {made.key_id}" if made.key_id else "not signed"
    _console.print(f"{made.folder}: {', '.join(made.files)}; {signed}", markup=False, highlight=False)


@card_app.command("verify")
def card_verify(
    file: Annotated[str, typer.Argument(help="the card's provenance.dsse.json")],
    public_key: Annotated[str, typer.Option(help="a file of the public key of who signs")],
) -> None:
    """Hold a card against its signature and the files that it speaks of; needs no lake and no network."""
    from aug_assets.commands.card import verify as command

    with _spoken_errors():
        findings = command(file, public_key)
    _say(findings)


lineage_app = typer.Typer(help="Lineage events that go to other tools.", no_args_is_help=True)
app.add_typer(lineage_app, name="lineage")


@lineage_app.command("resend")
def lineage_resend() -> None:
    """Send the events again that the receiver did not take."""
    from resources.lineage_out import resend

    with _spoken_errors():
        home.find()
        done = resend()
    _console.print(", ".join(f"{count} {name}" for name, count in done.items()), highlight=False)
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

    with _spoken_errors():
        made = command(dataset, day, folder, kind)
    _console.print(
        f"{made.rows:,} rows, {made.pictures:,} pictures: {made.folder}", markup=False, highlight=False
    )


audit_app = typer.Typer(help="The audit log of a tenant: what was done, when, by whom.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
Tenant = Annotated[str, typer.Argument(help="the tenant, the first part of a dataset's name")]


@audit_app.command("verify")
def audit_verify(
    tenant: Tenant,
    checkpoints: Annotated[
        list[str] | None, typer.Option(help="a further address of checkpoints; else AUG_CHECKPOINTS")
    ] = None,
    public_key: Annotated[
        list[str] | None, typer.Option(help="a file of a key that signs; else the key of this place")
    ] = None,
) -> None:
    """Hold the log against itself and its signed checkpoints; names the first bad record."""
    from aug_assets.commands.audit import verify as command

    with _spoken_errors():
        findings = command(tenant, checkpoints or (), public_key or ())
    _say(findings)


@audit_app.command("show")
def audit_show(
    tenant: Tenant,
    action: Annotated[str | None, typer.Option(help="only this action")] = None,
    since: Annotated[str | None, typer.Option(help="from this date or time in UTC on")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the records of a log."""
    from aug_assets.commands import audit as command

    with _spoken_errors():
        for one in command.records(tenant, action, since):
            typer.echo(one.line().decode() if as_json else command.told(one))


@audit_app.command("checkpoint")
def audit_checkpoint(tenant: Tenant) -> None:
    """Sign what the log is now, so that nobody can write it anew unseen."""
    from aug_assets.commands.audit import checkpoint as command

    with _spoken_errors():
        made = command(tenant)
    _console.print(
        f"{made.size:,} records signed by {made.key_id}: {made.root}", markup=False, highlight=False
    )


@audit_app.command("key")
def audit_key() -> None:
    """Print the public key to verify with; keep it where nobody who can write the lake can write."""
    from resources.signing import signer

    with _spoken_errors():
        typer.echo(signer().public_pem(), nl=False)


@audit_app.command("sync")
def audit_sync() -> None:
    """Copy what is new in Dagster's event log into the audit logs."""
    from aug_assets.commands.audit import sync as command

    with _spoken_errors():
        counts = command()
    for tenant, count in sorted(counts.items()):
        _console.print(f"{tenant}: {count:,} events", markup=False, highlight=False)


bench_app = typer.Typer(help="Measure: a dataset's recipe, or a family of benches.", no_args_is_help=True)
app.add_typer(bench_app, name="bench")


@bench_app.command("lift")
def bench_lift(
    dataset: Dataset,
    start: Annotated[str | None, typer.Option("--from", help="first day to train on; else 7 days")] = None,
    end: Annotated[str | None, typer.Option("--to", help="last day to train on; else the latest")] = None,
    later: Annotated[int, typer.Option(min=0, help="days after that to judge by")] = 0,
    seeds: Annotated[int, typer.Option(min=2, help="how often to draw, train and judge")] = 5,
    variant: Annotated[list[str] | None, typer.Option(help="NAME=operator+operator, a further arm")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Train with and without synthetic rows, judge on real rows, keep the proof for the lift gate."""
    from aug_assets.commands.bench import measure_lift

    variants = {text.partition("=")[0]: text.partition("=")[2] for text in variant or []}
    with _spoken_errors():
        found = measure_lift(dataset, start, end, later=later, seeds=seeds, variants=variants)
    if as_json:
        rows = found.proof.table().to_dict("records")
        typer.echo(json.dumps({"rows": rows, "record": found.record}, default=str))
        return
    shown = Table(title=f"{dataset}: average precision on real rows, {seeds} seeds", title_justify="left")
    for heading in ("arm", "PR-AUC", "sd", f"over {found.proof.baseline}", "95 %", "wins", "over duplicates"):
        shown.add_column(heading)
    for _, row in found.proof.table().iterrows():
        interval = f"{row['low']:+.1%} .. {row['high']:+.1%}"
        figures = (f"{row['average_precision']:.4f}", f"{row['sd']:.4f}", f"{row['over_baseline']:+.1%}")
        shown.add_row(row["arm"], *figures, interval, row["wins"], f"{row['over_duplicate']:+.1%}")
    _console.print(shown)
    _console.print(f"Report: {found.report}", soft_wrap=True)
    _console.print(f"MLflow run: {found.run_id}")


@bench_app.command("tabular")
def bench_tabular(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Speed and quality of the tabular operators against their peers."""
    _family("tabular", as_json=as_json, quick=quick)


@bench_app.command("audit")
def bench_audit(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """What provenance costs in time and bytes, and how fast a row is traced and made again."""
    _family("audit", as_json=as_json, quick=quick)


@bench_app.command("backfill")
def bench_backfill(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Many days by `aug run` and by the UI, beside the same functions called bare."""
    _family("backfill", as_json=as_json, quick=quick)


@bench_app.command("benefit")
def bench_benefit(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """What copies of texts, sessions and pictures are worth to a model, net of duplicates."""
    _family("benefit", as_json=as_json, quick=quick)


@bench_app.command("drift")
def bench_drift(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """How often drift is cried without any, how soon a shift is seen, and the cost against Evidently."""
    _family("drift", as_json=as_json, quick=quick)


@bench_app.command("forget")
def bench_forget(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Customers forgotten in half a year of card data: partitions touched, and the time."""
    _family("forget", as_json=as_json, quick=quick)


@bench_app.command("gates")
def bench_gates(as_json: AsJson = False) -> None:  # noqa: FBT002
    """What the gates see of planted defects, and what they cost."""
    _family("gates", as_json=as_json, quick=False)


@bench_app.command("images")
def bench_images(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Speed of the operators on pictures against their peers."""
    _family("images", as_json=as_json, quick=quick)


@bench_app.command("quality")
def bench_quality(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """How close synthetic rows are to real ones, and how private, against peers on real data."""
    _family("quality", as_json=as_json, quick=quick)


@bench_app.command("text")
def bench_text(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Speed of the text operators against EDA and AEDA, and what the copies break."""
    _family("text", as_json=as_json, quick=quick)


@bench_app.command("online")
def bench_online(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Rows of a training loop beside reading what is stored, and beside the offline rows."""
    _family("online", as_json=as_json, quick=quick)


@bench_app.command("scale")
def bench_scale(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """How cost grows with rows and workers, and what memory a large day takes."""
    _family("scale", as_json=as_json, quick=quick)


@bench_app.command("service")
def bench_service(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Time of the service for batches and single rows, and what becomes of too much."""
    _family("service", as_json=as_json, quick=quick)


@bench_app.command("all")
def bench_all(
    as_json: AsJson = False,  # noqa: FBT002
    quick: bool = False,  # noqa: FBT001, FBT002
    write: Annotated[bool, typer.Option("--write", help="write docs/performance.md")] = False,  # noqa: FBT002
) -> None:
    """All families against the peers that are installed, one after another, as one table."""
    from aug_assets.commands import bench_table

    folder = home.ROOT / "bench"
    with _console.status("") as status:
        found = [bench_table.run(n, folder, quick=quick, telling=status.update) for n in bench_table.WHOLE]
    if as_json:
        rows = [{"family": family.name, **row} for family in found for row in family.rows]
        failed = {family.name: family.failed for family in found if family.failed}
        typer.echo(json.dumps({"rows": rows, "failed": failed, "machine": bench_table.machine()}))
        return
    page = bench_table.page(found, bench_table.machine(), quick=quick)
    if write:
        (home.ROOT / "docs" / "performance.md").write_text(page, encoding="utf-8")
    typer.echo(page)


@bench_app.command("meaning")
def bench_meaning(as_json: AsJson = False) -> None:  # noqa: FBT002
    """What the gates on texts see of planted pairs: precision and recall."""
    _family("meaning", as_json=as_json, quick=False)


@bench_app.command("sequences")
def bench_sequences(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
    """Speed of the operators on sessions against a loop in Python."""
    _family("sequences", as_json=as_json, quick=quick)


def _family(name: str, *, as_json: bool, quick: bool) -> None:
    from aug_assets.commands.bench import family

    with _spoken_errors():
        rows = family(name, quick=quick)
    if as_json:
        typer.echo(json.dumps({"rows": rows}))
        return
    shown = Table(title=name, title_justify="left")
    headings = ("name", "ours", "peer", "value", "goal", "met")
    for heading in headings:
        shown.add_column(heading)
    for row in rows:
        shown.add_row(*(str(row[heading]) for heading in headings))
    _console.print(shown)


@app.command()
def profile(
    dataset: Dataset,
    date: Annotated[str, typer.Option(help="the day, YYYY-MM-DD")],
    out: Annotated[str | None, typer.Option("--out", "-o", help="the page")] = None,
) -> None:
    """Make a day under a profiler, apart from all that is stored, and write a flame graph."""
    from aug_assets.commands.profile import profile as command

    with _spoken_errors():
        _console.print(str(command(dataset, date, out)), soft_wrap=True)


@app.command()
def doctor() -> None:
    """Check Dagster home, lake, credentials, Dask, datasets and versions."""
    from aug_assets.commands.doctor import doctor as command

    _say(command())


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

    with _spoken_errors():
        home.find()
        _console.print(f"http://{host}:{port}/openapi.json")
        command(host, port, room, keep)


@app.command()
def ui(port: Annotated[int, typer.Option(help="port of the web server")] = 3000) -> None:
    """Start the Dagster UI and daemon on the same instance."""
    with _spoken_errors():
        home.prepare()
    dagster = os.path.join(os.path.dirname(sys.executable), "dagster")  # noqa: PTH118, PTH120
    words = [dagster, "dev", "-w", str(home.ROOT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    os.execv(dagster, words)  # noqa: S606 - fixed words


if __name__ == "__main__":
    app()
