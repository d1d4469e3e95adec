"""Canaries: a stable split, one voice a subject, and a rule that may look every day."""

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets.bets import harm, harmless
from aug_assets.canary import Counts, chosen, comparable, count, judge
from aug_assets.spec_training import Canary, Guard

RUNS, DAYS = 500, 30
SURE = Canary().error


def bools(text: str) -> np.ndarray:
    return np.array([c == "1" for c in text])


def test_a_key_stays_on_its_side_whatever_comes_with_it() -> None:
    keys = pd.Series([f"card-{n}" for n in range(4000)])
    mine = chosen(keys, 0.1, "lab/small 7")
    assert 0.08 < mine.mean() < 0.12
    other = keys.sample(frac=0.5, random_state=1).reset_index(drop=True)
    assert set(other[chosen(other, 0.1, "lab/small 7")]) <= set(keys[mine])
    assert (chosen(keys, 0.3, "lab/small 7") >= mine).all()  # a larger share takes nobody back
    assert (chosen(keys, 0.1, "lab/small 8") != mine).any()
    assert not chosen(pd.Series(["a", None]), 0.0, "x").any()
    assert not chosen(pd.Series([None, None]), 0.5, "x").any()


def test_rows_are_counted_by_how_the_two_treat_them() -> None:
    #                 both, old, new, lost, gained, both found, no label
    positive, known = bools("0001110"), bools("1111110")
    old, new = bools("1101011"), bools("1010111")
    assert count(positive, known, old, new) == Counts(1, 1, 1, 1, 1, 1, 5, 5, 7, 6, 1)


def test_a_subject_has_one_voice_a_day() -> None:
    nothing, known = bools("00000"), bools("11111")
    cards = pd.Series(["a", "a", "a", "b", "b"])
    found = count(nothing, known, bools("00011"), bools("11100"), cards)
    assert (found.new_false, found.old_false, found.both_false) == (1, 1, 0)
    assert count(nothing[:0], known[:0], nothing[:0], nothing[:0], cards[:0]) == Counts(days=1)


def test_all_rows_tell_where_all_are_looked_into() -> None:
    old, new, mine = bools("1100"), bools("1010"), bools("0011")
    assert comparable(bools("1111"), old, new, mine, bools("1000")).all()
    assert comparable(bools("0000"), old, new, mine, bools("1000")).all()  # nothing is known of any


def test_of_raised_alarms_alone_equal_shares_are_held_against_each_other() -> None:
    #           both, old, new; in the challenger's keys, in the control's, in the rest
    old, new = bools("110110110"), bools("101101101")
    mine, control = bools("111000000"), bools("000111000")
    raised = np.where(mine, new, old)
    found = comparable(raised, old, new, mine, control)
    assert found.tolist() == bools("101010000").tolist()
    nobody, everybody = np.zeros(9, bool), np.ones(9, bool)
    assert not comparable(old, old, new, nobody, control).any()  # held: the champion decides all
    assert not comparable(new, old, new, everybody, nobody).any()  # watched after a promotion


@pytest.mark.parametrize(("new_rate", "word"), [(0.02, "wait"), (0.03, "rollback")])
def test_a_small_share_is_no_advantage_where_only_raised_alarms_are_looked_into(
    new_rate: float, word: str
) -> None:
    rng = Generator(Philox(key=4))
    total, size, share = Counts(), 40_000, 0.1
    people = pd.Series([f"card-{n}" for n in range(size)])
    mine = chosen(people, share, "x")
    control = chosen(people, 2 * share, "x") & ~mine
    for _ in range(4):
        old, new = rng.random(size) < 0.02, rng.random(size) < new_rate
        labelled = np.where(mine, new, old)
        counted = labelled & comparable(labelled, old, new, mine, control)
        total += count(np.zeros(size, bool), counted, old, new, people)
    assert total.new_false / total.old_false == pytest.approx(new_rate / 0.02, rel=0.15)
    assert judge(total, Canary(guards={"false_alarms": Guard()})).word == word


def test_days_add_up() -> None:
    assert Counts(1, 2, rows=5, days=1) + Counts(1, 0, rows=6, days=1) == Counts(2, 2, rows=11, days=2)


