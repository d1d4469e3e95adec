"""`aug forget`: the bytes are gone, the rest is as it was, and a stop at any step can be gone on from."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from filelock import FileLock
from typer.testing import CliRunner

from aug_assets import gates
from aug_assets.cli import app
from aug_assets.commands.forget import REMAKING, Erasure, Who
from aug_assets.commands.held import held
from aug_assets.commands.quarantine import Word, decide
from aug_assets.errors import ErasureError
from resources import erasure, erasure_events, erasure_files, model_ledger, tracking
from resources.audit import audit_log
from resources.delta_table import LakeTable
from resources.lake import LakeResource
from tests import builders, queries, sessions_data, test_sessions
from tests.assets.conftest import FEW
from tests.assets.days import DAY, NEXT_DAY, Days
from tests.assets.plain import STAGES, Plain, files_with
from tests.fake_endpoint import polite, serving

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
ROOT = Path(__file__).parents[2]
BOB, AMOUNT = "bob-4711", 977.13
THEIRS = list(range(40))
MADE = ("source", "augmented", "validated")
GATES = [{"gate": "column_skew", "max_distance": 1.0}]


def delivered() -> Any:
    rows = builders.frame(80)
    rows.loc[THEIRS, "note"] = BOB
    rows.loc[0, "amount"] = AMOUNT
    rows.loc[1, "count"] = -1  # one in quarantine
    return rows


class Scene:
    """Two days, of which one holds somebody."""

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        self.folder = folder
        self.days = Days(folder, subject="note", gates=GATES)
        if keep:
            (folder / "home").mkdir(exist_ok=True)
            self.days.instance = dg.DagsterInstance.local_temp(str(folder / "home"))

    def make(self, days: Sequence[str], **tags: str) -> list[str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gates, "defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
            runs = {day: self.days.run(day=day, tags={"user": "ann", **tags}) for day in days}
        return [f"{day}: {run.told} {run.failed_checks}" for day, run in runs.items() if not run.success]

    def remake(self, days: Sequence[str]) -> list[str]:
        return self.make(days, **REMAKING)

    def work(self, **who: Any) -> Erasure:
        asked = Who("key", BOB, **{"by": "ann", "why": "ticket 5", **who})
        return Erasure(self.days.lake, self.days.spec, self.days.instance, asked, self.remake)

    def holders(self) -> list[str]:
        """Every file below lake and home that holds the name or a value of the person."""
        return [
            f"{part}/{file}"
            for part in ("lake", "home")
            for file in files_with(self.folder / part, BOB, str(AMOUNT))
        ]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Both days made, the first by a run, and a decision about the row in quarantine."""
    made = Scene(tmp_path_factory.mktemp("published"))
    made.days.deliver(delivered())
    made.days.deliver(builders.frame(80, seed=2), NEXT_DAY)
    assert made.make([DAY]) == []
    Plain(made.days.spec, made.days.lake).make([NEXT_DAY])
    (one,) = held(made.days.lake, made.days.spec, stage="source")
    word = Word("release", "ben", "a slip", {"count": "7", "note": BOB})
    decide(made.days.lake, made.days.spec, [one.row_id], word)
    return made


