"""The report for auditors as one HTML page that needs nothing else: no script, no font, no request."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from aug_assets.lineage.chain import Record
from aug_assets.lineage.picture import picture
from aug_assets.lineage.release import Day, figures
from aug_assets.report import audit_draw, draw
from aug_assets.report.audit import Audit
from aug_assets.report.audit_template import AUDIT

_SHOWN = 300  # records
_SAID = {"dataset", "run_id", "spec_digest", "account"}  # of a record's subject: said elsewhere, or too long
_MAKINGS = (
    ("recipe", "recipe_digest"), ("dataset file", "spec_digest"), ("code", "code"), ("git commit", "git"),
    ("packages", "environment"),
)  # fmt: skip
_DIGEST = 64


def page(audit: Audit) -> str:
    """The whole page; every word in it that came from data, a file or a person is escaped."""
    import jinja2
    from markupsafe import Markup  # a part of jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    days = audit.release.days
    held = _held(days)
    well, verdict = _verdict(audit)
    return environment.from_string(AUDIT).render(
        audit=audit,
        release=audit.release,
        spec=audit.release.spec,
        well=well,
        verdict=verdict,
        way=audit_draw.way(audit),
        by_day=audit_draw.by_day(days),
        gates=audit_draw.gates_by_day(days),
        figures=figures(days),
        drifts=[(day.date, day.drift) for day in days if day.drift],
        held=held,
        bars=draw.counts([(f"{reason} ({stage})", rows) for reason, stage, rows, _ in held]),
        makings=_makings(days),
        stories=[(one, picture(one)) for one in audit.traces],
        shown=list(audit.records)[-_SHOWN:][::-1],
        actions=Counter(one.action for one in audit.records).most_common(),
        about=_about,
        svg=Markup,
    )


def _verdict(audit: Audit) -> tuple[bool, str]:
    """One sentence for whoever reads no further."""
    bad = [one.part for one in audit.proof if not one.well]
    if bad:
        return False, f"Not proved: {', '.join(bad)}. See the end of this page."
    days = f"All {len(audit.asked)} days are" if not audit.missing else f"{len(audit.release.days)} days are"
    return True, f"{days} published under verdicts of their gates, and the audit log holds against its proof."


def _held(days: Sequence[Day]) -> list[tuple[str, str, int, int]]:
    """Reason, stage, rows and on how many days; the most frequent first."""
    rows: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for day in days:
        for one in day.held:
            rows[one.reason, one.stage] += one.rows
            seen[one.reason, one.stage] += 1
    return [(reason, stage, count, seen[reason, stage]) for (reason, stage), count in rows.most_common()]


def _makings(days: Sequence[Day]) -> list[tuple[str, str, str]]:
    """What decided the rows, each digest with the days that it decided."""
    found = []
    for what, name in _MAKINGS:
        dates: dict[str, list[str]] = {}
        for day in days:
            dates.setdefault(day.made.get(name, ""), []).append(day.date)
        for digest, on in dates.items():
            span = on[0] if len(on) == 1 else f"{on[0]} to {on[-1]} ({len(on)})"
            found += [(what, digest, span)] if digest else []
    return found


def _about(one: Record) -> str:
    told = {
        name: value for name, value in one.subject.items() if name not in _SAID and value not in ("", None)
    }
    return " ".join(f"{name}={_cut(value)}" for name, value in told.items())


def _cut(value: Any) -> str:
    text = str(value)
    return text[:16] if len(text) == _DIGEST else text
