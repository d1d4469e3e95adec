"""Reads words of like meaning from a file: tab-separated lines, or a folder of WordNet's files."""

from collections.abc import Iterable
from pathlib import Path

from aug_assets.errors import SpecError

_PARTS = ("adj", "adv", "noun", "verb")


def read(path: str, wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Lower-case words of like meaning, for some words.

    Args:
        path: A file of lines ``word<TAB>other,other``, or a folder with ``index.noun``, ``data.noun`` and the
            like, WordNet 3. Of WordNet the commonest sense of words that are one part of speech only.
        wanted: Lower-case words.

    Returns:
        The words that the file knows, each with its likes in the order of the file.

    Raises:
        SpecError: The path cannot be read, or is neither.
    """
    place, words = Path(path), set(wanted)
    try:
        found = _wordnet(place, words) if place.is_dir() else _table(place, words)
    except (OSError, UnicodeDecodeError, ValueError, IndexError) as error:
        raise SpecError(
            f"the thesaurus cannot be read ({type(error).__name__})", seen=path,
            legal="UTF-8 lines of `word<TAB>other,other`, or a folder of WordNet's index and data files",
            todo="correct `thesaurus`; the path must be there on every worker",
        ) from error  # fmt: skip
    return {word: tuple(others) for word, others in sorted(found.items()) if others}


def _table(path: Path, wanted: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, mark, others = line.partition("\t")
        if line.strip() and not line.startswith("#"):
            if not mark:
                raise ValueError(line)
            if word.strip().lower() in wanted:
                likes = [other.strip().lower() for other in others.split(",")]
                found.setdefault(word.strip().lower(), []).extend(other for other in likes if other)
    return found


def _wordnet(folder: Path, wanted: set[str]) -> dict[str, list[str]]:
    senses: dict[str, list[tuple[str, int]]] = {}
    for part in _PARTS:
        with (folder / f"index.{part}").open(encoding="utf-8") as lines:
            for line in lines:
                word = line.partition(" ")[0]
                if word in wanted:
                    fields = (
                        line.split()
                    )  # lemma, pos, senses, p pointers, p of them, senses, tagged, offsets
                    senses.setdefault(word, []).append((part, int(fields[6 + int(fields[3])])))
    data = {part: (folder / f"data.{part}").read_bytes() for part in _PARTS}
    return {word: _likes(word, data[at[0][0]], at[0][1]) for word, at in senses.items() if len(at) == 1}


def _likes(word: str, data: bytes, offset: int) -> list[str]:
    fields = data[offset : data.index(b"\n", offset)].decode().split()
    count = int(fields[3], 16)
    likes = [field.lower().partition("(")[0] for field in fields[4 : 4 + 2 * count : 2]]
    return [like for like in likes if like != word]
