"""Get Prometheus, promtool, Alertmanager and amtool for tests and the demo: from the PATH, or from Debian's packages.

    python tools/stack.py [--exporters] [--ssh] [--optional]

What is on the PATH and new enough is used as it is. On Debian the rest is downloaded from the suite trixie into
`.cache/stack/`, through apt with a configuration of its own: apt verifies the archive's signatures, nothing is
installed, and /etc is not touched. With `--exporters` come the exporters, and NGINX, PostgreSQL and Redis for them to
look at; with `--ssh`, OpenSSH's server and client. With `--optional` a failure is told in a line and is no failure,
unless CI=true.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

STACK = Path(__file__).parents[1] / ".cache/stack"
ROOT = STACK / "root"
BIN = STACK / "bin"
SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

PROGRAMS = {
    "prometheus": ((2, 45), "prometheus"),
    "promtool": ((2, 45), "promtool"),
    "alertmanager": ((0, 28), "prometheus-alertmanager"),
    "amtool": ((0, 28), "prometheus-alertmanager"),
}
"""By program: the oldest version that will do, and Debian's package."""

EXPORTERS = {
    "node_exporter": ((1, 5), "prometheus-node-exporter"),
    "nginx-prometheus-exporter": ((1, 0), "prometheus-nginx-exporter"),
    "postgres_exporter": ((0, 12), "prometheus-postgres-exporter"),
    "redis_exporter": ((1, 45), "prometheus-redis-exporter"),
}
"""The same for what `--exporters` adds."""

SERVICES = {"nginx": "nginx", "initdb": "postgresql", "redis-server": "redis-server"}
"""What exporters look at, by a program of each, and Debian's package: any version will do."""

SSH = {
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "libnss_wrapper.so": "libnss-wrapper",
}
"""The same for what `--ssh` adds. The library lets a server know users that this machine does not have."""

DEBIAN_NAMES = {"alertmanager": "prometheus-alertmanager"} | {name: package for name, (_, package) in EXPORTERS.items()}

# Servers are not on everybody's PATH, and those of PostgreSQL are on nobody's.
PLACES = ("usr/bin", "usr/sbin", "usr/lib/postgresql/*/bin")

# These are programs in C, which need the libraries of the machine's own suite, and bring those that it has not.
# PostgreSQL compiles queries only where LLVM is, which is larger than all the rest.
NOT_NEEDED = ("libllvm", "libz3")

# Debian's Alertmanager reads its default templates from /usr/share, wherever it was started from. A mount that only
# this process sees puts them there; time zones are kept. The process id stays the same.
ALERTMANAGER = """\
#!/bin/sh
export STACK="{root}"
exec unshare -rm sh -c 'mkdir -p "$STACK/usr/share/zoneinfo" &&
    {{ [ ! -d /usr/share/zoneinfo ] || mount --bind /usr/share/zoneinfo "$STACK/usr/share/zoneinfo"; }} &&
    mount --rbind "$STACK/usr/share" /usr/share &&
    exec "$STACK/usr/bin/prometheus-alertmanager" "$@"' sh "$@"
"""


HOW = "put prometheus and promtool (2.45 or newer), alertmanager and amtool (0.28 or newer) on the PATH."
HOW_EXPORTERS = f"put {', '.join((*EXPORTERS, *SERVICES))} on the PATH."
HOW_SSH = f"install {', '.join(dict.fromkeys(SSH.values()))}."


class StackError(Exception):
    """The programs cannot be had; the message says why and what to do."""


def main() -> int:
    optional = "--optional" in sys.argv[1:] and os.environ.get("CI") != "true"
    exporters = "--exporters" in sys.argv[1:]
    wanted = PROGRAMS | (EXPORTERS if exporters else {})
    ssh = "--ssh" in sys.argv[1:]
    services = (SERVICES if exporters else {}) | (SSH if ssh else {})
    try:
        missing = [name for name in wanted if not new_enough(name)]
        if missing:
            fetch(sorted({wanted[name][1] for name in missing}))
            link(missing)
        fetch_services(services)
    except StackError as error:
        print(f"{error}\nTo get the servers: {HOW}")
        if exporters:
            print(f"To get the exporters too: {HOW_EXPORTERS}")
        if ssh:
            print(f"To get OpenSSH too: {HOW_SSH}")
        return 0 if optional else 1
    for name in wanted:
        print(f"{name} {'.'.join(map(str, version(find(name))))}: {find(name)}")
    for name in services:
        print(f"{name}: {find(name)}")
    return 0


def find(name: str) -> str:
    """Return the path of a program: what was downloaded before what is on the PATH; empty if it is nowhere.

    A name that ends in `.so` is that of a library.
    """
    if name.endswith(".so"):
        found = [str(file) for root in (ROOT, Path("/")) for file in root.glob(f"usr/lib/*-linux-gnu*/{name}")]
        return found[0] if found else ""
    servers = [str(place) for root in (ROOT, Path("/")) for pattern in PLACES for place in root.glob(pattern)]
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath), *servers])
    return shutil.which(name, path=path) or shutil.which(DEBIAN_NAMES.get(name, name), path=path) or ""


def libraries() -> str:
    """Return where the services that were downloaded find their libraries: a value for `LD_LIBRARY_PATH`."""
    return os.pathsep.join(map(str, sorted(ROOT.glob("usr/lib/*-linux-gnu*"))))


