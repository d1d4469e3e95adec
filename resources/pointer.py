"""The small document that says which model of a dataset serves, changed by compare-and-swap. No MLflow."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from aug_assets.errors import DeploymentRaceError, UpstreamMissingError
from aug_assets.pointer import Pointer
from aug_assets.spec import DatasetSpec
from resources import clock
from resources.audit_store import Store

if TYPE_CHECKING:
    from resources.lake import LakeResource

_FOLDER = "pointer"
_DIGITS = 8


class Placed(NamedTuple):
    """A pointer, its number and when it was made; number -1 before the first."""

    number: int
    pointer: Pointer
    at: str


class Pointers:
    """The pointers of a dataset, one object each, numbered: an object is created once and never replaced.

    Of two writers who have read the same pointer only one can create the next, on local disk by a link and
    on S3 by If-None-Match. What was true before stays readable.

    Args:
        lake: Where.
        spec: The dataset.
    """

    def __init__(self, lake: "LakeResource", spec: DatasetSpec) -> None:
        self._store = Store(lake.storage().sub(spec.tenant, spec.name, "_deployment"), what="the deployment")

    def read(self) -> Placed:
        """The newest pointer."""
        numbers = self._numbers()
        return self._at(numbers[-1]) if numbers else Placed(-1, Pointer(), "")

    def history(self) -> list[Placed]:
        """All pointers, the oldest first."""
        return [self._at(number) for number in self._numbers()]

    def swap(self, seen: int, pointer: Pointer) -> Placed:
        """Put a pointer in place of the one that was read; when this returns, it survives a power cut.

        Args:
            seen: The number that was read.
            pointer: The new one.

        Raises:
            DeploymentRaceError: Another writer was first; nothing was changed.
            LakeError: The lake cannot be written.
        """
        at = clock.now().isoformat(timespec="microseconds")
        body = json.dumps({**pointer.record(), "at": at}, sort_keys=True)
        if not self._store.create(_name(seen + 1), body.encode()):
            now = self._at(seen + 1)
            raise DeploymentRaceError(
                "somebody else changed which model serves",
                seen=f"{now.pointer.action} by {now.pointer.by} at {now.at}",
                legal=f"pointer {seen} as the newest", todo="look at the status, then decide again",
            )  # fmt: skip
        return Placed(seen + 1, pointer, at)

    def _numbers(self) -> list[int]:
        names = (name.partition(".")[0] for name in self._store.names(_FOLDER))
        return sorted(int(name) for name in names if name.isdigit())

    def _at(self, number: int) -> Placed:
        data = self._store.get(_name(number))
        if data is None:
            raise UpstreamMissingError("a pointer of the deployment is gone", seen=f"number {number}")
        said: dict[str, Any] = json.loads(data)
        at = said.pop("at")
        return Placed(number, Pointer.of(said), at)


def _name(number: int) -> str:
    return f"{_FOLDER}/{number:0{_DIGITS}d}.json"