def simulated(ratio: float, found: float = 1.0, seed: int = 1) -> dict[str, np.ndarray]:
    """Counts to the end of each day of 500 canaries: 100 false alarms a day, 60 % of them of both models."""
    rng = Generator(Philox(key=seed))

    def days(mean: float) -> np.ndarray:
        return rng.poisson(max(mean, 0.0), (RUNS, DAYS)).cumsum(axis=1)

    both = min(60.0, 100 * ratio)
    return {
        "both_false": days(both), "old_false": days(100 - both), "new_false": days(100 * ratio - both),
        "both_found": days(57), "lost": days(3), "gained": days(60 * found - 57),
    }  # fmt: skip


def ends(counts: dict[str, np.ndarray]) -> tuple[float, float]:
    """Share of canaries that end in a rollback and in a promotion, looked at every day."""
    policy = Canary()
    worse = [harm(guard, counts, one.tolerated) for guard, one in policy.guards.items()]
    bad = np.max(worse, axis=0) >= np.log(len(policy.guards) / SURE)
    fine = [harmless(guard, counts, one.margin) >= np.log(1 / SURE) for guard, one in policy.guards.items()]
    first = [np.where(one.any(axis=1), one.argmax(axis=1), DAYS) for one in (bad, np.all(fine, axis=0))]
    return float((first[0] <= first[1])[first[0] < DAYS].sum() / RUNS), float((first[1] < first[0]).mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_a_challenger_that_is_no_worse_is_hardly_ever_rolled_back(seed: int) -> None:
    rolled, promoted = ends(simulated(1.0, seed=seed))
    assert rolled <= 0.01
    assert promoted >= 0.95


@pytest.mark.parametrize(("ratio", "least"), [(1.17, 0.99), (1.5, 1.0)])
def test_more_false_alarms_are_rolled_back(ratio: float, least: float) -> None:
    rolled, promoted = ends(simulated(ratio))
    assert rolled >= least
    assert promoted <= 0.01


def test_a_half_more_false_alarms_go_within_two_days() -> None:
    early = {name: one[:, 1] for name, one in simulated(1.5).items()}
    assert (harm("false_alarms", early, 0.02) >= np.log(2 / SURE)).mean() > 0.95


def test_lost_recall_is_rolled_back_however_few_the_false_alarms() -> None:
    assert ends(simulated(0.7, found=0.9))[0] >= 0.97
    assert ends(simulated(0.7))[1] >= 0.95


def test_what_lies_at_the_margin_is_not_promoted() -> None:
    counts = simulated(1.1)
    assert (harmless("false_alarms", counts, 0.1) >= np.log(1 / SURE)).any(axis=1).mean() <= 0.02
    counts = simulated(1.0, found=0.95)
    assert (harmless("recall", counts, 0.05) >= np.log(1 / SURE)).any(axis=1).mean() <= 0.02


@pytest.mark.parametrize(
    ("counts", "word", "told"),
    [
        (Counts(), "wait", "decide nothing yet"),
        (Counts(new_false=60, old_false=20, both_false=40, days=1), "rollback", "false alarms: 1.67 times"),
        (Counts(lost=20, both_found=40, days=1), "rollback", "recall: 0.67 times"),
        (Counts(both_false=300, both_found=300, labelled=9000, days=3), "promote", "false alarms and recall"),
        (Counts(both_false=300, both_found=3, days=3), "wait", "decide nothing"),
        (
            Counts(new_alarms=101, old_alarms=10, days=1),
            "rollback",
            "101 alarms where the champion raises 10",
        ),
        (Counts(new_alarms=99, old_alarms=10, days=1), "wait", "decide nothing"),
    ],
)
def test_the_word_follows_from_the_evidence(counts: Counts, word: str, told: str) -> None:
    verdict = judge(counts, Canary())
    assert verdict.word == word
    assert told in verdict.why
    assert set(verdict.evidence) >= {"false_alarms/harm", "recall/harmless", "false_alarm_ratio"}


def test_only_what_is_guarded_counts() -> None:
    lost = Counts(lost=30, both_false=300, days=1)
    assert judge(lost, Canary(guards={"false_alarms": Guard()})).word == "promote"
    assert judge(lost, Canary()).word == "rollback"
