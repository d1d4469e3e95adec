"""Held rows as tasks of Label Studio, and its annotations as what people said. Decides nothing."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import quoteattr

from aug_assets.decisions import REJECT, RELEASE
from aug_assets.errors import AnnotationsError
from aug_assets.spec import DatasetSpec

_NAMED = ("dataset", "date", "stage", "row_id", "content")
_LONGEST = 2000  # characters of a value that a person is shown


@dataclass(frozen=True)
class Said:
    """What the annotators of one row agree on.

    Attributes:
        dataset: ``tenant/name``.
        date: The day.
        stage: Which stage holds the row.
        row_id: The row.
        content: What it held when it was exported.
        decision: ``release``, ``reject``, or empty where only a label was given.
        label: The label that the row should have; empty where none was given.
        why: The reasons that were written.
        people: Who annotated; an annotator of whom the file knows a number only is not named.
    """

    dataset: str
    date: str
    stage: str
    row_id: str
    content: str
    decision: str
    label: str
    why: str
    people: tuple[str, ...]


def label_config(spec: DatasetSpec) -> str:
    """The labeling interface that the tasks need, to be pasted into a project's settings."""
    shown = '<Image name="item" value="$image"/>' if spec.modality == "image" else ""
    name = "about" if shown else "item"
    label = spec.columns[spec.label] if spec.label else None
    values = [] if label is None else list(label.values or ((0, 1) if label.type == "bool" else ()))
    parts = [
        "<View>",
        *([f"  {shown}"] if shown else []),
        f'  <Text name="{name}" value="$text"/>',
        '  <Choices name="decision" toName="item" choice="single" required="true">',
        *(f'    <Choice value="{word}"/>' for word in (RELEASE, REJECT)),
        "  </Choices>",
    ]
    if values:
        parts.append('  <Choices name="label" toName="item" choice="single">')
        parts += [f"    <Choice value={quoteattr(str(value))}/>" for value in values]
        parts.append("  </Choices>")
    parts += ['  <TextArea name="reason" toName="item" maxSubmissions="1"/>', "</View>", ""]
    return "\n".join(parts)


def task(
    spec: DatasetSpec,
    named: Mapping[str, str],
    reasons: tuple[str, ...],
    values: Mapping[str, Any],
    image: Any,
) -> dict[str, Any]:
    """A held row as a task.

    Args:
        spec: The dataset.
        named: Dataset, date, stage, row_id and content, by which the annotation finds back.
        reasons: Why it is held.
        values: What it holds.
        image: Of a picture its PNG as bytes, or where it is as text; else None.
    """
    if isinstance(image, bytes):
        image = "data:image/png;base64," + base64.b64encode(image).decode()
    label = label_of(spec, values)
    text = next((str(values[n]) for n in spec.kinds.get("text", ()) if values.get(n) is not None), "")
    lines = [f"{name}: {str(value)[:_LONGEST]}" for name, value in values.items()]
    data = {**named, "reasons": list(reasons), "text": "\n".join([*([text, ""] if text else []), *lines])}
    predicted = {"type": "choices", "from_name": "label", "to_name": "item", "value": {"choices": [label]}}
    version = spec.recipe_digest[:16] if named["stage"] != "source" else "delivered"
    return {
        "data": data if image is None else {**data, "image": image},
        "predictions": [{"model_version": version, "result": [predicted]}] if label else [],
    }


def label_of(spec: DatasetSpec, values: Mapping[str, Any]) -> str:
    """The label of a row as text, under its stored or its delivered name; empty where it has none."""
    if spec.label is None:
        return ""
    delivered = spec.columns[spec.label].from_ or spec.label
    value = values.get(spec.label, values.get(delivered))
    return "" if value is None else str(value)


def read(text: str) -> list[Said]:
    """What the annotators of each row agree on; rows that nobody annotated are left out.

    Args:
        text: A JSON export of Label Studio.

    Raises:
        AnnotationsError: It is none, or the annotations of a row contradict each other.
    """
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise _malformed("the file", "no JSON", str(error)) from error
    if not isinstance(tasks, list):
        raise _malformed("the file", type(tasks).__name__, "a list of tasks")
    found: dict[tuple[str, ...], Said] = {}
    for number, one in enumerate(tasks):
        place = f"task {number}"
        data = _object(_object(one, place).get("data"), f"{place}: data")
        named = {name: _text(data.get(name), f"{place}: data.{name}") for name in _NAMED}
        for n, annotation in enumerate(_list(one.get("annotations"), f"{place}: annotations")):
            said = _said(_object(annotation, f"{place}: annotation {n}"), f"{place}: annotation {n}", named)
            if said is not None:
                row = tuple(named.values())
                found[row] = _agreed(found[row], said) if row in found else said
    return list(found.values())


def _said(annotation: Mapping[str, Any], place: str, named: Mapping[str, str]) -> Said | None:
    if annotation.get("was_cancelled"):  # the annotator skipped the task
        return None
    words: dict[str, list[str]] = {"decision": [], "label": [], "reason": []}
    for n, part in enumerate(_list(annotation.get("result"), f"{place}: result")):
        result = _object(part, f"{place}: result {n}")
        name = result.get("from_name")
        if name in words:
            value = _object(result.get("value"), f"{place}: value of {name}")
            given = _list(value.get("text" if name == "reason" else "choices"), f"{place}: value of {name}")
            words[name] += [_text(word, f"{place}: value of {name}") for word in given]
    for name in ("decision", "label"):
        if len(set(words[name])) > 1:
            raise _malformed(f"{place}: {name}", words[name], "one choice")
    decision, label = ("".join(words[name][:1]) for name in ("decision", "label"))
    if decision not in ("", RELEASE, REJECT) or not (decision or label):
        raise _malformed(f"{place}: decision", decision, f"{RELEASE}, {REJECT}, or a label alone")
    person = _person(annotation.get("completed_by"), place)
    people = (person,) if person else ()
    why = "; ".join(words["reason"])
    return Said(**named, decision=decision, label=label, why=why, people=people)


def _person(value: Any, place: str) -> str:
    """A name, where the file has one: some exports know their annotators by number only."""
    if isinstance(value, dict):
        full = " ".join(str(value.get(part) or "") for part in ("first_name", "last_name"))
        value = value.get("email") or full
    if value is None or isinstance(value, int):
        return ""
    return _text(value, f"{place}: completed_by").strip()


def _agreed(one: Said, other: Said) -> Said:
    if (one.decision, one.label) != (other.decision, other.label):
        raise AnnotationsError(
            f"annotations of row {one.row_id} contradict each other",
            seen=sorted({f"{s.decision or 'no decision'} {s.label}".strip() for s in (one, other)}),
            legal="one decision and one label a row", todo="let the annotators agree, and export again",
        )  # fmt: skip
    why = "; ".join(dict.fromkeys(w for w in (one.why, other.why) if w))
    people = tuple(dict.fromkeys((*one.people, *other.people)))
    return replace(one, why=why, people=people)


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(place, value, "a JSON object")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _malformed(place, value, "a JSON list")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise _malformed(place, value, "text")
    return value


def _malformed(place: str, seen: Any, legal: str) -> AnnotationsError:
    return AnnotationsError(
        f"{place} is not as Label Studio exports it", seen=seen, legal=legal,
        todo="export the project as JSON, not JSON-MIN, labelled with the interface that came with the tasks",
    )  # fmt: skip
