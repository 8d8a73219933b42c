"""Commands on the content alone, which ask no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from dojoboards.cli.options import complete_environment, config, some_environments, text_or_json

if TYPE_CHECKING:
    from dojoboards.config import Config


@click.command()
@some_environments("Only this environment; may be repeated. Default: all.")
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

    return command(config(context), environments=environments, output=output, check=check)


@click.command()
@some_environments("Only this environment; may be repeated. Default: all, and what they share is told once.")
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

    \b
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
    return answered(output, None, lambda document: command.lint(_linted(context), options, document))


def _linted(context: click.Context) -> Config:
    """Return the project that is judged; where there is none, say how files are judged without one."""
    from dataclasses import replace

    from dojoboards.config import FILE
    from dojoboards.errors import DojoboardsError

    try:
        return config(context)
    except DojoboardsError as error:
        if (context.find_root().params["directory"] / FILE).exists():
            raise
        (problem,) = error.problems
        remedy = f"{problem.remedy}; to judge files without a project, name them: dojoboards lint ."
        raise DojoboardsError([replace(problem, remedy=remedy)]) from None


@click.command()
@some_environments("Run the cases in this environment; may be repeated. Default: the ones that they are written for.")
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
@text_or_json
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
    options = Options(environments=environments, patterns=patterns, junit=junit, fail_under=fail_under, output=output)
    return command(config(context), options)


@click.group()
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
    "--env", "environment", metavar="E", default="", shell_complete=complete_environment, help="Only this environment."
)
@text_or_json
@click.pass_context
def catalogue_list(context: click.Context, environment: str, output: Literal["text", "json"]) -> int:
    """Tell which catalogues are for which scrape job, and why.

    \b
    Examples:
      dojoboards catalogue list --env prod
    """
    from dojoboards.commands.catalogue import list_catalogues as command
    from dojoboards.commands.output import answered

    return answered(
        output,
        environment or None,
        lambda document: command(config(context), environment, document if output == "json" else None),
    )


@click.command()
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
