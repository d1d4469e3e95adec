"""The operator ``synonym`` and the thesauri that it reads."""

import hashlib
from pathlib import Path

import pytest

from aug_assets.errors import SpecError
from aug_assets.operators.text import thesaurus
from aug_assets.operators.text.synonym import Synonym, fits
from tests import queries
from tests.conformance.text import TextConformance

LINES = """# of our own
close\tshut,open,closed
payment\tinstalment, remittance
working\trunning,function
phone\ttelephone
order\trequest
arrive\tcome
cancel\tcall off,annul
moving\tgoing
want\twish
account\tprofile,record
help\tassist
gold\tsilver
march\twalk
"""


@pytest.fixture(scope="module")
def likes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("words") / "likes.tsv"
    made.write_text(LINES, encoding="utf-8")
    TestConformance.params = {"thesaurus": str(made), "share": 0.3}
    return made


@pytest.mark.usefixtures("likes_file")
class TestConformance(TextConformance):
    operator = "synonym"

    def after(self, text: str) -> set[str]:
        return {after for _, after, _ in self.changed([text], 60)}

    def test_words_become_their_likes_in_their_capitals(self) -> None:
        assert self.after("Account lost") == {"Profile lost", "Record lost"}
        assert self.after("PHONE lost") == {"TELEPHONE lost"}

    def test_opposites_other_endings_stop_words_phrases_and_terms_are_never_put_in(self) -> None:
        assert self.after("close it") == {"shut it"}
        assert self.after("is it working") == {"is it running"}
        assert self.after("cancel it") == {"annul it"}
        assert self.after("my Tamrin Gold") == {"my Tamrin Gold"}
        assert self.after("I want it") == {"I want it"}
        assert self.after("in March 2025") == {"in March 2025"}

    def test_an_article_stays_right(self) -> None:
        assert self.after("an account") == {"an account"}
        assert self.after("a payment") == {"a remittance"}

    def test_the_state_holds_only_words_of_the_rows(self) -> None:
        state = self.fit(queries.of(["my phone"]))
        assert state.learned == {"phone": ("telephone",)}

    def test_another_file_than_the_one_meant_is_refused(self, likes_file: Path) -> None:
        right = hashlib.sha256(likes_file.read_bytes()).hexdigest()
        step = {"operator": "synonym", "thesaurus": str(likes_file), "sha256": right}
        rows = queries.of(["my phone"])
        Synonym.fit(rows, self.roles(rows), Synonym.Params.model_validate(step))
        wrong = Synonym.Params.model_validate({**step, "sha256": "0" * 64})
        with pytest.raises(SpecError, match="not the one meant"):
            Synonym.fit(rows, self.roles(rows), wrong)


@pytest.mark.parametrize("made", ["no tab here\n", b"\xff\xfe\tx\n"])
def test_a_broken_file_is_refused_by_name(tmp_path: Path, made: str | bytes) -> None:
    file = tmp_path / "likes.tsv"
    file.write_bytes(made if isinstance(made, bytes) else made.encode())
    with pytest.raises(SpecError, match="cannot be read") as told:
        thesaurus.read(str(file), ["x"])
    assert str(file) in told.value.seen


def test_a_file_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        thesaurus.read("/nowhere/likes.tsv", ["x"])


def test_wordnet_gives_the_commonest_sense_of_words_of_one_part_of_speech(tmp_path: Path) -> None:
    head = "  1 a licence\n"
    data = head + "{at:08d} 04 n 02 parcel 0 package 0 001 @ 00001740 n 0000 | wrapped\n"
    for part in ("adj", "adv", "noun", "verb"):
        lines = head
        if part == "noun":
            lines += f"parcel n 1 1 @ 1 0 {len(head):08d}\nship n 1 1 @ 1 0 {len(head):08d}\n"
        if part == "verb":
            lines += f"ship v 1 0 1 0 {len(head):08d}\n"
        (tmp_path / f"index.{part}").write_text(lines)
        (tmp_path / f"data.{part}").write_text(data.format(at=len(head)))
    assert thesaurus.read(str(tmp_path), ["parcel", "ship", "other"]) == {"parcel": ("package",)}


@pytest.mark.parametrize(
    ("word", "other", "may"),
    [("send", "receive", False), ("quick", "fast", True), ("cards", "slip", False), ("pay", "pays", False),
     ("pay", "not", False), ("pay", "the", False), ("pay", "april", False), ("pass", "card", True)],
)  # fmt: skip
def test_guards(word: str, other: str, may: bool) -> None:
    assert fits(word, other) is may
