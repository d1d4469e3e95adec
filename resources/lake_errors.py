"""Turns what storage libraries raise into the platform's typed errors; no retries and no I/O."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aug_assets.errors import AugError, LakeError, LakeFullError, LakeUnreachableError, UpstreamMissingError

_DECORATION = re.compile(r"\x1b\[[0-9;]*m|↳")
_ENDS = 70  # the libraries print whole call chains: the first words name the call, the last words the cause
_MODULES = frozenset({"_internal", "deltalake", "botocore", "aiobotocore", "aiohttp", "pyarrow"})


@dataclass(frozen=True)
class _Rule:
    """How to recognise one cause and what to say about it."""

    raises: type[AugError]
    because: str
    todo: str
    words: tuple[str, ...]
    classes: tuple[type[BaseException], ...] = ()
    numbers: frozenset[int] = frozenset()

    def fits(self, error: BaseException, text: str) -> bool:
        number = getattr(error, "errno", None)
        return (
            number in self.numbers
            or isinstance(error, self.classes)
            or any(word in text for word in self.words)
        )


# Three libraries (object_store, botocore, s3fs) report one answer of a server in different classes; the S3
# error codes and the words of the operating system are what all of them keep. The first rule that fits wins.
_RULES = (
    _Rule(
        LakeFullError,
        "the storage is full; nothing was published",
        "free space or move the lake to a larger volume, then run the partition again",
        (
            "no space left",
            "os error 28",
            "os error 27",
            "quota exceeded",
            "insufficientstorage",
            "storagefull",
        ),
        # EFBIG: a process whose file size is limited meets the limit as a full disk.
        numbers=frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}),
    ),
    _Rule(
        LakeError,
        "the bucket does not exist",
        "create the bucket or correct the uri of the lake",
        ("nosuchbucket", "bucket does not exist"),
    ),
    _Rule(
        LakeError,
        "access was refused",
        "check the AWS credentials (environment, profile, role) and the policy, or the file rights",
        (
            *(
                "accessdenied",
                "access denied",
                "invalidaccesskeyid",
                "access key id",
                "signaturedoesnotmatch",
            ),
            *("signature we calculated", "expiredtoken", "invalidtoken", "unable to locate credentials"),
            *("status: 401", "status: 403", "401 unauthorized", "403 forbidden", "(403)", "(401)"),
            *("permission denied", "read-only file system"),
        ),
        (PermissionError,),
    ),
    _Rule(
        LakeUnreachableError,
        "the storage did not answer",
        "check that the server runs and that the endpoint is right, then retry; `aug doctor` tests it",
        (
            *("error sending request", "client error (connect", "connection refused", "connection reset"),
            *("connection closed", "connection was closed", "could not connect", "timed out", "timeout on"),
            *(
                "incompletebody",
                "incompleteread",
                "incomplete message",
                "error decoding response",
                "not enough data",
            ),
            *("server disconnected", "connection broken"),
            *("slowdown", "slow_down", "serviceunavailable", "internalerror", "server error", "status: 5"),
        ),
        (ConnectionError, TimeoutError),
    ),
    _Rule(
        UpstreamMissingError,
        "a file is not there",
        "materialize the partition again, or read a version that has not been vacuumed",
        ("no such file", "not found", "nosuchkey", "does not exist"),
        (FileNotFoundError,),
    ),
)
_OTHER = _Rule(LakeError, "the storage failed", "read the cause below; `aug doctor` tests the lake", ())


@contextmanager
def typed_errors(doing: str, where: str) -> Iterator[None]:
    """Raise a typed error for any storage failure inside the block.

    Args:
        doing: The attempted action, as it reads after "Could not".
        where: The address that is shown to the person.
    """
    try:
        yield
    except AugError:
        raise
    except Exception as error:
        if not _from_storage(error):  # a mistake in our own code must not be dressed as a storage failure
            raise
        raise translate(error, doing, where) from error


def translate(error: BaseException, doing: str, where: str) -> AugError:
    """Return the typed error for what a storage library raised."""
    text = f"{type(error).__name__}: {' '.join(_DECORATION.sub(' ', str(error)).split())}"
    rule = next((rule for rule in _RULES if rule.fits(error, text.lower())), _OTHER)
    message = f"Could not {doing}, because {rule.because}"
    return rule.raises(message, seen=f"{where}: {_cut(text)}", todo=rule.todo)


def _cut(text: str) -> str:
    return text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]} ... {text[-_ENDS:]}"


def _from_storage(error: BaseException) -> bool:
    return isinstance(error, OSError) or type(error).__module__.partition(".")[0] in _MODULES
