"""`aug quarantine`: who may decide of which row, and that a release meets every gate again."""

import copy
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aug_assets import decisions, gates, operators
from aug_assets.assets import decisions_record
from aug_assets.cli import app
from aug_assets.commands import annotations, quarantine_words
from aug_assets.commands.held import Held, held
from aug_assets.commands.quarantine import Outcome, Word, decide, record
from aug_assets.commands.results import DayResult
from aug_assets.errors import (
    AnnotationsError,
    DecisionError,
    FourEyesError,
    NotReleasableError,
    UnknownRowError,
)
from aug_assets.rows import ROW_ID
from resources.audit import audit_log
from resources.lake import LakeResource
from tests import builders
from tests.assets.conftest import FEW
from tests.assets.days import DAY, Days, Run

COPIES = [{**builders.branch(copies=1), "steps": [{"operator": "jitter_bootstrap"}]}]
LENIENT = [{"gate": "exact_copies", "max_share": 1.0}]
RELEASE = Word("release", "ben", "looked at it")
REJECT = Word("reject", "ben", "is a copy")


@pytest.fixture(scope="module", autouse=True)
def copies() -> Iterator[None]:
    """Every candidate repeats its parent, which one of three gates sees and a person may allow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(operators.REGISTRY.paths, "jitter_bootstrap", "tests.assets.planted:Copies")
        patch.setattr(gates, "defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
        yield


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return prepared(tmp_path)


@pytest.fixture
def copied(looked_at: Days, tmp_path: Path) -> Days:
    """The same day in a lake of its own, for tests that decide and make nothing."""
    shutil.copytree(looked_at.folder / "lake", tmp_path / "lake")
    made = copy.copy(looked_at)
    made.lake = LakeResource(uri=str(tmp_path / "lake"))
    return made


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A day made by ann, for tests that change nothing of it."""
    return prepared(tmp_path_factory.mktemp("looked_at"))


def prepared(folder: Path) -> Days:
    made = Days(folder, recipe=COPIES, gates=LENIENT)
    rows = builders.frame(24)
    rows.loc[[1, 2], "amount"] = -1.0
    made.deliver(rows)
    assert run(made).success
    return made


def run(days: Days, *parts: str, user: str = "ann") -> Run:
    tags = {"user": user, **({"dagster/partition": DAY} if parts == ("gates",) else {})}
    return days.run(*parts, tags=tags)


def rows(days: Days, stage: str) -> list[Held]:
    return held(days.lake, days.spec, stage=stage)


def take(days: Days, row: Held, word: Word = RELEASE) -> Outcome:
    [outcome] = decide(days.lake, days.spec, [row.row_id], word, date=row.date, stage=row.stage)
    return outcome


def recorded(days: Days) -> list[Any]:
    return [r for r in audit_log(days.lake, days.spec.tenant).records() if r.action in ("release", "reject")]


def published(days: Days) -> list[str]:
    return [
        i
        for i in days.rows("validated")[ROW_ID].to_pylist()
        if i in {r.row_id for r in rows(days, "augmented")}
    ]


def test_held_rows_say_who_held_them_and_why(looked_at: Days) -> None:
    assert len(rows(looked_at, "source")) == 2
    candidates = rows(looked_at, "augmented")
    assert len(candidates) == 6
    for one in candidates:
        assert (one.user, one.reasons, one.state, one.date) == ("ann", ("exact_copy",), "open", DAY)
        assert one.run
        assert one.values["row_id"] == one.row_id


def test_who_launched_the_run_may_not_release(looked_at: Days) -> None:
    row = rows(looked_at, "augmented")[0]
    for name in ("ann", " Ann  "):
        with pytest.raises(FourEyesError, match=r"Ann|ann.* launched the run"):
            take(looked_at, row, Word("release", name, "it is fine"))
    with pytest.raises(FourEyesError, match="ann"):
        take(looked_at, row, Word("release", "ben, ann", "it is fine", hands=("ben", "ann")))


