"""``aug quarantine``: words and tables only. What is decided, and by whom, is in ``commands.quarantine``."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

from aug_assets.commands import home
from aug_assets.commands.spoken import AsJson, Dataset, console, spoken_errors

if TYPE_CHECKING:
    from aug_assets.commands.held import Held
    from aug_assets.commands.quarantine import Outcome
    from aug_assets.spec import DatasetSpec
    from resources.lake import LakeResource

app = typer.Typer(help="Look at held rows and decide of them.", no_args_is_help=True)

Stage = Literal["source", "recipe", "augmented", "review"]
RowIds = Annotated[list[str], typer.Argument(help="row_ids as `list` shows them")]
Date = Annotated[str | None, typer.Option("--date", help="the day, YYYY-MM-DD")]
OfStage = Annotated[Stage | None, typer.Option("--stage", help="which stage holds the rows")]
OfReason = Annotated[str | None, typer.Option("--reason", help="a reason code")]
By = Annotated[str, typer.Option("--by", help="who decides; not who launched the run")]
Why = Annotated[str, typer.Option("--reason", help="why, for whoever reads the audit log")]
Run = Annotated[bool, typer.Option("--run", help="materialize the days at once")]


def _opened(dataset: str) -> "tuple[LakeResource, DatasetSpec]":
    from aug_assets import loader
    from resources.lake import LakeResource

    home.prepare()
    return LakeResource(), loader.get(dataset)


@app.command("list")
def list_(
    dataset: Dataset,
    date: Date = None,
    stage: OfStage = None,
    reason: OfReason = None,
    state: Annotated[
        Literal["open", "released", "rejected", "held again", "all"], typer.Option(help="what became of them")
    ] = "open",
    most: Annotated[int, typer.Option(min=0, help="rows to show; all are counted")] = 50,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Count held rows by day, stage, reason and state, and list them."""
    with spoken_errors():
        rows = _found(dataset, date, stage, reason)
    counts = Counter((r.date, r.stage, why, r.state) for r in rows for why in r.reasons)
    chosen = [r for r in rows if state in ("all", r.state)]
    if as_json:
        names = ("date", "stage", "reason", "state", "rows")
        told = [dict(zip(names, (*key, n), strict=True)) for key, n in sorted(counts.items())]
        typer.echo(json.dumps({"counts": told, "rows": [_brief(r) for r in chosen]}, ensure_ascii=False))
        return
    shown = Table(title=f"{dataset}: held rows", title_justify="left")
    for heading in ("day", "stage", "reason", "state", "rows"):
        shown.add_column(heading)
    for key, count in sorted(counts.items()):
        shown.add_row(*key, f"{count:,}")
    console.print(shown)
    for one in chosen[:most]:
        line = f"{one.row_id} {one.date} {one.stage} {one.state}: {', '.join(one.reasons)}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(chosen) > most:
        console.print(f"and {len(chosen) - most:,} more; --json lists all", highlight=False)


def _found(dataset: str, date: str | None, stage: str | None, reason: str | None) -> "list[Held]":
    from aug_assets.commands.held import held

    lake, spec = _opened(dataset)
    rows = held(lake, spec, date=date, stage=stage)
    return [r for r in rows if reason is None or reason in r.reasons]


def _brief(one: "Held") -> dict[str, Any]:
    names = ("row_id", "date", "stage", "state", "run", "user", "when")
    decided = {} if one.decision is None else {"by": one.decision.by, "why": one.decision.why}
    return {**{name: getattr(one, name) for name in names}, "reasons": list(one.reasons), **decided}


