"""A release as an in-toto statement with SLSA provenance, in a DSSE envelope. Signs and reads nothing."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from aug_assets.errors import AttestationError
from aug_assets.lineage.chain import canonical
from aug_assets.lineage.release import Day, Release

PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
_BUILD = "https://pypi.org/project/aug-assets/day@v1"
_HASH = "sha256"


def statement(
    release: Release, beside: Mapping[str, str], raw: Mapping[str, str], code_at: str = ""
) -> dict[str, Any]:
    """What is claimed of a release.

    Args:
        release: The published days.
        beside: SHA-256 of further files of the card, by name.
        raw: Where each day's raw data came from, by date.
        code_at: Address of the code's repository, where it is known.
    """
    spec = release.spec
    subject = [_named(file.path, file.sha256) for day in release.days for file in day.files]
    subject += [_named(f"{spec.id}/{day.date}", day.digest) for day in release.days]
    subject += [_named(name, digest) for name, digest in sorted(beside.items())]
    runs = sorted({day.made["run_id"] for day in release.days})
    return {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD,
                "externalParameters": {"dataset": spec.id, "days": [day.date for day in release.days]},
                "internalParameters": {"recipes": dict(release.recipes)},
                "resolvedDependencies": _dependencies(release, raw, code_at),
            },
            "runDetails": {
                "builder": {"id": "https://pypi.org/project/aug-assets"},
                "metadata": {"invocationId": ",".join(runs), "finishedOn": release.at},
                "byproducts": [_verdict(day) for day in release.days if day.gates],
            },
        },
    }


def _named(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {_HASH: digest}}


def _dependencies(release: Release, raw: Mapping[str, str], code_at: str) -> list[dict[str, Any]]:
    """Source versions, then what made the rows; each once, whatever the number of days."""
    found: list[dict[str, Any]] = []
    for day in release.days:
        source = day.stages["source"]
        told = {"date": day.date, "delta_version": source.version, "raw": raw.get(day.date, "")}
        found.append({**_named("source", source.info["digest"]), "annotations": told})
    kinds = (
        ("recipe", "recipe_digest"), ("dataset file", "spec_digest"), ("environment", "environment"),
        ("code", "code"), ("git", "git"),
    )  # fmt: skip
    for name, key in kinds:
        for digest in dict.fromkeys(day.made.get(key, "") for day in release.days):
            found += [_made_by(name, digest, code_at)] if digest else []
    return found


def _made_by(name: str, digest: str, code_at: str) -> dict[str, Any]:
    if name == "git":
        commit, changed = digest.partition("+")[::2]
        told = {"name": "git", "digest": {"gitCommit": commit}} | (
            {"uri": f"git+{code_at}"} if code_at else {}
        )
        return told | ({"annotations": {"files_differ_from_commit": True}} if changed else {})
    # The digest of the code is cut short where it is made, so it may not go by the name of a whole one.
    return {"name": name, "digest": {_HASH if len(digest) == 64 else "augCode": digest}}  # noqa: PLR2004


def _verdict(day: Day) -> dict[str, Any]:
    told = {one["gate"]: "passed" if one["passed"] else "failed" for one in day.gates}
    return {**_named(f"candidates {day.date}", day.candidates_digest), "annotations": {"gates": told}}


# --- the envelope -----------------------------------------------------------------------------------------
def envelope(body: Mapping[str, Any], key_id: str, sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    """A statement with its signature."""
    payload = canonical(body)
    signature = {"keyid": key_id, "sig": base64.b64encode(sign(_signed(payload))).decode()}
    return {
        "payloadType": PAYLOAD, "payload": base64.b64encode(payload).decode(), "signatures": [signature],
    }  # fmt: skip


def opened(text: str, verify: Callable[[bytes, bytes], bool]) -> dict[str, Any]:
    """The statement in an envelope, whose signature holds.

    Args:
        text: The file.
        verify: From message and signature to whether the key made it.

    Raises:
        AttestationError: It is no signed statement, or not signed by the key.
    """
    try:
        told = json.loads(text)
        if "payload" not in told and told.get("_type") == STATEMENT:
            raise AttestationError(
                "the statement is not signed", seen="a bare in-toto statement", legal="a DSSE envelope",
                todo="make the card again with a key to sign with",
            )  # fmt: skip
        payload = base64.b64decode(told["payload"], validate=True)
        signatures = [base64.b64decode(one["sig"], validate=True) for one in told["signatures"]]
        kind = told["payloadType"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AttestationError(
            "this is no provenance statement", seen=text[:60], legal="a DSSE envelope as `aug card` writes it"
        ) from error
    if kind != PAYLOAD or not any(verify(_signed(payload), signature) for signature in signatures):
        raise AttestationError(
            "the statement was changed, or another key signed it",
            seen=[one.get("keyid") for one in told["signatures"]],
            legal="a signature of the given key over the whole statement",
            todo="ask for the key of who signs, by another way than this file",
        )  # fmt: skip
    body: dict[str, Any] = json.loads(payload)
    if body.get("_type") != STATEMENT or body.get("predicateType") != PREDICATE:
        raise AttestationError(
            "the signed statement is of another kind", seen=body.get("predicateType"), legal=PREDICATE
        )
    return body


def _signed(payload: bytes) -> bytes:
    """What a DSSE signature is over."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)


def digests(body: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of each subject by its name."""
    return {one["name"]: one["digest"][_HASH] for one in body["subject"]}
