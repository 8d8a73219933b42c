"""`dojoboards lint --fix`: mend in the content what needs no decision, and show every line that changes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from dojoboards.files import write_tree
from dojoboards.lint import Judgement
from dojoboards.lint.editing import edited
from dojoboards.lint.registry import Edit


def fix(judgements: Iterable[Judgement], root: Path, *, dry_run: bool) -> Iterator[str]:
    """Mend what can be, all files or none, and yield what is done: differences, then what was left and why.

    Args:
        judgements: What was found.
        root: The project's directory; nothing else is written.
        dry_run: Whether to write nothing.

    Raises:
        DojoboardsError: a file cannot be written.
    """
    wanted = dict.fromkeys(
        (judgement.source.file, judgement.source.line, judgement.finding.edit)
        for judgement in judgements
        if judgement.finding.edit and judgement.source
    )
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    left: list[str] = []
    done: set[tuple[str, int, str]] = set()
    # From the last line to the first: what is mended changes no line above it.
    for file, line, edit in sorted(wanted, reverse=True):
        text = after.get(file) or _text(Path(file), root)
        if not text:
            left.append(_left(file, line, edit, root, "it is no module of the content"))
            continue
        if (file, line, edit.before) in done:
            left.append(_left(file, line, edit, root, "something else in it was mended: run it again"))
            continue
        before.setdefault(file, text)
        result = edited(text, line, edit)
        after[file] = result.text
        if result.refused:
            left.append(_left(file, line, edit, root, result.refused))
        else:
            done.add((file, line, edit.before))
    changed = {file: text for file, text in sorted(after.items()) if text != before[file]}
    if changed and not dry_run:
        # newline="" above: line ends stay what they are.
        files = {_relative(file, root): text.encode() for file, text in changed.items()}
        write_tree(root, files, modes={path: (root / path).stat().st_mode & 0o7777 for path in files})
    for file, text in changed.items():
        yield from _difference(_relative(file, root), before[file], text)
    yield from reversed(left)
    yield f"{len(done)} {'would be ' * dry_run}mended{f', {len(left)} left to you' if left else ''}"


def _text(file: Path, root: Path) -> str:
    """Return what a module of the project holds; empty for anything else."""
    if file.suffix != ".py" or not file.is_relative_to(root) or file.is_symlink():
        return ""
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _relative(file: str, root: Path) -> str:
    return file.removeprefix(f"{root}/")


def _left(file: str, line: int, edit: Edit, root: Path, why: str) -> str:
    return f"{_relative(file, root)}:{line}: left to you: {edit.before!r} is to be {edit.after!r}, but {why}"


def _difference(name: str, before: str, after: str) -> Iterator[str]:
    lines = (before.splitlines(), after.splitlines())
    yield from (line.rstrip("\n") for line in difflib.unified_diff(*lines, name, name, n=0, lineterm=""))
