"""The card of a release: Croissant file, data card and signed provenance statement; written and verified."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aug_assets import loader
from aug_assets.commands import home, release
from aug_assets.commands.doctor import Finding
from aug_assets.commands.run import days_between
from aug_assets.errors import AttestationError, AugError, SigningKeyError
from aug_assets.lineage import attest
from aug_assets.lineage.card import card as page
from aug_assets.lineage.card import summary
from aug_assets.lineage.croissant import croissant
from aug_assets.lineage.release import Release

CROISSANT, CARD, SIGNED, UNSIGNED = "croissant.json", "README.md", "provenance.dsse.json", "provenance.json"
_KEYS = ("AUG_SIGNING_KEY_FILE", "AUG_SIGNING_KEY", "AUG_VAULT_ADDR")
_HOW = (
    "openssl genpkey -algorithm ed25519 -out signing.pem; export AUG_SIGNING_KEY_FILE=$PWD/signing.pem; or "
    "leave the signature out with --unsigned"
)


@dataclass(frozen=True)
class Written:
    """The files of a card, and by which key its statement is signed, if it is."""

    folder: Path
    files: Sequence[str]
    key_id: str


def card(
    dataset: str,
    start: str | None = None,
    end: str | None = None,
    out: str | None = None,
    *,
    unsigned: bool = False,
) -> Written:
    """Write the card of published days; needs the lake and no Dagster.

    Args:
        dataset: ``tenant/name``.
        start: First day, as an ISO date; without it the newest published day alone.
        end: Last day, included; without it ``start`` alone.
        out: The folder; without it ``<tenant>-<name>-<days>`` in the working directory.
        unsigned: Write a bare statement, which proves nothing.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: A day is not a partition of it.
        UpstreamMissingError: None of the days is published.
        SigningKeyError: There is no key to sign with.
        AugError: The folder cannot be written.
    """
    from resources import evidence
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    home.find()
    sign = None if unsigned else _signer()
    dates = days_between(spec, start, end or start) if start else []
    found = release.gather(LakeResource(), spec, dates)
    folder = Path(out or f"{spec.tenant}-{spec.name}-{found.span}")
    texts = {CROISSANT: _json(croissant(found, _addresses(found, folder), summary(found))), CARD: page(found)}
    beside = {name: _sha256(text.encode()) for name, text in texts.items()}
    raw = {day.date: spec.source.at(day.date) for day in found.days}
    told = attest.statement(found, beside, raw, evidence.repository()[0])
    if sign is None:
        texts[UNSIGNED] = _json(told)
    else:
        texts[SIGNED] = _json(attest.envelope(told, sign.key_id, sign.sign))
    _write(folder, texts)
    return Written(folder, tuple(texts), sign.key_id if sign else "")


def _signer() -> Any:
    from resources import signing

    try:
        return signing.signer()
    except SigningKeyError as error:
        if not any(os.environ.get(name) for name in _KEYS):
            error.todo = _HOW
        raise


def _addresses(found: Release, folder: Path) -> dict[str, str]:
    """A file on this disk by its way from the card, so that both can be moved together; else its URL."""
    paths = [file.path for day in found.days for file in day.files]
    if "://" in found.address:
        return {path: f"{found.address}/{path}" for path in paths}
    return {path: os.path.relpath(Path(found.address, path), folder.absolute()) for path in paths}


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (SIGNED, UNSIGNED):
            (folder / old).unlink(missing_ok=True)  # one of an earlier card would be about other files
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise AugError("cannot write the card", seen=str(folder), todo=str(error)) from error


def verify(file: str, key_file: str) -> list[Finding]:
    """Hold a signed statement against a public key and the files that it speaks of; needs nothing else.

    Args:
        file: The DSSE envelope.
        key_file: The public key of who signs.

    Raises:
        AttestationError: It is not what the key signed.
        SigningKeyError: The file holds no public key.
    """
    from resources import signing

    key = signing.public_key(key_file)
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise AttestationError("the statement cannot be read", seen=file, todo=str(error)) from error
    body = attest.opened(text, lambda message, signature: signing.verified(key, message, signature))
    told = f"{len(body['subject'])} subjects signed by {signing.key_id(key)}"
    return [Finding("signature", True, told), *_compared(Path(file).parent, attest.digests(body))]  # noqa: FBT003


def _compared(folder: Path, digests: Mapping[str, str]) -> list[Finding]:
    """The card's own files, and the Parquet files where its Croissant file finds them on this disk."""
    found = [_same(name, folder / name, digests[name]) for name in (CROISSANT, CARD) if name in digests]
    if not all(one.well for one in found):
        return found
    objects = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))["distribution"]
    places = {one["@id"]: one["contentUrl"] for one in objects if "contentUrl" in one}
    here = {name: folder / at for name, at in places.items() if "://" not in at and (folder / at).exists()}
    found += [_same(name, path, digests[name]) for name, path in here.items()]
    missing = len(places) - len(here)
    return [*found, *([Finding("files elsewhere", True, f"{missing} not looked at")] if missing else [])]  # noqa: FBT003


def _same(name: str, path: Path, digest: str) -> Finding:
    try:
        seen = _sha256(path.read_bytes())
    except OSError:
        return Finding(name, False, "it is missing")  # noqa: FBT003
    return Finding(
        name, seen == digest, "as it was signed" if seen == digest else f"changed: it is {seen[:16]} now"
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
