"""The operator ``popularity_swap``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "popularity_swap"
    params: ClassVar = {"share": 0.3, "ranks": 3, "with_item": ["category", "price"]}
