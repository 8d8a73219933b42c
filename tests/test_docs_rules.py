import re
from pathlib import Path
from typing import NamedTuple

import pytest

from support.project import Builder
from support.rendered import accepted

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^<!-- (example|output): (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ["rules.md", "routing.md", "content.md"]
FENCE = re.compile(r"^```python$", re.MULTILINE)


class Page(NamedTuple):
    examples: dict[str, str]
    outputs: list[tuple[str, str]]


def read(name: str) -> Page:
    blocks = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    examples = {file: text for kind, file, text in blocks if kind == "example"}
    return Page(examples, [(file, text) for kind, file, text in blocks if kind == "output"])


@pytest.fixture
def built(builder: Builder, request: pytest.FixtureRequest) -> Path:
    """Build the examples of a page, and return the directory of what they become."""
    for file, text in read(request.param).examples.items():
        builder.change(file, text)
    assert builder.run("build") == 0
    return builder.root / "build/prod"


@pytest.mark.parametrize("name", PAGES)
def test_every_python_example_is_marked(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    found = [file for file in read(name).examples if file.endswith(".py")]

    assert found
    assert len(found) == len(FENCE.findall(text))


@pytest.mark.parametrize(("built", "name"), [(name, name) for name in PAGES], indirect=["built"])
def test_the_examples_build_what_the_page_shows(built: Path, name: str) -> None:
    outputs = read(name).outputs

    assert outputs
    for file, shown in outputs:
        assert shown in (built / file).read_text(encoding="utf-8"), file


@pytest.mark.parametrize("built", ["rules.md"], indirect=True)
def test_promtool_accepts_what_the_examples_become(built: Path, programs: None) -> None:
    file = built / "prometheus/prometheus.yml"
    # These are on the server only.
    text = file.read_text().replace("/etc/ssl/example-ca.pem", "prometheus.yml")
    file.write_text(text.replace("/etc/prometheus/remote-write-token", "secrets/inventory_token"))

    assert "SUCCESS" in accepted("promtool", "check", "config", "prometheus.yml", cwd=file.parent)


@pytest.mark.parametrize("built", ["routing.md"], indirect=True)
def test_alertmanager_routes_as_the_page_says(built: Path, programs: None) -> None:
    (command, expected) = re.findall(r"^\$ (amtool .*)\n(.*)$", (DOCS / "routing.md").read_text(), re.MULTILINE)[0]

    said = accepted(*command.split(), cwd=built.parents[1])

    assert said.splitlines()[0] == expected


@pytest.mark.parametrize("built", ["routing.md"], indirect=True)
def test_amtool_accepts_what_the_examples_become(built: Path, programs: None) -> None:
    assert "SUCCESS" in accepted("amtool", "check-config", "alertmanager.yml", cwd=built / "alertmanager")
