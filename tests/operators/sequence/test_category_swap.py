"""The operator ``category_swap``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "category_swap"
    params: ClassVar = {"category": "category", "share": 0.3, "with_item": ["category", "price"]}
