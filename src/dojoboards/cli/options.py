"""What several commands share: options, and how they get at the project."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dojoboards.config import Config

F = TypeVar("F", bound=Callable[..., Any])


def complete_environment(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem | str]:
    """Return the environments that a word may become; none where `dojoboards.yaml` cannot be read."""
    from dojoboards.config import read
    from dojoboards.errors import DojoboardsError

    directory = context.find_root().params.get("directory") or "."
    try:
        names: list[CompletionItem | str] = [*read(Path(directory)).environments]
    except DojoboardsError:
        return []
    return [name for name in names if str(name).startswith(incomplete)]


def finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Refuse what is no number of seconds, such as `nan` and `inf`."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of seconds")
    return value


def into_a_directory(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    """Refuse a file whose directory is not there: it is misspelt rather than meant to be made."""
    if file is not None and not file.parent.is_dir():
        raise click.BadParameter(f"there is no directory {str(file.parent)!r}: make it, or correct the path")
    return file


def confirm(question: str) -> bool:
    """Ask on stderr, since stdout has the result."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        raise KeyboardInterrupt from None


def config(context: click.Context) -> Config:
    """Return the configuration of the project that the command works on.

    Raises:
        DojoboardsError: it cannot be read.
    """
    from dojoboards.config import read

    directory: Path = context.find_root().params["directory"]
    return read(directory.resolve())


one_environment = click.option(
    "--env", "environment", metavar="E", required=True, shell_complete=complete_environment, help="The environment."
)

text_or_json = click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed."
)

only_patterns = click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Only what has this kind, folder, name or path, such as dashboard, 'shop*' or rules/service; may be repeated.",
)


def some_environments(shown: str) -> Callable[[F], F]:
    """Return the option that names environments, as often as one likes."""
    return click.option(
        "--env", "environments", metavar="E", multiple=True, shell_complete=complete_environment, help=shown
    )
