"""DojoPool's content is what `dojoboards lint` wants it to be, in all environments."""

import pytest

from dojoboards.cli import run
from support.dojopool import ROOT


def test_nothing_is_found_and_nothing_is_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["-C", str(ROOT), "lint", "--fail-on", "info"])

    found = capsys.readouterr().out
    assert found.startswith("local, staging, prod: nothing found (")
    assert "ignored" not in found
    assert code == 0
