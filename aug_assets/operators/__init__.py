"""The catalogue of operators.

A user adds an operator by an entry point in the group ``aug_assets.operators``: name = "module:Class".
"""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from aug_assets.operators.base import Operator
from aug_assets.registry import Registry

REGISTRY = Registry(
    "aug_assets.operators",
    {
        "affine": "aug_assets.operators.image.affine:Affine",
        "albumentations": "aug_assets.operators.image.albumentations:Albumentations",
        "arf": "aug_assets.operators.tabular.arf:Arf",
        "back_translation": "aug_assets.operators.text.back_translation:BackTranslation",
        "bias_field": "aug_assets.operators.image.bias_field:BiasField",
        "blur": "aug_assets.operators.image.blur:Blur",
        "brightness_contrast": "aug_assets.operators.image.brightness_contrast:BrightnessContrast",
        "category_swap": "aug_assets.operators.sequence.category_swap:CategorySwap",
        "clahe": "aug_assets.operators.image.clahe:Clahe",
        "cold_prefix": "aug_assets.operators.sequence.prefix:Prefix",
        "contraction": "aug_assets.operators.text.contraction:Contraction",
        "crop": "aug_assets.operators.image.crop:Crop",
        "crop_window": "aug_assets.operators.sequence.crop_window:CropWindow",
        "cutout": "aug_assets.operators.image.cutout:Cutout",
        "drop_events": "aug_assets.operators.sequence.drop:Drop",
        "elastic": "aug_assets.operators.image.elastic:Elastic",
        "flip": "aug_assets.operators.image.flip:Flip",
        "fog": "aug_assets.operators.image.fog:Fog",
        "frame_rewrite": "aug_assets.operators.text.frame_rewrite:FrameRewrite",
        "gamma": "aug_assets.operators.image.gamma:Gamma",
        "gauss_copula": "aug_assets.operators.tabular.gauss_copula:GaussCopula",
        "ghosting": "aug_assets.operators.image.ghosting:Ghosting",
        "insert": "aug_assets.operators.sequence.insert:Insert",
        "jitter_bootstrap": "aug_assets.operators.tabular.jitter_bootstrap:JitterBootstrap",
        "jpeg": "aug_assets.operators.image.jpeg:Jpeg",
        "llm_paraphrase": "aug_assets.operators.text.llm_paraphrase:LlmParaphrase",
        "motion_blur": "aug_assets.operators.image.motion_blur:MotionBlur",
        "night": "aug_assets.operators.image.night:Night",
        "noise": "aug_assets.operators.image.noise:Noise",
        "politeness": "aug_assets.operators.text.politeness:Politeness",
        "popularity_swap": "aug_assets.operators.sequence.popularity_swap:PopularitySwap",
        "punctuation": "aug_assets.operators.text.punctuation:Punctuation",
        "quantum_noise": "aug_assets.operators.image.quantum_noise:QuantumNoise",
        "rain": "aug_assets.operators.image.rain:Rain",
        "random_deletion": "aug_assets.operators.text.random_deletion:RandomDeletion",
        "random_swap": "aug_assets.operators.text.random_swap:RandomSwap",
        "reorder": "aug_assets.operators.sequence.reorder:Reorder",
        "rician_noise": "aug_assets.operators.image.rician_noise:RicianNoise",
        "seq_cart": "aug_assets.operators.tabular.seq_cart:SeqCart",
        "session_noise": "aug_assets.operators.sequence.noise:Noise",
        "shadow": "aug_assets.operators.image.shadow:Shadow",
        "slot_swap": "aug_assets.operators.text.slot_swap:SlotSwap",
        "smote": "aug_assets.operators.tabular.smote:Smote",
        "smote_nc": "aug_assets.operators.tabular.smote_nc:SmoteNC",
        "snow": "aug_assets.operators.image.snow:Snow",
        "substitute": "aug_assets.operators.sequence.substitute:Substitute",
        "sun_glare": "aug_assets.operators.image.sun_glare:SunGlare",
        "synonym": "aug_assets.operators.text.synonym:Synonym",
        "teacher_filter": "aug_assets.operators.tabular.teacher_filter:TeacherFilter",
        "tone_curve": "aug_assets.operators.image.tone_curve:ToneCurve",
        "trivial": "aug_assets.operators.image.trivial:Trivial",
        "typo": "aug_assets.operators.text.typo:Typo",
        "wet_lens": "aug_assets.operators.image.wet_lens:WetLens",
    },
)


def get(name: str) -> type[Operator]:
    """The operator of this name; KeyError when there is none."""
    operator: type[Operator] = REGISTRY.get(name)
    return operator


def kind(step: Any) -> str:
    """What kind of operator a step is: generate, transform or filter."""
    return get(step.operator).kind


# One member per operator, told apart by its `operator` field: errors then name the operator's own parameters,
# and editors complete them from the JSON schema.
if TYPE_CHECKING:
    Step = Any  # what it is depends on the plug-ins installed
else:
    Step = Annotated[Union[REGISTRY.params()], Field(discriminator="operator")]  # noqa: UP007
