"""`aug trace`: the whole story of a row, from its raw data to what was made of it."""

import json
from typing import Any

import pytest

from aug_assets.commands import trace as command
from aug_assets.lineage.trace import mermaid
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
    assert (step.operator, step.key) == ("smote_nc", provenance["key"])
    assert step.drawn == dict(provenance["drawn"])
    assert list(found.parents) == provenance["parents"]
    assert "smote_nc" in found.recipe
    assert found.values is None
    assert {gate["gate"] for gate in found.gates} >= {"schema", "verdict"}
    assert [one.stage for one in found.made] == ["source", "augmented", "validated"]
    for one in found.made:
        assert {"run_id", "user", "code", "environment", "spec_digest"} <= set(one.by)


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
