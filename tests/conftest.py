"""What holds for all tests: long files first, and Ctrl-C that reaches the processes that a test starts."""

import signal

import pytest


def pytest_configure() -> None:
    """A shell starts what it runs in the background with Ctrl-C ignored, and each process hands that on."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test before all others, random within both: no worker is left alone with one."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
