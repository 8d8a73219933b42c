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
        kind: The artifact's kind, whose schema it is unless the kind ends in `-config`.
        key: The artifact's key.
        path: Where it stands below the build of its environment.
        document: Plain values: mappings with text as keys, lists, text, numbers, truth values, None.
        emit: What makes bytes of it.
        source: The declaration of the whole.
        place: Finds the declaration of a part from its dotted path, such as `groups.0.rules.3`.
    """
    problems = False
    try:
        for violation in schemas.violations(kind.removesuffix("-config"), document):
            where = violation.partition(": ")[0]
            found = place(where) if place else None
            problems = True
            yield Problem(f"{path}: {violation}", found or source, "see the documentation of this format's fields")
        if not problems:
            yield Artifact(kind, key, path, emit(document), source)
    except (TypeError, ValueError) as error:
        yield Problem(f"{path} cannot be written: {error}", source, "use text, numbers, lists and mappings only")
