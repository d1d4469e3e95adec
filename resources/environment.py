"""The installed packages as one digest: rows are the same bytes on any machine where it is equal."""

import getpass
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions


@cache
def digest() -> str:
    """SHA-256 over the names and versions of all installed packages."""
    return sha256(text().encode()).hexdigest()


@cache
def text() -> str:
    """Names and versions of all installed packages, one a line, sorted."""
    found = {f"{one.metadata['Name']}=={one.version}".lower() for one in distributions()}
    return "\n".join(sorted(found))


@cache
def user() -> str:
    """The account that this process runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "unknown"
