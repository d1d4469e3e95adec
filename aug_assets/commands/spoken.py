"""What all parts of the command line share: the console, how errors are spoken, and common arguments."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from aug_assets.errors import AugError

if TYPE_CHECKING:
    from aug_assets.commands.doctor import Finding

console = Console()

AsJson = Annotated[bool, typer.Option("--json", help="print JSON and nothing else")]
Dataset = Annotated[str, typer.Argument(help="tenant/name, as in the dataset's file")]


class OrElse(TyperGroup):
    """A group whose command ``of`` is meant where none is named, such as in ``aug card DATASET``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word in that was left out."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["of", *args]
        return super().parse_args(ctx, args)


@contextmanager
def spoken_errors() -> Iterator[None]:
    """A typed error as its own words, not as a stack."""
    try:
        yield
    except AugError as error:
        console.print(f"[red]{error.code}[/]: ", end="")
        console.print(str(error), markup=False)
        raise typer.Exit(1) from error


def say(findings: "Iterable[Finding]") -> None:
    """One line a finding; the exit code says whether all is well."""
    found = list(findings)
    for one in found:
        console.print("[green]well[/]" if one.well else "[red]ill [/]", f"[bold]{one.part}[/]:", end=" ")
        console.print(one.told, markup=False, highlight=False)
    raise typer.Exit(0 if all(one.well for one in found) else 1)
