"""One project of the documents that belong together."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dojoboards.artifact import Artifact
from dojoboards.errors import Problem, Source
from dojoboards.importer import alertmanager, dashboards, globs, prometheus, provisioning, rules
from dojoboards.importer.document import Document
from dojoboards.importer.parts import Part
from dojoboards.lint.things import Board
from dojoboards.model import Environment, NotificationTemplate, Project, Prometheus, RuleGroup

_OF_GRAFANA = frozenset({"dashboards", "folders", "teams", "data_sources"})
"""Of what Grafana holds, files never show all."""

_ENVIRONMENT = Environment(name="", severities=())


@dataclass(frozen=True)
class Imported:
    """What files say, as one project.

    Args:
        project: It.
        artifacts: Its files: dashboards with a uid, rule files, configurations.
        boards: Its dashboards, taken apart.
        problems: What a server would refuse.
    """

    project: Project
    artifacts: Sequence[Artifact]
    boards: Sequence[Board]
    problems: Sequence[Problem]

    def with_problems(self, more: Iterable[Problem]) -> Imported:
        """Return it with more problems."""
        return replace(self, problems=[*self.problems, *more])


def imported(part: Part, texts: Mapping[str, str], there: Callable[[str], bool]) -> Imported:
    """Return the project of a part.

    Args:
        part: The documents that belong together.
        texts: The texts of other files by their paths, among them the templates of an Alertmanager.
        there: Whether a pattern names a file that was not read.
    """
    fields: dict[str, Any] = {}
    told: list[Problem] = []
    partial: set[str] = set(_OF_GRAFANA)
    files = _rules(part, fields, told)
    server = _prometheus(part, fields, told, partial, list(files))
    if server is not None:
        fields["prometheus"] = _with_missing(fields["prometheus"], server, list(files), texts, there)
    _alertmanager(part, texts, fields, told, partial)
    sources = [document for document, _ in part.of("data-sources")]
    fields["data_sources"] = [source for document in sources for source in provisioning.read(document)]
    told += [problem for document in sources for problem in provisioning.problems(document)]
    types = dashboards.types_of(sources)
    exported = [dashboards.read(document, at, fields["data_sources"], types) for document, at in part.of("dashboard")]
    told += [problem for one in exported for problem in one.problems]
    project = Project(name="", environment=_ENVIRONMENT, conventions=False, partial=frozenset(partial), **fields)
    artifacts = [*_dashboards(exported), *(_loading(server, files) if server and "groups" not in partial else ())]
    return Imported(project, artifacts, [one.board for one in exported], told)


def _rules(part: Part, fields: dict[str, Any], told: list[Problem]) -> dict[str, Document]:
    """Put the rule groups into *fields*, and return the files by their paths that a Prometheus could load."""
    groups: list[RuleGroup] = []
    logs: list[RuleGroup] = []
    files: dict[str, Document] = {}
    names: set[str] = set()
    for document, at in part.of("rules"):
        name = posixpath.basename(document.path)
        read = rules.read(document, at, document.path if name in names else name)
        names.add(name)
        (logs if read.logs else groups).extend(read.groups)
        told += read.problems
        if not at and not read.logs:
            files[document.path] = document
    fields |= {"groups": groups, "log_groups": logs}
    return files


def _prometheus(
    part: Part, fields: dict[str, Any], told: list[Problem], partial: set[str], files: Sequence[str]
) -> Document | None:
    server = next((document for document, _ in part.of("prometheus")), None)
    if server is None:
        partial |= {"groups", "scrape_jobs"}
        return None
    collected = prometheus.read(server)
    every = [collected, *(prometheus.read(document) for document in part.jobs)]
    told += [problem for each in every for problem in each.problems]
    fields |= {"prometheus": collected.prometheus, "scrape_jobs": [job for each in every for job in each.jobs]}
    if collected.job_files and not part.jobs:
        partial.add("scrape_jobs")
    if not all(globs.matching(pattern, server.path, files) for pattern in collected.rule_files):
        partial.add("groups")
    return server


def _with_missing(
    settings: Prometheus,
    server: Document,
    rules: Sequence[str],
    texts: Iterable[str],
    there: Callable[[str], bool],
) -> Prometheus:
    """Return settings with the patterns of `rule_files`, among what is kept as it is, that name no file.

    Of an absolute one nobody knows: it is that of another machine.
    """
    folder = posixpath.dirname(server.path)
    missing = [
        pattern
        for pattern in prometheus.read(server).rule_files
        if not pattern.startswith("/")
        and not globs.matching(pattern, server.path, rules)
        and not globs.matching(pattern, server.path, texts, exactly=True)
        and not there(posixpath.join(folder, pattern))
    ]
    return replace(settings, extra={**settings.extra, "rule_files": missing}) if missing else settings


def _loading(server: Document, files: Mapping[str, Document]) -> Iterator[Artifact]:
    """Yield the configuration, and the rule files beside it or below that it does not load."""
    loaded = {
        path for pattern in prometheus.read(server).rule_files for path in globs.matching(pattern, server.path, files)
    }
    if not server.path.endswith((".yml", ".yaml")):
        return  # an artifact's ending says what its bytes are
    folder = posixpath.dirname(server.path)
    yield Artifact("prometheus-config", "prometheus", server.path, server.text.encode(), server.source())
    for path, document in files.items():
        if path not in loaded and path.startswith(f"{folder}/" if folder else ""):
            yield Artifact("rules", path, path, document.text.encode(), document.source())


def _alertmanager(
    part: Part, texts: Mapping[str, str], fields: dict[str, Any], told: list[Problem], partial: set[str]
) -> None:
    server = next((document for document, _ in part.of("alertmanager")), None)
    if server is None:
        return
    notified = alertmanager.read(server)
    told += notified.problems
    found = {pattern: globs.matching(pattern, server.path, texts) for pattern in notified.templates}
    if not all(found.values()):
        partial.add("templates")
    paths = dict.fromkeys(path for each in found.values() for path in each)
    fields |= {
        "alertmanager": notified.alertmanager,
        "routes": notified.routes,
        "receivers": notified.receivers,
        "inhibitions": notified.inhibitions,
        "time_intervals": notified.time_intervals,
        "templates": [
            NotificationTemplate(
                name=posixpath.splitext(posixpath.basename(path))[0], text=texts[path], source=Source(path, 1)
            )
            for path in paths
        ],
    }


def _dashboards(exported: Sequence[dashboards.Exported]) -> Iterator[Artifact]:
    """Yield the dashboards with a uid; of several directories that have one uid, for several Grafanas, the first."""
    seen: dict[str, str] = {}
    for one in exported:
        if one.artifact and one.artifact.source:
            folder = posixpath.dirname(one.artifact.source.file)
            if seen.setdefault(one.artifact.key, folder) == folder:
                yield one.artifact
