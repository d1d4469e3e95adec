"""The botocore chain, resolved into explicit keys for libraries that know no chain. No I/O on objects."""

import os
from typing import Any

from aug_assets.errors import LakeError
from resources.lake_storage import CONNECT_SECONDS, READ_SECONDS

_DEFAULT_REGION = "us-east-1"  # any region is right for a custom endpoint; the client only wants one

# Sessions whose keys expire renew them on their own, and finding them anew costs a call to a metadata server
# or a program; all others are cheap and may have been changed by hand, so they are read each time.
_renewing: dict[frozenset[tuple[str, str]], Any] = {}


def delta_options(endpoint_url: str) -> dict[str, str]:
    """Build the deltalake options for this process' credentials.

    Args:
        endpoint_url: S3 endpoint; empty for AWS.
    """
    keys = frozen_credentials()
    options = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_REGION": aws_region(),
        # Both are defaults, stated because deltalake also reads the environment and a stray variable there
        # would switch the protection of commits off.
        "AWS_CONDITIONAL_PUT": "etag",
        "AWS_S3_ALLOW_UNSAFE_RENAME": "false",
        "connect_timeout": f"{CONNECT_SECONDS}s",
        "timeout": f"{READ_SECONDS}s",
        "max_retries": "3",
        "retry_timeout": f"{READ_SECONDS}s",
    }
    if keys.token:
        options["AWS_SESSION_TOKEN"] = keys.token
    if endpoint_url:
        options["AWS_ENDPOINT_URL"] = endpoint_url
        options["AWS_ALLOW_HTTP"] = str(endpoint_url.startswith("http://")).lower()
    return options


def frozen_credentials() -> Any:
    """Return one consistent set of keys."""
    import botocore.session

    fingerprint = frozenset((key, value) for key, value in os.environ.items() if key.startswith("AWS_"))
    session = _renewing.get(fingerprint) or botocore.session.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise LakeError(
            "No AWS credentials were found",
            seen="environment, profile, container and instance role gave none",
            todo="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or attach a role",
        )
    if hasattr(credentials, "refresh_needed"):
        _renewing[fingerprint] = session
    return credentials.get_frozen_credentials()


def aws_region() -> str:
    """Return the region of the environment or the profile."""
    if "AWS_REGION" in os.environ:  # botocore itself only knows AWS_DEFAULT_REGION
        return os.environ["AWS_REGION"]
    import botocore.session

    return botocore.session.Session().get_config_variable("region") or _DEFAULT_REGION
