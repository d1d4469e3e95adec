"""Labels that come back: which one holds, where they enter, and what is refused with nothing kept."""

import json
from pathlib import Path
from threading import Thread

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from aug_assets import labels, loader
from aug_assets.cli import app
from aug_assets.commands.labels import Said, add
from aug_assets.errors import LabelsError
from resources.labels import LabelTable
from resources.lake import LakeResource
from tests import builders
from tests.assets.days import DAY, Days

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
COLUMNS = {**builders.COLUMNS, "fraud": {"type": "int64", "values": [0, 1], "nullable": True}}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """A day whose labels have not come, with its source stored. Its labels are not to be changed."""
    return late(tmp_path_factory.mktemp("late"))


def late(folder: Path) -> Days:
    days = Days(folder, columns=COLUMNS)
    days.deliver(builders.frame(40).assign(fraud=pd.array([None] * 40, "Int64")))
    assert days.run("source").success
    return days


def rows(days: Days) -> pa.Table:
    return days.rows("source", DAY).sort_by("id")


def file(folder: Path, *lines: str) -> str:
    path = folder / "labels.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_the_label_that_was_known_last_counts_and_a_contradiction_does_not() -> None:
    told = [("a", "0", "alert", 1), ("a", "1", "matured", 2), ("b", "0", "alert", 1), ("b", "1", "queue", 1),
            ("c", "0", "alert", 1), ("c", "0", "alert", 1), ("d", "0", "queue", 3), ("d", "1", "person", 2),
            ("e", "0", "alert", 1), ("e", "1", "alert", 1), ("e", "1", "person", 5)]  # fmt: skip
    table = pa.table(dict(zip(("row_id", "label", "why", "known_at"), zip(*told, strict=True), strict=True)))
    found = [tuple(row.values()) for row in labels.settled(table).to_pylist()]
    assert found == [("a", "1", "matured"), ("c", "0", "alert"), ("d", "0", "queue"), ("e", "1", "person")]
    assert labels.settled(table.take(pa.array([*range(len(told))][::-1]))).equals(labels.settled(table))


def test_labels_enter_the_next_version_of_the_source(tmp_path: Path) -> None:
    known = late(tmp_path)
    before = rows(known)
    ids, keys = before.column("row_id").to_pylist(), before.column("id").to_pylist()
    assert before.column("fraud").null_count == 40
    wanted = file(
        tmp_path, "id,label,known_at", *(f"{keys[n]},{text},2025-01-03" for n, text in enumerate("101"))
    )
    said = Said(DAY, "alert", "the desk")
    assert [add(known.lake, known.spec, wanted, said) for _ in range(2)] == [{DAY: 3}, {DAY: 0}]
    first = known.run("source")
    assert first.metadata["source"]["labels/changed"] == 3
    commit = known.table("source").history()[0].info
    assert commit["labels_version"] == str(first.metadata["source"]["labels_version"])
    after = rows(known)
    assert after.column("fraud").to_pylist()[:4] == [1, 0, 1, None]
    assert after.column("fraud").null_count == 37
    assert after.drop_columns("fraud").equals(before.drop_columns("fraud"))
    later = file(
        tmp_path, "row_id,label,known_at,why,by,date", f"{ids[0]},0.0,2025-01-05T00:00:00,person,ann,{DAY}",
        f"{ids[1]},0,2025-01-05,person,ann,{DAY}", f"{ids[1]},1,2025-01-05,person,bob,{DAY}",
    )  # fmt: skip
    assert add(known.lake, known.spec, later, Said()) == {DAY: 3}
    run = known.run("source")
    assert run.metadata["source"]["labels/contradictory"] == 1
    assert run.data_versions["source"] != first.data_versions["source"]
    assert rows(known).column("fraud").to_pylist()[:3] == [0, None, 1]  # the last word; of two at once none


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("id,label", "nobody,1"), "no such row"),
        (("id,label", "k0,7"), "no label of lab/small"),
        (("id,label", "k0,"), "line 1"),
        (("id", "k0"), "lacks columns"),
        (("label", "1"), "lacks columns"),
        (("id,label,why", "k0,1,because"), "why cannot be taken"),
        (("id,label,known_at", "k0,1,yesterday"), "known_at cannot be taken"),
        (("id,label,known_at", "k0,1,2999-01-01"), "known_at cannot be taken"),
        (("id,label,date", "k0,1,05/01/2025"), "date cannot be taken"),
        (("id,label,date", "k0,1,2025-01-09"), "no such row"),
        (("id,label,by", "k0,1,"), "by cannot be taken"),
    ],
)
def test_a_file_with_a_bad_line_is_refused_whole(
    known: Days, tmp_path: Path, lines: tuple[str, ...], told: str
) -> None:
    good = lines[1].replace("k0", rows(known).column("id")[0].as_py())
    before = LabelTable(known.lake, known.spec).of(DAY).num_rows
    with pytest.raises(LabelsError, match=told):
        add(known.lake, known.spec, file(tmp_path, lines[0], good), Said(DAY, "person", "ann"))
    assert LabelTable(known.lake, known.spec).of(DAY).num_rows == before


