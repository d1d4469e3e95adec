"""What a copy changed, word by word."""

from types import SimpleNamespace

import pandas as pd
import pyarrow as pa

from aug_assets.report.changes import changes, in_markdown, in_rich, in_short, lines, words


def test_changed_words_are_told_from_those_that_stayed() -> None:
    found = changes(["I", "cannot", "log", "in"], ["I", "can", "not", "log", "in", "now"])
    assert [(kind, word) for kind, word in found if kind != "same"] == [
        ("gone", "cannot"), ("new", "can"), ("new", "not"), ("new", "now"),
    ]  # fmt: skip
    assert in_markdown(changes(["a", "b"], ["a", "c"])) == "a ~~b~~ **c**"
    assert in_rich(changes(["a", "b"], ["a", "c"])) == "a [red strike]b[/] [bold green]c[/]"


def test_words_of_a_person_are_never_read_as_markup() -> None:
    rude = ["[link](http://x)", "<img>", "**bold**", "[red]"]
    assert in_markdown(changes(rude, rude)) == (r"\[link\]\(http://x\) &lt;img&gt; \*\*bold\*\* \[red\]")
    assert r"\[red]" in in_rich(changes(rude, rude))


def test_long_texts_are_cut() -> None:
    assert len(changes(["word"] * 5000, ["word"] * 5000)) == 120


def test_sessions_are_compared_event_by_event_without_their_times() -> None:
    kind = pd.ArrowDtype(pa.list_(pa.string()))
    columns = {name: SimpleNamespace(type="string") for name in ("item", "event")}
    columns["at"] = SimpleNamespace(type="timestamp")
    spec = SimpleNamespace(kinds={"each": ("item", "event", "at")}, columns=columns)
    rows = pd.DataFrame(
        {name: pd.Series([["a", "b"], ["a", "c"]], dtype=kind) for name in ("item", "event", "at")}
    )
    assert words(spec, rows, 1, None) == ["a/a", "c/c"]
    shown = lines(spec, rows.iloc[[0]], rows.iloc[[1]], in_markdown)
    assert shown == [["a/a b/b", "a/a ~~b/b~~ **c/c**"]]


def test_stored_values_in_short() -> None:
    picture = {"pixels": b"x" * 10**6, "codec": "zstd", "dtype": "uint8", "shape": [4, 6, 3]}
    assert in_short(picture) == "4x6x3 uint8"
    assert in_short([{"x0": 1}, {"x0": 2}]) == "2 boxes"
    assert in_short(["a", "b", "c"]) == "3 values"
    assert in_short(None) == ""
