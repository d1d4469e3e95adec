"""What may be published: only exactly what was judged, by these gates, and passed."""

# ruff: noqa: E501 - tables read better wide

from typing import Any

import pytest

from aug_assets import gates
from aug_assets.errors import PublishRefusedError, VerdictFailedError, VerdictMissingError, VerdictStaleError
from aug_assets.publish import check_verdict
from tests import builders

SPEC = builders.spec(gates=[{"gate": "column_skew", "blocking": False}])
DIGEST = "d" * 64


def verdict(**by_gate: dict[str, Any]) -> list[dict[str, Any]]:
    """A verdict that lets a day pass, with the rows of some gates changed."""
    names = [*(step.gate for step in SPEC.gate_steps), gates.VERDICT]
    base = {"passed": True, "blocking": True, "value": 0.0, "threshold": 0.0, "reason": "fine",
            "candidates_digest": DIGEST, "gates_digest": SPEC.gates_digest, "quarantine_version": 3}  # fmt: skip
    return [{"gate": name, **base, **by_gate.get(name, {})} for name in names]


def ask(rows: list[dict[str, Any]], digest: str = DIGEST, spec=SPEC) -> None:
    check_verdict(spec, builders.DAY, rows, digest)


def test_a_whole_verdict_on_exactly_these_rows_lets_them_pass() -> None:
    ask(verdict())


def test_no_verdict() -> None:
    with pytest.raises(VerdictMissingError, match="materialize lab/small_augmented"):
        ask([])


@pytest.mark.parametrize("gate", ["schema", "rules", "exact_copies", "column_skew", gates.VERDICT])
def test_a_gate_that_is_missing(gate: str) -> None:
    with pytest.raises(VerdictMissingError, match=gate):
        ask([row for row in verdict() if row["gate"] != gate])


def test_a_verdict_on_other_rows() -> None:
    with pytest.raises(VerdictStaleError, match="other candidates"):
        ask(verdict(), digest="e" * 64)


@pytest.mark.parametrize("gate", ["schema", gates.VERDICT])
def test_a_verdict_of_which_one_row_is_on_other_rows(gate: str) -> None:
    with pytest.raises(VerdictStaleError, match="other candidates"):
        ask(verdict(**{gate: {"candidates_digest": "e" * 64}}))


def test_a_verdict_by_other_rules() -> None:
    stricter = builders.spec(gates=[{"gate": "column_skew", "blocking": False}], rules=["amount > 3"])
    with pytest.raises(VerdictStaleError, match="other gates or rules"):
        ask(verdict(), spec=stricter)
    with pytest.raises(VerdictStaleError, match="other gates or rules"):
        ask(verdict(rules={"gates_digest": "0"}))


@pytest.mark.parametrize("gate", ["schema", "rules", "exact_copies", gates.VERDICT])
@pytest.mark.parametrize("passed", [False, None])
def test_a_blocking_gate_that_failed(gate: str, passed: bool | None) -> None:
    with pytest.raises(VerdictFailedError, match="too bad"):
        ask(verdict(**{gate: {"passed": passed, "reason": "too bad"}}))


def test_what_blocks_is_the_specs_word_and_not_the_stored_one() -> None:
    with pytest.raises(VerdictFailedError):
        ask(verdict(schema={"passed": False, "blocking": False}))
    ask(verdict(column_skew={"passed": False, "blocking": True}))


def test_a_gate_that_is_not_in_the_spec_blocks_when_it_failed() -> None:
    stray = {**verdict()[0], "gate": "stray", "passed": False}
    with pytest.raises(VerdictFailedError, match="stray"):
        ask([*verdict(), stray])


def test_a_second_word_of_a_gate_does_not_outweigh_its_no() -> None:
    no = {**next(row for row in verdict() if row["gate"] == "schema"), "passed": False}
    for rows in ([*verdict(), no], [no, *verdict()]):
        with pytest.raises(PublishRefusedError):
            ask(rows)