def test_an_erasure_does_not_make_another_person_the_one_who_held_the_rows(copied: Days) -> None:
    table, where = copied.table("quarantine"), {"date": DAY, "stage": "source"}
    left = copied.held("source").slice(1)
    table.commit([table.write_part(left, where, "left")], where, left.schema, {"user": "eve"})
    [row] = rows(copied, "source")
    assert (row.user, row.state) == ("ann", "open")
    with pytest.raises(FourEyesError):
        take(copied, row, Word("release", "ann", "mine"))


@pytest.mark.parametrize("user", ["", "unknown"])
def test_a_run_of_nobody_can_be_released_by_nobody(looked_at: Days, user: str) -> None:
    row = replace(rows(looked_at, "augmented")[0], user=user)
    with pytest.raises(FourEyesError, match="nobody knows"):
        record(looked_at.lake, looked_at.spec, [(row, RELEASE)])


@pytest.mark.parametrize("word", [Word("release", " ", "why"), Word("reject", "ben", "\t")])
def test_a_decision_has_a_person_and_a_reason(looked_at: Days, word: Word) -> None:
    with pytest.raises(DecisionError, match="needs a person and a reason"):
        take(looked_at, rows(looked_at, "augmented")[0], word)


def test_what_cannot_be_released_is_refused_and_nothing_is_recorded(looked_at: Days) -> None:
    good, other = rows(looked_at, "augmented")[:2]
    with pytest.raises(UnknownRowError, match="ffff"):
        decide(looked_at.lake, looked_at.spec, [good.row_id, "f" * 32], RELEASE)
    with pytest.raises(NotReleasableError, match="provenance"):
        take(looked_at, other, Word("release", "ben", "better", {"amount": "3"}))
    with pytest.raises(NotReleasableError, match="no column"):
        take(looked_at, rows(looked_at, "source")[0], Word("release", "ben", "better", {"size": "3"}))
    assert recorded(looked_at) == []
    assert decisions_record.of_day(looked_at.lake, looked_at.spec, DAY, "augmented") == []


def test_a_candidate_that_breaks_a_rule_is_not_for_people_to_release(looked_at: Days) -> None:
    stricter = copy.copy(looked_at)
    stricter.respec(recipe=COPIES, gates=LENIENT, rules=["amount < 0"])
    with pytest.raises(NotReleasableError, match=r"whoever releases it.*rule:"):
        take(stricter, rows(looked_at, "augmented")[0])


def test_a_release_takes_effect_through_the_gates_only(days: Days) -> None:
    row, other, third = rows(days, "augmented")[:3]
    told = take(days, row)
    assert told.told == "will be judged again without exact_copy"
    take(days, other, REJECT)
    assert take(days, row).decision == told.decision
    assert [(r.action, r.by, r.subject["row_id"], r.subject["run_user"]) for r in recorded(days)] == [
        ("release", "ben", row.row_id, "ann"), ("reject", "ben", other.row_id, "ann"),
    ]  # fmt: skip
    assert run(days, "validated").errors == {"validated": "verdict_stale"}
    judged = run(days, "gates")
    assert judged.checks[f"augmented.{gates.VERDICT}"].metadata["released"].value == 1
    assert run(days, "validated").metadata["validated"]["accepted"] == 1
    assert row.row_id in days.rows("validated")[ROW_ID].to_pylist()
    left = {r.row_id: r.state for r in rows(days, "augmented")}
    assert (len(left), left[other.row_id], left[third.row_id]) == (5, "rejected", "open")
    back = decisions.Decision(row.row_id, row.content, "reject", (), "carl", "no", follows=told.decision.id)
    decisions_record.add(days.lake, days.spec, DAY, "augmented", [back], "carl")
    assert run(days, "validated").errors == {"validated": "verdict_stale"}, "the release was taken back"


def test_a_released_row_is_held_by_what_was_not_waived_and_by_the_day_as_a_whole(days: Days) -> None:
    row = rows(days, "augmented")[0]
    take(days, row)
    days.respec(recipe=COPIES, gates=[*LENIENT, {"gate": "rules", "max_share": 1.0}], rules=["amount < 0"])
    run(days, "gates")
    [again] = [r for r in rows(days, "augmented") if r.row_id == row.row_id]
    assert (again.state, [r.partition(":")[0] for r in again.reasons]) == ("held again", ["rule"])
    days.respec(recipe=COPIES)
    assert run(days, "gates").failed_checks == ["augmented.exact_copies"]
    assert run(days, "validated").errors == {"validated": "verdict_failed"}


