"""The command line: options to arguments, problems to messages and exit codes. Everything else is imported late."""

from __future__ import annotations

import contextlib
import errno
import io
import math
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


def _finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Refuse what is no number of seconds, such as `nan` and `inf`."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of seconds")
    return value


def _confirm(question: str) -> bool:
    """Ask on stderr, since stdout has the result."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        raise KeyboardInterrupt from None


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
      dojoboards lint                       what would go wrong, and nobody would notice
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


_only = click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Only what has this kind, folder, name or path, such as dashboard, 'shop*' or rules/service; may be repeated.",
)


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
@click.option("--overwrite", is_flag=True, help="Show as applied what a push with --overwrite would write over.")
@click.option("--adopt", is_flag=True, help="Show as applied what a push with --adopt would take as ours.")
@_only
@click.pass_context
def diff(
    context: click.Context,
    environment: str,
    output: Literal["text", "json", "markdown"],
    only: tuple[str, ...],
    *,
    exit_code: bool,
    prune: bool,
    overwrite: bool,
    adopt: bool,
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
    from dojoboards.commands.output import answered
    from dojoboards.commands.planning import Decisions

    decisions = Decisions(prune=prune, overwrite=overwrite, adopt=adopt, only=only)
    return answered(
        output,
        environment,
        lambda document: command(
            _config(context), environment, decisions, output=output, exit_code=exit_code, document=document
        ),
    )


@cli.command()
@click.option(
    "--env", "environment", metavar="E", required=True, shell_complete=_complete_environment, help="The environment."
)
@click.option("--dry-run", is_flag=True, help="Show the plan, check it, and change nothing.")
@click.option(
    "--save-plan",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the plan to FILE, for --plan, and change nothing.",
)
@click.option(
    "--plan",
    "saved",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Apply the plan that was saved to FILE, and refuse if anything has changed since.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--prune", is_flag=True, help="Delete what was pushed before and is no longer built.")
@click.option("--overwrite", is_flag=True, help="Write over what someone changed since the last push.")
@click.option("--adopt", is_flag=True, help="Write over what is not ours, and take it as ours.")
@_only
@click.option(
    "--on-error",
    type=click.Choice(["stop", "continue"]),
    default="stop",
    show_default=True,
    help="Whether a change that Grafana refuses stops the others.",
)
@click.option(
    "--max-concurrent",
    metavar="N",
    type=click.IntRange(1, 64),
    help="How many requests to Grafana are under way at once. Default: as in dojoboards.yaml, or 8.",
)
@click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed."
)
@click.option("--no-verify", is_flag=True, help="Do not wait until the servers run it.")
@click.option(
    "--verify-timeout",
    metavar="S",
    type=click.FloatRange(min=0),
    callback=_finite,
    help="Seconds to wait for that. Default: two of the longest evaluation intervals, and half a minute.",
)
@click.pass_context
def push(
    context: click.Context,
    environment: str,
    output: Literal["text", "json"],
    verify_timeout: float | None,
    save_plan: Path | None,
    saved: Path | None,
    only: tuple[str, ...],
    on_error: Literal["stop", "continue"],
    max_concurrent: int | None,
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
      dojoboards push --env prod --only 'dashboard/shop*' --only Databases
      dojoboards push --env prod --save-plan plan.json && dojoboards push --env prod --plan plan.json
    """
    from dojoboards.commands.output import answered
    from dojoboards.commands.planning import Decisions
    from dojoboards.commands.push import Options
    from dojoboards.commands.push import push as command

    if save_plan and saved:
        raise click.UsageError("--save-plan and --plan exclude each other", context)
    options = Options(
        decisions=Decisions(prune=prune, overwrite=overwrite, adopt=adopt, only=only),
        dry_run=dry_run,
        save_plan=save_plan,
        plan=saved,
        keep_going=on_error == "continue",
        max_concurrent=max_concurrent,
        verify=not no_verify,
        timeout=verify_timeout,
        output=output,
    )
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    return answered(
        output,
        environment,
        lambda document: command(_config(context), environment, options, _confirm if asks else None, document),
    )


