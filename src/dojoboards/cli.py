"""The command line: options to arguments, problems to messages and exit codes. Everything else is imported late."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from dojoboards import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dojoboards.config import Config
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
        return int(cli.main(list(arguments), prog_name="dojoboards", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
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
        if problem.remedy:
            click.echo(f"    {problem.remedy}", err=True, color=color)
    if len(error.problems) > 1:
        click.echo(f"{len(error.problems)} problems", err=True, color=color)


def _relative(file: str) -> str:
    here = f"{Path.cwd()}{os.sep}"
    return file.removeprefix(here)


def _complete_environment(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem | str]:
    from dojoboards.config import read
    from dojoboards.errors import DojoboardsError

    directory = context.find_root().params.get("directory") or "."
    try:
        names: list[CompletionItem | str] = [*read(Path(directory)).environments]
    except DojoboardsError:
        return []
    return [name for name in names if str(name).startswith(incomplete)]


def _config(context: click.Context) -> Config:
    from dojoboards.config import read

    directory: Path = context.find_root().params["directory"]
    return read(directory.resolve())


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
      dojoboards diff --env staging         what a push would change
      dojoboards push --env staging --dry-run
      dojoboards -C ../other push --env prod
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"


@cli.command()
@click.option(
    "--env",
    "environments",
    metavar="E",
    multiple=True,
    shell_complete=_complete_environment,
    help="Only this environment; may be repeated. Default: all.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail with a list if anything differs.")
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write below DIR instead of build/, and remove nothing there.",
)
@click.pass_context
def build(context: click.Context, environments: tuple[str, ...], output: Path | None, *, check: bool) -> int:
    """Compile the content and write what it becomes.

    Only files that differ are written, all of them or none, and what is no longer built is removed from build/.

    \b
    Examples:
      dojoboards build
      dojoboards build --env prod --output /tmp/look
      dojoboards build --check              in CI: is the committed build/ up to date?
    """
    from dojoboards.commands.build import build as command

    return command(_config(context), environments=environments, output=output, check=check)


@cli.command()
@click.option(
    "--env", "environment", metavar="E", required=True, shell_complete=_complete_environment, help="The environment."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if changes are pending.")
@click.option(
    "-o",
    "output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="What is printed; markdown is for a comment on a pull request.",
)
@click.option("--prune", is_flag=True, help="Show as applied what a push with --prune would delete.")
@click.pass_context
def diff(
    context: click.Context,
    environment: str,
    output: Literal["text", "json", "markdown"],
    *,
    exit_code: bool,
    prune: bool,
) -> int:
    """Show what a push would change, and what someone changed since the last one.

    Nothing is written. Panels, alerts, routes and permissions are compared by what they mean, so that neither the
    order of keys nor another way of writing is shown. Secrets never are.

    \b
    Examples:
      dojoboards diff --env prod
      dojoboards diff --env prod --exit-code > /dev/null || echo "prod is not what the content gives"
      dojoboards diff --env prod -o markdown > comment.md
    """
    from dojoboards.commands.diff import diff as command

    return command(_config(context), environment, output=output, prune=prune, exit_code=exit_code)


@cli.command()
@click.option(
    "--env", "environment", metavar="E", required=True, shell_complete=_complete_environment, help="The environment."
)
@click.option("--dry-run", is_flag=True, help="Show the plan, check it, and change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--prune", is_flag=True, help="Delete what was pushed before and is no longer built.")
@click.option("--overwrite", is_flag=True, help="Write over what someone changed since the last push.")
@click.option("--adopt", is_flag=True, help="Write over what is not ours, and take it as ours.")
@click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed."
)
@click.option("--no-verify", is_flag=True, help="Do not wait until the servers run it.")
@click.option(
    "--verify-timeout",
    metavar="S",
    type=click.FloatRange(min=0),
    help="Seconds to wait for that. Default: two of the longest evaluation intervals, and half a minute.",
)
@click.pass_context
def push(
    context: click.Context,
    environment: str,
    output: Literal["text", "json"],
    verify_timeout: float | None,
    *,
    dry_run: bool,
    yes: bool,
    prune: bool,
    overwrite: bool,
    adopt: bool,
    no_verify: bool,
) -> int:
    """Make the targets of an environment hold, and their servers run, what the content becomes.

    Shows the plan, and on a terminal asks before it goes on. Everything is checked before the first file is written.
    If a server does not run what was pushed, everything is put back as it was.

    \b
    Examples:
      dojoboards push --env staging --dry-run
      dojoboards push --env prod
      dojoboards push --env prod -y --prune -o json
    """
    from dojoboards.commands.push import Options
    from dojoboards.commands.push import push as command

    options = Options(
        dry_run=dry_run,
        prune=prune,
        overwrite=overwrite,
        adopt=adopt,
        verify=not no_verify,
        timeout=verify_timeout,
        output=output,
    )
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    return command(_config(context), environment, options, click.confirm if asks else None)


@cli.command()
def schema() -> int:
    """Print the JSON Schema of dojoboards.yaml, for editors.

    \b
    Example:
      dojoboards schema > .dojoboards.schema.json
      # then, as the first line of dojoboards.yaml:
      # yaml-language-server: $schema=.dojoboards.schema.json
    """
    from dojoboards.commands.schema import print_schema

    return print_schema()


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
