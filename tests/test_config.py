from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dojoboards.config import read
from dojoboards.errors import DojoboardsError, Problem
from dojoboards.model import DataSourceRef, Lookup, SecretRef, Server, Setting

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        (tmp_path / "dojoboards.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def messages(root: Path) -> list[str]:
    with pytest.raises(DojoboardsError) as caught:
        read(root)
    assert caught.value.exit == 2
    return [
        f"{problem.source.line if problem.source else '-'}: {problem.message} | {problem.remedy}"
        for problem in caught.value.problems
    ]


GOOD = """\
project: shop
runbook_url: https://docs.example/{alert}
severities: [critical, warning]
settings:
  cpu_high: {default: 0.8, unit: percentunit, meaning: Busy from here on.}
  hosts: {meaning: Where the hosts are.}
defaults:
  data_sources:
    prometheus: {uid: prom, type: prometheus, url: "http://prometheus:9090"}
  secrets:
    token: {env: TOKEN}
  settings: {hosts: [a]}
environments:
  local:
  prod:
    grafana_url: https://grafana.example/
    settings: {cpu_high: 0.9, hosts: [b, c]}
    data_sources:
      prometheus: {uid: prom-prod}
    secrets:
      token: {file: /run/token}
    targets:
      prometheus:
        directory: {env: DIR, default: out}
        server_path: /etc/prometheus
        servers:
          - {url: "https://one.example", bearer_token: {env: T}, timeout: 3}
"""


def test_an_environment_overrides_defaults_key_by_key_and_lists_and_references_whole(write: Write) -> None:
    config = read(write(GOOD))

    local, prod = config.environments["local"], config.environments["prod"]
    assert config.project == "shop"
    assert local.settings["hosts"] == Setting(value=["a"], meaning="Where the hosts are.")
    assert prod.settings["cpu_high"] == Setting(value=0.9, unit="percentunit", meaning="Busy from here on.")
    assert prod.settings["hosts"].value == ["b", "c"]
    assert prod.data_sources["prometheus"] == DataSourceRef(
        uid="prom-prod", type="prometheus", url="http://prometheus:9090"
    )
    assert local.secrets == {"token": SecretRef(env="TOKEN")}
    assert prod.secrets == {"token": SecretRef(file="/run/token")}
    assert prod.grafana_url == "https://grafana.example"
    assert prod.severities == ("critical", "warning")


def test_targets_and_servers_are_read(write: Write) -> None:
    target = read(write(GOOD)).environments["prod"].targets["prometheus"]

    assert target.directory == Lookup(env="DIR", default="out")
    assert target.server_path == "/etc/prometheus"
    assert target.servers == (Server(url="https://one.example", bearer_token=SecretRef(env="T"), timeout=3),)


def test_a_pair_is_a_list_of_targets(write: Write) -> None:
    pair = "[{directory: 'ssh://a.example/etc/p', servers: [{url: 'https://a.example'}]}, {directory: b}]"
    text = f"project: a\nenvironments:\n  x:\n    targets:\n      prometheus: {pair}\n"

    targets = read(write(text)).environments["x"].targets

    assert [(name, target.system, target.directory) for name, target in targets.items()] == [
        ("prometheus", "prometheus", "ssh://a.example/etc/p"),
        ("prometheus 2", "prometheus", "b"),
    ]
    assert [len(target.servers) for target in targets.values()] == [1, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "project: a\nenvironments: {x: }\nsevereties: [a]\n",
            [
                (
                    "3: unknown key 'severeties' in the file | did you mean 'severities'? known: "
                    "defaults, environments, lint, project, runbook_url, settings, severities"
                )
            ],
            id="unknown key",
        ),
        pytest.param("environments: {x: }\n", ["1: the file: key 'project' is missing |"], id="missing key"),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    grafana_url: 3\n",
            ["4: environments.x.grafana_url is the number 3, expected text | Grafana's address"],
            id="wrong type",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    targets:\n      prometheus:\n        directory: [a]\n",
            ["6: environments.x.targets.prometheus.directory is a list, expected text or a mapping |"],
            id="neither of two types",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    targets:\n      prometheus:\n        - directory: a\n"
            "        - dir: b\n      alertmanager: []\n",
            [
                "7: environments.x.targets.prometheus.1: key 'directory' is missing | ",
                "7: unknown key 'dir' in environments.x.targets.prometheus.1 | ",
                "8: environments.x.targets.alertmanager: [] should be non-empty | ",
            ],
            id="pair",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    secrets:\n      s: {env: A, file: b}\n",
            ["5: environments.x.secrets.s has 2 keys | Exactly one of env"],
            id="two places for a secret",
        ),
        pytest.param("project: a\nproject: b\nenvironments: {x: }\n", ["2: key 'project' stands twice |"], id="twice"),
        pytest.param("project: [a\n", ["2: not YAML: did not find expected ',' or ']' |"], id="not YAML"),
        pytest.param("", ["1: the file is empty, expected a mapping |"], id="empty"),
        pytest.param(
            "project: a\nsettings:\n  b: {meaning: How much.}\nenvironments:\n  x: {settings: {c: 1}}\n",
            [
                "3: setting 'b' has neither a default nor a value in environment 'x' | How much.",
                "5: setting 'c' is not declared | declare it under `settings:` with its meaning",
            ],
            id="settings",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    data_sources:\n      p: {uid: b}\n",
            ["5: data source 'p' of environment 'x' has no type |"],
            id="data source",
        ),
    ],
)
def test_every_mistake_is_told_with_its_line_and_a_remedy(write: Write, text: str, expected: list[str]) -> None:
    found = messages(write(text))

    assert len(found) == len(expected)
    assert [a for a, b in zip(found, expected, strict=True) if not a.startswith(b)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "severities: [a]\n",
            [
                "1: the file: key 'environments' is missing | The environments by name, at least one.",
                (
                    "1: the file: key 'project' is missing | The project's name: part of every mark of ownership. "
                    "Lower-case letters, digits, - and _."
                ),
            ],
            id="two missing keys",
        ),
        pytest.param(
            "project: a\nenvironments: {}\n",
            ["2: environments is empty | The environments by name, at least one."],
            id="no environment",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n  Prod:\n",
            ["4: environments: 'Prod' is not allowed as a key | Lower-case letters, digits, - and _."],
            id="name of an environment",
        ),
        pytest.param(
            "project: a\nenvironments:\n  1:\n  yes:\n  2001-01-01:\n",
            [
                '3: the key 1 is not text | write it in quotes: "1"',
                '4: the key yes is not text | write it in quotes: "yes"',
                '5: the key 2001-01-01 is not text | write it in quotes: "2001-01-01"',
            ],
            id="keys that are no text",
        ),
        pytest.param(
            "project: a\nsettings:\n  b:\n    default: 2001-01-01\n    meaning: When.\n"
            "  c: {default: 22:30, meaning: When.}\nenvironments: {x: }\n",
            [
                '4: settings.b.default: 2001-01-01 is read as a date | write it in quotes: "2001-01-01"',
                '6: settings.c.default: 22:30 is read as a number in base 60 | write it in quotes: "22:30"',
            ],
            id="dates and times without quotes",
        ),
        pytest.param(
            "project: a\nsettings:\n  Bad: {meaning: m}\n  b: 3\n  c: {default: , meaning: m}\n  d: {meaning: ''}\n"
            "  e: {defualt: 1, meaning: m}\nenvironments: {x: }\n",
            [
                "3: settings: 'Bad' is not allowed as a key | Lower-case letters, digits and _, a letter first.",
                "4: settings.b is the number 3, expected a mapping | A mapping with its default, unit and meaning.",
                (
                    "5: settings.c.default is empty, expected a number, text, a truth value, a list or a mapping | "
                    "A number, text, a truth value, or a list or mapping of these."
                ),
                "6: settings.d.meaning: '' should be non-empty | What it is for.",
                "7: unknown key 'defualt' in settings.e | did you mean 'default'? known: default, meaning, unit",
            ],
            id="settings of every wrong kind",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    targets:\n      promethues: {directory: a}\n      grafana: {}\n"
            "      prometheus: {directory: {env: X}}\n",
            [
                (
                    "5: unknown key 'promethues' in environments.x.targets | did you mean 'prometheus'? known: "
                    "alertmanager, grafana, loki, prometheus"
                ),
                (
                    "6: environments.x.targets.grafana: key 'directory' is missing | "
                    "The directory that belongs to us; relative to the project's root, or on another machine: "
                    "ssh://user@host:port/path."
                ),
                (
                    "7: environments.x.targets.prometheus.directory: key 'default' is missing | "
                    "What holds where the environment variable is not set."
                ),
            ],
            id="targets",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x:\n    targets:\n      prometheus:\n        directory: a\n        servers:\n"
            "          - {url: 3}\n          - {}\n          - {url: http://a, username: b}\n"
            "          - {url: http://a, timeout: 0}\n          - {url: http://a, cert_file: b}\n          - http://a\n",
            [
                (
                    "8: environments.x.targets.prometheus.servers.0.url is the number 3, expected text or a mapping | "
                    "Its address, with a path where it lives below one."
                ),
                (
                    "9: environments.x.targets.prometheus.servers.1: key 'url' is missing | "
                    "Its address, with a path where it lives below one."
                ),
                "10: environments.x.targets.prometheus.servers.2: 'username' needs 'password' beside it | ",
                (
                    "11: environments.x.targets.prometheus.servers.3.timeout: 0 is less than or equal to the minimum "
                    "of 0 | Seconds for one whole request. Default: 10."
                ),
                "12: environments.x.targets.prometheus.servers.4: 'cert_file' needs 'key_file' beside it | ",
                (
                    "13: environments.x.targets.prometheus.servers.5 is the text 'http://a', expected a mapping | "
                    "A mapping with url and how to log in."
                ),
            ],
            id="servers",
        ),
        pytest.param(
            "project: a\ndefaults: {grafana_url: grafana.example}\nrunbook_url: https://a\nseverities: []\n"
            "environments: {x: {data_sources: {p: {uid: a b, type: ''}}}}\n",
            [
                (
                    "2: defaults.grafana_url: 'grafana.example' is not allowed here | "
                    "Grafana's address for people, with http:// or https://; for links in alerts."
                ),
                (
                    "3: runbook_url: 'https://a' is not allowed here | The address of a runbook, with {alert} where "
                    "the alert's name stands. Becomes the annotation runbook_url."
                ),
                (
                    "4: severities: [] should be non-empty | "
                    "The severities that alerts may have, the gravest first. Default: critical, warning, info."
                ),
                (
                    "5: environments.x.data_sources.p.type: '' should be non-empty | "
                    "The plug-in, such as prometheus, alertmanager or loki."
                ),
                (
                    "5: environments.x.data_sources.p.uid: 'a b' is not allowed here | "
                    "Its uid in this environment's Grafana: 1 to 40 letters, digits, - and _."
                ),
            ],
            id="values that do not fit",
        ),
        pytest.param(
            "project: a\nenvironments: &e\n  x: *e\n",
            ["2: environments.x holds itself | take the alias away"],
            id="an alias of itself",
        ),
        pytest.param(
            "project: a\nproject: b\nenvironments: {x: {}, x: }\n",
            ["2: key 'project' stands twice | keep one of the two", "3: key 'x' stands twice | keep one of the two"],
            id="a key twice",
        ),
        pytest.param(
            "project: a\nenvironments:\n  x: " + "[" * 900 + "]" * 900 + "\n",
            ["3: environments.x.0 nests more than 50 levels | take levels and aliases away"],
            id="deep nesting",
        ),
        pytest.param(
            "project: " + "[" * 100_000 + "\n", ["1: not YAML: exceeded maximum nesting depth | "], id="deeper nesting"
        ),
        pytest.param(
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000)),
            ["1: a49.0.0 nests more than 50 levels | take levels and aliases away"],
            id="deep nesting by aliases",
        ),
        pytest.param(
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)),
            ["1: a5.6.0 stands for more than 100000 values | take levels and aliases away"],
            id="a billion values by aliases",
        ),
        pytest.param(
            "a0: &a0 {x: 1}\n"
            + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 10)),
            ["2: a5.<<.5 stands for more than 100000 values | take levels and aliases away"],
            id="a billion values by merge keys",
        ),
        pytest.param(
            f"project: {'1' * 5000}\nenvironments:\n  x: 0x_\n  y: 2001-99-99\n",
            [
                '1: project: ... is read as a number or a truth value, and is none | write it in quotes: "..."',
                '3: environments.x: 0x_ is read as a number or a truth value, and is none | write it in quotes: "0x_"',
                '4: environments.y: 2001-99-99 is read as a date | write it in quotes: "2001-99-99"',
            ],
            id="numbers that are none",
        ),
        pytest.param("project: a\n---\nb: 1\n", ["2: not YAML: but found another document | "], id="two documents"),
        pytest.param(
            "project: a\nenvironments:\n\tx:\n",
            ["3: not YAML: found character that cannot start any token | "],
            id="a tab",
        ),
        pytest.param(
            "project: !env A\nenvironments: {x: }\n",
            ["1: not YAML: could not determine a constructor for the tag '!env' | "],
            id="a tag",
        ),
        pytest.param(
            "project: a\nenvironments: {x: }\n# \0\n",
            ["3: not YAML: control characters are not allowed | "],
            id="a control character",
        ),
        pytest.param(
            "project: a\ndefaults: {settings: {b: 1}}\nenvironments: {x: , y: }\n",
            ["2: setting 'b' is not declared | declare it under `settings:` with its meaning (none is declared)"],
            id="a setting that is not declared, once for all environments",
        ),
    ],
)
def test_every_mistake_is_told_in_full(write: Write, text: str, expected: list[str]) -> None:
    assert messages(write(text)) == expected