def test_files_that_are_none_are_refused(known: Days, tmp_path: Path) -> None:
    for name in ("missing.csv", "missing.parquet"):
        with pytest.raises(LabelsError, match="cannot be read"):
            add(known.lake, known.spec, str(tmp_path / name), Said(DAY, by="ann"))


def test_a_dataset_without_a_label_takes_none(known: Days, tmp_path: Path) -> None:
    spec = builders.spec(label=None, recipe=[builders.branch(rows="all", label_value=None)])
    with pytest.raises(LabelsError, match="has no label"):
        add(known.lake, spec, file(tmp_path, "id,label", "a,1"), Said(DAY, by="ann"))


def test_two_who_add_at_once_lose_nothing(tmp_path: Path) -> None:
    table = LabelTable(LakeResource(uri=str(tmp_path)), builders.spec())
    at = pd.Timestamp("2025-01-02", tz="UTC")

    def told(n: int) -> pa.Table:
        return pa.table([[f"{n:032x}"], ["1"], ["alert"], ["ann"], [at]], schema=labels.LABELS)

    people = [Thread(target=table.add, args=(DAY, told(n))) for n in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert table.of(DAY).num_rows == 6
    assert table.days == [DAY]


def test_the_command_counts_what_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = late(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUG_LAKE", str(known.lake.uri))
    monkeypatch.setattr(loader, "get", lambda _: known.spec)
    key = rows(known).column("id")[9].as_py()
    words = ["labels", "add", "lab/small", file(tmp_path, "id,label", f"{key},1"), "--date", DAY]
    shown = CliRunner().invoke(app, [*words, "--by", "ann", "--why", "queue"])
    assert shown.exit_code == 0, shown.output
    assert "1 new labels" in shown.output
    shown = CliRunner().invoke(app, ["labels", "show", "lab/small", "--json"])
    (row,) = json.loads(shown.output)["rows"]
    assert (row["date"], row["queue"]) == (DAY, 1)
    assert CliRunner().invoke(app, words).exit_code == 1  # nobody is named


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ({"type": "int64", "min": 0, "max": 1}, ["0", "1", "1.0"], ["7", "-1", "0.5", "nan", ""]),
        ({"type": "float64", "min": 0}, ["0.5", "1e3"], ["nan", "inf", "-0.1", "x"]),
        ({"type": "bool"}, ["True", "false"], ["1", "yes", ""]),
        ({"type": "category", "values": ["a", "b"]}, ["a", " b "], ["c", "A"]),
    ],
)
def test_labels_meet_the_checks_of_their_column(column: dict, good: list[str], bad: list[str]) -> None:
    spec = builders.spec(
        columns={**builders.COLUMNS, "fraud": column}, recipe=[builders.branch(label_value=None)]
    )
    assert len(labels.checked(spec, good)) == len(good)
    for text in bad:
        with pytest.raises(LabelsError, match="line 1"):
            labels.checked(spec, [text])
