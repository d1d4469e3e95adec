"""``aug bench``: words only. What is measured is in ``bench`` of the repository and in ``commands.bench``."""

import json
from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from aug_assets.commands import home
from aug_assets.commands.spoken import AsJson, Dataset, console, spoken_errors

FAMILIES = {
    "audit": "What provenance costs in time and bytes, and how fast a row is traced and made again.",
    "backfill": "Many days by `aug run` and by the UI, beside the same functions called bare.",
    "benefit": "What copies of texts, sessions and pictures are worth to a model, net of duplicates.",
    "drift": "How often drift is cried without any, how soon a shift is seen, the cost against Evidently.",
    "forget": "Customers forgotten in half a year of card data: partitions touched, and the time.",
    "gates": "What the gates see of planted defects, and what they cost.",
    "images": "Speed of the operators on pictures against their peers.",
    "meaning": "What the gates on texts see of planted pairs: precision and recall.",
    "online": "Rows of a training loop beside reading what is stored, and beside the offline rows.",
    "quality": "How close synthetic rows are to real ones, and how private, against peers on real data.",
    "scale": "How cost grows with rows and workers, and what memory a large day takes.",
    "sequences": "Speed of the operators on sessions against a loop in Python.",
    "service": "Time of the service for batches and single rows, and what becomes of too much.",
    "tabular": "Speed and quality of the tabular operators against their peers.",
    "text": "Speed of the text operators against EDA and AEDA, and what the copies break.",
}
SLOW = frozenset({"gates", "meaning"})  # have no quick look
app = typer.Typer(help="Measure: a dataset's recipe, or a family of benches.", no_args_is_help=True)


@app.command("lift")
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
    with spoken_errors():
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
    console.print(shown)
    console.print(f"Report: {found.report}", soft_wrap=True)
    console.print(f"MLflow run: {found.run_id}")


@app.command("all")
def bench_all(
    as_json: AsJson = False,  # noqa: FBT002
    quick: bool = False,  # noqa: FBT001, FBT002
    write: Annotated[bool, typer.Option("--write", help="write docs/performance.md")] = False,  # noqa: FBT002
) -> None:
    """All families against the peers that are installed, one after another, as one table."""
    from aug_assets.commands import bench_table

    folder = home.ROOT / "bench"
    with console.status("") as status:
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


def _family(name: str, *, as_json: bool, quick: bool) -> None:
    from aug_assets.commands.bench import family

    with spoken_errors():
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
    console.print(shown)


def _command(name: str) -> Callable[..., None]:
    def slow(as_json: AsJson = False) -> None:  # noqa: FBT002
        _family(name, as_json=as_json, quick=False)

    def quick(as_json: AsJson = False, quick: bool = False) -> None:  # noqa: FBT001, FBT002
        _family(name, as_json=as_json, quick=quick)

    return slow if name in SLOW else quick


for _name, _what in FAMILIES.items():
    app.command(_name, help=_what)(_command(_name))
