from __future__ import annotations

from pathlib import Path

import pytest

from dojoboards.model import Runbooks
from dojoboards.pages import runbooks


def having(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("# A page\n")
    return root


@pytest.mark.parametrize(
    ("address", "file", "path"),
    [
        (
            "https://git.example.com/ops/blob/main/docs/runbooks/{alert}.md",
            "docs/runbooks/Down.md",
            "docs/runbooks/{alert}.md",
        ),
        ("https://git.example.com/ops/blob/main/runbooks/{alert}.md", "runbooks/Down.md", "runbooks/{alert}.md"),
        ("https://docs.example.com/runbooks/{alert}", "docs/runbooks/Down.md", "docs/runbooks/{alert}.md"),
        ("https://docs.example.com/runbooks/{alert}/", "docs/runbooks/Down.md", "docs/runbooks/{alert}.md"),
        ("https://docs.example.com/runbooks/{alert}", "runbooks/Down/index.md", "runbooks/{alert}/index.md"),
        ("https://docs.example.com/runbooks/{alert}", "runbooks/Down/README.md", "runbooks/{alert}/README.md"),
        (
            "https://docs.example.com/runbooks/alert-{alert}.html",
            "runbooks/alert-Down.html",
            "runbooks/alert-{alert}.html",
        ),
    ],
)
def test_the_pages_are_found_by_how_their_address_ends(tmp_path: Path, address: str, file: str, path: str) -> None:
    root = having(tmp_path, file, file.replace("Down", "Slow"), "docs/runbooks.md")

    assert runbooks(root, address) == Runbooks(path=path, alerts=frozenset({"Down", "Slow"}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://wiki.example.com/{alert}",
        "https://wiki.example.com/pages/{alert}",
        "https://docs.example.com/runbooks#{alert}",
        "https://docs.example.com/runbooks?alert={alert}",
        "https://docs.example.com/../runbooks/{alert}.md",
        "https://docs.example.com/runbooks",
    ],
)
def test_nothing_is_known_of_pages_elsewhere(tmp_path: Path, address: str) -> None:
    assert runbooks(having(tmp_path, "runbooks/Down.md", "Down.md"), address) is None