def test_a_secret_that_is_written_down_is_not_repeated_in_the_message(write: Write) -> None:
    text = """\
project: a
environments:
  x:
    secrets:
      a: hunter2
      b: {env: "hunter2!"}
      c: {server_file: hunter2}
    targets:
      prometheus:
        directory: a
        servers: [{url: http://a, bearer_token: hunter2}]
"""

    found = messages(write(text))

    assert [line.partition(" | ")[0] for line in found] == [
        "5: environments.x.secrets.a is text, expected a mapping",
        "6: environments.x.secrets.b.env is not allowed here",
        "7: environments.x.secrets.c.server_file is not allowed here",
        "11: environments.x.targets.prometheus.servers.0.bearer_token is text, expected a mapping",
    ]
    assert "hunter2" not in "".join(found)


WORDS = """\
project environments secrets targets a : - [ ] { } , & * &a *a << ? | > ! !!int !!timestamp !!binary ' " # % ---
1 0x_ 1_0 .nan .inf 2001-01-01 22:30 yes null = ~"""
PIECES = WORDS.split()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*PIECES, " ", " ", "\n", "\n", "\n  "]) | st.text(max_size=3)).map("".join))
def test_any_text_is_read_or_told_at_a_line_of_the_file(write: Write, text: str) -> None:
    for whole in (text, f"project: a\nenvironments: {{x: }}\n{text}"):
        root = write(whole)
        problems: Sequence[Problem] = ()
        try:
            read(root)
        except DojoboardsError as error:
            problems = error.problems

        places = [problem.source for problem in problems]
        assert {place.file for place in places if place} <= {str(root / "dojoboards.yaml")}
        assert [place for place in places if not place or place.line > len(whole.splitlines()) + 1] == []
        assert [problem for problem in problems if problem.exit != 2 or not problem.message] == []


