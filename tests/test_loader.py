"""A mistake in a dataset file is answered with file, line, value seen and what is legal."""

from pathlib import Path

import pytest

from aug_assets import loader
from aug_assets.errors import SpecError, UnknownDatasetError

GOOD = """\
type: aug_assets.component.AugmentedDataset
attributes:
  tenant: lab
  name: small
  source:
    uri: /nowhere/{date}.csv
  partitions:
    start: 2025-01-01
    timezone: UTC
  key: [id]
  label: fraud
  columns:
    id: {type: string}
    amount: {type: float64, min: 0}
    kind: {type: category, values: [a, b]}
    fraud: {type: int64, values: [0, 1]}
  rules:
    - amount >= 0
  recipe:
    - name: more
      select: {rows: minority, copies: 2}
      steps:
        - {operator: smote_nc, k: 5}
  gates:
    - {gate: rules, max_share: 0.2}
"""

# what to replace, by what, the line to be named, and words of the answer: place, seen, legal
WRONG = {
    "unknown operator": ("smote_nc, k: 5", "smoat, k: 5", 23, ["steps.0", "smoat", "smote_nc"]),
    "k of zero": ("k: 5", "k: 0", 23, ["steps.0.k", "Seen: 0", ">= 1"]),
    "k that is text": ("k: 5", "k: five", 23, ["steps.0.k", "five", "integer"]),
    "misspelt field": ("label: fraud", "lable: fraud", 11, ["lable", "docs/dataset.md"]),
    "misspelt parameter": ("k: 5", "neighbours: 5", 23, ["neighbours", "docs/dataset.md"]),
    "unknown time zone": ("UTC", "Mars/North", 9, ["partitions.timezone", "Mars/North", "Europe/Paris"]),
    "date that does not exist": ("2025-01-01", "2025-13-01", 8, ["2025-13-01", "month"]),
    "date in words": ("2025-01-01", "tomorrow", 8, ["partitions.start", "tomorrow", "date"]),
    "missing column in a rule": (
        "amount >= 0",
        "amout >= 0",
        18,
        ["rules.0", "'amout'", "legal: amount, fraud"],
    ),
    "missing column in the key": ("[id]", "[idd]", 10, ["key.0", "'idd'", "fraud, id, kind"]),
    "rule on text": ("amount >= 0", "kind >= 0", 18, ["rules.0", "cannot be evaluated"]),
    "key read as truth": ("[id]", "[no]", 10, ["key.0", "Seen: False", "string"]),
    "rule that is none": ("amount >= 0", "amount +", 18, ["rules.0", "amount +"]),
    "rule that runs code": ("amount >= 0", "open('x') == 1", 18, ["rules.0", "Call", "comparisons"]),
    "unknown type": ("float64", "decimal", 14, ["columns.amount.type", "decimal", "float64"]),
    "unknown gate": ("gate: rules", "gate: rulez", 25, ["gates.0", "rulez", "rules"]),
    "share above one": ("max_share: 0.2", "max_share: 2", 25, ["max_share", "Seen: 2", "<= 1"]),
    "missing field": ("  name: small\n", "", 2, ["attributes.name", "required"]),
    "list for a mapping": ("{type: string}", "[string]", 13, ["columns.id", "string"]),
    "text for a mapping": (
        "source:\n    uri: /nowhere/{date}.csv",
        "source: /nowhere",
        5,
        ["source", "/nowhere"],
    ),
    "no recipe": ("  gates:", "  recipe: []\n  gates:", 24, ["'recipe' is given twice"]),
    "column twice": ("    kind:", "    amount: {type: string}\n    kind:", 15, ["'amount' is given twice"]),
    "upper case name": ("name: small", "name: Small", 4, ["name", "Small", "[a-z]"]),
    "code read as truth": ("[a, b]", "[a, no]", 15, ["columns.kind.values", "quote it"]),
    "broken YAML": ("key: [id]", "key: [id", 11, ["not YAML"]),
    "tab": ("  key: [id]", "\tkey: [id]", 10, ["not YAML"]),
    "another type": ("AugmentedDataset", "Other", 1, ["not a dataset file", "Other", "AugmentedDataset"]),
    "python object": ("/nowhere/{date}.csv", "!!python/object/apply:os.getcwd []", 6, ["not YAML"]),
}


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / loader.FILE
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_good_file_loads(tmp_path: Path) -> None:
    assert loader.load(write(tmp_path, GOOD)).id == "lab/small"


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_with_file_line_value_and_what_is_legal(case: str, tmp_path: Path) -> None:
    old, new, line, words = WRONG[case]
    assert GOOD.count(old) >= 1
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        loader.load(path)
    told = str(caught.value)
    assert told.startswith(f"{path}:{line}:"), told
    for word in words:
        assert word in told, told
    assert len(told) < 1200


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe\x00garbage", b"", b"- a\n- b\n", b"just words", b"type: x\n", b"a: b: c\n", b"\x00"],
    ids=["bytes", "empty", "list", "words", "no attributes", "broken", "null byte"],
)
def test_what_is_no_dataset_file_is_refused(text: bytes, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SpecError, match=loader.FILE):
        loader.load(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(SpecError, match="cannot read"):
            loader.load(path)


def test_other_mistakes_are_counted(tmp_path: Path) -> None:
    text = GOOD.replace("k: 5", "k: 0").replace("max_share: 0.2", "max_share: 2")
    with pytest.raises(SpecError, match=r"1 more after this one"):
        loader.load(write(tmp_path, text))


def test_a_long_value_does_not_drown_the_message(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        loader.load(write(tmp_path, GOOD.replace("amount >= 0", "amount >= " + "9" * 10_000)))
    assert len(str(caught.value)) < 1500


def test_merge_keys_still_work(tmp_path: Path) -> None:
    text = GOOD.replace("{type: string}", "&text {type: string}").replace(
        "    fraud:", "    note:\n      <<: *text\n      type: string\n    fraud:"
    )
    assert loader.load(write(tmp_path, text)).columns["note"].type == "string"


def test_the_shipped_datasets_load() -> None:
    shipped = loader.find(Path(loader.__file__).parent / "datasets")
    assert shipped
    assert len({loader.load(path).id for path in shipped}) == len(shipped)


def test_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path / "a" / "b", GOOD)
    monkeypatch.setenv("AUG_DATASETS", str(tmp_path))
    assert loader.get("lab/small").name == "small"
    with pytest.raises(UnknownDatasetError, match="lab/small"):
        loader.get("lab/smal")
    write(tmp_path / "a", GOOD)
    with pytest.raises(SpecError, match="of this name"):
        loader.catalogue()
