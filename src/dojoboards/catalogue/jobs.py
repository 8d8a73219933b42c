"""Scrape jobs: which catalogues say what they expose, and which labels their targets have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dojoboards import names
from dojoboards.catalogue.relabel import LabelSet, relabelled, steps, visible
from dojoboards.catalogue.shipped import named
from dojoboards.errors import Exit, Problem
from dojoboards.expressions import regexes
from dojoboards.model import DnsDiscovery, Relabel, ScrapeJob, StaticTargets
from dojoboards.model.catalogue import ANY, Catalogue, one

_PORT = re.compile(r":(\d{1,5})(?:/.*)?$")


@dataclass(frozen=True, slots=True)
class Applies:
    """The catalogues that say what a scrape job exposes.

    Args:
        catalogues: These, with those that they include.
        why: In words: what suggests them.
        sure: Whether they are surely for it. A port suggests, and is no proof.
        complete: Whether it exposes nothing else.
    """

    catalogues: tuple[Catalogue, ...] = ()
    why: str = ""
    sure: bool = False
    complete: bool = False


def applies(job: ScrapeJob, known: Sequence[Catalogue]) -> Applies:
    """Return the catalogues of *known* that apply to a scrape job: those it names, else those that are suggested."""
    if job.catalogues:
        found = [each for name in job.catalogues for each in named(name, known)]
        return _surely(found, known, "the job names them")
    by_name = [each for each in known if any(_matches(pattern, job.name) for pattern in each.jobs)]
    if by_name:
        return _surely(by_name, known, f"by the job's name {job.name!r}")
    ports = _ports(job)
    by_port = [each for each in known if ports & set(each.ports)]
    if by_port:
        told = ", ".join(str(port) for port in sorted(ports & {port for each in by_port for port in each.ports}))
        return Applies(_with_included(by_port, known), f"by the port {told}")
    return Applies(why="nothing suggests a catalogue")


def _surely(found: Sequence[Catalogue], known: Sequence[Catalogue], why: str) -> Applies:
    complete = bool(found) and not any(each.open for each in found)
    return Applies(_with_included(found, known), why, sure=bool(found), complete=complete)


def unknown_catalogues(job: ScrapeJob, known: Sequence[Catalogue]) -> Iterator[Problem]:
    """Yield a problem for each catalogue that a scrape job names and that is not there."""
    for name in job.catalogues:
        if not named(name, known):
            message = f"the scrape job {job.name!r} names the catalogue {name!r}, which is not there"
            remedy = names.hint(name, {each.title for each in known} | {each.name for each in known})
            yield Problem(message, job.source, remedy, Exit.PROBLEM)


def _matches(pattern: str, name: str) -> bool:
    compiled = regexes.anchored(pattern)
    return compiled is not None and compiled.fullmatch(name) is not None


def _with_included(found: Iterable[Catalogue], known: Sequence[Catalogue]) -> tuple[Catalogue, ...]:
    whole: dict[int, Catalogue] = {}
    waiting = list(found)
    while waiting:
        each = waiting.pop(0)
        if id(each) not in whole:
            whole[id(each)] = each
            waiting.extend(other for name in each.includes for other in named(name, known))
    return tuple(whole.values())


def _static(job: ScrapeJob) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each target that is written down, with its labels."""
    ways: list[tuple[Sequence[str], Mapping[str, Any]]] = [(job.targets, job.labels)]
    ways.extend((way.targets, way.labels) for way in job.discovery if isinstance(way, StaticTargets))
    for raw in _list(job.extra.get("static_configs")):
        if isinstance(raw, Mapping):
            labels = raw.get("labels")
            ways.append((_list(raw.get("targets")), labels if isinstance(labels, Mapping) else {}))
    for targets, labels in ways:
        for target in targets:
            yield str(target), labels


def _list(raw: object) -> Sequence[Any]:
    return raw if isinstance(raw, Sequence) and not isinstance(raw, str) else ()


def _ports(job: ScrapeJob) -> frozenset[int]:
    found = (_PORT.search(target) for target, _ in _static(job))
    ports = {int(port[1]) for port in found if port}
    return frozenset(ports | {way.port for way in job.discovery if isinstance(way, DnsDiscovery)})


def target_labels(job: ScrapeJob) -> LabelSet:
    """Return the labels that a job's targets give to their series, as far as they are known."""
    own = (*job.relabel, *steps(job.extra.get("relabel_configs")))
    found = [
        LabelSet({**_given(job), "__address__": one(target), **{name: one(str(text)) for name, text in labels.items()}})
        for target, labels in _static(job)
    ]
    discovers = any(not isinstance(way, StaticTargets) for way in job.discovery)
    if discovers or not found or any(key.endswith("_sd_configs") for key in job.extra):
        found.append(LabelSet({**_given(job), "__address__": ANY}, rest=()))
    kept = [outcome.labels for each in found if (outcome := relabelled(each, own)).labels is not None]
    whole: LabelSet | None = None
    for labels in dict.fromkeys(_frozen(visible(each)) for each in kept if each is not None):
        one_target = LabelSet(dict(labels[0]), labels[1])
        whole = one_target if whole is None else whole.joined(one_target)
    return LabelSet({"job": one(job.name)}, rest=()) if whole is None else whole


def _frozen(labels: LabelSet) -> tuple[Any, Any]:
    return tuple(sorted(labels.labels.items(), key=lambda item: item[0])), labels.rest


def _given(job: ScrapeJob) -> dict[str, Any]:
    parameters = {f"__param_{name}": one(values[0]) for name, values in job.params.items() if values}
    return {
        "job": one(job.name),
        "__scheme__": one(job.scheme),
        "__metrics_path__": one(job.metrics_path),
        "__scrape_interval__": ANY,
        "__scrape_timeout__": ANY,
        **parameters,
    }


def metric_steps(job: ScrapeJob) -> tuple[Relabel, ...]:
    """Return what a job does to its series after a scrape."""
    return (*job.metric_relabel, *steps(job.extra.get("metric_relabel_configs")))
