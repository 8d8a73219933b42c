"""What was wrong with a call of this library in content, told from the exception that came of it.

Arguments are looked at only then, so that making panels costs nothing more for it.
"""

from __future__ import annotations

import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Unpack, get_args, get_origin, get_type_hints

from dojoboards import layout, model, names, panels, variables
from dojoboards.errors import Exit, Problem, Source
from dojoboards.model import shape

_CALL = re.compile(
    r"(?P<name>\w+)(?:\.__init__)?\(\) (?:"
    r"got an unexpected keyword argument '(?P<unknown>\w+)'"
    r"|missing \d+ required (?:positional|keyword-only) arguments?: (?P<missing>.+)"
    r"|(?P<placed>takes .+ positional argument.* given))"
)
"""What Python says of a call that does not fit the signature."""


def misgiven(error: BaseException, root: Path) -> Iterator[Problem]:
    """Yield what content gave to a function or a class of this library that it does not take.

    Nothing is yielded where the exception does not come of that, and has to be told as it is.

    Args:
        error: What the content raised.
        root: The directory of the project.
    """
    steps = list(traceback.walk_tb(error.__traceback__))
    content = [index for index, (frame, _) in enumerate(steps) if Path(frame.f_code.co_filename).is_relative_to(root)]
    if not content:
        return
    frame, line = steps[content[-1]]
    inside = steps[content[-1] + 1 :]
    source = Source(frame.f_code.co_filename, line)
    yield from _of_types(inside[0][0], source) if inside else _of_names(error, frame, source)


def _of_types(frame: FrameType, source: Source) -> Iterator[Problem]:
    """Yield a problem for each argument, in a call that has begun, that is not of the type that it should be."""
    function: Any = sys.modules.get(frame.f_globals.get("__name__", ""))
    for part in frame.f_code.co_qualname.split("."):
        function = getattr(function, part, None)
    if getattr(function, "__code__", None) is not frame.f_code:
        return
    title = frame.f_locals.get("title") or frame.f_locals.get("name")
    name = frame.f_code.co_qualname.removesuffix(".__init__")
    what = f"{name} {title!r}" if isinstance(title, str) else f"{name}()"
    for where, value, hint in _arguments(function, frame.f_locals):
        yield from shape.misfits(value, hint, where, what, source)


def _arguments(function: Callable[..., Any], given: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield each argument of a call: its name, its value, and its type."""
    hints = get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in hints or name not in given:
            continue
        hint, value = hints[name], given[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            yield from ((f"{name}[{index}]", each, hint) for index, each in enumerate(value))
        elif get_origin(hint) is Unpack:
            inner = get_type_hints(get_args(hint)[0])
            yield from ((key, each, inner[key]) for key, each in value.items() if key in inner)
        else:
            yield name, value, hint


def _of_names(error: BaseException, frame: FrameType, source: Source) -> Iterator[Problem]:
    """Yield a problem where a call could not begin: an argument is unknown, is missing, or is given without a name."""
    said = _CALL.match(str(error)) if isinstance(error, TypeError) else None
    if said is None:
        return
    name = said["name"]
    callables = _public().get(name, [])
    if name in frame.f_globals and frame.f_globals[name] not in callables:
        return  # it is the content's own
    missing = re.findall(r"'(\w+)'", said["missing"] or "")
    for each in callables:
        taken = [key for key in inspect.signature(each).parameters if key not in {"options", "source"}]
        if said["unknown"] and said["unknown"] not in taken:
            message, remedy = f"{name} takes no {said['unknown']!r}", names.hint(said["unknown"], taken)
        elif missing and set(missing) <= set(taken):
            message = f"{name} needs {' and '.join(f'`{key}`' for key in missing)}"
            remedy = f"it takes {', '.join(taken)}"
        elif said["placed"]:
            message, remedy = f"{name} takes what it is given by name", f"give {taken[0]}=..., and so on"
        else:
            continue
        yield Problem(message, source, remedy, Exit.UNREADABLE)
        return


@cache
def _public() -> dict[str, list[Callable[..., Any]]]:
    """Return what content may call, by name: a name may be that of a panel's query and of a template variable."""
    found: dict[str, list[Callable[..., Any]]] = {}
    for module in (model, layout, panels, variables):
        for name, value in vars(module).items():
            if callable(value) and not name.startswith("_") and getattr(value, "__module__", "").startswith("dojo"):
                found.setdefault(name, []).append(value)
    return found
