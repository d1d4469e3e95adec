"""The operator ``drop_events``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "drop_events"
    params: ClassVar = {"share": 0.3}
    shorter = True
