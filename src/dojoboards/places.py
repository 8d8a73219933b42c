"""Where values were made, for messages: ours note it, and grafanalib's constructors are wrapped to do so.

grafanalib's classes take no note of it, and an error about a panel is of little use without a line. The note is an
attribute that takes no part in equality or JSON. They are wrapped while content is evaluated.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable, Mapping
from typing import Any

from dojoboards.errors import Source, calling_source

ATTRIBUTE = "_dojoboards_source"

_originals: dict[type, Callable[..., None]] = {}


class Noted(dict[str, Any]):
    """A mapping that knows where it was written; otherwise a dict like any other."""

    __slots__ = ("source",)

    def __init__(self, values: Mapping[str, Any], source: Source | None) -> None:
        super().__init__(values)
        self.source = source


def of(value: object) -> Source | None:
    """Return the place where *value* was made, if it was noted."""
    source = getattr(value, ATTRIBUTE, None) or getattr(value, "source", None)
    return source if isinstance(source, Source) else None


def remember() -> None:
    """Wrap the constructors of grafanalib's dashboards, panels, rows and template variables."""
    import attr
    import grafanalib.core

    library = grafanalib.core
    noted = (library.Panel, library.AlertList, library.Dashboard, library.Row, library.Template)
    passed_over = tuple(str(module.__file__).rpartition("/")[0] for module in (library, attr))
    for kind in vars(library).values():
        is_noted = isinstance(kind, type) and issubclass(kind, noted)
        if is_noted and kind not in _originals:
            _originals[kind] = kind.__init__
            made = _checking(kind) if kind is library.TimeSeries else kind.__init__
            kind.__init__ = _noting(made, passed_over)


def forget() -> None:
    """Give grafanalib's classes their own constructors back."""
    for kind, original in _originals.items():
        kind.__init__ = original  # type: ignore[misc]  # it was taken from there
    _originals.clear()


def _checking(kind: type) -> Callable[..., None]:
    """Return the constructor of a class of grafanalib, which lets validators run once for each combination of types.

    Most of them only look at the type of a value, which costs a third of the time; the others run each time.
    """
    import attr
    from attr import validators

    original = vars(kind)["__init__"]
    of_type = type(validators.instance_of(str))
    fields = [field for field in attr.fields(kind) if field.validator is not None]
    # `optional` holds the validator that it makes optional; it too looks at nothing but the type.
    by_type = [field for field in fields if isinstance(getattr(field.validator, "validator", field.validator), of_type)]
    others = [(field, field.validator) for field in fields if field not in by_type]
    typed = operator.attrgetter(*(field.name for field in by_type))
    passed: set[tuple[type, ...]] = set()

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        if validators.get_disabled():
            original(self, *args, **kwargs)
            return
        validators.set_disabled(True)
        try:
            original(self, *args, **kwargs)
        finally:
            validators.set_disabled(False)
        types = tuple(map(type, typed(self)))
        if types not in passed:
            attr.validate(self)
            passed.add(types)
            return
        for field, validator in others:
            validator(self, field, getattr(self, field.name))

    return init


def _noting(original: Callable[..., None], passed_over: tuple[str, ...]) -> Callable[..., None]:
    of_libraries = ("<", *passed_over)

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        caller = sys._getframe(1)  # noqa: SLF001  # the one way that costs nothing
        # The usual caller is the content module itself; only others are worth a walk up the stack.
        direct = not caller.f_code.co_filename.startswith(of_libraries)
        source = Source.of_frame(caller) if direct else calling_source(passed_over)
        vars(self).setdefault(ATTRIBUTE, source)

    return init
