"""The built-in day of support queries keeps what it promises."""

import pandas as pd
import pytest

from aug_assets import loader, recipe
from aug_assets.gates.judge import judge
from aug_assets.ingest import ingest
from aug_assets.operators.text import words
from aug_assets.rows import digest
from aug_assets.samples import support_queries
from aug_assets.samples._support_phrases import INTENTS

DAYS = ["2025-01-01", "2025-03-29", "2026-02-28"]
SPEC = loader.get("helpdesk/support_queries")
RARE = ("change_address", "close_account", "dispute_charge", "exchange_rate")


def test_the_same_on_each_call_and_another_on_each_day() -> None:
    assert support_queries.day(DAYS[0]).equals(support_queries.day(DAYS[0]))
    assert len({digest(ingest(SPEC, day).rows) for day in DAYS}) == len(DAYS)


@pytest.mark.parametrize("day", DAYS)
def test_dirt_is_found_where_the_schema_can_tell(day: str) -> None:
    found = ingest(SPEC, day)
    weekend = pd.Timestamp(day).weekday() >= 5
    assert found.read == (320 if weekend else 400) + 2
    assert found.reasons == {
        "duplicate_row": 2,
        "max_length:text": 2,
        "not_null:text": 2,
        "rule:text_not_empty": 2,
        "values:intent": 2,
    }
    assert found.quarantine.num_rows == 10


def test_intents_are_unequal_and_those_augmented_are_rare() -> None:
    rows = pd.concat([ingest(SPEC, day).rows.to_pandas() for day in DAYS], ignore_index=True)
    share = rows["intent"].value_counts(normalize=True)
    assert set(share.index) == set(INTENTS) == set(SPEC.columns["intent"].values)
    assert set(share.index[-4:]) <= {*RARE, "password_reset"}
    assert share.iloc[0] > 6 * share.iloc[-1]
    assert 0.85 < (rows["language"] == "en").mean() < 0.95
    assert rows["text"].duplicated().mean() < 0.2


def test_every_pattern_can_be_filled() -> None:
    text = "".join(ingest(SPEC, day).rows["text"].to_pylist().__str__() for day in DAYS)
    assert not set("{}|") & set(text)


def test_the_recipe_passes_its_gates_and_keeps_values_and_negations() -> None:
    source = ingest(SPEC, DAYS[0]).rows
    plan = recipe.plan(SPEC, DAYS[0], source)
    made = recipe.make(plan, 0, 0, plan.rows)
    verdict = judge(SPEC, DAYS[0], source, [(made.rows, made.told)], plan.rows)
    assert verdict.passed, [j.reason for j in verdict.judgements if not j.passed]
    assert made.rows.num_rows == plan.rows > 40
    branch = plan.branches[0]
    parents = branch.parents["text"].take(branch.parent)
    pattern = words.tokens(SPEC.safety.protected_terms)
    changed = 0
    for before, after in zip(parents, made.rows["text"].to_pylist(), strict=True):
        assert words.kept(after, pattern) == words.kept(before, pattern)
        changed += before != after
    assert changed > 0.9 * plan.rows
    assert set(made.rows["intent"].to_pylist()) <= set(RARE)
