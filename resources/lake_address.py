"""Where the lake is: configuration, environment, default. Opens nothing."""

import os
from pathlib import Path

from aug_assets.errors import LakeError


def lake_uri(configured: str = "") -> str:
    """Resolve the lake's address: configured, else AUG_LAKE, else below DAGSTER_HOME."""
    uri = configured or os.environ.get("AUG_LAKE", "")
    home = os.environ.get("DAGSTER_HOME", "")
    if not uri and not home:
        raise LakeError(
            "The lake has no address",
            seen="uri, AUG_LAKE and DAGSTER_HOME are all empty",
            legal="a local path, file:///path or s3://bucket/prefix",
            todo="set AUG_LAKE or DAGSTER_HOME",
        )
    return _absolute(uri or f"{home}/lake")


def _absolute(uri: str) -> str:
    if uri.startswith("s3://") and uri.removeprefix("s3://").strip("/"):
        return uri.rstrip("/")
    path = uri.removeprefix("file://")
    if "://" in path or not path:
        raise LakeError(
            "The lake's address is not supported",
            seen=uri,
            legal="a local path, file:///path or s3://bucket/prefix",
            todo="correct the uri",
        )
    return str(
        Path(path).absolute()
    )  # a worker has another working directory than the process that sent it work


def lake_endpoint(configured: str = "") -> str:
    """Resolve the S3 endpoint: configured, else the AWS variables; empty means AWS itself."""
    return configured or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