def test_a_person_is_gone_from_every_file_whatever_kills_it_and_does_not_come_back(
    published: Scene, tmp_path: Path
) -> None:
    shutil.copytree(published.folder, tmp_path / "scene")
    scene = Scene(tmp_path / "scene")
    before = scene.holders()
    assert {path.split("/")[0] for path in before} == {"lake", "home"}
    assert {p.split("/")[3] for p in before if p.startswith("lake")} >= {*MADE, "quarantine", "decisions"}
    days = scene.days
    other = {stage: days.rows(stage, NEXT_DAY) for stage in MADE}
    seen = scene.work().preview()
    assert (seen.rows, seen.partitions, seen.partitions_total) == (40, [DAY], 2)
    assert scene.holders() == before

    code = "import sys; from tests.commands import test_forget; test_forget.killed(sys.argv[1])"
    command = [sys.executable, "-W", "ignore", "-c", code, str(scene.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.stdout.split() == [str(-signal.SIGKILL)] * len(KILLS), done.stderr
    log = audit_log(days.lake, days.spec.tenant)
    assert "forget" not in {one.action for one in log.records()}
    told = scene.work().run()
    assert scene.holders() == []
    assert (told.done, told.rows, told.partitions) == (True, 40, [DAY])
    (record,) = [r for r in log.records() if r.action == "forget"]
    assert record.subject["partitions"] == [DAY]

    (tmp_path / "never").mkdir()
    never = Scene(tmp_path / "never", keep=False)
    never.days.deliver(delivered().drop(THEIRS))
    assert never.make([DAY]) == []
    for stage in MADE:
        assert days.rows(stage) == never.days.rows(stage), stage
    assert {stage: days.rows(stage, NEXT_DAY) for stage in MADE} == other
    days.instance = never.days.instance
    assert days.run("source").metadata["source"]["erased"] == 40
    assert scene.holders() == []
    assert scene.work().preview().rows == 0


# What a process is killed in, and at which call: a day half made again, files half removed, a run half gone.
KILLS: tuple[tuple[Any, str, int], ...] = (
    (LakeTable, "commit", 4),
    (erasure_files, "suppress", 3),
    (erasure_events, "_indexed", 1),
)


def killed(folder: str) -> None:
    """One erasure after the other, each in a process of its own; prints how each of them ended."""
    for where, name, call in KILLS:
        child = os.fork()  # nothing that a fork would break has been started here
        if not child:
            try:
                setattr(where, name, deadly(getattr(where, name), call))
                Scene(Path(folder)).work().run()
            finally:
                os._exit(1)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def deadly(real: Callable[..., Any], call: int) -> Callable[..., Any]:
    """The same, which at some call kills the process that makes it."""
    calls = count(1)

    def made(*args: Any, **options: Any) -> Any:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)

    return made


def test_no_erasure_without_a_name_or_with_the_person_in_the_reason(published: Scene) -> None:
    for who, told in (({"by": ""}, "name and a reason"), ({"why": f"{BOB} asked"}, "names whom")):
        with pytest.raises(ErasureError, match=told):
            published.work(**who).run()
    assert not erasure.erased(published.days.lake, published.days.spec)


def test_a_run_under_way_keeps_an_erasure_from_starting(published: Scene) -> None:
    run = dg.DagsterRun(
        "__ASSET_JOB", status=dg.DagsterRunStatus.STARTED, tags={"tenant": "lab", "dataset": "small"}
    )
    published.days.instance.add_run(run)
    try:
        with pytest.raises(ErasureError, match="under way"):
            published.work().run()
    finally:
        published.days.instance.delete_run(run.run_id)


def test_the_command_tells_as_json_what_it_would_touch_and_two_do_not_run_at_once(
    published: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = {"uri": f"{published.folder}/{{date}}.parquet"}
    body = builders.body(subject="note", gates=GATES, source=source)
    file = tmp_path / "datasets" / "lab" / "small" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({"type": "aug_assets.component.AugmentedDataset", "attributes": body}))
    monkeypatch.setenv("AUG_DATASETS", str(tmp_path / "datasets"))
    monkeypatch.setenv("AUG_LAKE", str(published.folder / "lake"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def said(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["forget", "lab/small", *words])
        assert done.exit_code == code, done.output
        assert BOB not in done.output
        return done.output

    told = json.loads(said("--key", BOB, "--json"))
    assert (told["rows"], told["partitions"], told["done"]) == (40, [DAY], False)
    assert told["tables"]["decisions"] == 1
    assert "nothing is changed yet" in said("--key", BOB)
    assert "say whom to forget" in said(code=1)
    with FileLock(tmp_path / "home" / ".forget.lock"):
        assert "another erasure is under way" in said("--key", BOB, "--yes", code=1)


# --- other kinds of data, without runs ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("desk"))) as made:
        yield made


def visits(folder: Path, users: Sequence[str]) -> Plain:
    """Two sessions a user, of six events each."""
    lines = [
        test_sessions.event(user, f"{hour}:{10 + minute}:00", item=f"{user}-{hour}-{minute}")
        for user in users
        for hour in ("08", "12")
        for minute in range(6)
    ]
    folder.mkdir()
    (folder / f"{DAY}.csv").write_text("\n".join([test_sessions.HEADER, *lines, ""]))
    spec = sessions_data.spec(
        columns=test_sessions.COLUMNS, sessions=test_sessions.SESSIONS, steps=test_sessions.STEPS,
        source={"uri": f"{folder}/{{date}}.csv", "timestamp": "at"}, subject="user_id",
    )  # fmt: skip
    made = Plain(spec, LakeResource(uri=str(folder / "lake")))
    made.make([DAY])
    return made


def test_all_sessions_of_a_user_or_one_of_them(tmp_path: Path, desk: dg.DagsterInstance) -> None:
    others = ["u1", "u2", "u3"]
    shop = visits(tmp_path / "shop", [BOB, *others])
    assert shop.rows("augmented", DAY).num_rows > 6
    sessions = shop.rows("source", DAY).to_pylist()
    first = next(one for one in sessions if one["user_id"] == BOB and one["item"][0] == f"{BOB}-08-0")
    told = shop.work(desk, kind="row", value=first["row_id"]).run()
    assert (told.rows, told.partitions) == (1, [DAY])
    lake = tmp_path / "shop" / "lake"
    assert files_with(lake, f"{BOB}-08-") == []
    assert files_with(lake, f"{BOB}-12-")
    assert shop.rows("source", DAY).num_rows == 7

    told = shop.work(desk, kind="key", value=BOB).run()
    assert told.rows == 1
    assert files_with(lake, BOB) == []
    without = visits(tmp_path / "without", others)
    assert {s: shop.rows(s, DAY) for s in STAGES} == {s: without.rows(s, DAY) for s in STAGES}


def test_what_a_model_said_of_their_text_is_gone_and_nothing_is_asked_again(
    tmp_path: Path, desk: dg.DagsterInstance
) -> None:
    days = Days(tmp_path)
    days.instance = desk
    rows = queries.of([f"Where is the {thing} that I ordered" for thing in ("harmonica", "book", "phone")])
    rows["note"] = [BOB, "x", "y"]
    with serving(polite) as fake:
        recipe = [{"name": "more", "select": {"rows": "all", "copies": 2}, "steps": [fake.params()]}]
        source = {"uri": f"{tmp_path}/{{date}}.parquet"}
        days.spec = queries.spec(recipe=recipe, gates=[{"gate": "replay"}], source=source, subject="note")
        days.deliver(rows)

        def make(dates: Sequence[str]) -> list[str]:
            runs = [days.run("source", "paraphrases", "candidates", day=day) for day in dates]
            return [run.told for run in runs if not run.success]

        assert make([DAY]) == []
        assert {f.split("/")[2] for f in files_with(tmp_path / "lake", "harmonica")} >= {
            "source", "paraphrase", "augmented",
        }  # fmt: skip
        asked = len(fake.requests)
        who = Who("key", BOB, "ann", "ticket 5")
        told = Erasure(days.lake, days.spec, desk, who, make).run()
        assert len(fake.requests) == asked == 6
    assert (told.rows, told.descendants) == (1, 2)
    assert files_with(tmp_path / "lake", "harmonica", BOB) == []
    assert days.rows("augmented").num_rows == 4


def numbers(folder: Path, rows: Any) -> Plain:
    """A day of plain SMOTE."""
    columns = {name: builders.COLUMNS[name] for name in ("id", "amount", "note", "fraud")}
    folder.mkdir()
    rows[list(columns)].to_parquet(folder / f"{DAY}.parquet")
    spec = builders.spec(
        columns=columns, subject="note", source={"uri": f"{folder}/{{date}}.parquet"},
        recipe=[{**builders.branch(), "steps": [{"operator": "smote", "k": 3}]}],
    )  # fmt: skip
    made = Plain(spec, LakeResource(uri=str(folder / "lake")))
    made.make([DAY])
    return made


def test_a_stop_at_any_step_and_the_models_that_learned_from_it(
    tmp_path: Path, desk: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = numbers(tmp_path / "with", delivered())
    without = numbers(tmp_path / "without", delivered().drop(THEIRS))
    assert whole.rows("augmented", DAY) != without.rows("augmented", DAY)
    inputs = [{"date": DAY, "validated_version": 0, "digest": "d"}]
    for model in ("scorer", "gone"):
        model_ledger.record(whole.lake, whole.spec, model, "3", "run", inputs)
    registry = Registry()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://nowhere")
    monkeypatch.setattr(tracking, "_client", lambda address: registry)
    orphan = tmp_path / "with" / "lake" / "lab" / "small" / "source" / f"date={DAY}" / "orphan.parquet"
    pq.write_table(pa.table({"row_id": ["1"], "note": [BOB]}), orphan)
    assert whole.work(desk, kind="key", value=BOB).preview().models == ["gone 3", "scorer 3"]

    for write in range(6):  # after what a step does and before it is noted
        with monkeypatch.context() as patch:
            patch.setattr(erasure.Journal, "write", stopping(write))
            with pytest.raises(KeyboardInterrupt):
                whole.work(desk, kind="key", value=BOB).run()
    told = whole.work(desk, kind="key", value=BOB).run()
    assert {s: whole.rows(s, DAY) for s in STAGES} == {s: without.rows(s, DAY) for s in STAGES}
    assert files_with(tmp_path / "with" / "lake", BOB, str(AMOUNT)) == []
    assert told.models == ["gone 3", "scorer 3"]
    marks = {row["model"]: row["marked"] for row in model_ledger.of_days(whole.lake, whole.spec, [DAY])}
    assert registry.tags == {("scorer", "3", "aug.marked"): marks["scorer"]}
    assert marks["gone"] == marks["scorer"] == f"trained on rows that were erased: {told.erasure}"
    assert [r.action for r in audit_log(whole.lake, "lab").records()].count("forget") == 1


class Registry:
    """MLflow's, in which one of the models was deleted."""

    def __init__(self) -> None:
        self.tags: dict[tuple[str, str, str], str] = {}

    def set_model_version_tag(self, model: str, version: str, key: str, value: str) -> None:
        from mlflow.exceptions import MlflowException

        if model == "gone":
            raise MlflowException("no such model")
        self.tags[model, version, key] = value


def stopping(write: int) -> Callable[..., None]:
    """The journal's own writing, up to this one."""
    real, left = erasure.Journal.write, iter(range(write))

    def said(journal: erasure.Journal, changes: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(journal, changes)

    return said


def test_a_day_that_cannot_be_made_again_is_told_and_withdrawn_only_when_asked(
    tmp_path: Path, desk: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = numbers(tmp_path / "one", delivered())
    monkeypatch.setattr(made, "make", lambda days: [f"{days[0]}: no file"])
    with pytest.raises(ErasureError, match="cannot be made again"):
        made.work(desk, kind="key", value=BOB).run()
    assert made.rows("validated", DAY).num_rows
    told = made.work(desk, kind="key", value=BOB, withdraw=True).run()
    assert told.withdrawn == [DAY]
    assert files_with(tmp_path / "one" / "lake", BOB) == []
    assert made.rows("validated", DAY).num_rows == 0
