"""The erasure list of a dataset, and the journal of each erasure. Neither holds what it names."""

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from aug_assets.errors import UpstreamMissingError
from aug_assets.lineage.forget import Erased, Kind, name
from aug_assets.spec import DatasetSpec
from resources import clock
from resources.audit_store import Store
from resources.delta_table import LakeTable

if TYPE_CHECKING:
    from resources.lake import LakeResource

_SALT = "salt"
_BY = "erasure"
SCHEMA = pa.schema([("kind", pa.string()), ("at", pa.string())])


def table(lake: "LakeResource", spec: DatasetSpec) -> LakeTable:
    """The list, a partition for each entry: entries come from several people and are never replaced."""
    return lake.table(spec.tenant, spec.name, "erased", (_BY,))


def erased(lake: "LakeResource", spec: DatasetSpec) -> Erased:
    """Who must not come back; empty where nobody was ever forgotten."""
    known = table(lake, spec)
    if known.version() is None:
        return Erased()
    return Erased(salt(lake, spec), frozenset(where[_BY] for where in known.partitions()))


def named(lake: "LakeResource", spec: DatasetSpec, kind: Kind, value: str) -> str:
    """The entry of a value."""
    return name(salt(lake, spec), kind, value)


def add(lake: "LakeResource", spec: DatasetSpec, kind: Kind, entry: str) -> None:
    """Put an entry on the list; one that is there stays as it is."""
    known, where = table(lake, spec), {_BY: entry}
    if known.version() is not None and where in known.partitions():
        return
    rows = pa.Table.from_pylist([{"kind": kind, "at": clock.now().isoformat()}], SCHEMA)
    part = known.write_part(rows, where, f"erased-{secrets.token_hex(8)}")
    known.commit([part], where, SCHEMA, {"spec_digest": spec.digest})


def salt(lake: "LakeResource", spec: DatasetSpec) -> bytes:
    """The tenant's salt; of processes that find none, one makes it and all use that."""
    store = Store(lake.storage().sub(spec.tenant, "_forget"))
    found = store.get(_SALT)
    if found is None:
        store.create(_SALT, secrets.token_bytes(32))
        found = store.get(_SALT)
    assert found is not None
    return found


class Journal:
    """How far an erasure has come, so that a second call goes on where the first was stopped.

    Args:
        lake: Where it is kept.
        spec: The dataset.
        entry: The entry of the erasure list.
    """

    def __init__(self, lake: "LakeResource", spec: DatasetSpec, entry: str) -> None:
        self._storage = lake.storage().sub(spec.tenant, "_forget")
        self._name = f"{spec.name}-{entry}.json"
        self.state: dict[str, Any] = self._read()

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._storage.get(self._name))
        except UpstreamMissingError:
            found = {"done": True}
        return {"days": [], "remade": [], "withdrawn": [], "files": 0, "runs": 0} if found["done"] else found

    def write(self, changes: Mapping[str, Any]) -> None:
        """Keep what is known now."""
        self.state |= {"done": False, **changes}
        self._storage.ensure_safe()
        self._storage.put(self._name, json.dumps(self.state, sort_keys=True).encode())
