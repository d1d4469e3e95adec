"""What a Dask worker does as it starts; name it as ``--preload resources.dask_preload`` elsewhere too.

Nothing that a step needs: a worker without it works, and only takes longer over its first step.
"""

import importlib
import logging
import os
import threading

from resources import allocator, code_digest

_LOG = logging.getLogger(__name__)


def dask_setup(_worker: object) -> None:
    """Import the definitions while the worker already accepts work.

    Importing this module has fixed the worker's code digest, before anything else of the product is loaded.
    """
    name = os.environ.get("AUG_DASK_PRELOAD", "aug_assets.definitions")
    allocator.keep_buffers()
    _LOG.info("worker runs code %s", code_digest.at_import())
    if name:
        threading.Thread(target=_import, args=(name,), name="preload", daemon=True).start()


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001 - the step that needs it reports the error where people look
        _LOG.warning("could not import %s ahead of the first step", name, exc_info=True)
