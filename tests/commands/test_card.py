"""`aug card`: files for other tools, a card that says what is so, a statement that shows tampering."""

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from aug_assets.cli import app
from aug_assets.commands import card as command
from aug_assets.errors import AttestationError, SigningKeyError, UpstreamMissingError
from aug_assets.lineage import attest
from aug_assets.lineage.croissant import PARQUET, croissant, left_out
from resources import environment, signing
from tests import scenes
from tests.assets.days import DAY, NEXT_DAY, Days, Run

KEY, OTHER = "07" * 32, "08" * 32


@pytest.fixture
def there(released: tuple[Days, list[Run]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The two published days as this place's lake, and a key to sign with; returns an empty folder."""
    days, _ = released
    monkeypatch.setattr(command.loader, "get", lambda _: days.spec)
    monkeypatch.setenv("AUG_LAKE", days.lake.uri)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    for name in ("AUG_SIGNING_KEY_FILE", "AUG_VAULT_ADDR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUG_SIGNING_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def public(there: Path, key: str = KEY) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    file = there / f"{key[:2]}.pem"
    file.write_text(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)).public_key().public_bytes_raw().hex()
    )
    return str(file)


def made(there: Path) -> Path:
    return command.card("lab/small", DAY, NEXT_DAY, str(there / "card")).folder


def statement(folder: Path) -> dict[str, Any]:
    envelope = json.loads((folder / command.SIGNED).read_text())
    body: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return body


def test_croissant_leads_to_files_whose_bytes_are_those_of_their_digests(
    there: Path, released: tuple[Days, list[Run]]
) -> None:
    folder = made(there)
    told = json.loads((folder / command.CROISSANT).read_text())
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert told["license"] == "CC-BY-4.0"
    files = told["distribution"]
    assert len(files) == 2
    for one in files:
        assert one["encodingFormat"] == PARQUET
        assert sha256((folder / one["contentUrl"]).read_bytes()).hexdigest() == one["sha256"]
    columns = {"row_id", "is_synthetic", *released[0].spec.columns}
    for records, file in zip(told["recordSet"], files, strict=True):
        assert {field["name"] for field in records["field"]} == columns
        assert {field["source"]["fileObject"]["@id"] for field in records["field"]} == {file["@id"]}
    assert re.fullmatch(r"\d+\.0\.0\+[0-9a-f]{16}", told["version"])


def test_columns_that_croissant_has_no_type_for_are_left_out_and_named() -> None:
    class Pictures:
        spec = scenes.spec(steps=[{"operator": "blur"}])
        days: tuple[Any, ...] = ()

    assert left_out(Pictures()) == ("image", "mask", "depth", "boxes", "points")  # type: ignore[arg-type]


def test_the_card_says_what_was_published_made_judged_and_held(
    there: Path, released: tuple[Days, list[Run]]
) -> None:
    page = (made(there) / command.CARD).read_text()
    days, runs = released
    accepted = sum(run.metadata["validated"]["accepted"] for run in runs)
    real = sum(run.metadata["validated"]["real"] for run in runs)
    assert f"{real:,} real rows and {accepted:,} synthetic rows" in page
    assert re.search(r"\| more \| rows minority, .* copies 2.* \| `smote_nc` \| k 3 \|", page)
    assert re.search(r"\| exact_copies \| blocking \| 2 of 2 \|", page)
    assert "| min:amount | source | 2 |" in page
    assert "| licence | CC-BY-4.0 |" in page
    assert "| contact | team:ml |" in page
    for run in runs:
        assert run.metadata["validated"]["digest"][:16] in page
    assert "Not measured; `aug bench lift lab/small` does." in page
    assert days.spec.recipe_digest[:16] in page


def test_the_statement_names_all_that_the_days_depend_on(
    there: Path, released: tuple[Days, list[Run]]
) -> None:
    body = statement(made(there))
    days, runs = released
    subjects = attest.digests(body)
    for date, run in zip((DAY, NEXT_DAY), runs, strict=True):
        assert subjects[f"lab/small/{date}"] == run.metadata["validated"]["digest"]
    definition = body["predicate"]["buildDefinition"]
    found = {one["name"]: next(iter(one["digest"].values())) for one in definition["resolvedDependencies"]}
    assert found["source"] == runs[-1].metadata["source"]["digest"]
    assert found["recipe"] == days.spec.recipe_digest
    assert found["environment"] == environment.digest()
    assert {"code", "dataset file"} <= set(found)
    (text,) = definition["internalParameters"]["recipes"].values()
    assert yaml.safe_load(text)["recipe"][0]["name"] == "more"
    assert body["predicate"]["runDetails"]["byproducts"][0]["annotations"]["gates"]["verdict"] == "passed"


def test_a_card_is_verified_with_the_public_key_alone(there: Path) -> None:
    file = made(there) / command.SIGNED
    found = command.verify(str(file), public(there))
    assert all(one.well for one in found)
    assert [one.part for one in found][:3] == ["signature", command.CROISSANT, command.CARD]
    assert len(found) == 5


def test_the_signature_is_over_what_dsse_says_it_is_over(there: Path) -> None:
    envelope = json.loads((made(there) / command.SIGNED).read_text())
    payload, (signature,) = base64.b64decode(envelope["payload"]), envelope["signatures"]
    signed = b"DSSEv1 28 application/vnd.in-toto+json " + str(len(payload)).encode() + b" " + payload
    assert signing.verified(signing.signer().public_key, signed, base64.b64decode(signature["sig"]))
    assert signature["keyid"] == signing.signer().key_id


def tampered(folder: Path) -> None:
    body = statement(folder)
    body["subject"][0]["digest"]["sha256"] = "0" * 64
    file = folder / command.SIGNED
    envelope = json.loads(file.read_text())
    file.write_text(json.dumps(envelope | {"payload": base64.b64encode(json.dumps(body).encode()).decode()}))


def other_type(folder: Path) -> None:
    file = folder / command.SIGNED
    file.write_text(json.dumps(json.loads(file.read_text()) | {"payloadType": "text/plain"}))


def bare(folder: Path) -> None:
    (folder / command.SIGNED).write_text(json.dumps(statement(folder)))


def no_json(folder: Path) -> None:
    (folder / command.SIGNED).write_text("not one")


def another_statement(folder: Path) -> None:
    key = signing.signer()
    body = statement(folder) | {"predicateType": "https://example.org/other"}
    (folder / command.SIGNED).write_text(json.dumps(attest.envelope(body, key.key_id, key.sign)))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (tampered, "was changed, or another key"), (other_type, "was changed, or another key"),
        (bare, "not signed"), (no_json, "no provenance statement"), (another_statement, "another kind"),
    ],
)  # fmt: skip
def test_a_statement_that_is_not_what_was_signed_is_refused(there: Path, fault: Any, told: str) -> None:
    folder = made(there)
    fault(folder)
    with pytest.raises(AttestationError, match=told):
        command.verify(str(folder / command.SIGNED), public(there))


