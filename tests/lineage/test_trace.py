"""`aug trace`: the whole story of a row, from its raw data to what was made of it."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from aug_assets.assets import common
from aug_assets.commands import trace as command
from aug_assets.errors import ReadersError
from aug_assets.lineage.picture import picture
from aug_assets.lineage.trace import mermaid
from resources import environment, model_ledger
from resources.audit import audit_log
from tests import builders
from tests.assets.days import DAY, NEXT_DAY, Days


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Days:
    days = Days(tmp_path_factory.mktemp("trace"), gates=[{"gate": "column_skew", "max_distance": 0.9}])
    for seed, day in enumerate((DAY, NEXT_DAY)):
        rows = builders.frame(80, seed)
        rows.loc[0, "amount"] = -1.0
        days.deliver(rows, day)
        run = days.run(day=day)
        assert run.success, run.told
    return days


def of(days: Days, row_id: str, **options: Any) -> Any:
    return command.of(days.lake, days.spec, row_id, **{"values": False, **options})


def test_a_made_row_names_its_parents_its_key_and_what_was_drawn(made: Days) -> None:
    provenance = made.rows("provenance", NEXT_DAY).to_pylist()[0]
    found = of(made, provenance["row_id"])
    assert (found.kind, found.date, found.state) == ("synthetic", NEXT_DAY, "published")
    (step,) = found.steps
    assert (step.operator, step.key) == ("smote_nc", provenance["row_id"])
    assert step.drawn == dict(provenance["drawn"])
    assert list(found.parents) == provenance["parents"]
    assert "smote_nc" in found.recipe
    assert found.values is None
    assert {gate["gate"] for gate in found.gates} >= {"schema", "verdict"}
    assert [one.stage for one in found.made] == ["source", "augmented", "validated"]
    for one in found.made:
        assert {"run_id", "user", "code", "git", "environment", "spec_digest"} <= set(one.by)


def test_values_are_shown_only_when_asked_for(made: Days) -> None:
    row_id = made.rows("augmented").column("row_id")[0].as_py()
    hidden, shown = of(made, row_id), of(made, row_id, values=True)
    assert set(hidden.parents.values()) == {None}
    source = {row["row_id"]: row for row in made.rows("source").to_pylist()}
    assert shown.parents == {parent: source[parent] for parent in hidden.parents}
    assert shown.values["amount"] == made.rows("augmented").column("amount")[0].as_py()
    note = next(iter(shown.parents.values()))["id"]
    assert note not in json.dumps(hidden.as_dict(), default=str)


def test_a_real_row_names_what_was_made_of_it(made: Days) -> None:
    told = made.rows("provenance").to_pylist()
    parent = told[0]["parents"][-1]
    found = of(made, parent)
    assert found.kind == "real"
    assert set(found.children) == {row["row_id"] for row in told if parent in row["parents"]}
    lonely = set(made.rows("source").column("row_id").to_pylist()) - {p for r in told for p in r["parents"]}
    assert of(made, min(lonely)).children == ()


def test_words_and_chart_tell_the_same(made: Days) -> None:
    found = of(made, made.rows("augmented").column("row_id")[0].as_py())
    words, chart = "\n".join(found.lines()), mermaid(found)
    for parent in found.parents:
        assert parent in words
        assert parent[:12] in chart
    assert f"s0 --> r{found.row_id[:12]}" in chart


def test_an_unknown_row_is_no_row_of_the_dataset(made: Days) -> None:
    assert of(made, "0" * 32) is None


def test_a_real_row_tells_what_became_of_its_children_and_who_trained_on_it(made: Days) -> None:
    told = made.rows("provenance", NEXT_DAY).to_pylist()
    model_ledger.record(
        made.lake, made.spec, "m", "3", "run", [{"date": NEXT_DAY, "validated_version": 1, "digest": "d"}]
    )
    found = of(made, told[0]["row_id"])
    assert [(one["model"], one["version"]) for one in found.models] == [("m", "3")]
    parent = of(made, told[0]["parents"][0])
    assert parent.fates[told[0]["row_id"]]["state"] == "published"
    assert "m version 3" in "\n".join(parent.lines())
    drawn = ET.fromstring(picture(parent))
    words = " ".join(node.text or "" for node in drawn.iter())
    assert told[0]["row_id"][:12] in words
    assert "version 3" in words


def test_a_delivered_row_that_was_held_back_is_found(made: Days) -> None:
    held = common.quarantine_table(made.lake, made.spec).read({"date": DAY, "stage": "source"}).to_pylist()[0]
    found = of(made, held["row_id"])
    assert (found.kind, found.state, found.reasons) == ("real", "quarantined", tuple(held["reasons"]))
    assert found.values is None
    assert of(made, held["row_id"], values=True).values == {"row": held["row"]}


def test_a_row_of_an_older_recipe_still_shows_its_text(made: Days) -> None:
    row_id = made.rows("augmented").column("row_id")[0].as_py()
    now = builders.spec(recipe=[builders.branch("other")])
    assert "smote_nc" in command.of(made.lake, now, row_id, values=False).recipe


def test_only_named_accounts_see_values_and_each_look_is_recorded(
    made: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command.loader, "get", lambda _: made.spec)
    monkeypatch.setenv("AUG_LAKE", made.lake.uri)
    row_id = made.rows("augmented").column("row_id")[0].as_py()
    monkeypatch.setenv("AUG_READERS", "somebody")
    with pytest.raises(ReadersError, match="somebody"):
        command.trace(row_id, made.spec.id, values=True)
    monkeypatch.setenv("AUG_READERS", f"somebody, {environment.user()}")
    found = command.trace(row_id, made.spec.id, values=True, by="ana", why="complaint")
    (record,) = [one for one in audit_log(made.lake, made.spec.tenant).records() if one.action == "access"]
    assert (record.by, record.why) == ("ana", "complaint")
    assert record.subject["row_ids"] == [row_id, *found.parents]
    assert record.subject["account"] == environment.user()
