"""The operator ``session_noise``."""

from typing import ClassVar

from tests import sessions_data
from tests.conformance.sequence import SequenceConformance


class TestConformance(SequenceConformance):
    operator = "session_noise"
    params: ClassVar = {"grammar": sessions_data.GRAMMAR, "share": 0.3}
    longer = True
