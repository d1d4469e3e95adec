"""What a dataset may hold together, and recipes that are refused when it is loaded."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests import builders, scenes

BLUR = [{"operator": "blur"}]
EVENTS = {
    "id": {"type": "string"},
    "user": {"type": "string"},
    "at": {"type": "timestamp", "each": True},
    "item": {"type": "string", "each": True},
}
RECIPE = [{"name": "more", "select": {"rows": "all", "copies": 1}, "steps": [{"operator": "smote_nc"}]}]
SESSIONS = {"by": "user", "time": "at", "id": "id"}


def refused(words: str, **changes: Any) -> None:
    with pytest.raises(ValidationError, match=words):
        scenes.spec(**{"steps": BLUR, **changes})


def columns(**more: Any) -> dict[str, Any]:
    return {**scenes.COLUMNS, **more}


def test_the_modality_follows_from_the_columns() -> None:
    assert scenes.spec(steps=BLUR).modality == "image"
    assert builders.spec().modality == "tabular"


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("only one column may be image", {"second": {"type": "image"}}),
        ("three kinds of datasets", {"query": {"type": "text"}}),
        ("must name a column of type mask", {"boxes": {"type": "boxes", "objects_in": "note"}}),
        ("three kinds of datasets", {"clicks": {"type": "int64", "each": True}}),
        ("objects_in is for boxes", {"note": {"type": "string", "objects_in": "mask"}}),
        ("dtype and channels are for image", {"mask": {"type": "mask", "dtype": "uint8"}}),
    ],
)
def test_columns_that_cannot_be_together(words: str, more: dict[str, Any]) -> None:
    refused(words, columns=columns(**more))


def test_a_mask_needs_a_picture() -> None:
    refused("needs a column of type image", columns={k: v for k, v in scenes.COLUMNS.items() if k != "image"})


def test_a_picture_is_no_key() -> None:
    refused("one plain value", label="image")


def test_operators_of_other_rows_are_refused() -> None:
    refused("changes tabular rows", steps=[{"operator": "jitter_bootstrap"}])
    with pytest.raises(ValidationError, match="changes image rows"):
        builders.spec(recipe=[{**builders.branch(), "steps": BLUR}])


def test_a_forbidden_operator_is_refused_with_its_reason() -> None:
    refused("blur is not safe here: fine lines vanish", safety={"forbid": {"blur": "fine lines vanish"}})
    refused("no operator of this name", safety={"forbid": {"bluur": "typo"}})


@pytest.mark.parametrize(
    ("words", "sessions"),
    [
        ("there is no column", {**SESSIONS, "by": "card"}),
        ("must name a timestamp", {**SESSIONS, "time": "item"}),
        ("string without `each`", {**SESSIONS, "id": "item"}),
        ("one value a session", {**SESSIONS, "by": "item"}),
        ("go together", None),
    ],
)
def test_sessions_need_their_columns(words: str, sessions: Any) -> None:
    with pytest.raises(ValidationError, match=words):
        builders.spec(columns=EVENTS, label=None, sessions=sessions, recipe=RECIPE)
