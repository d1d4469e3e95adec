"""The service gives the offline rows, to each what was asked for, sheds what is too much, ends in order."""

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pyarrow as pa
import pytest
import uvicorn
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aug_assets import errors, fast, loader, recipe
from aug_assets.commands.serve import finish_first, serve
from aug_assets.lineage.forget import Erased, name
from aug_assets.online.copies import at_epochs
from aug_assets.quarantine import QUARANTINE
from aug_assets.rows import PROVENANCE, ROW_ID
from aug_assets.service.app import create
from aug_assets.service.asks import Answer, Ask
from aug_assets.service.bodies import ARROW
from aug_assets.service.desk import Desk
from aug_assets.service.engine import Engine
from bench import online
from resources.lake import LakeResource
from tests import builders
from tests.assets.conftest import FEW

pytestmark = pytest.mark.filterwarnings("ignore")  # of what FastAPI's test client is made of
DAY = "2025-01-02"
PATH = "/v1/lab/small/augment"


@pytest.fixture(scope="module")
def spec() -> Iterator[Any]:
    """A dataset whose gates are three."""
    from aug_assets import gates

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aug_assets.gates.defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
        made = builders.spec(rules=["count <= amount + 20"])
        patch.setattr(loader, "get", lambda name: made if name == "lab/small" else _unknown(name))
        yield made


def _unknown(name: str) -> Any:
    raise errors.UnknownDatasetError("no such dataset", seen=name, legal="lab/small", todo="name it")


@pytest.fixture(scope="module")
def lake(spec: Any, tmp_path_factory: pytest.TempPathFactory) -> LakeResource:
    made = LakeResource(uri=str(tmp_path_factory.mktemp("service")))
    raw = pa.Table.from_pandas(builders.frame(60, seed=4), preserve_index=False)
    online.publish(made, spec, DAY, raw)
    return made


