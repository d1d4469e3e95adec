"""The operator ``reorder``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "reorder"
    params: ClassVar = {"window": 4}
