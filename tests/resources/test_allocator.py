"""Buffers stay with the process: seen by the page faults of a process that works on pictures."""

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1] == "kept":
    from resources.allocator import keep_buffers
    assert keep_buffers()
picture = np.ones((1024, 1024, 3), np.float32)
for _ in range(3):
    picture * 2 + 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    picture * 2 + 1
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    told = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, check=True, text=True)
    return int(told.stdout.split()[-1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_buffers_of_pictures_are_used_again() -> None:
    assert faults("kept") < faults("as it is") / 10 + 200
