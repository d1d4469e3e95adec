"""Keys from a file, the environment, and a vault that speaks the transit protocol."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from aug_assets.errors import SigningKeyError, SigningUnreachableError
from resources import signing

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
PEM = serialization.Encoding.PEM


def pem(key: Any) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIGNING_KEY_FILE", "SIGNING_KEY", "VAULT_ADDR", "VAULT_TOKEN", "VAULT_TOKEN_FILE",
                 "VAULT_KEY", "VAULT_MOUNT", "VAULT_NAMESPACE"):  # fmt: skip
        monkeypatch.delenv(f"AUG_{name}", raising=False)


def check(found: signing.Signer) -> None:
    assert (found.public_key, found.key_id) == (PUBLIC, signing.key_id(PUBLIC))
    signature = found.sign(b"message")
    assert signing.verified(found.public_key, b"message", signature)
    assert not signing.verified(found.public_key, b"massage", signature)


@pytest.mark.parametrize(
    "text", [pem(KEY), bytes(range(32)).hex().encode(), base64.b64encode(bytes(range(32)))]
)
def test_a_key_of_a_file_or_the_environment_signs(
    text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUG_SIGNING_KEY", text.decode())
    check(signing.signer())
    monkeypatch.delenv("AUG_SIGNING_KEY")
    (tmp_path / "key").write_bytes(text + b"\n")
    monkeypatch.setenv("AUG_SIGNING_KEY_FILE", str(tmp_path / "key"))
    check(signing.signer())


@pytest.mark.parametrize(
    "text", ["secret!", "ab", "", "-----BEGIN nothing", pem(ec.generate_private_key(ec.SECP256R1())).decode()]
)
def test_what_is_no_key_is_refused_and_not_shown(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(text)
    monkeypatch.setenv("AUG_SIGNING_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SigningKeyError) as caught:
        signing.signer()
    assert not text or text not in str(caught.value)
    assert caught.value.__suppress_context__


def test_no_key_and_no_file_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="no key to sign with"):
        signing.signer()
    monkeypatch.setenv("AUG_SIGNING_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(SigningKeyError, match="cannot be read"):
        signing.signer()


def test_public_keys_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_SIGNING_KEY", bytes(range(32)).hex())
    for text in (signing.signer().public_pem(), PUBLIC.hex(), base64.b64encode(PUBLIC).decode()):
        (tmp_path / "public").write_text(text)
        assert signing.public_key(str(tmp_path / "public")) == PUBLIC
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    wrong = other.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for data in (b"no", wrong, pem(KEY)):
        (tmp_path / "public").write_bytes(data)
        with pytest.raises(SigningKeyError, match="public key"):
            signing.public_key(str(tmp_path / "public"))


# --- a vault ----------------------------------------------------------------------------------------------
class Transit(BaseHTTPRequestHandler):
    """As much of a vault as signs: two versions of a key, one token, and faults on demand."""

    protocol_version = "HTTP/1.1"
    keys: ClassVar[dict[str, Any]] = {}
    fault: ClassVar[str] = ""

    def answer(self, code: int, data: Any) -> None:
        body = json.dumps({"data": data} if code == 200 else {"errors": data}).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        public = base64.b64encode(PUBLIC).decode()
        kind = "rsa-2048" if self.path.endswith("/rsa") else "ed25519"
        if self.headers["X-Vault-Token"] != "s.right":
            self.answer(403, ["permission denied"])
        elif self.fault == "sealed":
            self.answer(503, ["Vault is sealed"])
        elif self.path in ("/v1/transit/keys/audit", "/v1/signing/keys/audit", "/v1/transit/keys/rsa"):
            keys = {"1": {"public_key": "AAAA"}, "2": {"public_key": public}}
            self.answer(200, {"type": kind, "latest_version": 2, "keys": keys})
        else:
            self.answer(404, [])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert asked["key_version"] == 2
        assert self.path.endswith("/sign/audit")
        signature = KEY.sign(base64.b64decode(asked["input"]) + self.fault.encode())
        self.answer(200, {"signature": f"vault:v2:{base64.b64encode(signature).decode()}"})

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Transit]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Transit)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(Transit, "fault", "")
    monkeypatch.setenv("AUG_VAULT_ADDR", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("AUG_VAULT_KEY", "audit")
    monkeypatch.setenv("AUG_VAULT_TOKEN", "s.right")
    yield Transit
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_vault_signs_and_its_token_file_may_change(
    vault: type[Transit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(signing.signer())
    monkeypatch.setenv("AUG_VAULT_MOUNT", "signing")
    monkeypatch.setenv("AUG_VAULT_TOKEN_FILE", str(tmp_path / "token"))
    (tmp_path / "token").write_text("s.right\n")
    check(signing.signer())
    (tmp_path / "token").write_text("s.wrong")
    with pytest.raises(SigningKeyError, match="refuses to sign"):
        signing.signer()


def test_what_a_vault_does_wrong_is_said(vault: type[Transit], monkeypatch: pytest.MonkeyPatch) -> None:
    made = signing.signer()
    monkeypatch.setattr(vault, "fault", "forged")
    with pytest.raises(SigningKeyError, match="not of its key"):
        made.sign(b"message")
    monkeypatch.setattr(vault, "fault", "sealed")
    with pytest.raises(SigningUnreachableError, match="not well"):
        signing.signer()
    monkeypatch.setattr(vault, "fault", "")
    for name, told in (("rsa", "cannot sign"), ("none", "refuses to sign"), ("", "no name")):
        monkeypatch.setenv("AUG_VAULT_KEY", name)
        with pytest.raises(SigningKeyError, match=told):
            signing.signer()
    monkeypatch.setenv("AUG_VAULT_KEY", "audit")
    monkeypatch.setenv("AUG_VAULT_ADDR", "http://127.0.0.1:1")
    with pytest.raises(SigningUnreachableError, match="did not answer"):
        signing.signer()
