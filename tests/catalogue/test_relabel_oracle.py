"""What is said to be left after relabelling is what a real Prometheus has left."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import yaml

from dojoboards.catalogue.exposed import Job, job_of
from dojoboards.catalogue.relabel import LabelSet
from dojoboards.model import Catalogue, Environment, Project, Prometheus, Relabel, ScrapeJob, StaticTargets
from dojoboards.model.catalogue import Metric, Values
from dojoboards.render.prometheus import render
from support import servers
from support.answers import Reply, answering

EXPOSED = """\
# TYPE load gauge
load 1
# TYPE work_total counter
work_total{mode="idle",cpu="0"} 1
work_total{mode="user",cpu="0"} 2
work_total{mode="user",cpu="1"} 3
# TYPE disk_bytes gauge
disk_bytes{device="sda",host="inner"} 4
disk_bytes{device="sdb"} 5
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1"} 1
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum 3
wait_seconds_count 2
"""


def values(*known: str) -> Values:
    return Values(frozenset(known))


CATALOGUE = Catalogue(
    "app",
    metrics={
        "load": Metric("load", "gauge"),
        "work_total": Metric("work_total", "counter", {"mode": values("idle", "user"), "cpu": values("0", "1")}),
        "disk_bytes": Metric("disk_bytes", "gauge", {"device": values("sda", "sdb"), "host": values("inner", "")}),
        "wait_seconds": Metric("wait_seconds", "histogram"),
    },
)

NAME = ["__name__"]
STEPS: Sequence[Sequence[Relabel]] = [
    [],
    [Relabel(action="drop", source_labels=NAME, regex="work")],
    [Relabel(action="drop", source_labels=NAME, regex="work.*")],
    [Relabel(action="keep", source_labels=NAME, regex="load|wait_seconds_(bucket|sum)")],
    [Relabel(action="keep", source_labels=["__name__", "mode"], regex="work_total;idle")],
    [Relabel(action="drop", source_labels=["mode", "cpu"], separator="-", regex="user-[01]")],
    [Relabel(action="labeldrop", regex="c.u|device")],
    [Relabel(action="labelkeep", regex="__name__|case|job|mode")],
    [Relabel(action="labelmap", regex="(.)p(.)", replacement="core_$2_${1}")],
    [Relabel(source_labels=NAME, regex="(.+)_total", target_label="__name__", replacement="${1}_count_all")],
    [Relabel(source_labels=["mode"], regex="(i).*|(u).*", target_label="short", replacement="$1$2")],
    [Relabel(target_label="team", replacement="web")],
    [Relabel(source_labels=["device"], target_label="$1", regex="(sd.)", replacement="yes")],
    [Relabel(action="uppercase", source_labels=["mode"], target_label="mode")],
    [Relabel(action="hashmod", source_labels=["device"], target_label="shard", modulus=7)],
    [Relabel(action="keepequal", source_labels=["host"], target_label="exported_host")],
    [Relabel(action="dropequal", source_labels=["cpu"], target_label="case")],
    [Relabel(source_labels=["host"], target_label="host", regex="(outer)", replacement="")],
    [Relabel(action="drop", source_labels=NAME, regex="(?i)LOAD")],
    [Relabel(action="keep", source_labels=["cpu"], regex="")],
    [Relabel(source_labels=["mode"], target_label="mode", regex="idle", replacement="")],
]


def chance_steps(chance: random.Random) -> list[Relabel]:
    """A few steps, one after the other."""
    labels = ("mode", "cpu", "device", "host", "exported_host", "new", "__name__", "instance")
    patterns = ("(.*)", "user|idle", "(s)d(.)", "0", "", ".+", "work.*|load", "[a-z]+")
    found = []
    for _ in range(chance.randint(1, 4)):
        sources, pattern = chance.sample(labels, chance.randint(1, 2)), chance.choice(patterns)
        found.append(
            chance.choice(
                [
                    Relabel(action=chance.choice(["keep", "drop"]), source_labels=sources, regex=pattern),
                    Relabel(source_labels=sources, regex=pattern, target_label="new", replacement="$1x"),
                    Relabel(source_labels=sources, regex=pattern, target_label=chance.choice(labels[:4])),
                    Relabel(action="labeldrop", regex=chance.choice(["mode|new", "exported_.*", "c.*u"])),
                    Relabel(action="labelmap", regex="(mode|host|device)", replacement="old_$1"),
                    Relabel(action="lowercase", source_labels=sources, target_label="new"),
                    Relabel(action="hashmod", source_labels=sources, target_label="new", modulus=3),
                ]
            )
        )
    return found


def jobs(target: str) -> Iterator[ScrapeJob]:
    chance = random.Random(11)  # noqa: S311  # the same ones each time
    every = [*STEPS, *(chance_steps(chance) for _ in range(60))]
    for number, steps in enumerate(every):
        where = StaticTargets(targets=[target], labels={"case": str(number), "host": "outer"})
        honour = number % 3 == 0
        yield ScrapeJob(
            name=f"m{number}", discovery=[where], metric_relabel=steps, honor_labels=honour, catalogues=["app"]
        )
    before = [
        [Relabel(source_labels=["__address__"], regex="(.+):[0-9]+", target_label="host")],
        [Relabel(source_labels=["__scheme__", "job"], target_label="instance")],
        [Relabel(target_label="job", replacement="renamed")],
        [Relabel(action="labelmap", regex="__param_(.+)")],
        [Relabel(action="labeldrop", regex="host")],
    ]
    for number, steps in enumerate(before):
        where = StaticTargets(targets=[target], labels={"case": f"t{number}", "host": "outer"})
        yield ScrapeJob(
            name=f"t{number}", discovery=[where], relabel=steps, params={"module": ["all"]}, catalogues=["app"]
        )


Found = dict[str, list[Mapping[str, str]]]


@pytest.fixture(scope="module")
def scraped(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Job], Found]]:
    """The jobs with what is said of them, and the series that a real Prometheus has of each, by `case`."""
    directory = tmp_path_factory.mktemp("relabel") / "prometheus"
    directory.mkdir()
    headers = {"Content-Type": "text/plain; version=0.0.4"}
    with answering(lambda _: Reply(body=EXPOSED.encode(), headers=headers)) as exporter:
        declared = list(jobs(exporter.url.removeprefix("http://")))
        settings = Prometheus(scrape_interval="2s", scrape_timeout="2s", evaluation_interval="1m")
        project = Project(name="x", environment=Environment(name="x"), prometheus=settings, scrape_jobs=declared)
        (directory / "prometheus.yml").write_bytes(configuration(project))
        with servers.prometheus(directory) as server:
            servers.until(lambda: len(server.query("up == 1")) == len(declared), "every job is scraped once")
            series: Found = {}
            for one in server.query('{case!=""}'):
                series.setdefault(one["metric"]["case"], []).append(one["metric"])
            yield [job_of(job, [CATALOGUE]) for job in declared], series


def configuration(project: Project) -> bytes:
    found: dict[str, Any] = {}
    for artifact in render(project):
        assert not isinstance(artifact, Exception)
        found[getattr(artifact, "kind", "")] = getattr(artifact, "body", b"")
    document = yaml.safe_load(found["prometheus-config"])
    document.pop("rule_files", None)
    return yaml.safe_dump(document).encode()


def case(job: Job) -> str:
    return next(iter(job.target.get("case").known or ()))


def names(series: Sequence[Mapping[str, str]]) -> set[str]:
    return {one["__name__"] for one in series if one["__name__"] != "up" and not one["__name__"].startswith("scrape_")}


def fits(labels: LabelSet, series: Mapping[str, str]) -> bool:
    known = {name: labels.get(name).known for name in {*labels.labels, *series} - {"__name__"}}
    return all(allowed is None or series.get(name, "") in allowed for name, allowed in known.items())


def test_what_is_surely_left_is_there_and_nothing_is_there_that_is_surely_gone(
    scraped: tuple[list[Job], Found],
) -> None:
    told, found = scraped
    wrong = []
    for job in told:
        left, real = job.after_relabelling, names(found.get(case(job), []))
        sure = {name for name, exposed in left.items() if exposed.certain}
        if not sure <= real <= set(left):
            wrong.append((case(job), sure, real, set(left), job.steps))

    assert wrong == []
    assert len(told) == len(STEPS) + 65


def test_labels_have_only_values_that_they_are_said_to_have(scraped: tuple[list[Job], Found]) -> None:
    told, found = scraped
    wrong = []
    for job in told:
        for series in found.get(case(job), []):
            exposed = job.exposed(series["__name__"])
            if exposed is None or not fits(exposed.labels, series):
                wrong.append((job.steps, series, exposed and exposed.labels))

    assert wrong == []


def test_where_everything_is_known_everything_is_told(scraped: tuple[list[Job], Found]) -> None:
    told, found = scraped
    by_case = {case(job): job for job in told}

    assert set(by_case["1"].after_relabelling) == names(found["1"]) == set(by_case["0"].after_relabelling)
    assert set(by_case["2"].after_relabelling) == names(found["2"]) == names(found["1"]) - {"work_total"}
    assert set(by_case["9"].after_relabelling) == names(found["9"])
    assert "work_count_all" in names(found["9"])
