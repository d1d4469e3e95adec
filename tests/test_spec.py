"""What a spec refuses, and what its digests do and do not depend on."""

# ruff: noqa: E501 - tables read better wide

from typing import Any

import pytest
from pydantic import ValidationError

from aug_assets import recipe
from aug_assets.keys import step_key
from aug_assets.spec import DatasetSpec
from tests import builders

C = builders.COLUMNS


def column(**changes: Any) -> dict[str, Any]:
    return {"columns": {**C, "amount": {**C["amount"], **changes}}}


def steps(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"recipe": [{**builders.branch(), "steps": list(parts)}]}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "tenant that would leave its folder": ({"tenant": "../x"}, "pattern"),
    "two underscores, which part tenant from dataset": ({"tenant": "a__b"}, "pattern"),
    "name of a stage": ({"name": "small_source"}, "platform's own"),
    "upper case": ({"name": "Small"}, "pattern"),
    "newline after a name": ({"name": "small\n"}, "pattern"),
    "no key": ({"key": []}, "at least 1"),
    "unknown key column": ({"key": ["nope"]}, "no column 'nope'"),
    "key twice": ({"key": ["id", "id"]}, "twice"),
    "nullable key": ({"key": ["note"]}, "may not be nullable"),
    "key of floats": ({"key": ["amount"]}, "text or whole numbers"),
    "unknown label": ({"label": "nope"}, "no column 'nope'"),
    "no label for a minority": ({"label": None}, "needs a label"),
    "reserved column": ({"columns": {**C, "row_id": {"type": "string"}}}, "platform's own"),
    "unknown field": ({"colour": 1}, "Extra inputs"),
    "minimum above maximum": (column(min=5, max=4), "above max"),
    "minimum that is no number": (column(min=float("nan")), "finite"),
    "minimum of text": ({"columns": {**C, "note": {"type": "string", "min": 1}}}, "min and max are for"),
    "no legal values": ({"columns": {**C, "kind": {"type": "category", "values": []}}}, "at least 1"),
    "truth value among codes": (
        {"columns": {**C, "kind": {"type": "category", "values": ["DE", False]}}},
        "quote it",
    ),
    "text among numbers": (
        {"columns": {**C, "fraud": {"type": "int64", "values": [0, "1"]}}},
        "can never be",
    ),
    "values of a truth column": (
        {"columns": {**C, "flag": {"type": "bool", "values": [1]}}},
        "values are for",
    ),
    "decimals of an integer": (
        {"columns": {**C, "count": {"type": "int64", "decimals": 1}}},
        "decimals are for",
    ),
    "nothing to change": (
        {"columns": {"id": C["id"], "fraud": C["fraud"], "note": C["note"]}},
        "no column is left",
    ),
    "no recipe": ({"recipe": []}, "at least 1"),
    "two branches of one name": ({"recipe": [builders.branch(), builders.branch()]}, "share a name"),
    "copies and ratio": ({"recipe": [builders.branch(ratio=1.0)]}, "either `copies` or `ratio`"),
    "neither copies nor ratio": ({"recipe": [builders.branch(copies=None)]}, "either `copies` or `ratio`"),
    "ratio of all": (
        {"recipe": [builders.branch(rows="all", copies=None, ratio=1.0)]},
        "is for rows: minority",
    ),
    "class of all": ({"recipe": [builders.branch(rows="all")]}, "is for rows: minority"),
    "class that is no label value": ({"recipe": [builders.branch(label_value=7)]}, "no value of the label"),
    "unknown operator": (steps({"operator": "smote_x"}), "does not match any of the expected tags"),
    "no neighbours": (steps({"operator": "smote_nc", "k": 0}), "greater than or equal to 1"),
    "generator after another": (
        steps({"operator": "jitter_bootstrap"}, {"operator": "smote_nc"}),
        "only be the first step",
    ),
    "parameter of another operator": (steps({"operator": "smote_nc", "scale": 1}), "Extra inputs"),
    "unknown gate": ({"gates": [{"gate": "nope"}]}, "does not match any of the expected tags"),
    "date that is none": ({"partitions": {"start": "2025-02-30"}}, "date"),
    "end before start": ({"partitions": {"start": "2025-01-02", "end": "2025-01-02"}}, "leaves no day"),
    "unknown time zone": ({"partitions": {"start": "2025-01-01", "timezone": "Mars/North"}}, "IANA"),
    "all days and no timestamp": ({"source": {"uri": "/x.csv"}}, "needs `timestamp`"),
    "attribute of the date": ({"source": {"uri": "/{date.__class__}.csv"}}, "may stand in braces"),
    "misspelt date": ({"source": {"uri": "/{dat}.csv", "timestamp": "when"}}, "may stand in braces"),
    "conversion of the date": ({"source": {"uri": "/{date!r}.csv"}}, "may stand in braces"),
    "sample outside its folder": ({"source": {"uri": "sample://../os"}}, "its name alone"),
    "timestamp of another type": ({"source": {"uri": "/x.csv", "timestamp": "note"}}, "of type timestamp"),
    "model that is no path": ({"model": "os.system('true')"}, "pattern"),
    "no rows a chunk": ({"chunk_rows": 0}, "greater than or equal to 1"),
    "share above one": ({"limits": {"max_rejected_share": 1.5}}, "less than or equal to 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_specs_are_refused(case: str) -> None:
    changes, told = WRONG[case]
    with pytest.raises(ValidationError, match=told):
        builders.spec(**changes)


def test_specs_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        builders.spec().name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("uri", "day", "found"),
    [
        ("/a/{date}.csv", "2025-01-02", "/a/2025-01-02.csv"),
        ("/a/{date:%Y/%m}/{date:%d}.csv", "2025-01-02", "/a/2025/01/02.csv"),
        ("${HOME}/{date}.csv", "2025-01-02", "${HOME}/2025-01-02.csv"),
    ],
)
def test_the_uri_of_a_day(uri: str, day: str, found: str) -> None:
    assert builders.spec(source={"uri": uri}).source.at(day) == found


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("a/{date}.csv", "csv"), ("a/{date}.CSV.GZ", "csv"), ("a/{date}.ndjson", "jsonl"), ("a/{date}/", "parquet"),
        ("a/{date}.pq", "parquet"), ("a/{date}.jsonl.bz2", "jsonl"),
    ],
)  # fmt: skip
def test_the_format_is_the_endings(uri: str, kind: str) -> None:
    assert builders.spec(source={"uri": uri}).source.file_format == kind
    assert builders.spec(source={"uri": uri, "format": "csv"}).source.file_format == "csv"


