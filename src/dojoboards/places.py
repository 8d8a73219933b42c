"""Where grafanalib's objects were made: their constructors are wrapped while content is evaluated.

grafanalib's classes take no note of it, and an error about a panel is of little use without a line. The note is an
attribute that takes no part in their equality or JSON.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from dojoboards.errors import Source, calling_source

ATTRIBUTE = "_dojoboards_source"

_originals: dict[type, Callable[..., None]] = {}


def of(value: object) -> Source | None:
    """Return the place where *value* was made, if it was noted."""
    source = getattr(value, ATTRIBUTE, None) or getattr(value, "source", None)
    return source if isinstance(source, Source) else None


def remember() -> None:
    """Wrap the constructors of grafanalib's dashboards and panels."""
    import grafanalib.core

    library = grafanalib.core
    directory = str(library.__file__).rpartition("/")[0]
    for kind in vars(library).values():
        is_noted = isinstance(kind, type) and issubclass(kind, library.Dashboard | library.Panel | library.RowPanel)
        if is_noted and kind not in _originals:
            _originals[kind] = kind.__init__
            kind.__init__ = _noting(kind.__init__, directory)


def forget() -> None:
    """Give grafanalib's classes their own constructors back."""
    for kind, original in _originals.items():
        kind.__init__ = original  # type: ignore[misc]  # it was taken from there
    _originals.clear()


def _noting(original: Callable[..., None], directory: str) -> Callable[..., None]:
    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        code = sys._getframe(1)  # noqa: SLF001  # the one way that costs nothing
        # The usual caller is the content module itself; only others are worth a walk up the stack.
        file = code.f_code.co_filename
        direct = not file.startswith(("<", directory))
        source = Source(file, code.f_lineno) if direct else calling_source((directory,))
        vars(self).setdefault(ATTRIBUTE, source)

    return init
