"""Metric catalogues: what exporters expose, which scrape jobs they are for, and what a project's series therefore are.

    known = catalogue.for_project(project)
    known.metric("node_load5")                 its type, unit, labels and their values; None where nothing is known
    known.exists("node_lod5")                  True, False, or None where that cannot be known
    known.misses(selector)                     why a selector surely finds nothing
    known.results(expression)[node].labels     what each part of an expression gives
    known.after_relabelling("node")            what a job's relabelling leaves

Nothing here reads files but the shipped catalogues, once.
"""

from dojoboards.catalogue.exposed import Exposed, Job
from dojoboards.catalogue.jobs import Applies, applies, unknown_catalogues
from dojoboards.catalogue.known import Known, Miss, for_project
from dojoboards.catalogue.relabel import LabelSet, Outcome, relabelled
from dojoboards.catalogue.shipped import named, shipped

__all__ = [
    "Applies",
    "Exposed",
    "Job",
    "Known",
    "LabelSet",
    "Miss",
    "Outcome",
    "applies",
    "for_project",
    "named",
    "relabelled",
    "shipped",
    "unknown_catalogues",
]
