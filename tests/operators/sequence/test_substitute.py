"""The operator ``substitute``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "substitute"
    params: ClassVar = {"share": 0.3, "with_item": ["category", "price"]}