ASIDE: list[dict[str, Any]] = [
    {"owners": ["team:x"]},
    {"description": "words"},
    {"chunk_rows": 7},
    {"schedule": {"hour": 5}},
]


@pytest.mark.parametrize("change", ASIDE, ids=lambda c: next(iter(c)))
def test_digests_ignore_what_makes_no_row(change: dict[str, Any]) -> None:
    base, other = builders.spec(), builders.spec(**change)
    assert (base.digest, base.recipe_digest, base.gates_digest) == (
        other.digest, other.recipe_digest, other.gates_digest,
    )  # fmt: skip


def test_digests_see_what_makes_rows() -> None:
    variants = [
        {},
        steps({"operator": "smote_nc", "k": 4}),
        steps({"operator": "smote_nc", "k": 3}, {"operator": "jitter_bootstrap"}),
        steps({"operator": "smote_nc", "k": 3}, {"operator": "jitter_bootstrap", "scale": 0.1}),
        {"recipe": [builders.branch(copies=3)]},
        {"recipe": [builders.branch("other")]},
        {"recipe": [builders.branch(), builders.branch("other")]},
    ]
    specs = [builders.spec(**v) for v in variants]
    assert len({s.digest for s in specs}) == len({s.recipe_digest for s in specs}) == len(variants)
    assert len({s.gates_digest for s in specs}) == 1


def test_the_gates_digest_sees_what_decides_a_verdict() -> None:
    variants = [
        {},
        {"gates": [{"gate": "rules", "max_share": 0.5}]},
        {"gates": [{"gate": "rules", "blocking": False}]},
        {"rules": ["count < amount"]},
        column(max=999),
        {"model": "a.b:C"},
    ]
    assert len({builders.spec(**v).gates_digest for v in variants}) == len(variants)


def test_default_gates_judge_a_dataset_that_names_none_and_cannot_be_left_out() -> None:
    default = [step.gate for step in builders.spec().gate_steps]
    changed = builders.spec(gates=[{"gate": "rules", "max_share": 0.5}]).gate_steps
    assert default == [step.gate for step in changed] == sorted(default)
    assert next(s for s in changed if s.gate == "rules").max_share == 0.5


def keys_of(spec: DatasetSpec, branch: str) -> list[str]:
    plan = recipe.plan(spec, builders.DAY, builders.table(40, dataset=spec))
    number = [b.branch.name for b in plan.branches].index(branch)
    provenance = recipe.make(plan, number, 0, 5).told
    return [row["key"] for row in provenance.to_pylist() if row["step"] == 0]


def test_another_branch_or_a_further_step_leaves_the_keys_of_other_rows() -> None:
    base = keys_of(builders.spec(), "more")
    wider = builders.spec(recipe=[builders.branch("before"), builders.branch()])
    assert keys_of(wider, "more") == base
    longer = builders.spec(**steps({"operator": "smote_nc", "k": 3}, {"operator": "jitter_bootstrap"}))
    assert keys_of(longer, "more") == base
    assert keys_of(wider, "before") != base
    assert keys_of(builders.spec(**steps({"operator": "smote_nc", "k": 4})), "more") != base


def test_a_spec_survives_a_round_trip() -> None:
    spec = builders.spec(columns={**C, "amount": {**C["amount"], "from": "AMT"}})
    again = DatasetSpec.model_validate_json(spec.model_dump_json(by_alias=True))
    assert again == spec
    assert again.digest == spec.digest
    assert (step_key(spec.id, "d", spec.digest) == step_key(again.id, "d", again.digest)).all()
