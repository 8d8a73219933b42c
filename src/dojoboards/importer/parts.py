"""Which files belong together: one Prometheus and one Alertmanager with what they load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dojoboards.importer import globs, prometheus
from dojoboards.importer.document import Document, Path
from dojoboards.importer.kinds import Kind

Known = tuple[Kind, Path, Document]

_SERVERS: Sequence[Kind] = ("prometheus", "alertmanager")


@dataclass(frozen=True)
class Part:
    """Documents that are judged as one project.

    Args:
        documents: They, each with what it is and where in it that stands.
        jobs: Further files with scrape jobs.
    """

    documents: Sequence[Known]
    jobs: Sequence[Document] = ()

    def of(self, kind: Kind) -> list[tuple[Document, Path]]:
        """Return the documents of a kind."""
        return [(document, at) for known, at, document in self.documents if known == kind]

    @property
    def serves(self) -> bool:
        """Whether a server's configuration is among them."""
        return any(kind in _SERVERS for kind, _, _ in self.documents)


def parts_of(whole: Part) -> list[Part]:
    """Return the parts: where there are several servers of a kind, those below one directory with what they load."""
    servers = [document for document, _ in whole.of("prometheus")]
    lists = {document.path: document for document in servers if document.value.keys() == {"scrape_configs"}}
    jobs = {document.path: _job_files(document, lists) for document in servers if document.path not in lists}
    loaded = {document.path for found in jobs.values() for document in found}
    left = [known for known in whole.documents if known[2].path not in loaded]
    return [
        replace(part, jobs=[each for document, _ in part.of("prometheus") for each in jobs.get(document.path, ())])
        for part in _split(Part(left), 0)
    ]


def _job_files(server: Document, lists: Mapping[str, Document]) -> list[Document]:
    """Return the files, each but a list of scrape jobs, that a configuration loads."""
    patterns = prometheus.read(server).job_files
    return [lists[path] for pattern in patterns for path in globs.matching(pattern, server.path, lists)]


def _split(part: Part, depth: int) -> Iterator[Part]:
    if not any(len(part.of(kind)) > 1 for kind in _SERVERS):
        yield part
        return
    below: dict[tuple[str, ...], list[Known]] = defaultdict(list)
    for known in part.documents:
        directories = tuple(known[2].path.split("/")[:-1])
        below[directories[: depth + 1] if len(directories) > depth else ()].append(known)
    if set(below) == {()}:
        yield from _one_each(part)
        return
    serving = {directory: documents for directory, documents in below.items() if Part(documents).serves}
    shared = [known for directory, documents in below.items() if directory not in serving for known in documents]
    found: list[Part] = []
    for directory, documents in serving.items():
        found.extend(_split(Part(documents), depth + 1) if directory else _one_each(Part(documents)))
    yield from _shared(found, shared)


def _one_each(part: Part) -> Iterator[Part]:
    """Yield a part for each configuration of several in one directory."""
    servers: list[Known | None] = [known for known in part.documents if known[0] == "prometheus"]
    notifying: list[Known | None] = [known for known in part.documents if known[0] == "alertmanager"]
    others = [known for known in part.documents if known[0] not in _SERVERS]
    pairs = [(server, known) for server in servers or [None] for known in notifying or [None]]
    if len(servers) > 1 and len(notifying) > 1:  # which belongs to which, nobody says
        pairs = [*((server, None) for server in servers), *((None, known) for known in notifying)]
    yield from _shared([Part([known for known in pair if known]) for pair in pairs], others)


def _shared(parts: Sequence[Part], shared: Sequence[Known]) -> Iterator[Part]:
    """Yield the parts with those of the documents that they load, and the others as a part of their own."""
    if len(parts) == 1:
        yield Part([*parts[0].documents, *shared])
        return
    rules = {document.path: document for kind, _, document in shared if kind == "rules"}
    taken: set[str] = set()
    for part in parts:
        named = {
            path
            for document, _ in part.of("prometheus")
            for pattern in prometheus.read(document).rule_files
            for path in globs.matching(pattern, document.path, rules)
        }
        taken |= named
        yield Part([*part.documents, *(known for known in shared if known[2].path in named)])
    if left := [known for known in shared if known[2].path not in taken]:
        yield Part(left)
