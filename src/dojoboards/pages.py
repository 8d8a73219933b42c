"""The pages of runbooks in a project's directory."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from dojoboards.model import Runbooks

_PLACE = "{alert}"
_FORMS = ("{alert}.md", "{alert}/index.md", "{alert}/README.md")
"""Where a page stands whose address has no ending: a site generator makes it of one of these."""


def runbooks(root: Path, address: str) -> Runbooks | None:
    """Return the pages that the addresses of runbooks mean; None where they are not in the project's directory.

    The directory is told by how the address's path ends: `https://.../blob/main/docs/runbooks/{alert}.md` means
    `docs/runbooks/{alert}.md`, and `https://.../runbooks/{alert}` means `runbooks/` or `docs/runbooks/`.

    Args:
        root: The project's directory.
        address: That of a runbook, with `{alert}` where the alert's name stands.
    """
    path = PurePosixPath(urlsplit(address).path)
    if _PLACE not in path.name or ".." in path.parts:
        return None  # a part of one page, say
    forms = [path.name] if path.suffix else list(_FORMS)
    above = [part for part in path.parts[:-1] if part != "/"]
    for start in range(len(above)):
        for folder in ("/".join(above[start:]), "/".join(["docs", *above[start:]])):
            for form in forms:
                if found := _alerts(root / folder, form):
                    return Runbooks(path=f"{folder}/{form}", alerts=found)
    return None


def _alerts(folder: Path, form: str) -> frozenset[str]:
    before, _, after = form.partition(_PLACE)
    try:
        files = [file.relative_to(folder).as_posix() for file in folder.glob(f"{before}*{after}")]
    except (OSError, ValueError):
        return frozenset()
    return frozenset(file[len(before) : len(file) - len(after)] for file in files)