@pytest.fixture(scope="module")
def client(lake: LakeResource) -> Iterator[TestClient]:
    with TestClient(create(Engine(lake)), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def plan(spec: Any, lake: LakeResource) -> recipe.Plan:
    return recipe.plan(spec, DAY, lake.table("lab", "small", "source").read({"date": DAY}))


def parents(plan: recipe.Plan) -> list[str]:
    from aug_assets.rows import to_hex

    part = plan.branches[0]
    return list(to_hex(part.ids[sorted(set(part.parent.tolist()))]).to_pylist())


def offline(plan: recipe.Plan, epoch: int) -> dict[str, dict[str, Any]]:
    made = recipe.make(at_epochs(plan, [epoch]), 0, 0, len(plan.branches[0].parent))
    return {row[ROW_ID]: row for row in made.rows.to_pylist()}


@pytest.mark.parametrize("epoch", [0, 3])
def test_rows_are_the_offline_rows_alone_and_together(
    client: TestClient, plan: recipe.Plan, epoch: int
) -> None:
    wanted, known = parents(plan), offline(plan, epoch)
    whole = client.post(PATH, json={"day": DAY, "parents": wanted, "epoch": epoch}).json()
    assert {row[ROW_ID] for row in whole["rows"]} | {row[ROW_ID] for row in whole["refused"]} == set(known)
    assert whole["rows"]
    for row in whole["rows"]:
        assert row == {**known[row[ROW_ID]]}
    told = {"day": DAY, "epoch": epoch, "provenance": True}
    alone = [client.post(PATH, json={**told, "parents": [one]}).json() for one in wanted[:5]]
    rows = {row[ROW_ID]: row for one in alone for row in one["rows"]}
    assert rows
    assert all(row in whole["rows"] for row in rows.values())
    for one, asked in zip(alone, wanted, strict=False):
        assert {story["parents"][0] for story in one["provenance"]} <= {asked}


def test_refused_candidates_come_with_their_reasons(client: TestClient, plan: recipe.Plan) -> None:
    told = [
        client.post(PATH, json={"day": DAY, "parents": parents(plan), "epoch": n}).json() for n in range(8)
    ]
    refused = [row for one in told for row in one["refused"]]
    assert refused
    assert all(row["reasons"] for row in refused)


def test_parents_without_copies_are_named(client: TestClient, lake: LakeResource) -> None:
    source = lake.table("lab", "small", "source").read({"date": DAY}).to_pylist()
    honest = next(row[ROW_ID] for row in source if row["fraud"] == 0)
    told = client.post(PATH, json={"day": DAY, "parents": [honest, "f" * 32]}).json()
    assert told == {"rows": [], "refused": [], "without": [honest, "f" * 32], "provenance": None}


def test_arrow_goes_in_and_out(client: TestClient, plan: recipe.Plan) -> None:
    wanted = parents(plan)[:4]
    out = io.BytesIO()
    table = pa.table({ROW_ID: wanted})
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    headers = {"Content-Type": ARROW, "Accept": ARROW}
    told = client.post(f"{PATH}?day={DAY}&epoch=2", content=out.getvalue(), headers=headers)
    assert told.status_code == 200
    assert told.headers["content-type"] == ARROW
    found = pa.ipc.open_stream(told.content).read_all()
    plain = client.post(PATH, json={"day": DAY, "parents": wanted, "epoch": 2}).json()
    assert [row[ROW_ID] for row in plain["rows"]] == found.column(ROW_ID).to_pylist()
    assert int(found.schema.metadata[b"refused"]) == len(plain["refused"])


@pytest.mark.parametrize(
    ("path", "body", "code", "named"),
    [
        ("/v1/lab/other/augment", {"day": DAY, "parents": ["a"]}, 404, "unknown_dataset"),
        (PATH, {"day": "2025-01-09", "parents": ["a"]}, 404, "upstream_missing"),
        (PATH, {"day": "1999-01-01", "parents": ["a"]}, 404, "unknown_partition"),
        (PATH, {"day": "soon", "parents": ["a"]}, 422, "body"),
        (PATH, {"day": DAY, "parents": []}, 422, "body"),
        (PATH, {"day": DAY, "parents": ["a"], "epoch": -1}, 422, "body"),
        (PATH, {"day": DAY, "parents": ["a"], "more": 1}, 422, "body"),
        (PATH, [1], 422, "body"),
        (f"{PATH}?epoch=x", {"day": DAY, "parents": ["a"]}, 422, "body"),
    ],
)
def test_what_cannot_be_is_named(client: TestClient, path: str, body: Any, code: int, named: str) -> None:
    told = client.post(path, json=body)
    assert (told.status_code, told.json()["code"]) == (code, named)
    assert told.json()["todo"]


def test_bytes_that_are_no_arrow_are_refused(client: TestClient) -> None:
    told = client.post(f"{PATH}?day={DAY}", content=b"no", headers={"Content-Type": ARROW})
    assert (told.status_code, told.json()["code"]) == (422, "body")


_BODIES = st.one_of(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    ),
    st.fixed_dictionaries(
        {
            "day": st.sampled_from([DAY, "2025-01-09", "x"]),
            "parents": st.lists(st.text(max_size=8), max_size=3),
        },
        optional={"epoch": st.integers(-2, 5), "provenance": st.booleans()},
    ),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(body=_BODIES)
def test_every_answer_is_one_that_the_api_describes(client: TestClient, body: Any) -> None:
    told = client.post(PATH, json=body)
    described = client.get("/openapi.json").json()
    responses = described["paths"]["/v1/{tenant}/{dataset}/augment"]["post"]["responses"]
    assert str(told.status_code) in responses
    assert told.status_code != 500
    schema = responses[str(told.status_code)]["content"]["application/json"]["schema"]
    jsonschema.validate(told.json(), {**schema, "components": described["components"]})


def test_it_says_how_it_is(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "well"}
    assert client.get("/ready").json()["room"] == 256
    client.post(PATH, json={"day": DAY, "parents": ["a"]})
    told = client.get("/metrics").text
    assert 'aug_requests_total{code="200"}' in told
    assert 'percentile="p99"' in told
    assert "aug_request_seconds_bucket" in told


def _slow(asks: list[Ask]) -> list[Answer]:
    time.sleep(0.01)
    empty = QUARANTINE.empty_table()
    return [Answer(empty, empty, PROVENANCE.empty_table(), ask.parents) for ask in asks]


def test_too_much_is_refused_and_no_answer_is_lost_or_mixed_up() -> None:
    desk = Desk(_slow, room=40)
    shed, answered = 0, 0

    def ask(number: int) -> bool:
        wanted = Ask("a/b", DAY, number % 3, (str(number),))
        try:
            told = desk.put(wanted).result(timeout=20)
        except errors.OverloadedError:
            return False
        assert told.without == (str(number),)
        return True

    with ThreadPoolExecutor(120) as people:
        for well in people.map(ask, range(600)):
            answered, shed = answered + well, shed + (not well)
    assert answered + shed == 600
    assert shed > 0
    assert answered > 40
    assert desk.waiting == 0
    desk.close()


def test_the_end_answers_what_was_taken_on_and_takes_no_more() -> None:
    desk = Desk(_slow, room=100)
    taken = [desk.put(Ask("a/b", DAY, n, (str(n),))) for n in range(30)]
    threading.Thread(target=desk.close).start()
    assert [one.result(timeout=10).without for one in taken] == [(str(n),) for n in range(30)]
    while not desk.closed:
        time.sleep(0.001)
    with pytest.raises(errors.ClosingError):
        desk.put(Ask("a/b", DAY, 0, ("late",)))


def test_a_fault_reaches_who_asked_and_nobody_else() -> None:
    def faulty(asks: list[Ask]) -> list[Answer]:
        if asks[0].epoch == 1:
            raise ValueError("epoch 1")
        return _slow(asks)

    desk = Desk(faulty, room=10)
    good, bad = desk.put(Ask("a/b", DAY, 0, ("x",))), desk.put(Ask("a/b", DAY, 1, ("y",)))
    assert good.result(timeout=5).without == ("x",)
    with pytest.raises(ValueError, match="epoch 1"):
        bad.result(timeout=5)
    assert desk.put(Ask("a/b", DAY, 2, ("z",))).result(timeout=5).without == ("z",)
    desk.close()


def test_fitted_days_are_kept_and_the_oldest_goes(lake: LakeResource, spec: Any, plan: recipe.Plan) -> None:
    engine = Engine(lake, keep=1)
    ask = Ask("lab/small", DAY, 0, tuple(parents(plan)[:1]))
    for _ in range(3):
        engine.answer([ask])
    assert (engine.hits, engine.misses) == (2, 1)


def test_the_folder_of_a_lake_may_be_named(lake: LakeResource, plan: recipe.Plan) -> None:
    told = Engine(str(Path(lake.uri))).answer([Ask("lab/small", DAY, 0, tuple(parents(plan)[:2]))])
    assert told[0].rows.num_rows + told[0].refused.num_rows > 0


def test_what_waits_for_a_person_is_not_given_out(
    spec: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = builders.spec(rules=["count <= amount + 20"], review={"share": 1.0})
    monkeypatch.setattr(loader, "get", lambda _: looked_at)
    own = LakeResource(uri=str(tmp_path))
    online.publish(
        own, looked_at, DAY, pa.Table.from_pandas(builders.frame(60, seed=4), preserve_index=False)
    )
    engine = Engine(own)
    _, places = engine._day("lab/small", DAY)
    told = engine.answer([Ask("lab/small", DAY, 3, tuple(places))])[0]
    assert told.rows.num_rows == 0
    assert "review:share" in {reason for row in told.refused.to_pylist() for reason in row["reasons"]}


def test_who_is_forgotten_later_is_given_out_no_more(
    lake: LakeResource, plan: recipe.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, ask = Engine(lake, fresh=0.0), Ask("lab/small", DAY, 0, tuple(parents(plan)))
    gone, *left = engine.answer([ask])[0].rows.column(ROW_ID).to_pylist()
    engine.answer([ask])
    assert (engine.misses, len(engine._fitted)) == (1, 1)  # the same day is not fitted again
    known = Erased(b"s" * 32, frozenset({name(b"s" * 32, "row", gone)}))
    monkeypatch.setattr("resources.erasure.erased", lambda *_: known)
    told = engine.answer([ask])[0]
    assert told.rows.column(ROW_ID).to_pylist() == left
    assert gone not in told.told.column(ROW_ID).to_pylist()
    assert gone not in told.refused.column(ROW_ID).to_pylist()


def test_a_signal_is_answered_with_503_until_what_was_taken_on_is_done(lake: LakeResource) -> None:
    held = threading.Event()

    class Held(Engine):
        def answer(self, asks: Any) -> list[Answer]:
            held.wait(10)
            return _slow(asks)

    app = create(Held(lake))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    finish_first(server, app.state.desk)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with httpx.Client(base_url=address, timeout=10) as web, ThreadPoolExecutor(1) as people:
        early = people.submit(web.post, PATH, json={"day": DAY, "parents": ["early"]})
        while not app.state.desk.waiting:
            time.sleep(0.005)
        server.handle_exit(15, None)
        while not app.state.desk.closed:
            time.sleep(0.005)
        late = web.post(PATH, json={"day": DAY, "parents": ["late"]})
        assert (late.status_code, late.json()["code"], web.get("/ready").status_code) == (503, "closing", 503)
        assert late.headers["retry-after"]
        held.set()
        assert early.result().json()["without"] == ["early"]
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("said", "compiles"), [(None, False), ("1", True)])
def test_it_waits_for_no_compiler_unless_told_to(
    monkeypatch: pytest.MonkeyPatch, said: str | None, compiles: bool
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("AUG_NUMBA", said or "")  # so that what is set here is undone
    if said is None:
        monkeypatch.delenv("AUG_NUMBA")
    seen: list[bool] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda server: seen.append(fast.available()))
    serve("127.0.0.1", 0, room=4, keep=1)
    assert seen == [compiles]
