"""`dojoboards doctor`: ask the servers of an environment how they are."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Literal

from dojoboards import names
from dojoboards.commands.build import compiled
from dojoboards.commands.output import Document, answered
from dojoboards.commands.progress import waiting
from dojoboards.config import FILE, Config
from dojoboards.doctor import Asked, Finding, ask, questions
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.report.differences.values import printable

Output = Literal["text", "json"]

_COLOURS = {"ok": 32, "note": 36, "warning": 33, "error": 31}


def doctor(config: Config, environment: str, *, output: Output = "text") -> int:
    """Ask everything, change nothing, print what was found, and return the exit code.

    Args:
        config: The project.
        environment: Its environment's name.
        output: What is printed.

    Raises:
        DojoboardsError: the content has problems, or the environment names no server.
    """
    return answered(output, environment, lambda document: _doctor(config, environment, output, document))


def _doctor(config: Config, environment: str, output: Output, document: Document) -> int:
    project, result = compiled(config, environment)
    with ExitStack() as closing:
        servers = questions(project, result.artifacts, config.root, closing)
        if not servers:
            message = f"the environment {environment!r} names no server that could be asked"
            remedy = f"give the targets in environments.{environment} their `servers`, and Grafana its `url`"
            raise DojoboardsError([Problem(message, Source(str(config.root / FILE)), remedy, Exit.UNREADABLE)])
        with waiting(f"asking {names.counted(len(servers), 'server')}"):
            asked = ask(servers)
    document |= _document(asked)
    if output == "text":
        print("\n".join(_text(environment, asked)))
    if not any(one.reached for one in asked):
        return Exit.UNREACHABLE
    return Exit.PROBLEM if any(finding.wrong for one in asked for finding in one.findings) else Exit.OK


def _text(environment: str, asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        yield printable(one.name)
        width = max((len(finding.subject) for finding in one.findings), default=0)
        for finding in one.findings:
            yield f"  {_coloured(finding)} {finding.subject:{width}}  {printable(finding.message)}"
            if finding.remedy:
                yield f"  {'':8}{'':{width}}  {printable(finding.remedy)}"
    counts = _counts(asked)
    said = [names.counted(number, name) for name in ("error", "warning", "note") if (number := counts[name])]
    yield f"{environment}: {', '.join(said) or 'all is well'}"


def _coloured(finding: Finding) -> str:
    word = f"{finding.severity:7}"
    plain = "NO_COLOR" in os.environ or not sys.stdout.isatty()
    return word if plain else f"\x1b[{_COLOURS[finding.severity]}m{word}\x1b[0m"


def _document(asked: Sequence[Asked]) -> Document:
    counts = _counts(asked)
    return {
        "servers": [
            {
                "name": one.name,
                "reached": one.reached,
                "findings": [
                    {key: getattr(finding, key) for key in ("severity", "subject", "message", "remedy")}
                    for finding in one.findings
                ],
            }
            for one in asked
        ],
        "counts": {severity: counts[severity] for severity in _COLOURS},
    }


def _counts(asked: Sequence[Asked]) -> Counter[str]:
    return Counter(finding.severity for one in asked for finding in one.findings)
