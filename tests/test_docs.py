"""The documents say what is so: examples run, links lead somewhere, every code and variable is listed."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Literal

import pytest

from aug_assets import gates, loader, manifests, operators, recipe
from aug_assets.ingest import ingest
from resources import dask_cluster
from tests.test_errors import classes

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_VARIABLE = re.compile(r'"((?:AUG|DASK|AWS|DAGSTER)_[A-Z0-9_]*[A-Z0-9])"')
_SET_BY_US = {
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT",
    "AWS_CONDITIONAL_PUT",
    "AWS_S3_ALLOW_UNSAFE_RENAME",
    "AWS_ALLOW_HTTP",
}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    """The functions of docs/generate.py."""
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def runnable(name: str, language: str) -> str:
    """The example of a page that is marked as one to run."""
    found = re.search(rf"<!-- runnable -->\n```{language}\n(.*?)```", text(name), re.DOTALL)
    assert found, name
    return found[1]


def anchors(page: str) -> set[str]:
    """Headings as the links of a Markdown page name them."""
    heads = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_images_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_images_are_small_and_shown() -> None:
    shown = {Path(link).name for page in PAGES for link in _LINK.findall(page.read_text(encoding="utf-8"))}
    for image in (ROOT / "docs" / "images").iterdir():
        assert image.name in shown, "an image that no page shows"
        assert image.stat().st_size < 200_000, image.name


def test_generated_pages_are_current(generator: dict[str, Any]) -> None:
    assert generator["stale"]() == [], "run docs/generate.py"


def test_every_operator_gate_and_manifest_has_a_page(generator: dict[str, Any]) -> None:
    for folder, catalogue in (("operators", operators), ("operators", manifests), ("gates", gates)):
        index = text(f"docs/{folder}/README.md")
        for name in catalogue.REGISTRY.built_in:
            page = text(f"docs/{folder}/{name}.md")
            assert "**Source:** " in page, name
            assert "## When not to use it\n\nNot for " in page, name
            assert f"]({name}.md)" in index


def test_a_page_that_was_edited_or_is_of_nothing_is_seen(generator: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path, dirs_exist_ok=True)
    with (tmp_path / "gates" / "rules.md").open("a") as page:
        page.write("By hand.")
    (tmp_path / "operators" / "gone.md").write_text("# gone")
    (tmp_path / "gates" / "schema.md").unlink()
    moved = generator["stale"].__globals__
    here, moved["FOLDER"] = moved["FOLDER"], tmp_path
    try:
        assert generator["stale"]() == ["gates/rules.md", "gates/schema.md", "operators/gone.md"]
    finally:
        moved["FOLDER"] = here


class _Shy(operators.base.Params):
    operator: Literal["shy"] = "shy"
    strength: float = 1.0


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ("Makes rows.\n\nNot for all.", "Source: "),
        ("Makes rows.\n\nSource: a paper.", "Not for "),
        ("Makes rows.\n\nSource: a paper.\n\nNot for all.", "strength has no description"),
    ],
    ids=["no source", "no limits", "no description"],
)
def test_what_a_class_does_not_say_stops_the_generator(
    generator: dict[str, Any], monkeypatch: pytest.MonkeyPatch, told: str, missing: str
) -> None:
    module = types.ModuleType("shy", told)
    monkeypatch.setitem(sys.modules, "shy", module)
    shy = type("Shy", (), {"name": "shy", "kind": "transform", "Params": _Shy, "__module__": "shy"})
    with pytest.raises((ValueError, KeyError), match=missing):
        generator["component_page"](shy)


def test_every_error_code_says_what_to_do() -> None:
    page = text("docs/troubleshooting.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", page, re.MULTILINE))
    codes = {cls.code for cls in classes()} - {"error"}
    assert set(rows) == codes
    assert "`error`" in page
    for cls in classes():
        if cls.transient:
            assert re.search(rf"^\| `{cls.code}` \|.*\*passing\*", page, re.MULTILINE), cls.code


def test_every_environment_variable_is_listed() -> None:
    files = [
        path for folder in ("aug_assets", "resources", "sensors") for path in (ROOT / folder).rglob("*.py")
    ]
    used = {name for path in files for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    rows = "".join(line for line in text("docs/operations.md").splitlines() if line.startswith("| `"))
    assert {name for name in used - _SET_BY_US if f"`{name}`" not in rows} == set()


def test_the_verbs_of_the_documents_exist() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for page in PAGES:
        for verb in re.findall(r"^(?:`)?make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert verb in verbs, (page.name, verb)


def test_a_row_is_recomputed_by_hand() -> None:
    day = "2025-01-01"
    spec = loader.get("payments/card_fraud")
    plan = recipe.plan(spec, day, ingest(spec, day).rows)
    provenance = recipe.make(plan, 0, 0, 40).told
    code = compile(runnable("docs/how_it_works.md", "python"), "how_it_works.md", "exec")
    rows = [row for row in provenance.to_pylist() if row["operator"] == "seq_cart"]
    for row in (rows[0], rows[-1]):
        exec(code, {"row": row, "day": day})


@pytest.mark.slow
def test_the_dataset_of_the_readme_runs(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    foreign = ("AUG_", "AWS_", "DAGSTER_", "DASK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own = {"AUG_DASK_WORKERS": "1", "AUG_CODE_DIGEST": "readme", "COLUMNS": "160"}
    try:
        done = subprocess.run(
            ["bash", "-e", "-c", runnable("README.md", "sh")],
            cwd=tmp_path, env=kept | own, capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip
    finally:
        dask_cluster.stop(tmp_path / ".aug" / "home")
    assert done.returncode == 0, done.stdout + done.stderr
    cells = next(line for line in done.stdout.splitlines() if line.startswith(" 2025-03-01")).split()
    assert [*cells[1:5], *cells[7:]] == ["15", "12", "12", "1", "min:monthly_fee", "1"]
    for said in ("15 rows in, 12 candidates, 12 accepted and 1 quarantined", "`min:monthly_fee`"):
        assert said in text("README.md")