def test_another_key_does_not_verify_it(there: Path) -> None:
    with pytest.raises(AttestationError, match="another key"):
        command.verify(str(made(there) / command.SIGNED), public(there, OTHER))


@pytest.mark.parametrize("name", [command.CARD, command.CROISSANT])
def test_a_changed_file_of_the_card_is_named(there: Path, name: str) -> None:
    folder = made(there)
    (folder / name).write_text((folder / name).read_text().replace("real rows", "true rows"))
    bad = [one for one in command.verify(str(folder / command.SIGNED), public(there)) if not one.well]
    assert [one.part for one in bad] == [name]
    assert "changed" in bad[0].told


def test_a_changed_parquet_file_is_named(there: Path) -> None:
    folder = made(there)
    told = json.loads((folder / command.CROISSANT).read_text())["distribution"][0]
    file = (folder / told["contentUrl"]).resolve()
    before = file.read_bytes()
    try:
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        found = command.verify(str(folder / command.SIGNED), public(there))
    finally:
        file.write_bytes(before)
    assert [one.part for one in found if not one.well] == [told["@id"]]


def test_without_a_key_it_says_how_to_make_one(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUG_SIGNING_KEY")
    with pytest.raises(SigningKeyError, match="openssl genpkey -algorithm ed25519") as caught:
        command.card("lab/small", out=str(there / "card"))
    assert "--unsigned" in str(caught.value)
    assert not (there / "card").exists()


def test_an_unsigned_card_says_so_and_takes_an_older_signature_away(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(there)
    shown = CliRunner().invoke(app, ["card", "lab/small", "--unsigned", "--out", "card"])
    assert shown.exit_code == 0, shown.output
    assert "not signed" in shown.output
    assert sorted(file.name for file in Path("card").iterdir()) == sorted(
        [command.CROISSANT, command.CARD, command.UNSIGNED]
    )
    assert json.loads(Path("card", command.UNSIGNED).read_text())["_type"] == attest.STATEMENT
    assert f"# lab/small, {NEXT_DAY}\n" in Path("card", command.CARD).read_text()


def test_a_day_that_is_not_published_has_no_card(there: Path) -> None:
    with pytest.raises(UpstreamMissingError, match=r"2025-01-09.*2025-01-02 to 2025-01-03"):
        command.card("lab/small", "2025-01-09")


def test_words_of_the_command_line(there: Path) -> None:
    runner = CliRunner()
    folder = made(there)
    shown = runner.invoke(
        app, ["card", "verify", str(folder / command.SIGNED), "--public-key", public(there)]
    )
    assert (shown.exit_code, "well signature" in shown.output) == (0, True)
    tampered(folder)
    shown = runner.invoke(
        app, ["card", "verify", str(folder / command.SIGNED), "--public-key", public(there)]
    )
    assert (shown.exit_code, "attestation: " in shown.output) == (1, True)
    for words in (["card"], ["card", "--help"], ["report", "--help"]):
        assert "audit" in runner.invoke(app, words).output or "verify" in runner.invoke(app, words).output


def test_nothing_that_stands_in_a_file_breaks_out_of_a_table(released: tuple[Days, list[Run]]) -> None:
    from aug_assets.commands.release import gather
    from aug_assets.lineage.card import card

    days, _ = released
    evil = days.spec.model_copy(update={"license": "x | y\n# <script>"})
    page = card(gather(days.lake, evil, [DAY]))
    assert "| licence | x \\| y # &lt;script> |" in page
    assert croissant(gather(days.lake, evil, [DAY]), _anywhere(days), "d")["license"] == "x | y\n# <script>"


def _anywhere(days: Days) -> Any:
    return {file.path: file.path for file in days.table("validated").parts({"date": DAY})}