@cli.command()
@click.option(
    "--env", "environment", metavar="E", required=True, shell_complete=_complete_environment, help="The environment."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to FILE, which the build does not use, instead of into dashboards/; for one dashboard.",
)
@click.option("--force", is_flag=True, help="Write over a file that holds something else.")
@click.option("--adopt", is_flag=True, help="Pull also what this project never pushed.")
@click.argument("uids", metavar="UID...", nargs=-1, required=True)
@click.pass_context
def pull(
    context: click.Context,
    environment: str,
    uids: tuple[str, ...],
    output: Path | None,
    *,
    force: bool,
    adopt: bool,
) -> int:
    """Save dashboards that somebody edited in Grafana beside the content, so that the edit is not lost.

    Each becomes a JSON file in dashboards/, from which the build gives exactly that dashboard, in place of what a
    module declares with its uid. Merge it there when you like, and remove the file.

    \b
    Examples:
      dojoboards pull --env prod main
      dojoboards pull --env prod main -o /tmp/main.json     only to look at it
    """
    from dojoboards.commands.pull import pull as command

    if output and len(set(uids)) > 1:
        raise click.UsageError("--output takes one dashboard", context)
    return command(_config(context), environment, uids, output=output, force=force, adopt=adopt)


@cli.command()
@click.option(
    "--env", "environment", metavar="E", required=True, shell_complete=_complete_environment, help="The environment."
)
@click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed."
)
@click.pass_context
def doctor(context: click.Context, environment: str, output: Literal["text", "json"]) -> int:
    """Ask the servers of an environment how they are, and change nothing.

    Whether they answer and agree about the time, what we may do there, data sources, metrics that rules and
    dashboards use, scrape targets that are down and why, rules that fail, alerts that fire, notifications that do
    not arrive, and who gets into Grafana. Each finding says what to do about it.

    Exit code 1 if there is a warning or an error, 3 if no server could be reached.

    \b
    Examples:
      dojoboards doctor --env prod
      dojoboards doctor --env prod -o json
    """
    from dojoboards.commands.doctor import doctor as command

    return command(_config(context), environment, output=output)