def new_enough(name: str) -> bool:
    found = find(name)
    return bool(found) and version(found) >= (PROGRAMS | EXPORTERS)[name][0]


def version(program: str) -> tuple[int, ...]:
    """Return the version that a program tells; empty if it tells none."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return ()
    told = re.search(r"(?:version|Exporter) v?(\d+)\.(\d+)\.(\d+)", done.stdout + done.stderr)
    return tuple(map(int, told.groups())) if told else ()


def fetch(packages: list[str]) -> None:
    """Download and unpack packages of the suite below `.cache/stack/root`."""
    configure(SUITE, status="/dev/null")
    download(packages, SUITE)


def fetch_services(services: Mapping[str, str]) -> None:
    """Download and unpack those of the services that this machine lacks, with the libraries that it lacks."""
    missing = {services[name] for name in services if not find(name)}
    if not missing:
        return
    suite = release("VERSION_CODENAME")
    configure(suite, status="/var/lib/dpkg/status")
    plan = apt("--simulate", "--no-install-recommends", "install", *sorted(missing))
    names = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    download([name for name in names if not name.startswith(NOT_NEEDED)], suite)


def configure(suite: str, status: str) -> None:
    """Give apt a configuration of its own, and let it learn what the suite has."""
    if not (shutil.which("apt-get") and shutil.which("dpkg") and release("ID") == "debian"):
        raise StackError("This machine lacks servers of a version that will do, and is not Debian.")
    for directory in (f"lists/{suite}/partial", "cache/archives/partial", "packages", "root"):
        (STACK / directory).mkdir(parents=True, exist_ok=True)
    (STACK / "sources.list").write_text(sources(suite))
    (STACK / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{STACK}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        'Dir::Etc::preferences "/dev/null";\n'
        'Dir::Etc::preferencesparts "/dev/null";\n'
        f'Dir::State::lists "{STACK}/lists/{suite}";\n'
        f'Dir::State::status "{status}";\n'
        f'Dir::Cache "{STACK}/cache";\n'
        'APT::Sandbox::User "";\n'
        'Acquire::Languages "none";\n'
        'Acquire::Retries "3";\n'
    )
    apt("update")


def download(packages: list[str], suite: str) -> None:
    print(f"downloading {', '.join(packages)} of {suite} to {STACK}", flush=True)
    downloads = STACK / "packages"
    for old in downloads.glob("*.deb"):
        old.unlink()
    apt("download", *packages)
    for package in downloads.glob("*.deb"):
        run("dpkg", "-x", str(package), str(ROOT))
        package.unlink()


def apt(*arguments: str) -> str:
    return run("apt-get", "-qq", *arguments, APT_CONFIG=str(STACK / "apt.conf"))


def run(*command: str, **environment: str) -> str:
    variables = {**os.environ, "LC_ALL": "C", **environment}
    directory = STACK / "packages"
    done = subprocess.run(command, env=variables, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"{' '.join(command)} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def release(field: str) -> str:
    """Return what this machine says of its distribution; empty where it says nothing."""
    try:
        told = re.search(rf'^{field}="?([^"\n]*)', Path("/etc/os-release").read_text(), re.MULTILINE)
    except OSError:
        return ""
    return told[1] if told else ""


def sources(suite: str) -> str:
    """Return apt's sources for the suite, at the mirrors that this machine uses for its own."""
    apt_directory = Path("/etc/apt")
    stanzas = [
        stanza
        for file in sorted(apt_directory.glob("sources.list.d/*.sources"))
        for stanza in re.split(r"\n\s*\n", file.read_text())
    ]
    mirrors: dict[str, str] = {}
    for stanza in stanzas:
        fields = dict(re.findall(r"^(URIs|Signed-By):\s*(.+)$", stanza, re.MULTILINE))
        if "URIs" in fields and "debian-archive" in fields.get("Signed-By", KEYRING):
            mirrors |= dict.fromkeys(fields["URIs"].split(), fields.get("Signed-By", KEYRING))
    for file in (apt_directory / "sources.list", *sorted(apt_directory.glob("sources.list.d/*.list"))):
        lines = file.read_text() if file.exists() else ""
        for options, uri in re.findall(r"^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+\S+\s+main", lines, re.MULTILINE):
            signed = re.search(r"signed-by=(\S+)", options)
            if signed is None or "debian-archive" in signed[1]:
                mirrors[uri] = signed[1] if signed else KEYRING
    usable = {uri: key for uri, key in mirrors.items() if "security" not in uri}
    if not usable:
        raise StackError("apt knows no mirror of Debian.")
    uri, key = next(iter(usable.items()))
    return f"deb [signed-by={key}] {uri} {suite} main\n"


def link(names: list[str]) -> None:
    """Put the programs into `.cache/stack/bin` under the names that their makers gave them."""
    BIN.mkdir(exist_ok=True)
    for name in names:
        place = BIN / name
        place.unlink(missing_ok=True)
        if name == "alertmanager":
            place.write_text(ALERTMANAGER.format(root=ROOT))
            place.chmod(0o755)
        else:
            place.symlink_to(ROOT / "usr/bin" / DEBIAN_NAMES.get(name, name))
        if not new_enough(name):
            raise StackError(f"{place} does not run, or is too old.")


if __name__ == "__main__":
    sys.exit(main())
