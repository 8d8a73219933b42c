"""Commands that ask servers, or change what they hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from dojoboards.cli.options import (
    config,
    confirm,
    finite,
    into_a_directory,
    one_environment,
    only_patterns,
    text_or_json,
)


@click.command()
@one_environment
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
@only_patterns
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
            config(context), environment, decisions, output=output, exit_code=exit_code, document=document
        ),
    )


@click.command()
@one_environment
@click.option("--dry-run", is_flag=True, help="Show the plan, check it, and change nothing.")
@click.option(
    "--save-plan",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=into_a_directory,
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
@only_patterns
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
@text_or_json
@click.option("--no-verify", is_flag=True, help="Do not wait until the servers run it.")
@click.option(
    "--verify-timeout",
    metavar="S",
    type=click.FloatRange(min=0),
    callback=finite,
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
        lambda document: command(config(context), environment, options, confirm if asks else None, document),
    )


@click.command()
@one_environment
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=into_a_directory,
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
    return command(config(context), environment, uids, output=output, force=force, adopt=adopt)


@click.command()
@one_environment
@text_or_json
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

    return command(config(context), environment, output=output)
