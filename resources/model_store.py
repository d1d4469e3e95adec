"""The models of a dataset as the lake keeps them, so that scoring and rollback need no tracking server."""

import json
from typing import TYPE_CHECKING

from aug_assets.errors import ModelBrokenError, UpstreamMissingError
from aug_assets.pointer import Serving
from aug_assets.served import Served, unpacked
from aug_assets.spec import DatasetSpec
from resources.audit_store import Store

if TYPE_CHECKING:
    from resources.lake import LakeResource


def _store(lake: "LakeResource", spec: DatasetSpec) -> Store:
    return Store(lake.storage().sub(spec.tenant, spec.name, "_deployment"), what="a model")


def offer(lake: "LakeResource", spec: DatasetSpec, model: Serving, data: bytes) -> None:
    """Keep a model that passed its gates, and then say that it may be tried; safe to repeat.

    Raises:
        ModelBrokenError: The version was offered before with another content.
    """
    store = _store(lake, spec)
    store.create(_blob(model.digest), data)
    body = json.dumps(vars(model), sort_keys=True).encode()
    name = f"offers/{int(model.version):08d}.json"
    if not store.create(name, body) and store.get(name) != body:
        raise ModelBrokenError(
            f"version {model.version} was offered before and was another model", seen=spec.id,
            todo="register a new version",
        )  # fmt: skip


def offers(lake: "LakeResource", spec: DatasetSpec, after: int) -> list[Serving]:
    """The models offered with a higher version than this one, the oldest first."""
    store = _store(lake, spec)
    names = [name for name in store.names("offers") if int(name.partition(".")[0]) > after]
    found = [store.get(f"offers/{name}") for name in names]
    return [Serving(**json.loads(body)) for body in found if body is not None]


def load(lake: "LakeResource", spec: DatasetSpec, model: Serving) -> Served:
    """A model, checked against its digest before anything of it runs.

    Raises:
        ModelBrokenError: It is gone, is another one, or cannot be loaded here.
        LakeUnreachableError: The storage did not answer.
    """
    try:
        data = _store(lake, spec).get(_blob(model.digest))
    except UpstreamMissingError:
        data = None
    if data is None:
        raise ModelBrokenError(
            f"the stored model of version {model.version} is gone", seen=model.digest,
            todo="train again, or restore the lake's `_deployment` folder",
        )  # fmt: skip
    return unpacked(data, model.digest)


def _blob(digest: str) -> str:
    return f"models/{digest}.pickle"
