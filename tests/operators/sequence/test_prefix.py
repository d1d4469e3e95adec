"""The operator ``cold_prefix``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "cold_prefix"
    params: ClassVar = {"most": 3}
    shorter = True
