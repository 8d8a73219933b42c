"""Scrape jobs and Prometheus' settings, rightly and wrongly declared."""

from dojoboards.model import (
    BasicAuth,
    DnsDiscovery,
    FileDiscovery,
    HttpDiscovery,
    KubernetesDiscovery,
    Project,
    Prometheus,
    Relabel,
    ScrapeJob,
    Secret,
    StaticTargets,
)
from support.lint import Case, at, job, project


def jobs(*given: ScrapeJob) -> Project:
    return project(scrape_jobs=given)


def server(**fields: object) -> Project:
    return project(prometheus=Prometheus(**{"source": at(1), **fields}))  # type: ignore[arg-type]


def steps(*given: Relabel) -> Project:
    return jobs(job(relabel=given))


NO_PORT = "\n    give a port from 1 to 65535"
NOT_A_TARGET = "\n    give host:port; `scheme` and the path have fields of their own"
NOT_A_DURATION = "\n    give whole numbers with units in falling order, such as 15s or 1m"
NOT_A_LABEL = "\n    use letters, digits and underscores, no digit at the start"
NODE = "content.py:1: the scrape job 'node'"

BAD = [
    Case(
        "job/unique",
        jobs(job(), job(source=at(7))),
        ["content.py:7: the scrape job 'node' is declared twice\n    rename one; the first is at content.py:1"],
    ),
    Case(
        "job/targets",
        jobs(job(targets=["http://app:5000/metrics", "app:http", "app:5000"])),
        [
            f"{NODE} has the target 'http://app:5000/metrics'{NOT_A_TARGET}",
            f"{NODE} has the target 'app:http'{NOT_A_TARGET}",
        ],
    ),
    Case(
        "job/targets",
        jobs(job(targets=["app:399999", "[::1]:0"], discovery=[DnsDiscovery(names=["a"], type="A", port=99999)])),
        [
            f"{NODE} has the target 'app:399999' with the port 399999{NO_PORT}",
            f"{NODE} has the target '[::1]:0' with the port 0{NO_PORT}",
            f"{NODE} looks up targets with the port 99999{NO_PORT}",
        ],
    ),
    Case(
        "job/targets",
        jobs(job(targets=["u:example@app:80", "http://u:ex/mple@app/", "app:80/m?token=example", "a?token=ex@mple"])),
        [
            f"{NODE} has the target '(not shown)@app:80'{NOT_A_TARGET}",
            f"{NODE} has the target 'http://(not shown)@app/'{NOT_A_TARGET}",
            f"{NODE} has the target 'app:80/m?(not shown)'{NOT_A_TARGET}",
            f"{NODE} has the target '(not shown)'{NOT_A_TARGET}",
        ],
    ),
    Case(
        "job/targets",
        jobs(job(targets=[], labels={"zone": "a", "data-centre": "eu"})),
        [f"{NODE} sets the label 'data-centre', which is not a name{NOT_A_LABEL}"],
    ),
    Case(
        "job/no-targets",
        jobs(job(targets=[], labels={"zone": "a"})),
        [
            f"{NODE} finds no targets\n    give `targets` or `discovery`",
            (
                "content.py:1: `labels` of the scrape job 'node' belong to `targets`, which are missing\n"
                "    give the labels to a StaticTargets, or by relabelling"
            ),
        ],
    ),
    Case(
        "job/targets",
        jobs(
            job(
                targets=[],
                discovery=[
                    StaticTargets(targets=["app/metrics"], labels={"1": "x"}),
                    FileDiscovery(files=["targets/*.txt", "*/a.yml"], refresh_interval="often"),
                    FileDiscovery(files=[]),
                    DnsDiscovery(names=[]),
                    DnsDiscovery(names=["app.example"], type="A"),
                    HttpDiscovery(url="targets.example"),
                ],
            )
        ),
        [
            f"{NODE} sets the label '1', which is not a name{NOT_A_LABEL}",
            f"{NODE} has the target 'app/metrics'{NOT_A_TARGET}",
            (
                f"{NODE} discovers targets in 'targets/*.txt', which Prometheus does not read\n"
                "    end it with .json, .yml or .yaml; a * may stand in the last part only"
            ),
            (
                f"{NODE} discovers targets in '*/a.yml', which Prometheus does not read\n"
                "    end it with .json, .yml or .yaml; a * may stand in the last part only"
            ),
            (
                "content.py:1: `refresh_interval` in the scrape job 'node': 'often' is not a duration"
                " such as 30s, 5m or"
                f" 1h30m{NOT_A_DURATION}"
            ),
            f"{NODE} discovers targets in no files\n    give `files`",
            f"{NODE} looks up no names\n    give `names`",
            f"{NODE} looks up A records, which have no port\n    give `port`",
            f"{NODE} asks 'targets.example' for targets\n    give an address with http:// or https://",
        ],
    ),
    Case(
        "prometheus/alertmanagers",
        server(alertmanagers=[StaticTargets(targets=["http://alertmanager:9093"])]),
        [
            (
                "content.py:1: Prometheus' list of Alertmanagers has the target 'http://alertmanager:9093'\n"
                "    give host:port; `scheme` and the path have fields of their own"
            )
        ],
    ),
    Case(
        "job/durations",
        jobs(job(scrape_interval="10s", scrape_timeout="15s")),
        [
            (
                "content.py:1: the scrape timeout of the scrape job 'node' (15s) is above its interval (10s)\n"
                "    give a timeout of at most 10s"
            )
        ],
    ),
    Case(
        "job/durations",
        project(prometheus=Prometheus(scrape_interval="1m"), scrape_jobs=[job(scrape_timeout="2m")]),
        [
            (
                "content.py:1: the scrape timeout of the scrape job 'node' (2m) is above its interval (1m)\n"
                "    give a timeout of at most 1m"
            )
        ],
    ),
    Case(
        "job/durations",
        jobs(job(scrape_interval="a minute", scrape_timeout="0")),
        [
            (
                "content.py:1: `scrape_interval` of the scrape job 'node': 'a minute' is not a duration"
                " such as 30s, 5m or"
                f" 1h30m{NOT_A_DURATION}"
            ),
            f"content.py:1: `scrape_timeout` of the scrape job 'node': '0' is no time at all{NOT_A_DURATION}",
        ],
    ),
    Case(
        "prometheus/durations",
        server(scrape_interval="5s", evaluation_interval="0s"),
        [
            (
                "content.py:1: the scrape timeout of Prometheus (10s) is above its interval (5s)\n"
                "    give a timeout of at most 5s"
            ),
            f"content.py:1: `evaluation_interval` of Prometheus: '0s' is no time at all{NOT_A_DURATION}",
        ],
    ),
    Case(
        "prometheus/labels",
        server(external_labels={"data-centre": "eu"}),
        [
            (
                "content.py:1: Prometheus' list of external labels sets the label 'data-centre', which is not a name"
                f"{NOT_A_LABEL}"
            )
        ],
    ),
    Case(
        "job/authentication",
        jobs(job(authorization=Secret("token"), basic_auth=BasicAuth(username="a", password=Secret("p")))),
        [f"{NODE} has `authorization` and `basic_auth`\n    take one of the two away"],
    ),
    Case(
        "job/path",
        jobs(job(metrics_path="/probe?module=http")),
        [
            (
                "content.py:1: `metrics_path` of the scrape job 'node' is '/probe?module=http', which is not a path\n"
                "    give the path alone; `targets`, `scheme` and `params` have the rest"
            )
        ],
    ),
    Case(
        "job/relabel",
        steps(Relabel(source_labels=["x"], regex="(a", action="keep")),
        [
            (
                f"{NODE}: the regular expression '(a' is wrong: missing ), unterminated subpattern at position 0\n"
                "    correct it; the syntax is that of RE2"
            )
        ],
    ),
    Case(
        "job/relabel",
        steps(Relabel(source_labels=["__meta_x", "a-b"]), Relabel(action="hashmod", target_label="shard no")),
        [
            f"{NODE}: the relabelling action 'replace' needs a target_label\n    give `target_label`",
            f"{NODE}: the source label 'a-b' is not a name{NOT_A_LABEL}",
            f"{NODE}: the relabelling action 'hashmod' needs a modulus\n    give `modulus`, 1 or more",
            f"{NODE}: the target label 'shard no' is not a name{NOT_A_LABEL}",
        ],
    ),
    Case(
        "job/relabel",
        jobs(
            job(
                metric_relabel=[
                    Relabel(action="labeldrop", regex="pod", source_labels=["a"], target_label="b"),
                    Relabel(action="keepequal", source_labels=["a"], target_label="b", regex="x"),
                    Relabel(action="lowercase", source_labels=["a"], target_label="b", replacement="$1"),
                ]
            )
        ),
        [
            f"{NODE}: the relabelling action 'labeldrop' takes no `source_labels`, `target_label`\n    take them away",
            f"{NODE}: the relabelling action 'keepequal' takes no `regex`\n    take it away",
            f"{NODE}: the relabelling action 'lowercase' takes no `replacement`\n    take it away",
        ],
    ),
    Case(
        "prometheus/relabel",
        server(alert_relabel=[Relabel(action="hashmod", target_label="shard")]),
        [
            (
                "content.py:1: Prometheus' relabelling of alerts: the relabelling action 'hashmod' needs a modulus\n"
                "    give `modulus`, 1 or more"
            )
        ],
    ),
]

