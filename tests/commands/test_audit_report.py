"""`aug report audit`: the page holds what an auditor asks for, runs nothing, and hides nothing."""

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets.cli import app
from aug_assets.commands import audit_report as command
from aug_assets.errors import UpstreamMissingError
from aug_assets.report.audit_page import page
from resources import checkpoints, model_ledger, signing
from resources.audit import audit_log
from resources.lake import LakeResource
from tests.assets.days import DAY, NEXT_DAY, Days, Run

EVIL = "<script>alert('&')</script>"


@pytest.fixture
def there(released: tuple[Days, list[Run]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Days:
    """The two published days in a lake of its own, with a decision, a model and a signed checkpoint."""
    days, _ = released
    shutil.copytree(days.lake.uri, tmp_path / "lake")
    made = Days.__new__(Days)
    vars(made).update(vars(days), lake=LakeResource(uri=str(tmp_path / "lake")))
    monkeypatch.setattr(command.loader, "get", lambda _: made.spec)
    monkeypatch.setenv("AUG_LAKE", made.lake.uri)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    for name in ("AUG_SIGNING_KEY_FILE", "AUG_VAULT_ADDR", "AUG_CHECKPOINTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUG_SIGNING_KEY", "07" * 32)
    monkeypatch.chdir(tmp_path)
    log = audit_log(made.lake, "lab")
    held = made.held("source").column("row_id")[0].as_py()
    about = {"dataset": "lab/small", "date": DAY, "stage": "source", "row_id": held}
    log.append("reject", about, by="ben", why=EVIL)
    log.append("publish", {"dataset": "lab/other", "date": DAY}, by="eve")
    trained = [{"date": DAY, "validated_version": 0, "digest": "d" * 64}]
    model_ledger.record(made.lake, made.spec, "fraud", "7", "run-7", trained)
    model_ledger.mark(made.lake, made.spec, "fraud", "7", "forgotten rows")
    checkpoints.take(log, signing.signer())
    return made


class Tags(HTMLParser):
    """What a browser would fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_the_page_holds_what_an_auditor_asks_for(there: Days, released: tuple[Days, list[Run]]) -> None:
    shown = CliRunner().invoke(
        app, f"report audit lab/small --from {DAY} --to {NEXT_DAY} --out a.html".split()
    )
    assert shown.exit_code == 0, shown.output
    text = Path("a.html").read_text()
    for run in released[1]:
        assert run.run_id in text
        assert run.metadata["validated"]["digest"] in text
    assert there.spec.recipe_digest in text
    assert "operator: smote_nc" in text
    assert "min:amount" in text
    assert "<td>ben</td>" in text
    assert "forgotten rows" in text
    assert "eve" not in text
    assert "All 2 days are published under verdicts of their gates" in text
    assert text.count("synthetic row ") >= 2


def test_the_page_runs_and_fetches_nothing(there: Days) -> None:
    text = page(command.of(there.lake, there.spec, [DAY, NEXT_DAY]))
    tags = Tags(text)
    assert not tags.seen & {"script", "img", "iframe", "link", "object"}
    assert all(address.startswith("#") for address in tags.fetched)
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    for row in there.rows("validated").column("note").to_pylist():
        assert not row or f">{row}<" not in text


def test_a_log_that_was_changed_is_the_first_thing_said(there: Days) -> None:
    record = next(iter(sorted(Path(there.lake.uri, "lab", "_audit", "records").rglob("*"))))
    record.write_bytes(record.read_bytes().replace(b'"by":"', b'"by":"x'))
    text = page(command.of(there.lake, there.spec, [DAY]))
    assert 'class="verdict ill"' in text
    assert "does not hold" in text


def test_a_log_without_checkpoint_is_not_called_proved(there: Days, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "lake" / "lab" / "_audit" / "checkpoints")
    assert 'class="verdict ill"' in page(command.of(there.lake, there.spec, [DAY]))


def test_missing_days_are_named_and_none_at_all_is_an_error(there: Days) -> None:
    found = command.of(there.lake, there.spec, [DAY, "2025-01-04"])
    assert found.missing == ["2025-01-04"]
    assert "Not published: 2025-01-04." in page(found)
    with pytest.raises(UpstreamMissingError):
        command.of(there.lake, there.spec, ["2025-01-04"])


def test_a_day_that_was_published_again_shows_both(there: Days) -> None:
    table = there.table("validated")
    info = table.history()[0].info
    part = table.write_part(there.rows("validated"), {"date": DAY}, "again")
    first = next(one for one in table.history() if one.partition == {"date": DAY}).info
    table.commit([part], {"date": DAY}, table.schema(), {**first, "user": "carl"})
    assert info
    found = command.of(there.lake, there.spec, [DAY])
    assert [(one.date, one.current, one.stage.info["user"] == "carl") for one in found.publishes] == [
        (DAY, True, True), (DAY, False, False),
    ]  # fmt: skip
    assert '<td class="word">replaced</td>' in page(found)
