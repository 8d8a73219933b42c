"""A connection to another machine through the OpenSSH client, with its own configuration, agent and known hosts.

One shell there carries out orders, one after the other; what has to be transferred goes beside it through the same
connection. The shell ends when the connection does, and only after the order that it is at.
"""

from __future__ import annotations

import os
import re
import secrets
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path

from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import undisturbed
from dojoboards.targets.directories.address import Address

# The login shell, whichever it is, gets a text in which nothing is special to any shell; sh reads what it is to do.
_ORDERS = """exec sh -c 'while IFS= read -r s; do eval "$(printf %b "$s")"; done'"""
_TRANSFER = """exec sh -c 'IFS= read -r s; eval "$(printf %b "$s")"'"""

_ALWAYS = {
    "BatchMode": "yes",
    "LogLevel": "ERROR",
    "ClearAllForwardings": "yes",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "RemoteCommand": "none",
    "RequestTTY": "no",
    "EscapeChar": "none",
}
_MASTER = {
    "ControlMaster": "yes",
    "ControlPersist": "no",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "4",
}
# Whoever uses the connection does not open one of his own if it is gone.
_BESIDE = {"ControlMaster": "no", "ProxyCommand": "false"}
_SHOWN = 400
_LOST = 255


class Session:
    """A connection that is opened by the first order.

    Args:
        address: Where it goes.
        prelude: What the other machine's shell is told before everything else.
        timeout: Seconds for one order or transfer; half of it until the shell there answers for the first time, and an
            eighth until we are greeted.
    """

    def __init__(self, address: Address, prelude: str, timeout: float) -> None:
        self.lost = False
        """Whether the connection broke: then it is not opened again by itself, since the lock went with it."""
        self._address = address
        self._place = Source(str(address))
        self._prelude = prelude
        self._timeout = timeout
        self._token = secrets.token_hex(8)
        self._orders = 0
        self._answers = b""
        self._files: Path | None = None
        self._shell: subprocess.Popen[bytes] | None = None

    def order(self, script: str) -> tuple[int, str]:
        """Let the shell there carry out *script*, and return the status of its last command, and what it wrote.

        Whoever wants to interrupt us waits until it is done.

        Raises:
            DojoboardsError: the machine cannot be reached, does not let us in or has no tar, or the connection broke.
        """
        if self._shell is None:
            self._open()
        with undisturbed():
            return self._ordered(script, self._timeout)

    def transfer(self, script: str, data: bytes = b"") -> tuple[int, bytes, str]:
        """Run *script* beside the orders, with *data* as its stdin, and return its status, stdout and stderr.

        Raises:
            DojoboardsError: as with an order.
        """
        if self._shell is None:
            self._open()
        start = f"{self._token}\n"
        text = _line(f"{self._prelude}\nprintf %s {self._token}\necho\n{script}")
        try:
            done = subprocess.run(
                self._ssh(_BESIDE, _TRANSFER, "-F", "/dev/null"),
                input=text + data,
                capture_output=True,
                timeout=self._timeout,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise self._slow(self._timeout) from None
        said = done.stderr.decode(errors="replace")
        _, started, output = done.stdout.partition(start.encode())
        if not started or done.returncode == _LOST:
            raise self._broken(said)
        return done.returncode, output, said

    def close(self) -> None:
        """Close the connection; another order would open a new one."""
        shell, files = self._shell, self._files
        self._shell = self._files = None
        self._answers, self._orders, self.lost = b"", 0, False
        try:
            if shell is not None and shell.stdin is not None and shell.stdout is not None:
                with suppress(OSError):
                    shell.stdin.close()
                _end(shell)
                shell.stdout.close()
        finally:
            if files is not None:
                shutil.rmtree(files, ignore_errors=True)

    def _open(self) -> None:
        # The path of a socket may have a hundred bytes, and that of TMPDIR is of any length.
        self._files = Path(tempfile.mkdtemp(prefix="dojoboards-", dir="/tmp"))
        try:
            with (self._files / "stderr").open("wb") as said:
                self._shell = subprocess.Popen(
                    self._ssh({**_MASTER, "ConnectTimeout": str(ceil(self._timeout / 8))}, _ORDERS),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    bufsize=0,
                    start_new_session=True,  # so that Ctrl-C on our terminal does not reach it
                )
        except FileNotFoundError:
            message = f"cannot push to {self._address}: there is no ssh on this machine"
            problem = Problem(message, None, "install the OpenSSH client", Exit.UNREACHABLE)
            raise DojoboardsError([problem]) from None
        status, _ = self._ordered(f"{self._prelude}\ncommand -v tar >/dev/null", self._timeout / 2)
        if status:
            raise self._problem("there is no tar on that machine", "install it there")

    def _ssh(self, options: Mapping[str, str], command: str, *more: str) -> list[str]:
        address = self._address
        chosen = {**_ALWAYS, **options, "ControlPath": f"{self._files}/socket"}
        user = ("-l", address.user) if address.user else ()
        port = ("-p", address.port) if address.port else ()
        return [
            "ssh",
            *more,
            *(f"-o{name}={value}" for name, value in chosen.items()),
            *user,
            *port,
            "--",
            address.host,
            command,
        ]

    def _ordered(self, script: str, timeout: float) -> tuple[int, str]:
        if self.lost:
            raise self._broken()
        self._orders += 1
        mark = f"{self._token} {self._orders}"
        found = re.compile(rf"\n{mark} (\d+)\n".encode())
        data = _line(f"{{ {script}\n}} </dev/null 2>&1\nprintf '\\n%s %s\\n' '{mark}' $?")
        end = self._exchange(data, found, timeout)
        text, self._answers = self._answers[: end.start()], self._answers[end.end() :]
        last = text.rpartition(f"\n{self._token} ".encode())[2]  # what came before belongs to an order given up
        return int(end[1]), last.decode(errors="replace")

    def _exchange(self, data: bytes, wanted: re.Pattern[bytes], timeout: float) -> re.Match[bytes]:
        """Write *data* to the shell, and read until it has answered what is *wanted*."""
        shell = self._shell
        assert shell is not None  # noqa: S101  # an order opens it
        assert shell.stdin is not None  # noqa: S101  # both are pipes
        assert shell.stdout is not None  # noqa: S101
        deadline = time.monotonic() + timeout
        os.set_blocking(shell.stdin.fileno(), False)
        with selectors.DefaultSelector() as ready:
            ready.register(shell.stdin, selectors.EVENT_WRITE)
            ready.register(shell.stdout, selectors.EVENT_READ)
            while not (end := wanted.search(self._answers)):
                events = ready.select(max(0.0, deadline - time.monotonic()))
                if not events:
                    raise self._slow(timeout)
                for key, _ in events:
                    if key.fileobj is shell.stdout:
                        answer = os.read(key.fd, 65536)
                        if not answer:
                            raise self._ended()
                        self._answers += answer
                        continue
                    try:
                        data = data[os.write(key.fd, data[:65536]) :]
                    except BlockingIOError:
                        pass
                    except BrokenPipeError:
                        data = b""  # reading says that it has ended
                    if not data:
                        ready.unregister(shell.stdin)
        return end

    def _ended(self) -> DojoboardsError:
        """Return what the end of the shell means."""
        if self._orders > 1:
            return self._broken()
        self.lost = True
        status = _end(self._shell) if self._shell is not None else _LOST
        said = self._said()
        by_hand = self._by_hand()
        if status < 0:
            return self._broken("ssh was killed")
        if status != _LOST:
            heard = _shown(self._answers.decode(errors="replace")) or said or "it says nothing"
            remedy = f"give the user a shell there; {by_hand} shows what it does"
            return self._problem(f"runs no command for us: {heard}", remedy)
        if "IDENTIFICATION HAS CHANGED" in said:
            remedy = f"was it installed anew? Check its fingerprint, then ssh-keygen -R {self._known()}"
            return self._problem("its host key is not the one that is known: someone may be in between", remedy)
        if "Host key verification failed" in said:
            remedy = f"check its fingerprint and accept it with {by_hand}"
            return self._problem("its host key is not among the known hosts", remedy)
        if "Permission denied" in said or "authentication" in said.lower():
            remedy = f"give ssh a key that it accepts (ssh-add, or ssh's configuration), so that {by_hand} asks nothing"
            return self._problem(f"does not let us in: {said}", remedy)
        return self._problem(f"cannot be reached: {said or 'ssh does not say why'}", f"does {by_hand} work?")

    def _broken(self, said: str = "") -> DojoboardsError:
        self.lost = True
        if self._shell is not None:
            with suppress(subprocess.TimeoutExpired):
                self._shell.wait(1)
                said = ""  # whoever used the connection only says that it is gone
        reason = _shown(said) or self._said() or "ssh ended"
        return self._problem(f"the connection broke: {reason}", "push again when it is there")

    def _slow(self, timeout: float) -> DojoboardsError:
        self.lost = True
        if self._shell is not None:
            self._shell.kill()
        remedy = (
            f"is it busy? Does {self._by_hand()} work? `timeout` of the target in dojoboards.yaml says how long to wait"
        )
        return self._problem(f"did not answer within {timeout:g} s", remedy)

    def _said(self) -> str:
        try:
            return _shown((self._files / "stderr").read_text(errors="replace")) if self._files else ""
        except OSError:
            return ""

    def _problem(self, message: str, remedy: str) -> DojoboardsError:
        return DojoboardsError([Problem(message, self._place, remedy, Exit.UNREACHABLE)])

    def _by_hand(self) -> str:
        port = f"-p {self._address.port} " if self._address.port else ""
        user = f"{self._address.user}@" if self._address.user else ""
        return f"`ssh {port}{user}{self._address.host}`"

    def _known(self) -> str:
        """Return the name under which ssh knows it."""
        host, port = self._address.host, self._address.port
        return f"'[{host}]:{port}'" if port else host


def _line(script: str) -> bytes:
    """Return *script* as a line that `printf %b` makes the same text of."""
    return (script.replace("\\", "\\\\").replace("\n", "\\n") + "\n").encode(errors="surrogateescape")


def _end(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that has nothing left to do, and return its status."""
    try:
        return process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _shown(text: str) -> str:
    """Return what a program said, in one line."""
    lines = [line.strip() for line in text.splitlines()]
    return "; ".join(line for line in lines if line)[:_SHOWN]
