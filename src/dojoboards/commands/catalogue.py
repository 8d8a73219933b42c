"""`dojoboards catalogue`: record what an exporter exposes, and tell which catalogue is for which scrape job."""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from dojoboards import catalogue_files, names
from dojoboards.catalogue import Known, for_project, shipped, unknown_catalogues
from dojoboards.catalogue.document import json_text, yaml_text
from dojoboards.catalogue.exposition import Recorded, Refreshed, recorded, refreshed
from dojoboards.commands.output import Document, content_on_stderr
from dojoboards.config import Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import write_tree
from dojoboards.load import load
from dojoboards.model import Catalogue
from dojoboards.targets.secrets import bare_address

_TIMEOUT = 30.0
_MOST_BYTES = 256 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4"
_UNAUTHORISED = (401, 403)
_FINE = 200
_SCHEMES = ("http://", "https://")


def record(
    what: str, *, name: str = "", output: Path | None = None, values: Collection[str] = (), prune: bool = False
) -> int:
    """Make a catalogue of what an exporter tells, or bring one up to date.

    Args:
        what: The address of a `/metrics` page, or a file with what one told, also packed with gzip; `-` is the input.
        name: The catalogue's name; without it, that of the file to refresh, what the exporter calls itself, or that of
            *output*.
        output: The file to write; one that is there is refreshed, and what people wrote into it stays. Without it, the
            catalogue is printed.
        values: Labels (`mode`, or `node_cpu_seconds_total.mode`) whose values that are told are all that there can be.
        prune: Take out metrics that are not told any more.

    Raises:
        DojoboardsError: it cannot be had, is not what an exporter tells, or *output* is no catalogue.
    """
    if output is not None and output.suffix not in catalogue_files.ENDINGS:
        endings = ", ".join(catalogue_files.ENDINGS)
        remedy = f"end its name with one of {endings}"
        raise DojoboardsError([Problem("a catalogue is YAML or JSON", Source(str(output)), remedy, Exit.UNREADABLE)])
    before = catalogue_files.load(output) if output is not None and output.exists() else None
    told = recorded(_read(what), _source(what), lambda metric, label: bool({label, f"{metric}.{label}"} & {*values}))
    called = name or (before.name if before else "") or told.build[0] or (_slug(output.stem) if output else "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", called):
        message = f"{called!r} is no name of a catalogue" if called else "the exporter does not say what it is called"
        remedy = "give --name: lower-case letters, digits, - and _"
        raise DojoboardsError([Problem(message, _source(what), remedy, Exit.UNREADABLE)])
    start = replace(before, name=called) if before else _begun(called, told)
    result = refreshed(start, told, prune=prune)
    as_json = output is not None and output.suffix == ".json"
    text = json_text(result.catalogue) if as_json else yaml_text(result.catalogue)
    if output is None:
        print(text, end="")
        return Exit.OK
    write_tree(output.parent, {output.name: text.encode()})
    print(_summary(output, result, told, refreshing=before is not None, pruned=prune))
    return Exit.OK


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", text.casefold()).strip("-_")


def _begun(name: str, told: Recorded) -> Catalogue:
    """Return the beginning of a catalogue: a scrape job of its name is for it."""
    return Catalogue(name, told.build[1], jobs=[re.escape(name).replace(r"\-", "-")])


def _summary(output: Path, result: Refreshed, told: Recorded, *, refreshing: bool, pruned: bool) -> str:
    count = len(told.metrics)
    first = f"{output}: {count} metric{'s' if count != 1 else ''} recorded"
    if not refreshing:
        return first
    lines = [f"{first}, {len(result.new)} of them new"]
    lines.extend(f"  + {name}" for name in result.new)
    if result.gone:
        what = "taken out" if pruned else "not told this time, and kept (--prune takes them out)"
        lines.append(f"{len(result.gone)} {what}:")
        lines.extend(f"  - {name}" for name in result.gone)
    return "\n".join(lines)


