"""`aug report`: a page that says what the lake holds, of any dataset and any day, and shows no row."""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets.assets import lift_record
from aug_assets.cli import app
from aug_assets.commands.report import gather
from aug_assets.errors import UpstreamMissingError
from aug_assets.report.page import page
from tests import builders
from tests.assets.days import DAY, Days, Run

EVIL = "<script>alert('&')</script>"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Days, Run]:
    """A published day with bad raw rows and a category that would run as a script."""
    columns = builders.COLUMNS | {"kind": {"type": "category", "nullable": True}}
    days = Days(
        tmp_path_factory.mktemp("report"), columns=columns, description=EVIL,
        gates=[{"gate": "column_skew", "max_distance": 0.9}],
    )  # fmt: skip
    rows = builders.frame(80)
    rows["kind"] = rows["kind"].mask(rows["kind"] == "a", EVIL)
    rows.loc[[1, 2], "amount"] = -1.0
    days.deliver(rows)
    return days, days.run()


def text_of(days: Days) -> str:
    return page(gather(days.instance, days.lake, days.spec, DAY))


class Tags(HTMLParser):
    """What a browser would fetch or run, and that every element that is opened is closed."""

    VOID = ("meta", "br", "!doctype")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_says_what_the_day_came_to(made: tuple[Days, Run]) -> None:
    days, run = made
    text = text_of(days)
    figures = run.metadata
    for name, count in (
        ("raw rows", 80), ("real rows", 78), ("candidates", figures["augmented"]["candidates"]),
        ("published synthetic", figures["validated"]["accepted"]),
        ("parents", len(builders.frame(80).query("fraud == 1"))),
    ):  # fmt: skip
        assert re.search(rf"<dt>{name}</dt><dd>{count}</dd>", text), name
    assert re.search(r"<td>min:amount</td><td>source</td>\s*<td class=\"number\">2</td>", text)
    for check in run.checks.values():
        if check.check_name in ("column_skew", "verdict"):
            assert f"<td>{check.check_name}</td>" in text
    for digest in (days.spec.recipe_digest, figures["augmented"]["digest"], figures["validated"]["digest"]):
        assert digest in text
    assert "operator: smote_nc" in text
    assert "No proof of benefit is stored" in text


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(made: tuple[Days, Run]) -> None:
    text = text_of(made[0])
    tags = Tags(text)
    assert "script" not in tags.seen
    assert {link[0] for link in tags.fetched} == {"#"}
    assert {f'id="{link[1:]}"' in text for link in tags.fetched} == {True}
    assert "&lt;script&gt;" in text  # the description, and the category in its bar
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text)


def test_no_row_of_a_person_is_on_the_page(made: tuple[Days, Run]) -> None:
    days, _ = made
    text = text_of(days)
    rows = days.rows("source")
    for name in ("row_id", "id", "note"):
        assert not [value for value in rows.column(name).to_pylist() if value and value in text], name


def test_a_day_that_is_not_there_is_a_typed_error(tmp_path: Path) -> None:
    days = Days(tmp_path)
    with pytest.raises(UpstreamMissingError):
        text_of(days)
    days.deliver()
    days.run("source")
    with pytest.raises(UpstreamMissingError, match="small_augmented"):
        text_of(days)


def test_what_was_not_judged_not_published_or_made_otherwise_is_said(tmp_path: Path) -> None:
    days = Days(tmp_path)
    days.deliver()
    days.run("source", "candidates")
    text = text_of(days)
    assert "The gates have not judged these candidates." in text
    assert "Nothing of this day is published." in text
    assert "another recipe now" not in text
    days.respec(recipe=[builders.branch(copies=3)])
    assert "another recipe now" in text_of(days)
    days.respec(columns=builders.COLUMNS | {"late": {"type": "int64", "nullable": True}})
    with pytest.raises(UpstreamMissingError, match="late"):
        text_of(days)


def test_a_day_without_candidates_says_so(tmp_path: Path) -> None:
    days = Days(tmp_path, recipe=[builders.branch(too_few="skip")])
    days.deliver(builders.frame(80).assign(fraud=0))
    days.run("source", "candidates")
    text = text_of(days)
    Tags(text)
    assert "The day has no candidates" in text
    assert "<dt>candidates</dt><dd>0</dd>" in text


@pytest.mark.parametrize(
    "dropped", [("amount", "count"), ("kind", "flag")], ids=["no numbers", "no categories"]
)
def test_a_dataset_of_one_kind_of_column(tmp_path: Path, dropped: tuple[str, ...]) -> None:
    columns = {name: column for name, column in builders.COLUMNS.items() if name not in dropped}
    days = Days(tmp_path, columns=columns)
    days.deliver(builders.frame(80).drop(columns=[*dropped]))
    days.run("source", "candidates")
    text = text_of(days)
    Tags(text)
    assert "principal components" in text
    assert "<dt>candidates</dt><dd>40</dd>" in text


def test_the_lift_of_this_recipe_comes_before_a_newer_one_of_another(tmp_path: Path) -> None:
    days = Days(tmp_path)
    days.deliver()
    days.run("source", "candidates")
    proof = {"lift": 0.5, "lift_low": 0.1, "lift_high": 0.9, "baseline": "reweight", "seeds": 3, "wins": 3}
    other = {"recipe_digest": "f" * 64, "made_at": dt.datetime(2025, 3, 1, tzinfo=dt.UTC), **proof}
    lift_record.store(days.lake, days.spec, other)
    text = text_of(days)
    assert "+50.0%" in text
    assert "belongs to another recipe" in text
    own = {
        "lift": 0.0123,
        "lift_low": -0.004,
        "lift_high": 0.03,
        "made_at": dt.datetime(2025, 2, 1, tzinfo=dt.UTC),
    }
    lift_record.store(days.lake, days.spec, other | own | {"recipe_digest": days.spec.recipe_digest})
    text = text_of(days)
    assert "+1.2%" in text
    assert "-0.4% to +3.0%" in text
    assert "belongs to another recipe" not in text


def test_the_command_speaks_its_errors() -> None:
    shown = CliRunner().invoke(app, ["report", "nobody/nothing", "--date", DAY])
    assert shown.exit_code == 1
    assert shown.output.startswith("unknown_dataset: ")
