from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from dojoboards.catalogue import document
from dojoboards.cli import run
from dojoboards.errors import Source
from support.answers import Reply, answering
from support.project import Builder
from support.servers import free_port

TEXT = b"""\
# HELP shop_orders_total Orders that were taken.
# TYPE shop_orders_total counter
shop_orders_total{kind="new",id="7"} 1
# TYPE shop_size_bytes gauge
shop_size_bytes 5
"""
WRITTEN = """\
catalogue: shop
jobs: [shop]
metrics:
  shop_orders_total:
    type: counter
    labels: {id: any, kind: any}
    help: Orders that were taken.
  shop_size_bytes:
    type: gauge
"""


def record(*arguments: str | Path) -> int:
    return run(["catalogue", "record", *map(str, arguments)])


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "metrics"
    file.write_bytes(TEXT)
    return file


def test_a_catalogue_is_printed(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(page, "--name", "shop") == 0
    assert capsys.readouterr().out == WRITTEN


def test_a_catalogue_is_written_and_named_by_its_file(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new/shop.yml"

    assert record(page, "--output", output) == 0
    assert output.read_text() == WRITTEN
    assert capsys.readouterr().out == f"{output}: 2 metrics recorded\n"


def test_json_is_written_where_the_name_says_so(page: Path, tmp_path: Path) -> None:
    assert record(page, "--output", tmp_path / "shop.json") == 0
    assert json.loads((tmp_path / "shop.json").read_text())["metrics"]["shop_size_bytes"] == {"type": "gauge"}


def test_values_are_kept_where_that_is_asked(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(page, "--name", "shop", "--values", "kind", "--values", "other.id") == 0
    assert "labels: {id: any, kind: [new]}" in capsys.readouterr().out


def test_a_refresh_tells_what_is_new_and_what_is_not_told_and_keeps_what_was_written(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "shop.yml"
    before = "catalogue: shop\nports: [80]\nmetrics:\n  shop_orders_total: {help: Mine.}\n  shop_rare_total:\n"
    output.write_text(before)

    assert record(page, "--output", output) == 0
    assert capsys.readouterr().out == (
        f"{output}: 2 metrics recorded, 1 of them new\n  + shop_size_bytes\n"
        "1 not told this time, and kept (--prune takes them out):\n  - shop_rare_total\n"
    )
    refreshed = document.read(output.read_text(), Source("x"))
    assert (refreshed.ports, refreshed.metrics["shop_orders_total"].help) == ([80], "Mine.")
    assert "shop_rare_total" in refreshed.metrics

    assert record(page, "--output", output, "--prune") == 0
    assert "1 taken out:\n  - shop_rare_total" in capsys.readouterr().out
    assert "shop_rare_total" not in output.read_text()


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_is_fetched_also_packed(packed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    headers = {"Content-Encoding": "gzip"} if packed else {}
    body = gzip.compress(TEXT) if packed else TEXT
    with answering(lambda _: Reply(body=body, headers=headers)) as server:
        assert record(f"{server.url}/metrics", "--name", "shop") == 0

    assert capsys.readouterr().out == WRITTEN
    assert "openmetrics" in server.requests[0].headers["accept"]


def test_a_file_may_be_packed_and_the_input_may_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "metrics.gz").write_bytes(gzip.compress(TEXT))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT)))

    assert record(tmp_path / "metrics.gz", "--name", "shop") == 0
    assert record("-", "--name", "shop") == 0
    assert capsys.readouterr().out == WRITTEN * 2


def test_an_exporter_that_says_what_it_is_gives_the_name_and_the_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page").write_text('node_exporter_build_info{version="1.9.0"} 1\n')

    assert record(tmp_path / "page") == 0
    assert capsys.readouterr().out.startswith("catalogue: node\nversion: 1.9.0\njobs: [node]\n")


def fails(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = record(*arguments)
    told = capsys.readouterr()
    assert told.out == ""
    return code, told.err


def test_a_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = fails(capsys, "/not/there", "--name", "x")

    assert code == 2
    assert said == (
        "/not/there: error: cannot read it: No such file or directory\n"
        "    give a file, or an address with http:// or https://\n"
    )


def test_a_page_without_a_name_is_told(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = fails(capsys, page)

    assert code == 2
    assert "error: the exporter does not say what it is called\n    give --name: lower-case letters" in said


def test_a_name_that_is_none_is_told(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, page, "--name", "The Shop")[0] == 2


def test_something_else_than_metrics_is_told_by_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page").write_text("up 1\n<html>\n")
    code, said = fails(capsys, tmp_path / "page", "--name", "x")

    assert code == 2
    assert f"{tmp_path}/page:2: error: '<html>' is no sample of a metric" in said


def test_a_damaged_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.gz").write_bytes(gzip.compress(TEXT)[:-10])
    code, said = fails(capsys, tmp_path / "page.gz", "--name", "x")

    assert code == 2
    assert "it is packed with gzip, and damaged" in said


def test_an_output_that_is_no_catalogue_is_left_as_it_is(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "shop.yml"
    output.write_text("something: else\n")
    code, said = fails(capsys, page, "--output", output)

    assert code == 2
    assert f"{output}: error: the document: the key 'catalogue' is missing" in said
    assert output.read_text() == "something: else\n"
    assert "end its name with one of .yml, .yaml, .json" in fails(capsys, page, "--output", tmp_path / "shop.txt")[1]


def test_a_server_that_is_not_there_or_refuses_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://user:example-word@127.0.0.1:{free_port()}/metrics"
    code, said = fails(capsys, url, "--name", "x")

    assert code == 3
    assert "error: cannot reach it: " in said
    assert "example-word" not in said
    with answering(lambda _: Reply(status=401)) as server:
        code, said = fails(capsys, server.url, "--name", "x")
    assert code == 3
    assert "it answers 401 Unauthorized\n    let this machine in" in said


@pytest.mark.parametrize("name", [(), ("--name", "The Shop"), ("--name", "x")])
@pytest.mark.parametrize("body", [b"<html>", TEXT, gzip.compress(TEXT)[:-10]])
def test_credentials_in_an_address_are_never_shown(
    body: bytes, name: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(lambda _: Reply(body=body)) as server:
        address = server.url.replace("http://", "http://admin:example-word@") + "/metrics?token=example-word"
        code = record(address, *name)

    told = capsys.readouterr()
    assert "example-word" not in told.out + told.err
    if code:
        assert told.err.startswith(f"{server.url}/metrics")


def test_an_address_with_a_password_that_cannot_be_told_apart_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = fails(capsys, "http://admin:example/word@shop.example/metrics", "--name", "x")

    assert code == 3
    assert said.startswith("http://...: error: this is no address\n")


def test_every_scrape_job_is_listed_with_its_catalogues_and_why(
    builder: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"alerts/scrape.py": JOBS, "catalogue/shop.yml": WRITTEN})

    assert builder.run("catalogue", "list") == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "prod"
    assert [" ".join(line.split()) for line in lines] == [
        "shop shop (by the job's name 'shop'; 2 metrics)",
        f"hosts node@1.9.0, go (by the port 9100; it may expose others too; {lines[1].rpartition('; ')[2]}",
        "else none: nothing suggests a catalogue",
        f"cache redis@1.69.0, go (the job names them; {lines[3].rpartition('; ')[2]}",
    ]


JOBS = """\
from dojoboards import ScrapeJob

scrape_jobs = [
    ScrapeJob(name="shop", targets=["shop:80"]),
    ScrapeJob(name="hosts", targets=["a:9100"]),
    ScrapeJob(name="else", targets=["b:80"]),
    ScrapeJob(name="cache", targets=["c:80"], catalogues=["redis@1.69.0"]),
]
"""


def test_a_machine_can_read_the_list(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write({"alerts/scrape.py": JOBS, "catalogue/shop.yml": WRITTEN})

    assert builder.run("catalogue", "list", "--env", "prod", "-o", "json") == 0
    document = json.loads(capsys.readouterr().out)
    first, *_ = document["environments"]["prod"]
    assert (document["environment"], document["problems"], document["exit"]) == ("prod", [], 0)
    assert first == {
        "job": "shop", "catalogues": ["shop"], "why": "by the job's name 'shop'", "complete": True, "series": 2,
    }  # fmt: skip


def test_a_machine_reads_one_document_also_of_problems_and_of_content_that_prints(
    builder: Builder, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.write({"alerts/scrape.py": "print('loading')\n" + JOBS.replace("redis@1.69.0", "redsi")})

    assert builder.run("catalogue", "list", "-o", "json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == 1
    assert "names the catalogue 'redsi'" in document["problems"][0]["message"]

    builder.write({"alerts/scrape.py": "print('loading'"})
    assert builder.run("catalogue", "list", "-o", "json") == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["exit"], len(document["problems"])) == (2, 1)


def test_a_catalogue_that_is_not_there_is_told(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write({"alerts/scrape.py": JOBS.replace("redis@1.69.0", "redsi")})

    assert builder.run("catalogue", "list") == 1
    assert "the scrape job 'cache' names the catalogue 'redsi', which is not there" in capsys.readouterr().err


def test_a_project_without_jobs_may_expose_everything(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write({"alerts/rules.py": "groups = []\n"})

    assert builder.run("catalogue", "list") == 0
    assert "(any)  all (no scrape job is declared" in capsys.readouterr().out


def test_a_wrong_catalogue_of_the_project_stops_a_build(builder: Builder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write({"alerts/scrape.py": JOBS, "catalogue/shop.yml": "metrics: {}\n"})

    assert builder.run("build") == 2
    assert "catalogue/shop.yml: error: the document: the key 'catalogue' is missing" in capsys.readouterr().err


def test_what_a_job_names_is_not_part_of_the_build(builder: Builder) -> None:
    builder.write({"alerts/scrape.py": JOBS, "catalogue/shop.yml": WRITTEN})

    assert builder.run("build") == 0
    assert "catalogue" not in (builder.root / "build/prod/prometheus/prometheus.yml").read_text()
