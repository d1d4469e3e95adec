"""The lake as a Dagster resource: an address that hands out tables and scratch space. No I/O of its own."""

import shutil
import uuid
from pathlib import Path
from typing import Any

import dagster as dg

from resources.delta_table import LakeTable
from resources.lake_address import lake_endpoint, lake_uri
from resources.lake_scratch import Scratch
from resources.lake_storage import Storage
from resources.parquet_parts import check_word
from resources.provenance_table import PROVENANCE, ProvenanceTable


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where all tables of the platform live.

    Attributes:
        uri: Local path, ``file://`` or ``s3://bucket/prefix``; default AUG_LAKE, else ``$DAGSTER_HOME/lake``.
        endpoint_url: S3 endpoint; default AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL, else AWS. Keys are
            never configured here, because Dagster keeps configuration in its event log.
    """

    uri: str = ""
    endpoint_url: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker may have other variables: it must use the lake of the process that sent it work.
        storage = self.storage()
        return (LakeResource._at, (storage.uri, storage.endpoint_url))

    @staticmethod
    def _at(uri: str, endpoint_url: str) -> "LakeResource":
        return LakeResource(uri=uri, endpoint_url=endpoint_url)

    def storage(self) -> Storage:
        """Return the root of the lake; the environment is read here and not at import."""
        uri = lake_uri(self.uri)
        return Storage(uri, lake_endpoint(self.endpoint_url) if uri.startswith("s3://") else "")

    def table(
        self, tenant: str, dataset: str, stage: str, partition_by: tuple[str, ...] = ("date",)
    ) -> LakeTable:
        """Return the table of one stage of a dataset; it need not exist yet."""
        for what, word in (("tenant", tenant), ("dataset", dataset), ("stage", stage)):
            check_word(f"The name of the {what}", word)
        kind = ProvenanceTable if stage == PROVENANCE else LakeTable
        return kind(self.storage().sub(tenant, dataset, stage), tuple(partition_by))

    def storage_options(self) -> dict[str, str]:
        """Return options for deltalake with the credentials of this moment."""
        return self.storage().storage_options()

    def filesystem(self) -> Any:
        """Return an fsspec file system for the lake."""
        return self.storage().filesystem()

    def scratch(self, run_id: str) -> Scratch:
        """Return the space that the workers of one run share."""
        check_word("The run id", run_id)
        return Scratch(self.storage().sub("_scratch", run_id))

    def check(self) -> str:
        """Write, read and remove a file, prove that commits are safe there, and say so in one sentence.

        Raises:
            LakeError: What is wrong with the lake.
        """
        storage = self.storage()
        storage.ensure_safe()
        trial = self.scratch(f"check-{uuid.uuid4().hex}")
        try:
            trial.get(trial.put("trial", b"trial"))
        finally:
            trial.cleanup()
        if storage.is_s3:
            endpoint = storage.endpoint_url or "AWS"
            return f"{storage.uri} at {endpoint} can be written and decides races between commits"
        free = shutil.disk_usage(Path(storage.uri)).free / 2**30
        return f"{storage.uri} can be written, {free:.1f} GiB free"
