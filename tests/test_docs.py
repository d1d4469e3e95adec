"""The documents say what is so: examples run, links lead somewhere, every code and variable is listed."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from aug_assets import loader, recipe
from aug_assets.ingest import ingest
from resources import dask_cluster
from tests.test_errors import classes

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_VARIABLE = re.compile(r'"((?:AUG|DASK|AWS|DAGSTER)_[A-Z0-9_]*[A-Z0-9])"')
_SET_BY_US = {
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT",
    "AWS_CONDITIONAL_PUT",
    "AWS_S3_ALLOW_UNSAFE_RENAME",
    "AWS_ALLOW_HTTP",
}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
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


def test_the_reference_of_the_dataset_file_is_current() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "generate.py"))["page"]
    assert page() == text("docs/dataset.md"), "run docs/generate.py"


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
    rows = [row for row in provenance.to_pylist() if row["operator"] == "arf"]
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
    cells = next(line for line in done.stdout.splitlines() if "│ 2025-03-01" in line).split("│")
    assert [cell.strip() for cell in cells[2:7]] == ["15", "12", "12", "1", "min:monthly_fee 1"]
    for said in ("15 rows in, 12 candidates, 12 accepted and 1 quarantined", "`min:monthly_fee`"):
        assert said in text("README.md")
