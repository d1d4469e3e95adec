"""The test whether an S3 endpoint can decide a race between two writers. Nothing else about S3."""

import logging
import os
import uuid
from typing import TYPE_CHECKING, Any

from aug_assets.errors import UnsafeEndpointError
from resources.lake_errors import typed_errors
from resources.lake_storage import CONNECT_SECONDS, READ_SECONDS, Storage
from resources.s3_credentials import aws_region, frozen_credentials

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_log = logging.getLogger(__name__)
_proven: set[tuple[int, str, str]] = set()  # the process id, so that a forked child asks again
_REFUSED = frozenset({409, 412})  # AWS says 409 to the second of two writes at the same moment
_NOT_IMPLEMENTED = frozenset({400, 405, 501})


def ensure_conditional_writes(storage: Storage) -> None:
    """Probe the endpoint once per process and bucket.

    Args:
        storage: Any location in the bucket; the probe key lies below it.

    Raises:
        UnsafeEndpointError: The endpoint let the second writer of one key win.
        LakeUnreachableError: No server answers.
        LakeError: The bucket is missing or the credentials are refused.
    """
    identity = (os.getpid(), storage.endpoint_url, storage.bucket)
    if identity not in _proven:
        with typed_errors(
            "probe the S3 endpoint", f"s3://{storage.bucket} at {storage.endpoint_url or 'AWS'}"
        ):
            _probe(storage)
        _proven.add(identity)


def _probe(storage: Storage) -> None:
    client = one_try_client(storage.endpoint_url)
    key = storage.sub("_probe", uuid.uuid4().hex).path().partition("/")[2]
    written = False
    try:
        for turn in ("first", "second"):
            accepted = put_if_absent(client, storage.bucket, key, b"probe")
            written = written or accepted
            if accepted != (turn == "first"):
                raise _unsafe(
                    f"{client.meta.endpoint_url}, bucket {storage.bucket}: "
                    f"it {'accepted' if accepted else 'refused'} the {turn} of two writers"
                )
    finally:
        if written:
            _remove(client, storage.bucket, key)
        client.close()


def put_if_absent(client: Any, bucket: str, key: str, data: bytes, **more: Any) -> bool:
    """Write an object that is not there; False if there is one.

    Args:
        client: Of ``one_try_client``.
        bucket: The bucket.
        key: The key in it.
        data: The whole object.
        more: Further arguments of ``put_object``.
    """
    from botocore.exceptions import ClientError

    try:
        client.put_object(Bucket=bucket, Key=key, Body=data, IfNoneMatch="*", **more)
    except ClientError as error:
        status = _status(error)
        if status in _NOT_IMPLEMENTED and _code(error) in {
            "NotImplemented",
            "InvalidArgument",
            "MethodNotAllowed",
        }:
            raise _unsafe(
                f"{client.meta.endpoint_url}, bucket {bucket}: it answers {status} to If-None-Match"
            ) from error
        if status not in _REFUSED:
            raise
        return False
    return True


def _unsafe(seen: str) -> UnsafeEndpointError:
    return UnsafeEndpointError(
        "The S3 endpoint does not honour conditional writes, so commits could be lost without an error",
        seen=seen,
        legal="an S3 endpoint that answers 412 to If-None-Match",
        todo="use AWS S3, a recent MinIO, Ceph or SeaweedFS, or keep the lake on local disk",
    )


def _remove(client: Any, bucket: str, key: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client.delete_object(Bucket=bucket, Key=key)
    except (BotoCoreError, ClientError):
        # A write-once bucket may forbid it; five bytes left behind are no reason to refuse the bucket.
        _log.warning("The probe key %s in bucket %s could not be removed", key, bucket)


def _status(error: "ClientError") -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: "ClientError") -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def one_try_client(endpoint_url: str) -> Any:
    """A botocore client that sends each request once, for writes that depend on what is there."""
    import botocore.session
    from botocore.config import Config

    keys = frozen_credentials()
    return botocore.session.Session().create_client(
        "s3",
        region_name=aws_region(),
        endpoint_url=endpoint_url or None,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
        # One attempt: a repeated PUT whose first answer got lost would meet its own key and look like a race.
        config=Config(
            connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}
        ),
    )