SETTINGS = """\
project: a
settings:
  cpu_high: {default: 0.8, unit: percentunit, meaning: Busy.}
  every: {default: 30s, meaning: How often.}
  slow: {default: 2, unit: secs, meaning: How long.}
defaults:
  settings: {every: 5 seconds}
environments:
  one: {}
  two:
    settings: {cpu_high: 90, every: 1m}
"""


def test_settings_that_cannot_be_meant_are_told_where_they_were_given(write: Write) -> None:
    assert messages(write(SETTINGS)) == [
        "5: setting 'slow': Grafana has no unit 'secs' | did you mean 's'? A unit of your own is written suffix:secs",
        "7: setting 'every' is '5 seconds', expected a duration as its default '30s' | did you mean '5s'?",
        (
            "11: setting 'cpu_high' is 90, expected a ratio, of which 1 is 100 % | "
            "did you mean 0.9? Where 90 times the whole is meant, leave out the `unit`"
        ),
    ]


def test_numbers_without_an_end_are_told_in_plain_words(write: Write) -> None:
    text = """\
project: a
settings:
  b: {default: .inf, meaning: B.}
  c: {default: [1, {d: .nan}], meaning: C.}
environments:
  x: {targets: {prometheus: {directory: p, servers: [{url: "http://a.example", timeout: -.inf}]}}}
"""

    remedy = "give a number that has an end, or leave the key out"
    assert messages(write(text)) == [
        f"3: settings.b.default is infinite, which is no limit of anything | {remedy}",
        f"4: settings.c.default.1.d is not a number, which is no limit of anything | {remedy}",
        (
            "6: environments.x.targets.prometheus.servers.0.timeout is infinite, which is no limit of anything | "
            f"{remedy}"
        ),
    ]


