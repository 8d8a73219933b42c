"""A directory on another machine, which needs ssh, sh and tar there, and nothing of ours.

`remote.sh` is the half that runs there. New contents go into a staging directory as one archive; the shell that holds
the lock then moves each to its place. So whatever was begun there is done before the lock goes, also when the
connection breaks.
"""

from __future__ import annotations

import io
import posixpath
import secrets
import shlex
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import REMEDIES, STAGING
from dojoboards.targets.directories.address import Address
from dojoboards.targets.directories.local import PRIVATE
from dojoboards.targets.directories.session import Session
from dojoboards.targets.originals import KEPT

_OPEN = 0o644
_AT_ONCE = 100
_NONE_YET = 3
_BUSY = 4
_PATIENCE = 10
"""Seconds."""
_AGAIN = "mend it and push again: that completes what was begun"


class RemoteDirectory:
    """A directory on another machine; `directories.Directory` says what its members do."""

    def __init__(self, address: Address, owner: str, timeout: float) -> None:
        self.place = str(address)
        self.path = address.path
        self._owner = owner
        me = secrets.token_hex(8)
        start = f"root={shlex.quote(address.path)} owner={shlex.quote(owner)} locked= me=$$.{me}\n"
        prelude = start + Path(__file__).with_name("remote.sh").read_text(encoding="utf-8")
        self._session = Session(address, prelude, timeout)
        self._patience = int(min(_PATIENCE, timeout / 2))
        self._kept = ""
        self._before: dict[str, str] = {}
        self._made: list[str] = []

    def lock(self) -> None:
        """Let no other push work here, for as long as the connection lives."""
        self._lock(0)

    def _lock(self, wait: int) -> None:
        status, _ = self._session.order(f"lock {wait}")
        if status == _BUSY:
            message = f"another push to {self.place} is at work"
            raise DojoboardsError([Problem(message, None, "wait until it is done", Exit.PROBLEM)])

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return what stands at *paths*, all in one transfer."""
        names = {posixpath.normpath(path): path for path in paths}
        if not names:
            return {}
        script = [
            f"enter; case $? in {_NONE_YET}) exit 0 ;; 1) exit 1 ;; esac",
            *_calls("look", names),
            '[ -z "$failed" ] || exit 1',
            *(f"{call} || exit 2" for call in _calls("pick", names)),
        ]
        status, output, said = self._session.transfer("\n".join(script))
        what = "cannot read what stands there"
        if status:
            told = output.decode(errors="replace") if status == 1 else said
            raise DojoboardsError(self._problems(what, told, "push as a user who may"))
        try:
            return {names[name]: body for name, body in _unpacked(output)}
        except (tarfile.TarError, KeyError) as error:
            raise DojoboardsError(self._problems(what, f"its tar gives no archive: {error}", "")) from None

    def inside(self, paths: Iterable[str]) -> None:
        """Refuse paths that a link leads out of the directory."""
        paths = list(paths)
        script = ["if enter >/dev/null; then", "true", *_calls("inside", _parents(paths)), "fi"]
        _, text = self._session.order("\n".join(script))
        for to, link in _marked(text):
            first = next(path for path in paths if f"./{path}".startswith(f"{link}/"))
            message = f"{first} would be written to {to}, outside {self.place}"
            place = Source(f"{self.place}/{first}")
            raise DojoboardsError([Problem(message, place, "remove the link that leads there", Exit.PROBLEM)])

    def unwritable(self) -> list[Problem]:
        """Return why nothing can be written here, if so."""
        _, text = self._session.order("writable")
        return [
            Problem(
                f"cannot push to {self.place}: {reason}",
                Source(self._at(path)),
                "mend it there, or log in as another user",
                Exit.UNREADABLE,
            )
            for reason, path in _marked(text)
        ]

    def unowned(self) -> list[Problem]:
        """Return that the user whom the files of secrets are to belong to is unknown there, if so."""
        if self._owner:
            status, _ = self._session.order('[ "$(id -u)" != 0 ] || id -u "$owner"')
            if status:
                message = f"cannot give secrets to {self._owner!r}: there is no such user on that machine"
                remedy = f"correct `owner` of the target that goes to {self.place}"
                return [Problem(message, None, remedy, Exit.UNREADABLE)]
        return []

    def sweep(self) -> None:
        """Take away what pushes that were killed have left behind."""
        self._session.order("if enter; then sweep; fi")

    def keep(self, paths: Iterable[str]) -> None:
        """Make the directory and lock it, and keep what stands at *paths*."""
        self._kept = f"./{KEPT}{secrets.token_hex(8)}"
        names = {str(index): path for index, path in enumerate(dict.fromkeys(paths))}
        above = [str(place) for place in (PurePosixPath(self.path), *PurePosixPath(self.path).parents)]
        made = self._done("cannot make the directory", [f"make {shlex.join(above)}"])
        self._made = [path for word, path in _marked(made) if word == "made"]
        self.lock()
        script = [
            f"enter && (umask 077; mkdir {self._kept}) || failed=1",
            *(f"keep {self._kept}/{index} {_quoted(path)}" for index, path in names.items()),
        ]
        text = self._done("cannot keep what is about to be replaced", script, _AGAIN)
        kept = {index for word, index in _marked(text) if word == "kept"}
        self._before = {path: index if index in kept else "" for index, path in names.items()}

    def write(self, files: Mapping[str, bytes], remove: Sequence[str], private: Collection[str]) -> None:
        """Send *files* in one transfer, then move each to its place and remove others."""
        staging = f"./{STAGING}{secrets.token_hex(8)}"
        if files:
            self._stage(staging, files, private)
        parents = list(dict.fromkeys(f"./{path}".rpartition("/")[0] for path in files))
        script = [
            "enter && whose || failed=1",
            *_calls("need", _parents(files)),
            *_calls("into", [parent.removeprefix("./") for parent in parents]),
            *_calls("fit", files),
            *(f"move {staging}/{index} {_quoted(path)}" for index, path in enumerate(files)),
            *_calls("drop", remove),
            f"rm -rf {staging}",
        ]
        self._done("cannot write", script)

    def _stage(self, staging: str, files: Mapping[str, bytes], private: Collection[str]) -> None:
        """Let *files* stand in a new directory, each under its number, as they are to be in their places."""
        numbers = {path: str(index) for index, path in enumerate(files)}
        readable = [number for path, number in numbers.items() if path not in private]
        secret = [number for path, number in numbers.items() if path.startswith("secrets/")]
        others = [number for path, number in numbers.items() if not path.startswith("secrets/")]
        script = [
            "enter && whose || exit 1;",
            f"(stage {staging}",
            *(f"&& {call}" for call in _calls("chmod 644", readable, plain=True)),
            *(f"&& {call}" for call in _calls('give "$private"', secret, plain=True)),
            *(f"&& {call}" for call in _calls('give "$own"', others, plain=True)),
            "&& { sync * 2>/dev/null || sync; }",
            f") || {{ rm -rf {staging}; exit 1; }}",
        ]
        status, _, said = self._session.transfer(" ".join(script), _packed(files, private))
        if status:
            raise DojoboardsError(self._problems("cannot write", said, ""))

    def put_back(self, which: Callable[[str], bool]) -> None:
        """Put back what was kept, and take away what was not there; a connection that broke is opened once more."""
        if self._session.lost:
            self._session.close()
            self._lock(self._patience)  # what the shell of that connection was at may not be done yet
        script = [
            f"enter && {{ [ -d {self._kept} ] || wrong 'it is no longer kept' {self._kept}; }} || failed=1",
            *(
                f"back {self._kept}/{index} {_quoted(path)}" if index else f"drop {_quoted(path)}"
                for path, index in self._before.items()
                if which(path)
            ),
        ]
        self._done("cannot put back what was replaced", script, _AGAIN)

    def forget(self) -> None:
        """Let go of what was kept, and of a directory that was made for nothing; the next push sweeps what stays."""
        if self._kept:
            gone = [f"rmdir {shlex.quote(path)} 2>/dev/null" for path in self._made]
            with suppress(DojoboardsError):
                self._session.order("\n".join([f"if enter; then rm -rf {self._kept}; fi", "cd /", *gone, "true"]))
        self._kept = ""
        self._before = {}
        self._made = []

    def close(self) -> None:
        """Let others push here: the lock goes with the connection."""
        self._session.close()

    def _done(self, what: str, script: Sequence[str], remedy: str = "") -> str:
        """Have *script* carried out, and return what it wrote.

        Raises:
            DojoboardsError: it failed; *what* is the beginning of the message.
        """
        status, text = self._session.order("\n".join([*script, '[ -z "$failed" ]']))
        if status:
            raise DojoboardsError(self._problems(what, text, remedy))
        return text

    def _at(self, path: str) -> str:
        """Return the address of what the other machine calls *path*."""
        return self.place.removesuffix(self.path) + posixpath.normpath(posixpath.join(self.path, path))

    def _problems(self, what: str, text: str, remedy: str) -> list[Problem]:
        """Return what is wrong: what `remote.sh` says of paths, or the first reason that a tool gives."""
        told = [(reason, self._at(path)) for reason, path in _marked(text) if reason not in ("made", "kept")]
        if not told:
            lines = [line for line in text.splitlines() if line.strip() and "\t" not in line]
            known = [line for line in lines if line.rpartition(": ")[2] in REMEDIES]
            told = [((known or lines or ["the other machine does not say why"])[0], self.place)]
        return [
            Problem(
                f"{what}: {reason}",
                Source(place),
                remedy or REMEDIES.get(reason.rpartition(": ")[2], ""),
                Exit.UNREADABLE,
            )
            for reason, place in told
        ]


def _marked(text: str) -> Iterator[tuple[str, str]]:
    """Yield the reasons and paths that `remote.sh` told."""
    for line in text.splitlines():
        reason, tab, path = line.partition("\t")
        if tab:
            yield reason, path


def _quoted(path: str) -> str:
    return shlex.quote(f"./{path}")


def _calls(function: str, paths: Iterable[str], *, plain: bool = False) -> Iterator[str]:
    """Yield calls of a function of `remote.sh` with all *paths*, a hundred at once."""
    quoted = list(paths) if plain else [_quoted(path) for path in paths]
    for first in range(0, len(quoted), _AT_ONCE):
        yield f"{function} {' '.join(quoted[first : first + _AT_ONCE])}"


def _parents(paths: Iterable[str]) -> list[str]:
    """Return the directories in which *paths* lie, from the top down."""
    parents = {parent for path in paths for parent in PurePosixPath(path).parents if parent != PurePosixPath(".")}
    return [str(parent) for parent in sorted(parents, key=lambda parent: (len(parent.parts), parent))]


def _packed(files: Mapping[str, bytes], private: Collection[str]) -> bytes:
    """Return an archive in which each file has its number for a name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for index, (path, body) in enumerate(files.items()):
            member = tarfile.TarInfo(str(index))
            member.size = len(body)
            member.mode = PRIVATE if path in private else _OPEN
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def _unpacked(archives: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is in archives that follow each other, by path."""
    bodies: dict[str, bytes] = {}
    if not archives:
        return
    with tarfile.open(fileobj=io.BytesIO(archives), mode="r:", encoding="utf-8", ignore_zeros=True) as archive:
        for member in archive:
            name = posixpath.normpath(member.name)
            file = archive.extractfile(member) if member.isreg() else None
            # A second name of the same file has no content of its own.
            bodies[name] = file.read() if file else bodies[posixpath.normpath(member.linkname)]
            yield name, bodies[name]