GOOD = [
    Case("job/unique", jobs(job(), job(name="node-edge"))),
    Case("job/targets", jobs(job(targets=["app:5000", "app.example", "[::1]:9100", "10.0.0.1:80"], labels={"a": "b"}))),
    Case("job/no-targets", jobs(job(labels={"a": "b"}), job(targets=[], discovery=[FileDiscovery(files=["a.yml"])]))),
    Case("job/no-targets", jobs(job(targets=[], extra={"consul_sd_configs": [{"server": "consul:8500"}]}))),
    Case(
        "job/targets",  # the pages that a prober asks for
        jobs(
            job(
                targets=["https://shop.example/login"],
                relabel=[Relabel(source_labels=["__address__"], target_label="__param_target")],
            )
        ),
    ),
    Case(
        "job/targets",
        jobs(
            job(
                targets=[],
                discovery=[
                    StaticTargets(targets=["app:5000"], labels={"__metrics_path__": "/x"}),
                    FileDiscovery(files=["targets/*.json", "a.yml"], refresh_interval="5m"),
                    DnsDiscovery(names=["_http._tcp.app.example"]),
                    DnsDiscovery(names=["app.example"], type="A", port=80),
                    HttpDiscovery(url="https://targets.example/list?a=b"),
                    KubernetesDiscovery(role="pod"),
                ],
            )
        ),
    ),
    Case("prometheus/alertmanagers", server(alertmanagers=[StaticTargets(targets=["alertmanager:9093"])])),
    Case("job/durations", jobs(job(scrape_interval="10s", scrape_timeout="10s"))),
    Case("job/durations", jobs(job(scrape_timeout="30s"))),
    Case("prometheus/durations", server(scrape_interval="5s", scrape_timeout="5s", evaluation_interval="1m")),
    Case("prometheus/labels", server(external_labels={"data_centre": "eu"})),
    Case("job/authentication", jobs(job(authorization=Secret("token")))),
    Case("job/path", jobs(job(metrics_path="/probe", params={"module": ["http"]}))),
    Case(
        "job/relabel",
        steps(
            Relabel(source_labels=["a"], target_label="b", regex="(.+)-.*", replacement="$1"),
            Relabel(regex="(.+)", target_label="label_$1", source_labels=["a"]),
            Relabel(action="keep", source_labels=["a"], regex="x|y"),
            Relabel(action="labelmap", regex="__meta_(.+)"),
            Relabel(action="labeldrop", regex="pod"),
            Relabel(action="hashmod", source_labels=["a"], target_label="shard", modulus=4),
            Relabel(action="dropequal", source_labels=["a"], target_label="b"),
            Relabel(action="uppercase", source_labels=["a"], target_label="b"),
        ),
    ),
    Case("prometheus/relabel", server(alert_relabel=[Relabel(action="labeldrop", regex="replica")])),
]