def test_aliases_merge_keys_and_a_byte_order_mark_are_read(write: Write) -> None:
    text = """\
\ufeffproject: shop
settings:
  hosts: {meaning: Where.}
environments:
  one: &one
    settings: {hosts: [a]}
  two: *one
  three: {<<: *one, grafana_url: "https://grafana.example"}
"""

    environments = read(write(text)).environments

    assert [environment.setting("hosts") for environment in environments.values()] == [["a"], ["a"], ["a"]]
    assert environments["three"].grafana_url == "https://grafana.example"


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "dojoboards.yaml").write_bytes(b"project: \xff\n")

    assert messages(tmp_path)[0].startswith("0: cannot read dojoboards.yaml: it is not UTF-8 text | ")


def test_a_directory_of_that_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "dojoboards.yaml").mkdir()

    assert messages(tmp_path)[0].startswith("0: cannot read dojoboards.yaml: Is a directory | ")


def test_all_mistakes_are_told_at_once(write: Write) -> None:
    found = messages(write("project: A B\nenvironments:\n  x:\n    graphana_url: y\n    secrets: {s: {env: 1}}\n"))

    assert [line.partition(":")[0] for line in found] == ["1", "4", "5"]


def test_a_missing_file_says_how_to_name_the_project(tmp_path: Path) -> None:
    message = "0: cannot read dojoboards.yaml: No such file or directory"
    assert messages(tmp_path) == [f"{message} | run dojoboards in the project's directory, or name it with -C DIR"]