def _read(what: str) -> bytes:
    if what.startswith(_SCHEMES):
        body = _fetched(what)
    elif what == "-":
        body = sys.stdin.buffer.read()
    else:
        try:
            body = Path(what).read_bytes()
        except OSError as error:
            remedy = "give a file, or an address with http:// or https://"
            raise DojoboardsError(
                [Problem(f"cannot read it: {error.strerror}", Source(what), remedy, Exit.UNREADABLE)]
            ) from None
    if body.startswith(_GZIP):
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            message = f"it is packed with gzip, and damaged: {error}"
            raise DojoboardsError([Problem(message, _source(what), "", Exit.UNREADABLE)]) from None
    return body


def _source(what: str) -> Source:
    return Source(bare_address(what) if what.startswith(_SCHEMES) else what)


def _fetched(url: str) -> bytes:
    import httpx

    body = bytearray()
    try:
        with httpx.stream("GET", url, timeout=_TIMEOUT, headers={"accept": _ACCEPT}, follow_redirects=True) as answer:
            if answer.status_code != _FINE:
                raise _not_had(url, f"it answers {answer.status_code} {answer.reason_phrase}", answer.status_code)
            for part in answer.iter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise _not_had(url, f"it answers with more than {_MOST_BYTES >> 20} MiB")
    except httpx.InvalidURL:  # its words may be those of a password
        raise _not_had(url, "this is no address") from None
    except httpx.HTTPError as error:
        raise _not_had(url, f"cannot reach it: {str(error) or type(error).__name__}") from None
    return bytes(body)


def _not_had(url: str, message: str, status: int = 0) -> DojoboardsError:
    remedy = "check the address; it is that of the /metrics page itself"
    if status in _UNAUTHORISED:
        remedy = "let this machine in, or save the page to a file and give that"
    return DojoboardsError([Problem(message, _source(url), remedy, Exit.UNREACHABLE)])


def list_catalogues(config: Config, environment: str = "", document: Document | None = None) -> int:
    """Print which catalogues are for which scrape job, and why.

    Args:
        config: The project.
        environment: Its environment; empty for all.
        document: Filled in with them by environment, and nothing is printed; None for no machine that reads it.

    Raises:
        DojoboardsError: the content cannot be read, or a scrape job names a catalogue that is not there.
    """
    found: dict[str, Known] = {}
    problems: list[Problem] = []
    for name in [environment] if environment else config.environments:
        with content_on_stderr():
            project = load(config.root, config.environment(name), config.project)
        found[name] = for_project(project)
        known = (*project.catalogues, *shipped())
        problems.extend(problem for job in project.scrape_jobs for problem in unknown_catalogues(job, known))
    if document is not None:
        document["environments"] = {name: _as_document(one) for name, one in found.items()}
    else:
        for name, one in found.items():
            print("\n".join([name, *_as_text(one)]))
    if problems:
        raise DojoboardsError(problems)
    return Exit.OK


def _as_document(known: Known) -> list[dict[str, object]]:
    return [
        {
            "job": job.name,
            "catalogues": [each.title for each in job.applies.catalogues],
            "why": job.applies.why,
            "complete": job.applies.complete,
            "series": len(job.after_relabelling),
        }
        for job in known.jobs.values()
    ]


def _as_text(known: Known) -> list[str]:
    width = max((len(job.name) for job in known.jobs.values()), default=0)
    lines = []
    for job in known.jobs.values():
        titles = ", ".join(each.title for each in job.applies.catalogues) if job.name else "all"
        more = "" if job.applies.complete or not job.applies.catalogues else "; it may expose others too"
        count = names.counted(len(job.after_relabelling), "metric")
        told = f"{titles} ({job.applies.why}{more}; {count})" if titles else "none known"
        lines.append(f"  {job.name or '(any)':<{width}}  {told if titles else f'none: {job.applies.why}'}")
    return lines
