"""Records, Merkle trees and checkpoints: held against RFC 6962's vectors, and planted faults."""

import json

import pytest

from aug_assets.errors import AuditError
from aug_assets.lineage.chain import (
    FIRST,
    Checkpoint,
    Record,
    Tree,
    canonical,
    consistency,
    consistent,
    fault,
    included,
    inclusion,
    leaf,
    parse,
    parse_checkpoint,
    record,
)

# Entries, roots and proofs of the reference implementation of Certificate Transparency.
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
BC1A = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
CA85 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F083 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
LEAVES = [leaf(entry) for entry in ENTRIES]
MANY = [leaf(bytes([number])) for number in range(17)]


def test_the_roots_are_those_of_the_reference() -> None:
    tree = Tree()
    assert [tree.root().hex()] + [(tree.add(one), tree.root().hex())[1] for one in LEAVES] == list(ROOTS)
    assert Tree(LEAVES).root().hex() == ROOTS[-1]


def test_the_proofs_are_those_of_the_reference() -> None:
    assert [one.hex() for one in inclusion(LEAVES, 5)] == [BC1A, CA85, ROOTS[4]]
    assert [one.hex() for one in inclusion(LEAVES, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        F083,
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in consistency(LEAVES, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", CA85, ROOTS[4],
    ]  # fmt: skip
    assert [one.hex() for one in consistency(LEAVES[:5], 2)] == [F083, BC1A]


def test_inclusion_is_proven_for_the_right_entry_only() -> None:
    for size in range(1, len(MANY) + 1):
        leaves, root = MANY[:size], Tree(MANY[:size]).root()
        for at in range(size):
            path = inclusion(leaves, at)
            assert included(leaves[at], at, size, path, root)
            assert not included(leaf(b"other"), at, size, path, root)
            assert not included(leaves[at], size, size, path, root)
            assert not included(leaves[at], at, size, [*path, root], root)
            assert not any(
                included(leaves[at], other, size, path, root) for other in range(size) if other != at
            )
            assert not path or not included(leaves[at], at, size, path[:-1], root)


def test_consistency_is_proven_for_the_right_log_only() -> None:
    for size in range(1, len(MANY) + 1):
        root = Tree(MANY[:size]).root()
        for old in range(1, size + 1):
            was, path = Tree(MANY[:old]).root(), consistency(MANY[:size], old)
            assert consistent(old, size, path, was, root)
            assert not consistent(old, size, path, leaf(b"other"), root)
            assert not consistent(old, size, path, was, leaf(b"other"))
            assert not consistent(old, size, [*path, root], was, root)
            assert not path or not consistent(old, size, path[:-1], was, root)
    assert not consistent(0, 2, [], Tree().root(), Tree(MANY[:2]).root())
    assert not consistent(3, 2, [], MANY[0], MANY[0])


@pytest.mark.parametrize("at", [-1, 8])
def test_there_is_no_proof_of_what_is_not_there(at: int) -> None:
    with pytest.raises(IndexError):
        inclusion(LEAVES, at)
    with pytest.raises(IndexError):
        consistency(LEAVES, at + 1 if at > 0 else 0)


def body(**changes: object) -> dict[str, object]:
    plain = {
        "seq": 0,
        "at": "2026-01-02T03:04:05+00:00",
        "action": "publish",
        "subject": {"rows": 3, "a": "ü\u2028"},
    }
    return {**plain, "by": "ann", "why": "", "once": "", "previous": FIRST, **changes}


def test_a_record_reads_back_as_it_was_written() -> None:
    made = record(body())
    assert parse(made.line()) == made
    assert fault(made.line(), 0, FIRST) == ("", made.digest)
    assert b"\n" not in made.line()
    assert made.line() == canonical(json.loads(made.line()))


def test_the_digest_is_of_the_canonical_json_without_it() -> None:
    made = record(body(by='a "digest":"x", b', why='{"digest":"y"}'))
    assert fault(made.line(), 0, FIRST) == ("", made.digest)


@pytest.mark.parametrize("name", ["at", "action", "by", "why", "once", "digest", "previous"])
def test_any_edited_field_shows(name: str) -> None:
    edited = json.loads(record(body()).line()) | {name: "x"}
    assert "edited" in fault(canonical(edited), 0)[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "not a record"),
        (b"[]", "not a record"),
        (b"{}", "not a record"),
        (canonical(vars(record(body())) | {"by": 1}), "not a record"),
        (canonical(vars(record(body())) | {"seq": True}), "not a record"),
        (canonical(vars(record(body())) | {"more": 1}), "not a record"),
        (record(body()).line().replace(b'"rows":3', b'"rows":3.0'), "edited"),
        (record(body()).line().replace(b",", b", "), "edited"),
        (b'{"digest":"%b",' % record(body()).digest.encode() + canonical(body())[1:], "edited"),
        (record(body(seq=1)).line(), "record 1 stands in its place"),
        (record(body(previous="f" * 64)).line(), "names ffffffffffffffff as the record before it"),
    ],
)
def test_what_is_not_the_record_of_its_place_is_told(line: bytes, told: str) -> None:
    assert told in fault(line, 0, FIRST)[0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: object()}, b"bytes", "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(AuditError):
        record(body(subject={"value": value}))


def test_a_checkpoint_reads_back_and_claims_all_but_its_signature() -> None:
    made = Checkpoint("lab", 3, "ab" * 32, "2026-01-02", "k", "cd" * 64)
    assert parse_checkpoint(made.line()) == made
    assert json.loads(made.claim()) == {
        name: value for name, value in vars(made).items() if name != "signature"
    }  # fmt: skip
    for bad in (
        b"",
        b"{}",
        b"[1]",
        canonical(vars(made) | {"root": "no"}),
        canonical(vars(made) | {"size": -1}),
    ):
        with pytest.raises(AuditError):
            parse_checkpoint(bad)
    assert isinstance(parse(record(body()).line()), Record)
