"""The command line: options to arguments, problems to messages and exit codes. Everything else is imported late."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dojoboards import __version__
from dojoboards.cli import content, servers
from dojoboards.commands.signals import terminated_as_interrupted

if TYPE_CHECKING:
    from dojoboards.errors import DojoboardsError

_EXIT_CODES = """\b
Exit codes:
  0    done, nothing wrong
  1    problems found; refused and rolled back; stopped by drift or conflict; diff --exit-code: changes are pending
  2    wrong usage; content or configuration that cannot be read; a full disk
  3    a server is unreachable or does not let us in
  4    partly applied
  130  interrupted
"""


def main() -> None:
    """Run the command line and exit with its code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names in live documents may have characters that a terminal has not
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line with *arguments* and return its exit code; what the user can mend shows no traceback."""
    code = _run(arguments)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        failed = _unwritable(error)
        return code or failed
    return code


def _run(arguments: Sequence[str]) -> int:
    try:
        with terminated_as_interrupted():
            return int(cli.main(list(arguments), prog_name="dojoboards", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        from dojoboards.errors import Exit

        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except Exception as error:
        from dojoboards.errors import DojoboardsError

        if isinstance(error, OSError) and error.filename is None and error.errno in _UNWRITABLE:
            return _unwritable(error)
        if not isinstance(error, DojoboardsError):
            raise
        _show(error)
        return error.exit


_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


def _unwritable(error: OSError) -> int:
    """Say that the output cannot be written, unless nobody reads it any more, and give up what is left of it."""
    if error.errno != errno.EPIPE:
        click.echo(f"{click.style('error:', fg='red')} cannot write the output: {error.strerror}", err=True)
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())  # Python would try again at its end
        os.close(nothing)
    return 1 if error.errno == errno.EPIPE else 2


def _show(error: DojoboardsError) -> None:
    color = None if "NO_COLOR" not in os.environ else False
    for problem in error.problems:
        place = f"{_relative(problem.source.file)}:{problem.source.line}" if problem.source else ""
        place = place.removesuffix(":0")
        start = click.style(f"{place}: ", bold=True) if place else ""
        click.echo(f"{start}{click.style('error:', fg='red')} {problem.message}", err=True, color=color)
        if problem.expr:
            from dojoboards.expressions import shown

            for line in shown(problem.expr, problem.span):
                click.echo(f"    {line}".rstrip(), err=True, color=color)
        if problem.remedy:
            click.echo(f"    {problem.remedy}", err=True, color=color)
    if len(error.problems) > 1:
        click.echo(f"{len(error.problems)} problems", err=True, color=color)


def _relative(file: str) -> str:
    here = f"{Path.cwd()}{os.sep}"
    return file.removeprefix(here)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="Work on the project in DIR instead of here.",
)
@click.option("--no-color", is_flag=True, help="No colours; the variable NO_COLOR does the same.")
@click.version_option(__version__, prog_name="dojoboards", message="%(prog)s %(version)s")
def cli(directory: Path, *, no_color: bool) -> None:  # noqa: ARG001  # read from the context, where commands need it
    """Grafana dashboards and Prometheus alerts as code.

    Python modules in dashboards/ and alerts/ declare a system's monitoring; dojoboards.yaml says where it goes.

    \b
    Examples:
      dojoboards build                      write build/<environment>/ for every environment
      dojoboards build --check              fail if build/ is not what the content gives
      dojoboards lint                       what would go wrong, and nobody would notice
      dojoboards diff --env staging         what a push would change
      dojoboards push --env staging --dry-run
      dojoboards -C ../other push --env prod
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"


for _command in (
    content.build,
    content.lint,
    content.test,
    servers.diff,
    servers.push,
    servers.pull,
    servers.doctor,
    content.catalogue,
    content.schema,
):
    cli.add_command(_command)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script for SHELL.

    \b
    Examples:
      eval "$(dojoboards completion bash)"                                    in ~/.bashrc
      eval "$(dojoboards completion zsh)"                                     in ~/.zshrc
      dojoboards completion fish > ~/.config/fish/completions/dojoboards.fish
    """
    from click.shell_completion import get_completion_class

    completion_class: Any = get_completion_class(shell)
    click.echo(completion_class(cli, {}, "dojoboards", "_DOJOBOARDS_COMPLETE").source())
    return 0
