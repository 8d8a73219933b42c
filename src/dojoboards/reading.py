"""Reading the files of a project: regular ones alone, so that no pipe, socket or device keeps a command waiting."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read(file: Path) -> bytes:
    """Return what is in a file.

    Raises:
        OSError: it cannot be read, or it is something else than a regular file; its `strerror` says so.
    """
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, irregular(file), str(file))
    return file.read_bytes()


def reason(error: OSError | UnicodeDecodeError) -> str:
    """Return why a file cannot be read as text."""
    return getattr(error, "strerror", None) or "it is not UTF-8 text"


def irregular(file: str | Path) -> str:
    """Return what a path is that is no regular file."""
    if not os.path.exists(file):  # noqa: PTH110  # links are followed
        return "it is a link that leads nowhere"
    if Path(file).is_dir():
        return "it is a directory"
    return "it is a pipe, a socket or a device, and no regular file"
