"""How a replay's time runs: keys, what is scored, and a dataset file that is legal by days and by hours."""

from itertools import pairwise

import pytest

from aug_assets import partition_key
from aug_assets.incident import sample
from aug_assets.incident.span import DAYS, HOURS, SPANS, Span


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS.keys())
def test_keys_are_those_of_the_datasets_partitions_in_order(span: Span) -> None:
    world = sample.sample(0, "/nowhere", 500, 1.0, span)
    keys = [span.key(number) for number in range(span.last + 1)]
    assert all(world.spec.partitions.has(key) for key in keys)
    assert all(partition_key.apart(one, two) == 1 for one, two in pairwise(keys))
    assert [span.number(key) for key in keys] == list(range(span.last + 1))
    assert len(world.days) == len(keys)
    assert len(world.quiet) == span.last + 1 - span.onset


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS.keys())
def test_the_first_model_has_labels_to_learn_from_and_remedies_have_time_to_act(span: Span) -> None:
    assert span.live - 1 - span.late > 0
    assert span.scored[0] == span.onset + 2
    world = sample.sample(0, "/nowhere", 500, 1.0, span)
    training = world.spec.training
    assert training is not None
    a_day = world.spec.partitions.a_day
    assert training.label_delay_days * a_day == span.late


def test_hours_have_a_time_of_day_and_days_a_week() -> None:
    for span, many in ((DAYS, 2 / 7), (HOURS, 6 / 24)):
        days = sample.sample(0, "/nowhere", 500, 0.0, span).days
        busy = [int(day["busy"].iloc[0]) for day in days]
        assert sum(busy) / len(busy) == pytest.approx(many, abs=0.06)
