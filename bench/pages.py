"""Parts of a page in docs/ that different measurements write: each replaces its own and leaves the others."""

from pathlib import Path


def put(page: Path, heading: str, text: str) -> None:
    """Replace the part of a page from a heading of second level to the next, or add it at the end.

    Args:
        page: A Markdown file.
        heading: Without the marks.
        text: What stands below it.
    """
    before, mark, after = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    rest = after.partition("\n## ")[2] if mark else ""
    parts = [before.rstrip("\n"), "", f"## {heading}", "", text.strip("\n"), ""]
    parts += ["## " + rest.rstrip("\n"), ""] if rest else []
    page.write_text("\n".join(parts), encoding="utf-8")


def keep(page: Path, own: str) -> str:
    """A page written anew, with the parts that others have put into the old one behind it."""
    if not page.exists():
        return own
    mine = {part.partition("\n")[0] for part in own.split("\n## ")[1:]}
    parts = page.read_text(encoding="utf-8").split("\n## ")[1:]
    others = ["## " + part.strip("\n") for part in parts if part.partition("\n")[0] not in mine]
    return "\n\n".join([own.rstrip("\n"), *others]) + "\n"
