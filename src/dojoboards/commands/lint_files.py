"""`dojoboards lint PATH...`: judge files that no one wrote with dojoboards, without a project."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from dojoboards import importer
from dojoboards.commands.build import uncollected
from dojoboards.commands.lint import Options, exit_code, selected, told_of, write
from dojoboards.commands.output import Document
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.lint import Check, Judgement, comments, own
from dojoboards.lint.every import CHECKS
from dojoboards.report.findings import merged

_LARGEST = 50_000_000
"""Bytes of a file that is looked at, at most."""
_PEEK = 4096
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "vendor"})
"""Directories that hold what others wrote, beside all that are hidden."""


def lint_files(paths: Sequence[str], options: Options, document: Document) -> int:
    """Print what is found in files and folders, and return the exit code.

    Args:
        paths: Files, and folders with all that is in them.
        options: How; there are no environments, and nothing is mended.
        document: Filled in where the output is `json`.

    Raises:
        DojoboardsError: a path cannot be read, or there is no such check.
    """
    if options.environments or options.fix or options.dry_run:
        message = (
            "files have no environments, and are not mended: --env, --fix and --dry-run are for a project's content"
        )
        raise DojoboardsError([Problem(message, None, "leave them out, or name no paths", Exit.UNREADABLE)])
    checks = selected(options.select)
    with uncollected():
        texts = dict(_texts(paths))
        named = {str(_absolute(path)) for path in paths}
        read = {path: importer.found(path, text, named=path in named) for path, text in texts.items()}
        found = _judged(importer.projects(read, texts), checks)
    judged = {path: texts[path] for path, file in read.items() if file.documents and comments.MARK in texts[path]}
    ignores = [ignore for path, text in judged.items() for ignore in comments.ignores(text, path)]
    told, ignored = told_of({"": found}, ignores, checks, "", whole=True)
    print(importer.summary(read.values()), file=sys.stderr)
    report = merged(told, checks=checks, fail_on=options.fail_on, ignored=ignored, root=str(Path.cwd()))
    write(report, options.output, document)
    return exit_code(report)


def _judged(projects: Sequence[importer.Imported], checks: Sequence[Check]) -> list[Judgement]:
    chosen = [check for check in checks if check.id in CHECKS]
    return [
        importer.in_files(judgement)
        for one in projects
        for judgement in own.judgements(
            one.project,
            one.artifacts,
            one.boards,
            [problem for problem in one.problems if problem.exit == Exit.UNREADABLE or own.REFUSED in checks],
            chosen,
        )
    ]


def _texts(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the absolute path and the text of each file; in a folder, what is no text is passed over."""
    problems = []
    for path in dict.fromkeys(map(_absolute, paths)):
        if path.is_dir():
            for file in _below(path):
                if (text := _text(file)) is not None:
                    yield str(file), text
            continue
        try:
            yield str(path), path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            remedy = "name files, or folders with files"
            problems.append(Problem(f"cannot read {path}: {reason}", None, remedy, Exit.UNREADABLE))
    if problems:
        raise DojoboardsError(problems)


def _absolute(path: str) -> Path:
    return Path(os.path.normpath(Path(path).absolute()))


def _below(folder: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _PASSED_OVER)
        yield from (Path(directory, file) for file in sorted(files))


def _text(file: Path) -> str | None:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        with file.open("rb") as opened:
            start = opened.read(_PEEK)
            return None if b"\0" in start else (start + opened.read()).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