@cli.command()
@click.option(
    "--env",
    "environments",
    metavar="E",
    multiple=True,
    shell_complete=_complete_environment,
    help="Only this environment; may be repeated. Default: all, and what they share is told once.",
)
@click.option(
    "-o",
    "output",
    type=click.Choice(["text", "json", "sarif", "junit", "github"]),
    default="text",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="From which severity on a finding makes the exit code 1.",
)
@click.option(
    "--select",
    metavar="ID",
    multiple=True,
    help="Only checks with this id, this beginning or this pattern, such as alert/ or '*/unique'; may be repeated.",
)
@click.option("--list", "list_only", is_flag=True, help="Show which checks there are, and judge nothing.")
@click.option(
    "--explain", metavar="ID", help="Show what a check is about, with a bad and a good example, and judge nothing."
)
@click.option(
    "--fix", is_flag=True, help="Mend in the content what needs no decision, and show each line that changes."
)
@click.option("--dry-run", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.pass_context
def lint(
    context: click.Context,
    paths: tuple[str, ...],
    environments: tuple[str, ...],
    output: Literal["text", "json", "sarif", "junit", "github"],
    fail_on: Literal["info", "warning", "error"],
    select: tuple[str, ...],
    explain: str | None,
    *,
    list_only: bool,
    fix: bool,
    dry_run: bool,
) -> int:
    """Find mistakes in the content that nobody notices until it is too late, without asking any server.

    Everything is judged together: alerts, recording rules, dashboards, scrape jobs, routing and access, with what is
    known of the metrics. A finding that is meant so is ignored by a comment with the reason behind it:
    # dojoboards: ignore[alert/runbook] the reason

    With paths, files that were not written with dojoboards are judged, without a project: rule files, dashboards,
    alertmanager.yml, prometheus.yml and Grafana's data sources, and everything across them in folders.

    \b
    Examples:
      dojoboards lint
      dojoboards lint monitoring/ dashboards/hosts.json
      dojoboards lint --env prod --fail-on error
      dojoboards lint -o sarif > lint.sarif
      dojoboards lint --explain alert/severity
      dojoboards lint --fix --dry-run
    """
    from dojoboards.commands import lint as command
    from dojoboards.commands.output import answered

    if list_only and explain:
        raise click.UsageError("--list and --explain exclude each other", context)
    if explain:
        return command.explain(explain)
    if list_only:
        return command.list_checks(select)
    options = command.Options(
        environments=environments, select=select, fail_on=fail_on, output=output, fix=fix, dry_run=dry_run
    )
    if paths:
        from dojoboards.commands.lint_files import lint_files

        return answered(output, None, lambda document: lint_files(paths, options, document))
    return answered(output, None, lambda document: command.lint(_config(context), options, document))


@cli.group()
def catalogue() -> None:
    """Tell which metrics there are: what exporters expose, with types, units, labels and values.

    Checks read it. The standard exporters are known; a project's own catalogues are the files in catalogue/.
    """


@catalogue.command("record")
@click.argument("what", metavar="URL|FILE")
@click.option(
    "--name", metavar="NAME", default="", help="The catalogue's name. Default: what the exporter calls itself."
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write FILE (.yml or .json), or refresh it: what people wrote into it stays. Default: print.",
)
@click.option(
    "--values",
    metavar="LABEL",
    multiple=True,
    help="Take the values of this label for all that there can be (mode, or metric.mode); may be repeated.",
)
@click.option("--prune", is_flag=True, help="When refreshing, take out metrics that are not told any more.")
def catalogue_record(what: str, name: str, output: Path | None, values: tuple[str, ...], *, prune: bool) -> int:
    """Make or refresh a catalogue from a /metrics page, or from a file with what one told (- for the input).

    \b
    Examples:
      dojoboards catalogue record http://app:5000/metrics --name shop --output catalogue/shop.yml
      curl -s http://db:9187/metrics | dojoboards catalogue record - --values state
    """
    from dojoboards.commands.catalogue import record as command

    return command(what, name=name, output=output, values=values, prune=prune)


@catalogue.command("list")
@click.option(
    "--env", "environment", metavar="E", default="", shell_complete=_complete_environment, help="Only this environment."
)
@click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed."
)
@click.pass_context
def catalogue_list(context: click.Context, environment: str, output: Literal["text", "json"]) -> int:
    """Tell which catalogues are for which scrape job, and why.

    \b
    Examples:
      dojoboards catalogue list --env prod
    """
    from dojoboards.commands.catalogue import list_catalogues as command

    return command(_config(context), environment, as_json=output == "json")


@cli.command()
@click.option(
    "--env",
    "environments",
    metavar="E",
    multiple=True,
    shell_complete=_complete_environment,
    help="Run the cases in this environment; may be repeated. Default: the ones that they are written for.",
)
@click.option(
    "--run",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Only what is called so: a case, an alert or a file, such as 'Backup*'; may be repeated.",
)
@click.option(
    "--junit",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report in JUnit's format to FILE too.",
)
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="Exit with 1 if less than this has a case.",
)
@click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed."
)
@click.pass_context
def test(
    context: click.Context,
    environments: tuple[str, ...],
    patterns: tuple[str, ...],
    junit: Path | None,
    fail_under: float | None,
    output: Literal["text", "json"],
) -> int:
    """Run the cases for rules and routes, and tell which alerts and routes have none.

    The files in tests/rules/ are promtool's: series in, alerts out. Those in tests/routing/ say who is told. They are
    run on what the content gives, by promtool, amtool and a real Alertmanager.

    \b
    Examples:
      dojoboards test
      dojoboards test --env staging --env prod --fail-under 100
      dojoboards test --run ServiceDown --run 'Backup*'
      dojoboards test --junit report.xml
    """
    from dojoboards.commands.test import Options
    from dojoboards.commands.test import test as command

    if patterns and fail_under is not None:
        raise click.UsageError("--fail-under asks about all cases, and --run names some", context)
    options = Options(
        environments=environments, patterns=patterns, junit=junit, fail_under=fail_under, output=output
    )
    return command(_config(context), options)


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
