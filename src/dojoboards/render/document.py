"""From a document to an artifact: the schema is checked, and what is wrong becomes a problem with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dojoboards import schemas
from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source


def artifact(
    kind: str,
    key: str,
    path: str,
    document: object,
    emit: Callable[[object], bytes],
    source: Source | None,
    *,
    place: Callable[[str], Source | None] | None = None,
) -> Iterator[Artifact | Problem]:
    """Yield the artifact of *document*, or a problem for each thing in it that its format does not allow.

    Args:
        kind: The artifact's kind. Its schema has the same name, without `-config` at the end and `log-` in front.
        key: The artifact's key.
        path: Where it stands below the build of its environment.
        document: Plain values: mappings with text as keys, lists, text, numbers, truth values, None.
        emit: What makes bytes of it.
        source: The declaration of the whole.
        place: Finds the declaration of a part from its dotted path, such as `groups.0.rules.3`.
    """
    remedy = "see the documentation of this format's fields"
    try:
        wrong = list(schemas.violations(kind.removesuffix("-config").removeprefix("log-"), document))
        if not wrong:
            yield Artifact(kind, key, path, emit(document), source)
    except (TypeError, ValueError) as error:
        remedy = "use text, numbers, truth values, lists and mappings only"
        wrong = list(not_plain(document)) or [f"it cannot be written: {error}"]
    for violation in wrong:
        found = place(violation.partition(": ")[0]) if place else None
        yield Problem(f"{path}: {violation}", found or source, remedy)


def not_plain(value: object, where: str = "") -> Iterator[str]:
    """Yield what in a document is no plain value: the place, then what is wrong."""
    here = where or "the document"
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str):
                yield from not_plain(item, f"{where}.{key}".lstrip("."))
            else:
                yield f"{here}: the key {key!r} is not text"
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from not_plain(item, f"{where}.{index}".lstrip("."))
    elif not isinstance(value, str | int | float | None):
        yield f"{here}: {value!r} is not a plain value"