def test_a_corrected_source_row_is_read_again_and_a_wrong_one_stays(days: Days) -> None:
    first, second = rows(days, "source")
    assert "will stay in quarantine: min:amount; correct it" in take(days, first).told
    assert "will stay in quarantine: max:amount" in take(days, first, fixed("5000")).told
    assert take(days, first, fixed("12.5")).told == "will be read in place of the bad row"
    take(days, second, REJECT)
    made = run(days, "source")
    assert (made.metadata["source"]["corrections"], made.metadata["source"]["quarantined"]) == (1, 1)
    [row] = [r for r in days.rows("source").to_pylist() if r[ROW_ID] == first.row_id]
    assert row["amount"] == 12.5
    assert [(r.row_id, r.state) for r in rows(days, "source")] == [(second.row_id, "rejected")]
    assert run(days, "validated").errors == {"validated": "verdict_stale"}, "candidates are of other rows"
    assert "12.5" not in json.dumps([r.subject for r in recorded(days)])


def fixed(amount: str) -> Word:
    return Word("release", "ben", "the meter's unit", {"amount": amount})


def test_two_people_who_decide_at_once_are_both_kept(
    looked_at: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(by: str) -> decisions.Decision:
        return decisions.Decision("a" * 32, "c", "reject", (), by, "why")

    lake, spec = looked_at.lake, looked_at.spec
    stored, late = decisions_record._stored, [said("carl")]

    def other_writer(*given: Any) -> Sequence[decisions.Decision]:
        found = stored(*given)
        if late:
            decisions_record.add(lake, spec, DAY, "other", [late.pop()], "carl")
        return found

    monkeypatch.setattr(decisions_record, "_stored", other_writer)
    decisions_record.add(lake, spec, DAY, "other", [said("ben")], "ben")
    assert {d.by for d in decisions_record.of_day(lake, spec, DAY, "other")} == {"ben", "carl"}


@pytest.fixture
def aug(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line on a day; returns its exit code and words."""

    def call(days: Days, *words: str) -> tuple[int, str]:
        monkeypatch.setattr(quarantine_words, "_opened", lambda _: (days.lake, days.spec))
        monkeypatch.setattr(quarantine_words.home, "prepare", lambda: None)
        monkeypatch.setattr(annotations.loader, "get", lambda _: days.spec)
        monkeypatch.setenv("AUG_LAKE", days.lake.uri)
        done = CliRunner().invoke(app, ["quarantine", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return call


def test_the_list_counts_all_and_shows_the_open(looked_at: Days, aug: Any) -> None:
    told = json.loads(aug(looked_at, "list", "lab/small", "--reason", "exact_copy", "--json")[1])
    assert told["counts"] == [
        {"date": DAY, "stage": "augmented", "reason": "exact_copy", "state": "open", "rows": 6}
    ]
    assert len(told["rows"]) == 6
    code, text = aug(looked_at, "list", "lab/small", "--most", "1")
    assert (code, text.count("exact_copy")) == (0, 2 - ("min:amount" in text.splitlines()[-2]))
    assert "and 7 more" in text


def test_the_command_line_shows_refuses_and_decides(copied: Days, aug: Any) -> None:
    row = rows(copied, "source")[0]
    code, text = aug(copied, "show", "lab/small", row.row_id)
    assert code == 0
    assert "launched by ann" in text
    assert "amount: -1.0" in text
    *_, access = [r for r in audit_log(copied.lake, "lab").records() if r.action == "access"]
    assert access.subject["row_ids"] == [row.row_id]
    code, text = aug(copied, "release", "lab/small", row.row_id, "--by", "ann", "--reason", "mine")
    assert (code, text.split(":")[0]) == (1, "four_eyes")
    code, text = aug(
        copied, "release", "lab/small", row.row_id, "--by", "ben", "--reason", "x", "--set", "amount"
    )
    assert (code, text.split(":")[0]) == (1, "not_releasable")
    code, text = aug(
        copied, "release", "lab/small", row.row_id, "--by", "ben", "--reason", "unit", "--set", "amount=4"
    )
    assert code == 0
    assert "aug run lab/small --from 2025-01-02 --to 2025-01-02" in text
    code, text = aug(copied, "show", "lab/small", row.row_id, "--json")
    assert json.loads(text)[0]["decision"]["corrected"] == {"amount": "4"}


def annotated(
    file: Path, said: dict[str, list[tuple[str, str]]], who: str = "carl@lab"
) -> list[dict[str, Any]]:
    """The tasks of a file as annotators give them back."""
    tasks = json.loads(file.read_text())
    for task in tasks:
        result = [
            {"from_name": name, "to_name": "item", "type": "choices", "value": {"choices": [word]}}
            for name, word in said.get(task["data"]["row_id"], [])
        ]
        task["annotations"] = [{"completed_by": {"email": who}, "result": result}] if result else []
    file.write_text(json.dumps(tasks))
    return tasks


def test_label_studio_and_back(copied: Days, aug: Any, tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    assert aug(copied, "export", "lab/small", "--to", str(file))[0] == 0
    assert "<View>" in (tmp_path / "tasks.xml").read_text()
    source, other = rows(copied, "source")
    good, wrong, *_ = rows(copied, "augmented")
    annotated(file, {
        source.row_id: [("decision", "reject")], other.row_id: [("label", "1")],
        good.row_id: [("decision", "release"), ("label", "1")], wrong.row_id: [("label", "0")],
    })  # fmt: skip
    for by in ("ann", "Ben"):
        code, text = aug(copied, "import", str(file), "--by", by, "--reason", "label review")
        assert code == (by == "ann"), text
        assert ("four_eyes" in text) == (by == "ann")
        assert len(recorded(copied)) == (0 if by == "ann" else 4)
    found = {r.row_id: r.decision for stage in ("source", "augmented") for r in rows(copied, stage)}
    assert {d.by for d in found.values() if d} == {"carl@lab"}
    assert [found[r.row_id].decision for r in (source, other, good, wrong)] == [
        "reject", "release", "release", "reject",
    ]  # fmt: skip
    assert found[other.row_id].corrected == {"fraud": "1"}
    assert found[wrong.row_id].why == "label review; the label should be 0"
    assert sum(d is None for d in found.values()) == 4


@pytest.mark.parametrize("kind", ["changed", "unknown", "two datasets", "nothing", "no file", "no reason"])
def test_a_bad_import_leaves_nothing_behind(looked_at: Days, aug: Any, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "tasks.json"
    aug(looked_at, "export", "lab/small", "--to", str(file), "--stage", "augmented")
    rejected = [("decision", "reject")]
    tasks = annotated(
        file,
        {}
        if kind == "nothing"
        else dict.fromkeys((r.row_id for r in rows(looked_at, "augmented")), rejected),
    )
    name, value = {
        "changed": ("content", "c"),
        "unknown": ("row_id", "f" * 32),
        "two datasets": ("dataset", "a/b"),
    }.get(kind, ("x", ""))
    tasks[-1]["data"][name] = value
    file.write_text(json.dumps(tasks))
    where = file.with_name("gone.json") if kind == "no file" else file
    error = {"unknown": UnknownRowError, "no reason": DecisionError}.get(kind, AnnotationsError)
    with pytest.raises(error):
        annotations.import_(looked_at.lake, where, "ben", "" if kind == "no reason" else "review")
    assert recorded(looked_at) == []


@pytest.mark.parametrize("succeeds", [True, False])
def test_the_days_of_a_release_can_be_run_at_once(
    copied: Days, aug: Any, monkeypatch: pytest.MonkeyPatch, *, succeeds: bool
) -> None:
    ran: list[tuple[str, str, str]] = []

    def days_made(*given: str) -> list[DayResult]:
        ran.append(given)
        return [DayResult(given[1], succeeded=succeeds, error="" if succeeds else "a gate failed")]

    monkeypatch.setattr("aug_assets.commands.run.run", days_made)
    row = rows(copied, "augmented")[0]
    words = ("release", "lab/small", row.row_id, "--by", "ben", "--reason", "fine", "--run")
    code, text = aug(copied, *words)
    assert (code, ran) == (0 if succeeds else 1, [("lab/small", DAY, DAY)])
    assert ("a gate failed" in text) != succeeds
