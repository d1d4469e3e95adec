"""The format of Label Studio: tasks hold what an annotation needs to find back; bad exports are refused."""

import json
from typing import Any

import pytest

from aug_assets import label_studio
from aug_assets.errors import AnnotationsError
from tests import builders

SPEC = builders.spec()
NAMED = {"dataset": SPEC.id, "date": builders.DAY, "stage": "source", "row_id": "a" * 32, "content": "c"}


def task(*annotations: Any, **named: str) -> dict[str, Any]:
    made = label_studio.task(SPEC, NAMED | named, ("min:amount",), {"amount": -1.0, "fraud": 1}, None)
    return {**json.loads(json.dumps(made)), "annotations": list(annotations)}


def choice(name: str, *words: str) -> dict[str, Any]:
    kind = "text" if name == "reason" else "choices"
    return {"from_name": name, "to_name": "item", "type": kind, "value": {kind: list(words)}}


def annotation(*results: dict[str, Any], who: Any = None, **more: Any) -> dict[str, Any]:
    return {"result": list(results), "completed_by": who, **more}


def read(*tasks: Any) -> list[label_studio.Said]:
    return label_studio.read(json.dumps(list(tasks)))


def test_a_task_shows_the_row_and_its_label_and_names_where_it_came_from() -> None:
    made = task()
    assert NAMED.items() <= made["data"].items()
    assert made["data"]["reasons"] == ["min:amount"]
    assert "amount: -1.0" in made["data"]["text"]
    [predicted] = made["predictions"][0]["result"]
    assert predicted["value"] == {"choices": ["1"]}


def test_the_interface_asks_for_what_is_read_back() -> None:
    shown = label_studio.label_config(SPEC)
    for name in ("decision", "label"):
        assert f'<Choices name="{name}" toName="item"' in shown
    assert '<Choice value="1"/>' in shown
    assert '<TextArea name="reason"' in shown


def test_an_annotation_says_who_what_and_why() -> None:
    words = {"decision": "release", "label": "0", "reason": "seen", "colour": "red"}
    done = annotation(*(choice(*said) for said in words.items()), who={"id": 3, "email": "ben@lab"})
    [said] = read(task(done), task(row_id="b" * 32), task(annotation(was_cancelled=True), row_id="d" * 32))
    assert said == label_studio.Said(**NAMED, decision="release", label="0", why="seen", people=("ben@lab",))


def test_annotators_who_agree_are_all_named() -> None:
    words = choice("decision", "reject")
    [said] = read(task(annotation(words, who={"email": "ben@lab"}), annotation(words, who=7)),
                  task(annotation(words, who={"first_name": "Carl", "last_name": "May"})))  # fmt: skip
    assert said.people == ("ben@lab", "Carl May")


GOOD = annotation(choice("decision", "release"))
BAD = {
    "no JSON": "[{",
    "no list": "{}",
    "a task that is none": "[3]",
    "no data": json.dumps([{"annotations": []}]),
    "no id": json.dumps([task(row_id="")]),
    "no annotations": json.dumps([{"data": NAMED}]),
    "an annotation that is none": json.dumps([task("x")]),
    "no result": json.dumps([task({"completed_by": 1})]),
    "a result that is none": json.dumps([task({"result": [1]})]),
    "nothing decided": json.dumps([task(annotation())]),
    "an unknown decision": json.dumps([task(annotation(choice("decision", "publish")))]),
    "two decisions at once": json.dumps([task(annotation(choice("decision", "release", "reject")))]),
    "a choice that is no text": json.dumps([task(annotation(choice("decision", 1)))]),
    "a person that is a list": json.dumps([task({**GOOD, "completed_by": ["ben"]})]),
    "contradicting annotators": json.dumps([task(GOOD, annotation(choice("decision", "reject")))]),
    "contradicting labels": json.dumps(
        [task(GOOD), task(annotation(choice("decision", "release"), choice("label", "0")))]
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_with_its_place(kind: str) -> None:
    with pytest.raises(AnnotationsError, match="Next: "):
        label_studio.read(BAD[kind])
