"""Which files a configuration names, among those that are at hand."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable


def matching(pattern: str, file: str, files: Iterable[str], *, exactly: bool = False) -> list[str]:
    """Return the files that a pattern in another file names.

    A server often has its files elsewhere than they are kept: of an absolute path, or one that names nothing here, the
    last parts count, as many as name something.

    Args:
        pattern: The pattern; a star stands for anything but a slash.
        file: The file in which it stands.
        files: The files that are at hand.
        exactly: Whether all parts have to name something.
    """
    known = list(files)
    base = posixpath.dirname(file)
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    for first in range(1 if exactly else len(parts)):
        whole = posixpath.normpath(posixpath.join(base, *parts[first:]))
        expression = re.compile(_pattern(whole))
        if found := [each for each in known if expression.fullmatch(posixpath.normpath(each))]:
            return found
    return []


def _pattern(glob: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)) for part in re.split(r"([*?])", glob))
