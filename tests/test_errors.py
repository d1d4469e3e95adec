"""Errors keep their words across processes, and one long value does not drown them."""

import pickle

import pytest

from aug_assets import errors
from aug_assets.errors import AugError


def classes(base: type[AugError] = AugError) -> list[type[AugError]]:
    below = [c for sub in base.__subclasses__() for c in classes(sub)]
    return [base, *below] if base.__module__ == errors.__name__ else below


@pytest.mark.parametrize("cls", classes(), ids=lambda c: c.__name__)
def test_pickling_keeps_class_and_text(cls: type[AugError]) -> None:
    error = cls("a thing is wrong", seen={"a": 1}, legal=[1, 2], todo="do this")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is cls
    assert str(back) == str(error) == "a thing is wrong. Seen: {'a': 1}. Legal: [1, 2]. Next: do this."
    assert (back.code, back.transient, back.args) == (error.code, error.transient, error.args)
    assert str(pickle.loads(pickle.dumps(back))) == str(error)


def test_codes_tell_all_errors_apart() -> None:
    codes = [c.code for c in classes()]
    assert len(set(codes)) == len(codes) > 20


def test_only_passing_troubles_are_tried_again() -> None:
    transient = {c.code for c in classes() if c.transient}
    assert transient == {
        "audit_race", "cluster_unreachable", "commit_conflict", "deployment_race", "endpoint_unreachable",
        "lake_unreachable", "signing_unreachable",
    }  # fmt: skip


@pytest.mark.parametrize("part", ["message", "seen", "legal", "todo"])
def test_ten_thousand_characters_are_cut_wherever_they_come_from(part: str) -> None:
    parts = {"message": "wrong", "seen": 1, "legal": "2", "todo": "x", part: "y" * 10_000}
    error = AugError(parts.pop("message"), **parts)
    assert len(str(error)) < 800
    assert "1000" in str(error)  # how long it was
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_value_that_is_missing_leaves_no_empty_words() -> None:
    assert str(AugError("wrong")) == "wrong."
    assert str(AugError("wrong", seen=0)) == "wrong. Seen: 0."
    assert str(AugError("wrong", seen="")) == "wrong. Seen: ''."
