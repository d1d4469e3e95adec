"""What may import what, and what no product code may do. Behaviour is tested elsewhere."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import pytest

import aug_assets
from aug_assets import gates, operators
from aug_assets.registry import Registry

ROOT = Path(aug_assets.__file__).resolve().parents[1]
PACKAGES = ("aug_assets", "resources", "sensors")
FILES = {p.relative_to(ROOT).as_posix(): p for package in PACKAGES for p in (ROOT / package).rglob("*.py")}
OUTSIDE = ("aug_assets/assets/", "aug_assets/commands/", "aug_assets/cli.py", "aug_assets/component.py",
           "aug_assets/definitions.py", "aug_assets/incident/", "aug_assets/online/",
           "aug_assets/service/")  # fmt: skip
CORE = sorted(name for name in FILES if name.startswith("aug_assets/") and not name.startswith(OUTSIDE))
ORCHESTRATION = ("dagster", "dask", "distributed")
ABOVE = ("aug_assets.assets", "aug_assets.commands", "aug_assets.cli", "aug_assets.component",
         "aug_assets.incident", "aug_assets.online", "aug_assets.service")  # fmt: skip
KNOWS_DAGSTER = (*ABOVE, "resources", "sensors")
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
SEEDED = {"BitGenerator", "Generator", "Philox", "Random", "SystemRandom"}  # no state that others share
CLOCK_MODULES = {"resources/clock.py"}  # the one place that may ask what time it is
SPEC_CPU_SECONDS = 4.0  # four times what it takes on a machine with nothing else to do


def module_name(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(source: str) -> Iterator[str]:
    """Every module that a text imports, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_imports(source: str, forbidden: tuple[str, ...]) -> set[str]:
    return {name for name in imports(source) if any(name == f or name.startswith(f"{f}.") for f in forbidden)}


def impurities(source: str) -> list[str]:
    """Calls whose result depends on the process, the moment or a state shared by all."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash":
            found.append(f"{node.lineno}: hash()")
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            found.append(f"{node.lineno}: from random import")
        if not isinstance(node, ast.Attribute):
            continue
        words = ast.unparse(node).split(".")
        if words[:-1] == ["random"] and words[-1] not in SEEDED:
            found.append(f"{node.lineno}: {'.'.join(words)}")
        if words[-3:-1] in (["np", "random"], ["numpy", "random"]) and words[-1] not in SEEDED:
            found.append(f"{node.lineno}: {'.'.join(words)}")
        if tuple(words[-2:]) in CLOCKS:
            found.append(f"{node.lineno}: {'.'.join(words)}")
    return found


def breaches(files: Iterable[str], of: Callable[[str], Collection[str]]) -> dict[str, Collection[str]]:
    """What is wrong, by file; nothing for a file that is right."""
    found = {file: of(FILES[file].read_text()) for file in files}
    return {file: wrong for file, wrong in found.items() if wrong}


def test_the_core_imports_nothing_that_orchestrates() -> None:
    assert len(CORE) > 30
    assert breaches(CORE, lambda text: forbidden_imports(text, (*ORCHESTRATION, *KNOWS_DAGSTER))) == {}


def test_resources_and_sensors_do_not_know_assets_and_commands() -> None:
    below = [file for file in FILES if not file.startswith("aug_assets/")]
    assert breaches(below, lambda text: forbidden_imports(text, ABOVE)) == {}


def test_what_is_stored_depends_on_no_clock_and_no_shared_state() -> None:
    assert breaches(set(FILES) - CLOCK_MODULES, impurities) == {}


def test_every_module_says_what_it_is_for() -> None:
    assert breaches(FILES, undocumented) == {}


def undocumented(source: str) -> list[str]:
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    empty = not source.strip()  # a folder's marker has nothing to say
    return [] if empty or first.endswith((".", "?")) else [f"docstring begins {first!r}"]


def in_new_process(code: str) -> dict[str, object]:
    """What a fresh interpreter prints as JSON, and the CPU seconds that it took."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=ROOT)
    found: dict[str, object] = json.loads(done.stdout)
    return found


LOADED = """
import importlib, json, sys, time
for name in json.loads({names!r}):
    importlib.import_module(name)
loaded = sorted({{name.partition(".")[0] for name in sys.modules}})
print(json.dumps({{"cpu": time.process_time(), "loaded": loaded}}))
"""


def test_the_core_loads_nothing_that_orchestrates_by_a_detour() -> None:
    names = json.dumps([module_name(file) for file in CORE])
    loaded = in_new_process(LOADED.format(names=names))["loaded"]
    assert {"aug_assets", "pandas"} <= set(loaded)
    assert set(loaded) & {*ORCHESTRATION, "resources", "sensors"} == set()


def test_a_spec_is_read_without_heavy_libraries() -> None:
    found = in_new_process(LOADED.format(names='["aug_assets.spec"]'))
    assert (
        set(found["loaded"]) & {"matplotlib", "mlflow", "pandera", "sklearn", "torch", *ORCHESTRATION}
        == set()
    )
    assert found["cpu"] < SPEC_CPU_SECONDS


@pytest.mark.parametrize("registry", [operators.REGISTRY, gates.REGISTRY], ids=lambda r: r.group)
def test_catalogues_are_sorted_and_every_name_leads_to_its_class(registry: Registry) -> None:
    assert list(registry.built_in) == sorted(registry.built_in)
    assert [registry.get(name).name for name in registry.paths] == list(registry.paths)


def test_a_catalogue_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="alphabetical"):
        Registry("group", {"b": "m:B", "a": "m:A"})


@pytest.mark.parametrize(
    "planted",
    ["import dagster", "def f():\n    from dask.bag import x", "from distributed import Client",
     "from resources.lake import LakeResource", "from aug_assets import assets"],
)  # fmt: skip
def test_the_import_rule_sees_a_planted_breach(planted: str) -> None:
    assert forbidden_imports(planted, (*ORCHESTRATION, *KNOWS_DAGSTER))


@pytest.mark.parametrize(
    "planted",
    ["hash('x')", "np.random.rand(3)", "numpy.random.seed(1)", "np.random.default_rng()", "random.random()",
     "datetime.now(UTC)", "datetime.datetime.now()", "date.today()", "time.time()",
     "from random import choice"],
)  # fmt: skip
def test_the_scan_for_shared_state_sees_a_planted_breach(planted: str) -> None:
    assert impurities(planted)


@pytest.mark.parametrize(
    "fine", ["np.random.Generator(np.random.Philox(key=1))", "random.Random(1)", "digest(x)"]
)
def test_the_scan_lets_explicit_state_pass(fine: str) -> None:
    assert impurities(fine) == []
