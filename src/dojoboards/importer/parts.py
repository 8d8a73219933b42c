"""Which files belong together: one Prometheus and one Alertmanager with what they load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
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
    """Return the parts: where there are several servers of a kind, those below one directory with what they share."""
    configurations = [document for document, _ in whole.of("prometheus")]
    jobs = _job_files(configurations)
    left = [known for known in whole.documents if known[2] not in jobs]
    return [replace(part, jobs=jobs) for part in _split(Part(left), 0)]


def _job_files(configurations: Sequence[Document]) -> list[Document]:
    """Return the configurations that are only a list of scrape jobs of another one."""
    lists = {document.path: document for document in configurations if document.value.keys() == {"scrape_configs"}}
    named = {
        path
        for document in configurations
        for pattern in prometheus.read(document).job_files
        for path in globs.matching(pattern, document.path, lists)
    }
    return [lists[path] for path in sorted(named)]


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
    for directory, documents in serving.items():
        inner = _split(Part(documents), depth + 1) if directory else _one_each(Part(documents))
        for each in inner:
            yield Part([*each.documents, *shared])


def _one_each(part: Part) -> Iterator[Part]:
    """Yield a part for each configuration of several in one directory, all with what else is there."""
    servers: list[Known | None] = [known for known in part.documents if known[0] == "prometheus"]
    notifying: list[Known | None] = [known for known in part.documents if known[0] == "alertmanager"]
    others = [known for known in part.documents if known[0] not in _SERVERS]
    pairs = [(server, known) for server in servers or [None] for known in notifying or [None]]
    if len(servers) > 1 and len(notifying) > 1:  # which belongs to which, nobody says
        pairs = [*((server, None) for server in servers), *((None, known) for known in notifying)]
    for pair in pairs:
        yield Part([*(known for known in pair if known), *others])