@app.command()
def show(
    dataset: Dataset,
    row_id: Annotated[str, typer.Argument(help="the row_id of a held row")],
    date: Date = None,
    stage: OfStage = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show a held row: what it holds, why and by which run it is held, and what was decided. Is recorded."""
    from aug_assets.commands.quarantine import look

    with spoken_errors():
        lake, spec = _opened(dataset)
        rows = look(lake, spec, row_id, date=date, stage=stage)
    if as_json:
        told = [{**_brief(r), "row": r.values, "decision": r.decision and vars(r.decision)} for r in rows]
        typer.echo(json.dumps(told, ensure_ascii=False, default=list))
        return
    for one in rows:
        console.print("\n".join(_lines(one)), markup=False, highlight=False)


def _lines(one: "Held") -> list[str]:
    lines = [
        f"row {one.row_id}, held by {one.stage} on {one.date}: {', '.join(one.reasons)}",
        f"by run {one.run}, launched by {one.user or 'nobody knows whom'}, {one.when}",
        *(f"  {name}: {value}" for name, value in one.values.items()),
        f"state: {one.state}",
    ]
    if one.decision is not None:
        said = one.decision
        lines.append(f"{said.decision} by {said.by} ({said.account}), {said.at}: {said.why}")
        lines += [f"  {name} = {value}" for name, value in said.corrected.items()]
    return lines


@app.command()
def release(
    dataset: Dataset,
    row_ids: RowIds,
    by: By,
    why: Why,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="column=value of a source row; nothing after = is null")
    ] = None,
    date: Date = None,
    stage: OfStage = None,
    run: Run = False,  # noqa: FBT002
) -> None:
    """Let rows through, past the reasons that they are held for and no others; they meet all gates again."""
    _decide(dataset, row_ids, "release", by, why, values=values, date=date, stage=stage, run=run)


@app.command()
def reject(
    dataset: Dataset,
    row_ids: RowIds,
    by: By,
    why: Why,
    date: Date = None,
    stage: OfStage = None,
    run: Run = False,  # noqa: FBT002
) -> None:
    """Mark rows as rightly held: they stay in quarantine and are not open any more."""
    _decide(dataset, row_ids, "reject", by, why, date=date, stage=stage, run=run)


def _decide(
    dataset: str,
    row_ids: Sequence[str],
    decision: str,
    by: str,
    why: str,
    *,
    date: str | None,
    stage: str | None,
    run: bool,
    values: Sequence[str] | None = None,
) -> None:
    from aug_assets.commands.quarantine import Word, decide, parsed

    with spoken_errors():
        lake, spec = _opened(dataset)
        word = Word(decision, by, why, parsed(values or ()))
        outcomes = decide(lake, spec, row_ids, word, date=date, stage=stage)
    _tell(spec, outcomes, run=run)


def _tell(spec: "DatasetSpec", outcomes: "Sequence[Outcome]", *, run: bool) -> None:
    from aug_assets.commands.quarantine import next_step, to_run

    for one in outcomes:
        line = f"{one.decision.decision} {one.held.row_id}: {one.told}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    days = to_run(spec, outcomes)
    if not run:
        for line in next_step(spec, outcomes):
            console.print(f"Next: {line}", markup=False, highlight=False, soft_wrap=True)
        return
    from aug_assets.commands import results
    from aug_assets.commands.run import run as command

    with spoken_errors():
        made = [result for day in days for result in command(spec.id, day, day)]
    console.print(results.table(made))
    for line in results.failures(made):
        console.print(f"[red]failed[/] {line}")
    raise typer.Exit(0 if all(day.succeeded for day in made) else 1)


@app.command()
def export(
    dataset: Dataset,
    out: Annotated[str, typer.Option("--to", help="the JSON file; the labeling interface lies beside it")],
    kind: Annotated[Literal["label-studio"], typer.Option("--format", help="of the file")] = "label-studio",
    date: Date = None,
    stage: OfStage = None,
    reason: OfReason = None,
) -> None:
    """Write the open rows as tasks for annotators. Is recorded."""
    from aug_assets.commands.annotations import export as command

    with spoken_errors():
        rows = [r for r in _found(dataset, date, stage, reason) if r.state in ("open", "held again")]
        lake, spec = _opened(dataset)
        files = command(lake, spec, rows, Path(out))
    console.print(f"{len(rows):,} tasks for {kind}: {files[0]}, {files[1]}", markup=False, highlight=False)


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="a JSON export of Label Studio")],
    by: Annotated[str, typer.Option("--by", help="who imports; decides where an annotation has no name")],
    why: Annotated[str, typer.Option("--reason", help="of annotations that give none")] = "",
    run: Run = False,  # noqa: FBT002
) -> None:
    """Take the decisions that follow from annotations; all of them or none."""
    from aug_assets.commands.annotations import import_ as command
    from resources.lake import LakeResource

    with spoken_errors():
        home.prepare()
        spec, outcomes = command(LakeResource(), Path(file), by, why)
    _tell(spec, outcomes, run=run)
