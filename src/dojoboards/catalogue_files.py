"""A project's own metric catalogues: the files in `catalogue/`."""

from __future__ import annotations

from pathlib import Path

from dojoboards import reading
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.model import Catalogue

FOLDER = "catalogue"
ENDINGS = (".yml", ".yaml", ".json")


def read(root: Path, problems: list[Problem]) -> tuple[Catalogue, ...]:
    """Return the catalogues of the project in *root*; a file whose name starts with a dot or an underscore is none.

    Args:
        root: The project's directory.
        problems: Where files go that cannot be read or hold something else.
    """
    found: dict[str, Catalogue] = {}
    folder = root / FOLDER
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        problems.append(Problem(f"cannot read {FOLDER}/: {error.strerror}", Source(str(folder)), "", Exit.UNREADABLE))
        return ()
    for file in files:
        if file.suffix not in ENDINGS or file.name.startswith((".", "_")):
            continue
        try:
            read_one = load(file)
        except DojoboardsError as error:
            problems.extend(error.problems)
            continue
        if (first := found.get(read_one.title)) is not None:
            message = f"the catalogue {read_one.title!r} is there twice, here and in {Path(str(first.source)).name}"
            remedy = "keep one of the two, or give them versions"
            problems.append(Problem(message, Source(str(file)), remedy, Exit.UNREADABLE))
        else:
            found[read_one.title] = read_one
    return tuple(found.values())


def load(file: Path) -> Catalogue:
    """Return the catalogue in a file.

    Raises:
        DojoboardsError: the file cannot be read, or holds something else.
    """
    from dojoboards.catalogue import document

    try:
        text = reading.read(file)
    except OSError as error:
        place = Source(str(file))
        raise DojoboardsError([Problem(f"cannot read it: {error.strerror}", place, "", Exit.UNREADABLE)]) from None
    return document.read(text, Source(str(file)))
