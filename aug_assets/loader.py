"""Dataset files to DatasetSpecs, with errors that name file, line, value seen and legal values."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from aug_assets.errors import SpecError, UnknownDatasetError
from aug_assets.spec import DatasetSpec
from aug_assets.spec_source import PlacedError
from aug_assets.strict_yaml import StrictLoader

FILE = "defs.yaml"
TYPE = "aug_assets.component.AugmentedDataset"


def find(folder: Path) -> list[Path]:
    """All dataset files below a folder, sorted."""
    return sorted(folder.rglob(FILE))


def load(path: Path) -> DatasetSpec:
    """Read one dataset file.

    Raises:
        SpecError: The file cannot be read, is no YAML, or says something illegal.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=StrictLoader)
        body = yaml.load(text, Loader=StrictLoader)  # noqa: S506 - a safe loader with fewer liberties
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError("cannot read the dataset file", seen=str(path), todo=str(error)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise SpecError(
            f"{where}: not YAML", seen=getattr(error, "problem", ""), todo="fix the file"
        ) from error
    if not isinstance(body, dict) or body.get("type") != TYPE or not isinstance(body.get("attributes"), dict):
        seen = body.get("type") if isinstance(body, dict) else body
        raise SpecError(f"{path}:1: not a dataset file", seen=seen, legal=f"type: {TYPE}, with attributes")
    try:
        return DatasetSpec.model_validate(body["attributes"])
    except ValidationError as error:
        raise _located(path, root, error) from error


def _located(path: Path, root: Any, error: ValidationError) -> SpecError:
    """The first complaint of pydantic, with its place in the file; the others are counted."""
    first, *others = _own(error.errors(include_url=False))
    cause = first.get("ctx", {}).get("error")
    placed = cause if isinstance(cause, PlacedError) else None
    line, place = _place(root, ("attributes", *first["loc"], *(placed.loc if placed else ())))
    more = f" ({len(others)} more after this one)" if others else ""
    return SpecError(
        f"{path}:{line}: {place}: {_complaint(first)}{more}",
        seen=_seen(first, placed),
        legal=_legal(first),
        todo="correct the line, then run `aug doctor`",
    )


def _complaint(first: Any) -> str:
    """Pydantic's words, without the list of all operators or gates where a near name is what helps."""
    if first["type"] == "union_tag_invalid":
        context = first["ctx"]
        return f"there is no {context['discriminator'].strip(chr(39))} of this name"
    return str(first["msg"]).removeprefix("Value error, ")


def _own(complaints: list[Any]) -> list[Any]:
    """Without the echoes: pydantic also calls a list too short when one of its members is wrong."""
    places = [complaint["loc"] for complaint in complaints]
    return [
        c for c in complaints if not any(p != c["loc"] and p[: len(c["loc"])] == c["loc"] for p in places)
    ]


def _seen(complaint: Any, placed: PlacedError | None) -> object:
    if placed is not None:
        return placed.seen
    tag = complaint.get("ctx", {}).get("tag")
    return tag or (None if isinstance(complaint["input"], dict) else complaint["input"])


def _place(node: Any, loc: tuple[int | str, ...]) -> tuple[int, str]:
    """Line and path of the deepest part of ``loc`` that the file has.

    Pydantic names the members of a union in between; those are no part of the file and are passed over.
    """
    line, path = node.start_mark.line + 1, []
    for part in loc:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = (node.value[part], node.value[part])
        if found is not None:
            line, node = found[0].start_mark.line + 1, found[1]
            path.append(str(part))
    missing = loc[-1] if loc and str(loc[-1]) not in path[-1:] else None
    where = ".".join(path[1:]) or "attributes"
    return line, f"{where}.{missing}" if isinstance(missing, str) else where


def _legal(complaint: Any) -> str | None:
    """What pydantic would have accepted, where it says so in a field of its own."""
    context = complaint.get("ctx", {})
    if complaint["type"] == "extra_forbidden":
        return "only the fields of the reference in docs/dataset.md"
    if complaint["type"] == "union_tag_invalid":
        known = [name.strip("' ") for name in context["expected_tags"].split(",")]
        near = get_close_matches(str(context["tag"]), known, n=3, cutoff=0.5)
        return f"for instance {', '.join(near)}; all are in docs" if near else ", ".join(known)
    for name in ("expected", "pattern"):
        if name in context:
            return str(context[name])
    bounds = [f"{sign} {context[name]}" for name, sign in _SIGNS.items() if name in context]
    return " and ".join(bounds) or None


_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "min_length": "length >=", "max_length": "length <="}


def catalogue() -> dict[str, DatasetSpec]:
    """All datasets by ``tenant/name``: the shipped ones and those below AUG_DATASETS.

    Raises:
        SpecError: A file is wrong, or two files claim one name.
    """
    specs: dict[str, DatasetSpec] = {}
    for path in [path for folder in folders() for path in find(folder)]:
        spec = load(path)
        if spec.id in specs:
            raise SpecError(
                f"{path}: there is a dataset of this name already", seen=spec.id, todo="rename one"
            )
        specs[spec.id] = spec
    return specs


def folders() -> list[Path]:
    """Where dataset files are looked for."""
    own = os.environ.get("AUG_DATASETS")
    return [Path(__file__).parent / "datasets", *([Path(own)] if own else [])]


def get(dataset: str) -> DatasetSpec:
    """The spec of a dataset.

    Raises:
        UnknownDatasetError: There is none of this name.
        SpecError: A dataset file is wrong.
    """
    specs = catalogue()
    if dataset not in specs:
        raise UnknownDatasetError(
            "no such dataset", seen=dataset, legal=", ".join(sorted(specs)),
            todo="name one of these, or add a defs.yaml below the folder that AUG_DATASETS names",
        )  # fmt: skip
    return specs[dataset]
