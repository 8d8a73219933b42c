"""docs/doctor.md says of every subject what is asked."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_subject_has_a_row() -> None:
    sources = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "src/dojoboards/doctor").glob("*.py"))]
    told = {found for text in sources for found in re.findall(r'\b(?:ok|note|warning|error)\(\s*"([a-z -]+)"', text)}
    told |= {found for text in sources for found in re.findall(r'(?:_SUBJECT|subject) = "([a-z ]+)"', text)}
    page = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z -]+)` \|", page, re.MULTILINE))

    assert told
    assert rows == {*told, "reach", "alerts"}