def test_an_unknown_environment_is_told_with_the_known_ones(write: Write) -> None:
    with pytest.raises(DojoboardsError, match="did you mean 'prod'\\? known: local, prod"):
        read(write(GOOD)).environment("prd")


ADDRESS = (
    "It begins with http:// or https://, and holds no user and no password: these go into `username` and `password`."
)
SERVER = """\
project: a
environments:
  x:
    targets:
      prometheus:
        directory: a
        servers:
          - url: URL
"""
GRAFANA = """\
project: a
environments:
  x:
    targets:
      grafana:
        url: URL
        token: {env: T}
"""


@pytest.mark.parametrize("text", [SERVER, GRAFANA])
@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "https://a.example:9090/prefix/",
        "http://[::1]:9090",
        "https://a.example/b@c?d=e",
        '{env: A, default: "http://127.0.0.1:9090"}',
    ],
)
def test_an_address_of_a_server_is_http_or_https(write: Write, text: str, url: str) -> None:
    assert list(read(write(text.replace("URL", url))).environments) == ["x"]


@pytest.mark.parametrize("text", [SERVER, GRAFANA])
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ftp://a", ": 'ftp://a'"),
        ("a.example:9090", ": 'a.example:9090'"),
        ("//a.example", ": '//a.example'"),
        ("http://", ": 'http://'"),
        ("http://a:b", ": 'http://a:b'"),
        ("http://admin:hunter2@a.example", ""),
        ("https://hunter2@a.example", ""),
        ("http://admin:hun/ter2@a.example", ""),
        ("{env: A, default: a.example}", ".default: 'a.example'"),
        ('{env: A, default: "http://admin:hunter2@a.example"}', ".default"),
    ],
)
def test_any_other_address_is_refused_without_its_password(write: Write, text: str, url: str, shown: str) -> None:
    found = messages(write(text.replace("URL", url)))

    line, where = (8, "prometheus.servers.0") if text == SERVER else (6, "grafana")
    assert found == [f"{line}: environments.x.targets.{where}.url{shown} is not allowed here | {ADDRESS}"]


IGNORES = """\
project: a
lint:
  ignore:
    - {check: alert/name, of: "Old*", reason: They go away.}
    - check: alert/text
      reason: Not ours.
environments: {x: }
"""


def test_what_lint_does_not_tell_is_read_with_its_line(write: Write) -> None:
    found = read(write(IGNORES)).ignores

    assert [(one.check, one.of, one.reason, one.source.line) for one in found] == [
        ("alert/name", "Old*", "They go away.", 4),
        ("alert/text", "", "Not ours.", 5),
    ]


@pytest.mark.parametrize("text", ["lint: {}\n", "lint: {ignore: []}\n", ""])
def test_nothing_may_be_ignored(write: Write, text: str) -> None:
    assert read(write(f"project: a\nenvironments: {{x: }}\n{text}")).ignores == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("      reason: Not ours.\n", "", "5: lint.ignore.1: key 'reason' is missing"),
        ("Not ours.", "''", "6: lint.ignore.1.reason: '' is not allowed here"),
        ("Not ours.", "' '", "6: lint.ignore.1.reason: ' ' is not allowed here"),
        ("check: alert/text", "chek: alert/text", "5: unknown key 'chek' in lint.ignore.1"),
        ("  ignore:", "  ignor:", "3: unknown key 'ignor' in lint"),
        ("lint:\n  ignore:", "lint:", "2: lint is a list, expected a mapping"),
    ],
)
def test_what_is_wrong_with_what_lint_does_not_tell_is_said(write: Write, old: str, new: str, message: str) -> None:
    assert any(found.startswith(message) for found in messages(write(IGNORES.replace(old, new))))
