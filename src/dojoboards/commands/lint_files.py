"""`dojoboards lint PATH...`: judge files that no one wrote with dojoboards, without a project."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

from dojoboards import importer, reading
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
    skipped: dict[str, str] = {}
    with uncollected():
        texts = dict(_texts(paths, skipped))
        named = {str(_absolute(path)) for path in paths}
        read = {path: importer.found(path, text, named=path in named) for path, text in texts.items()}
        found = _judged(importer.projects(read, texts, _there), checks)
    judged = {path: texts[path] for path, file in read.items() if file.documents and comments.MARK in texts[path]}
    ignores = [ignore for path, text in judged.items() for ignore in comments.ignores(text, path)]
    told, ignored = told_of({"": found}, ignores, checks, "", whole=True)
    skipped |= {path: file.skipped for path, file in read.items() if file.skipped}
    for path, why in sorted(skipped.items()):
        print(f"passed over {_shown(path)}: {why}", file=sys.stderr)
    print(importer.summary(read.values()), file=sys.stderr)
    if not any(file.kinds or file.problems or file.template for file in read.values()):
        raise DojoboardsError([_nothing(paths)])
    report = merged(told, checks=checks, fail_on=options.fail_on, ignored=ignored, root=str(Path.cwd()))
    write(report, options.output, document)
    return exit_code(report)


def _there(pattern: str) -> bool:
    return bool(glob(pattern))  # noqa: PTH207  # it is absolute


def _nothing(paths: Sequence[str]) -> Problem:
    message = f"no file that can be judged was found in {', '.join(paths)}"
    remedy = "name files of rules, dashboards, Prometheus or Alertmanager, or folders with some"
    return Problem(message, None, remedy, Exit.UNREADABLE)


def _shown(path: str) -> str:
    return path.removeprefix(f"{Path.cwd()}{os.sep}")


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


def _texts(paths: Sequence[str], skipped: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the absolute path and the text of each file; in a folder, note what is passed over, and why."""
    problems = []
    for path in dict.fromkeys(map(_absolute, paths)):
        if path.is_dir():
            yield from _in_folder(path, skipped)
            continue
        try:
            yield str(path), path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            remedy = "name files, or folders with files"
            problems.append(Problem(f"cannot read {path}: {reading.reason(error)}", None, remedy, Exit.UNREADABLE))
    if problems:
        raise DojoboardsError(problems)


def _in_folder(folder: Path, skipped: dict[str, str]) -> Iterator[tuple[str, str]]:
    for file in _below(folder, skipped):
        try:
            if (text := _text(file)) is not None:
                yield str(file), text
        except (OSError, UnicodeDecodeError) as error:
            if file.suffix.lower() in importer.ENDINGS:
                skipped[str(file)] = reading.reason(error)


def _absolute(path: str) -> Path:
    return Path(os.path.normpath(Path(path).absolute()))


def _below(folder: Path, skipped: dict[str, str]) -> Iterator[Path]:
    def unread(error: OSError) -> None:
        skipped[str(error.filename)] = reading.reason(error)

    for directory, folders, files in os.walk(folder, onerror=unread):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _PASSED_OVER)
        yield from (Path(directory, file) for file in sorted(files))


def _text(file: Path) -> str | None:
    """Return what a file holds; None for what is no file.

    Raises:
        OSError: it cannot be read, or it is too large to be looked at.
        UnicodeDecodeError: it is no text.
    """
    if not file.is_file():
        return None
    if file.stat().st_size > _LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {_LARGEST // 1_000_000} MB", str(file))
    with file.open("rb") as opened:
        start = opened.read(_PEEK)
        if b"\0" in start:
            raise UnicodeDecodeError("utf-8", start, 0, 1, "a zero")
        return (start + opened.read()).decode("utf-8")
