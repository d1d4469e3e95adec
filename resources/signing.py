"""Ed25519 keys that sign checkpoints and attestations: from a file, the environment, or a vault's transit."""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aug_assets.errors import SigningKeyError, SigningUnreachableError

_LEGAL = "an Ed25519 key: PEM (PKCS 8), or its 32 bytes as hexadecimal or base64"
_SECONDS = 10
_SIZE = 32
_REFUSED = 400
_BROKEN = 500


@dataclass(frozen=True)
class Signer:
    """A key that signs.

    Attributes:
        key_id: First 16 hexadecimal characters of SHA-256 of the public key.
        public_key: 32 bytes.
        sign: From a message to its signature of 64 bytes; may raise SigningUnreachableError.
    """

    key_id: str
    public_key: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)

    def public_pem(self) -> str:
        """The public key as the PEM file that verifying reads."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = Ed25519PublicKey.from_public_bytes(self.public_key)
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(serialization.Encoding.PEM, spki).decode()


def signer() -> Signer:
    """The key that the environment names: AUG_SIGNING_KEY_FILE, AUG_SIGNING_KEY, or AUG_VAULT_ADDR.

    Raises:
        SigningKeyError: None is named, it is not an Ed25519 key, or the vault refuses it.
        SigningUnreachableError: The vault does not answer.
    """
    if file := os.environ.get("AUG_SIGNING_KEY_FILE"):
        return _of_private(_private(_read(file)))
    if text := os.environ.get("AUG_SIGNING_KEY"):
        return _of_private(_private(text.encode()))
    if address := os.environ.get("AUG_VAULT_ADDR"):
        return _of_vault(address.rstrip("/"))
    raise SigningKeyError(
        "there is no key to sign with",
        seen="AUG_SIGNING_KEY_FILE, AUG_SIGNING_KEY and AUG_VAULT_ADDR are empty",
        legal=_LEGAL, todo="set one of them",
    )  # fmt: skip


def key_id(public_key: bytes) -> str:
    """The name of a public key of 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def verified(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key signed the message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def public_key(file: str) -> bytes:
    """The public key in a file, 32 bytes.

    Raises:
        SigningKeyError: There is none.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text = _read(file)
    try:
        found = (
            load_pem_public_key(text) if b"-----" in text else Ed25519PublicKey.from_public_bytes(_raw(text))
        )
    except ValueError as error:
        raise SigningKeyError("this is not a public key", seen=file, legal=_LEGAL) from error
    if not isinstance(found, Ed25519PublicKey):
        raise SigningKeyError("the public key is of another kind", seen=file, legal=_LEGAL)
    return found.public_bytes_raw()


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SigningKeyError(
            "the file of the key cannot be read", seen=file, legal=_LEGAL, todo=str(error)
        ) from error


def _private(text: bytes) -> Any:
    """Never shows the key, not even a wrong one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        if b"-----" in text:
            found = load_pem_private_key(text, password=None)
        else:
            found = Ed25519PrivateKey.from_private_bytes(_raw(text))
    except (ValueError, TypeError):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise SigningKeyError("this is not a key to sign with", seen="(not shown)", legal=_LEGAL) from None
    return found


def _raw(text: bytes) -> bytes:
    word = text.strip()
    return bytes.fromhex(word.decode()) if len(word) == 2 * _SIZE else base64.b64decode(word, validate=True)


def _of_private(key: Any) -> Signer:
    public = key.public_key().public_bytes_raw()
    return Signer(key_id(public), public, key.sign)


# --- HashiCorp Vault or OpenBao: the key never leaves it --------------------------------------------------
def _of_vault(address: str) -> Signer:
    name = os.environ.get("AUG_VAULT_KEY", "")
    if not name:
        raise SigningKeyError(
            "the vault's key has no name", seen="AUG_VAULT_KEY is empty",
            legal="the name of a transit key of type ed25519", todo="set AUG_VAULT_KEY",
        )  # fmt: skip
    mount = os.environ.get("AUG_VAULT_MOUNT", "transit")
    found = _ask(address, "GET", f"{mount}/keys/{name}")
    version = str(found.get("latest_version", ""))
    try:
        public = base64.b64decode(found["keys"][version]["public_key"], validate=True)
    except (KeyError, TypeError, ValueError):
        public = b""
    if found.get("type") != "ed25519" or len(public) != _SIZE:
        raise SigningKeyError(
            "the vault's key cannot sign this", seen=f"{name}: {found.get('type')}",
            legal="a transit key of type ed25519", todo="create one, or name another in AUG_VAULT_KEY",
        )  # fmt: skip

    def sign(message: bytes) -> bytes:
        body = {"input": base64.b64encode(message).decode(), "key_version": int(version)}
        answer = _ask(address, "POST", f"{mount}/sign/{name}", body)
        signature = base64.b64decode(str(answer.get("signature", "")).rpartition(":")[2])
        if not verified(public, message, signature):
            raise SigningKeyError("the vault's signature is not of its key", seen=name, legal=key_id(public))
        return signature

    return Signer(key_id(public), public, sign)


def _ask(address: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    import httpx

    headers = {"X-Vault-Token": _token(), "X-Vault-Request": "true"}
    if namespace := os.environ.get("AUG_VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = namespace
    try:
        answer = httpx.request(method, f"{address}/v1/{path}", headers=headers, json=body, timeout=_SECONDS)
    except httpx.HTTPError as error:
        raise SigningUnreachableError(
            "the vault did not answer", seen=f"{address}: {error}", todo="check AUG_VAULT_ADDR"
        ) from error
    if answer.status_code >= _BROKEN:
        raise SigningUnreachableError("the vault is not well", seen=f"{address}: {answer.status_code}")
    if answer.status_code >= _REFUSED:
        raise SigningKeyError(
            "the vault refuses to sign", seen=f"{path}: {answer.status_code} {answer.text[:100]}",
            legal="a token that may read the key and sign with it",
            todo="check AUG_VAULT_TOKEN or AUG_VAULT_TOKEN_FILE, and the policy of the token",
        )  # fmt: skip
    data: dict[str, Any] = answer.json()["data"]
    return data


def _token() -> str:
    """Read each time: agents renew the file."""
    if file := os.environ.get("AUG_VAULT_TOKEN_FILE"):
        return _read(file).decode().strip()
    return os.environ.get("AUG_VAULT_TOKEN", "")
