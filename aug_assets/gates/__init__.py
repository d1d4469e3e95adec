"""The catalogue of gates.

A user adds a gate by an entry point in the group ``aug_assets.gates``: name = "module:Class".
"""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from aug_assets.gates.base import Gate
from aug_assets.registry import Registry

REGISTRY = Registry(
    "aug_assets.gates",
    {
        "antonyms": "aug_assets.gates.antonyms:Antonyms",
        "artefacts": "aug_assets.gates.artefacts:Artefacts",
        "box_count": "aug_assets.gates.box_count:BoxCount",
        "box_tightness": "aug_assets.gates.box_tightness:BoxTightness",
        "box_visibility": "aug_assets.gates.box_visibility:BoxVisibility",
        "boxes_inside": "aug_assets.gates.boxes_inside:BoxesInside",
        "c2st": "aug_assets.gates.c2st:C2ST",
        "class_centroid": "aug_assets.gates.class_centroid:ClassCentroid",
        "column_skew": "aug_assets.gates.column_skew:ColumnSkew",
        "coverage": "aug_assets.gates.coverage:Coverage",
        "cross_user_copies": "aug_assets.gates.cross_user_copies:CrossUserCopies",
        "dcr": "aug_assets.gates.dcr:Dcr",
        "direction": "aug_assets.gates.direction:Direction",
        "event_grammar": "aug_assets.gates.event_grammar:EventGrammar",
        "exact_copies": "aug_assets.gates.exact_copies:ExactCopies",
        "faint_objects": "aug_assets.gates.faint_objects:FaintObjects",
        "folding": "aug_assets.gates.folding:Folding",
        "held_out_item": "aug_assets.gates.held_out_item:HeldOutItem",
        "intensity_window": "aug_assets.gates.intensity_window:IntensityWindow",
        "language": "aug_assets.gates.language:Language",
        "launch_date": "aug_assets.gates.launch_date:LaunchDate",
        "leakage": "aug_assets.gates.leakage:Leakage",
        "length_drift": "aug_assets.gates.length_drift:LengthDrift",
        "lesion_area": "aug_assets.gates.lesion_area:LesionArea",
        "lift": "aug_assets.gates.lift:Lift",
        "mask_truth": "aug_assets.gates.mask_truth:MaskTruth",
        "meaning": "aug_assets.gates.meaning:Meaning",
        "membership": "aug_assets.gates.membership:Membership",
        "negation": "aug_assets.gates.negation:Negation",
        "new_pii": "aug_assets.gates.new_pii:NewPii",
        "numbers": "aug_assets.gates.numbers:Numbers",
        "pair_similarity": "aug_assets.gates.pair_similarity:PairSimilarity",
        "parent_concentration": "aug_assets.gates.parent_concentration:ParentConcentration",
        "popularity_drift": "aug_assets.gates.popularity_drift:PopularityDrift",
        "protected_terms": "aug_assets.gates.protected_terms:ProtectedTerms",
        "repeated_texts": "aug_assets.gates.repeated_texts:RepeatedTexts",
        "repeated_values": "aug_assets.gates.repeated_values:RepeatedValues",
        "replay": "aug_assets.gates.replay:Replay",
        "rules": "aug_assets.gates.rules:Rules",
        "schema": "aug_assets.gates.schema:Schema",
        "session_times": "aug_assets.gates.session_times:SessionTimes",
        "similarity": "aug_assets.gates.similarity:Similarity",
        "teacher_tail": "aug_assets.gates.teacher_tail:TeacherTail",
        "text_length": "aug_assets.gates.text_length:TextLength",
        "unseen_bigrams": "aug_assets.gates.unseen_bigrams:UnseenBigrams",
    },
)

VERDICT = (
    "verdict"  # the check that every gate has spoken; it is not itself a gate, so nobody can turn it off
)


def get(name: str) -> type[Gate]:
    """The gate of this name; KeyError when there is none."""
    gate: type[Gate] = REGISTRY.get(name)
    return gate


def suits(name: str, modality: str) -> bool:
    """Whether the gate can judge datasets of this modality."""
    return get(name).modality in ("any", modality)


def defaults(modality: str) -> tuple[Any, ...]:
    """The gates with default settings that judge a dataset which says nothing about gates."""
    chosen = [name for name in REGISTRY.built_in if get(name).default and suits(name, modality)]
    return tuple(get(name).Params(gate=name) for name in chosen)


if TYPE_CHECKING:
    Step = Any  # what it is depends on the plug-ins installed
else:
    Step = Annotated[Union[REGISTRY.params()], Field(discriminator="gate")]  # noqa: UP007
