"""The operator ``crop_window``."""

from typing import ClassVar

from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "crop_window"
    params: ClassVar = {"share": 0.5}
    shorter = True
