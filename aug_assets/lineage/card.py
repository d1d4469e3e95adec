"""A release as a data card in Markdown: what the rows are, what made and judged them, and their limits."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from aug_assets.lineage.croissant import left_out
from aug_assets.lineage.release import Release, figure, figures


def summary(release: Release) -> str:
    """One paragraph about the release."""
    spec, real = release.spec, release.rows - release.synthetic
    days = f"{len(release.days)} day{'s' * (len(release.days) != 1)}"
    told = (
        f"Training rows of {spec.id}, {release.days[0].date} to {release.days[-1].date} ({days}): {real:,} "
        f"real rows and {release.synthetic:,} synthetic rows that operators made of them and gates let "
        "through. The column is_synthetic tells them apart."
    )
    missing = left_out(release)
    more = f" Packed columns without a Croissant type: {', '.join(missing)}." if missing else ""
    return " ".join(filter(None, (spec.description.strip(), told))) + more


def card(release: Release) -> str:
    """The whole page."""
    parts = [
        f"# {release.spec.id}, {release.span.replace('_', ' to ')}",
        summary(release),
        _about(release),
        "## Days",
        _table(
            ("day", "real", "synthetic", "version", "digest", "published", "by"),
            [
                (
                    d.date, f"{d.rows - d.synthetic:,}", f"{d.synthetic:,}",
                    str(d.stages["validated"].version), f"`{d.digest[:16]}`",
                    d.stages["validated"].at[:16], d.made.get("user", ""),
                )
                for d in release.days
            ],
        ),
        "## Columns", _columns(release),
        "## How synthetic rows were made", *_recipes(release),
        "## Gates", _gates(release),
        "## Quarantine", _held(release),
        "## Drift", _drift(release),
        "## Benefit", _lift(release),
        "## Limits", _limits(release),
        "## Files", _files(release),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _about(release: Release) -> str:
    spec = release.spec
    return _table(
        ("", ""),
        [
            ("licence", spec.license or "not stated in the dataset's file"),
            ("contact", ", ".join(spec.owners) or "not stated in the dataset's file"),
            ("source", f"`{spec.source.uri}`"),
            ("label", f"`{spec.label}`" if spec.label else "none"),
            ("a person is named by", f"`{spec.subject}`" if spec.subject else "no column"),
            ("digest of the release", f"`{release.digest}`"),
            ("published rows", f"`{release.address}`"),
        ],
    )


def _columns(release: Release) -> str:
    rows = []
    for name, column in release.spec.columns.items():
        bounds = [f"at least {column.min:g}"] if column.min is not None else []
        bounds += [f"at most {column.max:g}"] if column.max is not None else []
        bounds += [f"one of {', '.join(map(str, column.values))}"] if column.values else []
        bounds += ["may be empty"] if column.nullable else []
        rows.append((f"`{name}`", column.type, column.description, "; ".join(bounds)))
    return _table(("column", "type", "what", "values"), rows)


def _recipes(release: Release) -> Iterable[str]:
    """Each recipe that made rows of the release, operator by operator."""
    used: dict[str, list[str]] = {}
    for day in release.days:
        used.setdefault(day.made.get("recipe_digest", ""), []).append(day.date)
    for digest, dates in used.items():
        yield f"Recipe `{digest[:16]}`, {dates[0]} to {dates[-1]}:"
        text = release.recipes.get(digest, "")
        yield _operators(text) if text else "Its text was not kept."


def _operators(text: str) -> str:
    rows = []
    for branch in yaml.safe_load(text)["recipe"]:
        for step in branch["steps"]:
            given = {name: value for name, value in step.items() if name != "operator"}
            rows.append((branch["name"], _said(branch["select"]), f"`{step['operator']}`", _said(given)))
    return _table(("branch", "parents", "operator", "parameters"), rows)


def _said(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "as by default"


def _gates(release: Release) -> str:
    rows = [
        (one["gate"], "blocking" if one["blocking"] else "warning", f"{one['passed']} of {one['days']}",
         one["value"], one["threshold"], one["date"], one["reason"])
        for one in figures(release.days)
    ]  # fmt: skip
    head = ("gate", "kind", "days passed", "highest value", "threshold", "on", "in its words")
    return _table(head, rows) if rows else "No verdict is stored."


def _held(release: Release) -> str:
    counts: Counter[tuple[str, str]] = Counter()
    for day in release.days:
        for one in day.held:
            counts[one.reason, one.stage] += one.rows
    if not counts:
        return "No row was held back."
    rows = [(reason, stage, f"{count:,}") for (reason, stage), count in counts.most_common()]
    return "Rows held back, which are in no file of this release:\n\n" + _table(
        ("reason", "stage", "rows"), rows
    )


def _drift(release: Release) -> str:
    told = [(day.date, day.drift) for day in release.days if day.drift]
    if not told:
        return "Not measured."
    rows = [
        (date, str(one["word"]), figure(one.get("value")), figure(one.get("limit")), str(one["reason"]))
        for date, one in told
    ]
    return _table(("day", "word", "value", "limit", "reason"), rows)


def _lift(release: Release) -> str:
    one = release.lift
    if one is None:
        return f"Not measured; `aug bench lift {release.spec.id}` does."
    made_by = {day.made.get("recipe_digest") for day in release.days}
    other = (
        ""
        if made_by == {one["recipe_digest"]}
        else " It belongs to another recipe than that of all days here."
    )
    return (
        f"{one['lift']:+.1%} average precision over {one['baseline']} on real rows that the recipe never saw "
        f"(95 %: {one['lift_low']:+.1%} to {one['lift_high']:+.1%}), {one['seeds']} seeds, "
        f"{one['made_at']:%Y-%m-%d}; over plain duplicates {one['over_duplicate']:+.1%}.{other}"
    )


def _limits(release: Release) -> str:
    spec = release.spec
    told = [
        "Synthetic rows are for training. Judge models on real rows only: `is_synthetic = false`.",
        "Synthetic rows are made of real ones and are not anonymous: what binds real rows binds them too.",
        "Gates judge what they measure. That a model gains is proved under Benefit, or not at all.",
    ]
    if spec.holdout:
        told.append(
            f"Rows of {spec.holdout.share:.0%} of the values of `{spec.holdout.by}` never became parents."
        )
    kept = [name for name, column in spec.columns.items() if column.synthesize is False]
    told += [f"Copied from the parent as they are: {', '.join(kept)}."] if kept else []
    return "\n".join(f"- {line}" for line in told)


def _files(release: Release) -> str:
    rows = [
        (f"`{file.path}`", f"{file.rows:,}", f"{file.size:,}", f"`{file.sha256}`")
        for day in release.days
        for file in day.files
    ]
    return _table(("file", "rows", "bytes", "SHA-256"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    """Nothing that comes from data or a file ends a cell or begins markup."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
