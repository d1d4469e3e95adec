"""Which column feeds which: what a dataset's file says must come out, for each kind of rows."""

import pytest

from aug_assets import loader
from aug_assets.lineage.columns import Feed, changed, choosers, feeds
from tests import builders, queries, scenes

TIED = builders.COLUMNS | {
    "total": {"type": "float64", "derive": "amount * count", "nullable": True},
    "most": {"type": "float64", "not_below": "amount"},
    "extra": {"type": "float64", "nullable": True, "null_when": "fraud == 0"},
    "kept": {"type": "float64", "synthesize": False},
}
ASKING = {"operator": "llm_paraphrase", "url": "http://nowhere.invalid/v1", "model": "m"}


def direct(stage: str, name: str, **changes: object) -> list[str]:
    made = feeds(builders.spec(**changes), stage)[name]
    return [f"{feed.stage}.{feed.column}" for feed in made if feed.direct]


def test_published_columns_are_those_of_real_and_of_made_rows_as_they_are() -> None:
    spec = builders.spec()
    told = feeds(spec, "validated")
    assert set(told) == {"row_id", "is_synthetic", *spec.columns}
    for name, made in told.items():
        assert made == (Feed("source", name), Feed("augmented", name))


def test_what_no_operator_may_change_is_the_parents() -> None:
    told = feeds(builders.spec(columns=TIED), "augmented")
    for name in ("fraud", "note", "kept"):
        assert told[name] == (Feed("source", name),)


def test_a_learned_column_comes_of_itself_and_depends_on_the_other_learned_ones() -> None:
    spec = builders.spec()
    assert changed(spec) == ("amount", "count", "kind", "flag")
    own, *others = feeds(spec, "augmented")["amount"]
    assert own == Feed("source", "amount", "TRANSFORMATION")
    assert others == [Feed("source", name, "CONDITIONAL") for name in ("count", "kind", "flag")]


def test_keys_come_of_row_ids_and_nobody_can_read_them_back() -> None:
    told = feeds(builders.spec(), "augmented")
    assert told["id"] == told["row_id"] == (Feed("source", "row_id", "TRANSFORMATION", masked=True),)
    (named,) = feeds(builders.spec(), "source")["row_id"]
    assert named == Feed("raw", "id", "TRANSFORMATION", masked=True)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("total", ["source.amount", "source.count"]),
        ("most", ["source.most", "source.amount"]),
        ("extra", ["source.extra"]),
    ],
)
def test_ties_feed_columns(name: str, inputs: list[str]) -> None:
    assert direct("augmented", name, columns=TIED) == inputs


def test_the_cause_of_a_missing_value_is_a_condition() -> None:
    told = feeds(builders.spec(columns=TIED), "augmented")["extra"]
    assert Feed("source", "fraud", "CONDITIONAL") in told


def test_a_renamed_column_comes_of_its_raw_name() -> None:
    columns = builders.COLUMNS | {"amount": builders.COLUMNS["amount"] | {"from": "AMT"}}
    assert feeds(builders.spec(columns=columns), "source")["amount"] == (Feed("raw", "AMT"),)


def test_the_columns_that_choose_rows() -> None:
    spec = builders.spec(recipe=[builders.branch(where="amount > 5")], holdout={"by": "note"})
    assert [feed.column for feed in choosers(spec, "augmented")] == ["amount", "fraud", "note"]
    assert choosers(spec, "validated") == ()


def test_boxes_are_measured_from_their_mask() -> None:
    told = feeds(scenes.spec(steps=[{"operator": "blur"}]), "augmented")
    assert [feed.column for feed in told["boxes"] if feed.direct] == ["boxes", "mask"]
    assert told["camera"] == (Feed("source", "camera"),)
    assert told["image"][0] == Feed("source", "image", "TRANSFORMATION")


def test_a_session_is_named_by_whose_it_is_and_when() -> None:
    spec = loader.get("shop/shop_sessions")
    assert spec.sessions is not None
    named = feeds(spec, "source")[spec.sessions.id]
    assert [feed.column for feed in named] == [
        spec.columns[name].from_ or name for name in (spec.sessions.by, spec.sessions.time)
    ]
    assert set(changed(spec)) == set(spec.kinds["each"])


def test_a_text_that_a_model_wrote_comes_of_its_reply() -> None:
    plain = queries.spec()
    (name,) = plain.kinds["text"]
    assert feeds(plain, "augmented")[name] == (Feed("source", name, "TRANSFORMATION"),)
    asking = queries.spec(steps=[ASKING])
    assert Feed("paraphrases", "reply", "TRANSFORMATION") in feeds(asking, "augmented")[name]


def test_other_stages_have_no_columns_of_their_own() -> None:
    assert feeds(builders.spec(), "gates") == {}
