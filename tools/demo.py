"""Push DojoPool's monitoring to a real Prometheus and a real Alertmanager, and show what is live.

On the way it meets a conflict and a drift: what is not ours, and what somebody changed since the last push.

`make demo` runs it. It starts the servers on free ports of loopback, works in `.cache/demo/`, and stops them.
Another one at the same time works in `.cache/demo-2/`, and so on.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

import stack
from support import servers

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".cache/demo"
COMMAND = [sys.executable, "-m", "dojoboards"]


def main() -> int:
    with ours() as work:
        return show_all(work)


@contextmanager
def ours() -> Iterator[Path]:
    """Give an empty directory to work in that no other demonstration works in: its lock tells."""
    for number in itertools.count(1):
        work = WORK if number == 1 else WORK.with_name(f"{WORK.name}-{number}")
        work.mkdir(parents=True, exist_ok=True)
        lock = os.open(work, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        try:
            for left in work.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield work
        finally:
            os.close(lock)
        return


def show_all(work: Path) -> int:
    started = time.monotonic()
    directories = {system: work / system for system in ("prometheus", "alertmanager", "grafana")}
    environment = {f"DOJOBOARDS_{system.upper()}_DIR": str(place) for system, place in directories.items()}
    dojoboards("build")
    if not all(stack.find(name) for name in stack.PROGRAMS):
        return without_servers(work, directories, environment)
    with ExitStack() as running:
        say("Start a Prometheus and an Alertmanager")
        prometheus = running.enter_context(servers.prometheus(directories["prometheus"]))
        alertmanager = running.enter_context(servers.alertmanager(directories["alertmanager"]))
        for name, server in (("prometheus", prometheus), ("alertmanager", alertmanager)):
            environment[f"DOJOBOARDS_{name.upper()}_URL"] = server.url
            print(f"{name:12} {server.url}")
            targets = prometheus.directory / f"targets/{name}.json"
            targets.parent.mkdir(exist_ok=True)
            targets.write_text(json.dumps([{"targets": [server.url.removeprefix("http://")]}]))
        conflict((), environment)
        show(prometheus, alertmanager, directories["grafana"])
        say("Push again: nothing changes")
        dojoboards("push", "--env", "local", **environment)
        drift((), directories["prometheus"], environment)
    say(f"Done in {time.monotonic() - started:.0f} s; the servers are stopped, their files are in {relative(work)}")
    return 0


def without_servers(work: Path, directories: dict[str, Path], environment: dict[str, str]) -> int:
    """Push to directories that no server reads, where there are none: from a copy of the project that names none."""
    project = work / "project"
    for content in ("alerts", "dashboards"):
        shutil.copytree(ROOT / content, project / content, ignore=shutil.ignore_patterns("__pycache__"))
    config = yaml.safe_load((ROOT / "dojoboards.yaml").read_text(encoding="utf-8"))
    for target in config["environments"]["local"]["targets"].values():
        target.pop("servers", None)
    (project / "dojoboards.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    say("There are no servers here, so what is pushed is files")
    there = ("-C", relative(project))
    dojoboards(*there, "build", "--env", "local")
    directories["prometheus"].mkdir(parents=True)
    (directories["prometheus"] / "prometheus.yml").write_text(servers.PROMETHEUS_STARTS_WITH, encoding="utf-8")
    conflict(there, environment)
    say("Push again: nothing changes")
    dojoboards(*there, "push", "--env", "local", **environment)
    drift(there, directories["prometheus"], environment)
    for system, place in directories.items():
        print(f"{system:12} {sum(file.is_file() for file in place.rglob('*'))} files in {relative(place)}")
    print(f"To see them live: make stack (Debian), or {stack.HOW}")
    return 0


def conflict(project: tuple[str, ...], environment: dict[str, str]) -> None:
    """Meet files that are not ours where ours are to stand, and take them over."""
    say("What stands there already is not ours: a conflict, which stops a push")
    refused(*project, "push", "--env", "local", **environment)
    say("We have looked at it, and take it over")
    dojoboards(*project, "push", "--env", "local", "--adopt", **environment)


def drift(project: tuple[str, ...], prometheus: Path, environment: dict[str, str]) -> None:
    """Find what somebody changed since the last push, and write over it."""
    say("Somebody finds that ServiceDown tells too soon, and edits the rule on the server")
    file = prometheus / "rules/service.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("for: 2m", "for: 30m", 1), encoding="utf-8")
    print(f"{relative(file)}: for: 2m -> 30m")
    dojoboards(*project, "diff", "--env", "local", **environment)
    say("It has drifted: a push does not write over somebody's work unless it is told to")
    refused(*project, "push", "--env", "local", **environment)
    dojoboards(*project, "push", "--env", "local", "--overwrite", **environment)


def dojoboards(*arguments: str, **environment: str) -> None:
    run(arguments, environment, expected=0)


def refused(*arguments: str, **environment: str) -> None:
    run(arguments, environment, expected=1)


def run(arguments: Sequence[str], environment: Mapping[str, str], expected: int) -> None:
    say(f"dojoboards {' '.join(arguments)}")
    variables = {**os.environ, "PATH": f"{stack.BIN}{os.pathsep}{os.environ['PATH']}", **environment}
    done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, env=variables, stderr=subprocess.STDOUT, check=False)
    if done.returncode != expected:
        sys.exit(done.returncode or 1)


def show(prometheus: servers.Server, alertmanager: servers.Server, grafana: Path) -> None:
    """Print what the servers themselves say that they run, and the dashboards that were written."""
    say("Live: dashboards")
    provisioning = yaml.safe_load((grafana / "provisioning/dashboards/dojoboards.yaml").read_text())
    for provider in provisioning["providers"]:
        for file in sorted(Path(provider["options"]["path"]).glob("*.json")):
            title = json.loads(file.read_text())["title"]
            print(f"{provider['folder'] or 'General':12} {title:28} {relative(file)}")
    say("Live: rule groups")
    for group in prometheus.rules():
        health = Counter(rule["health"] for rule in group["rules"])
        words = ", ".join(f"{many} {state}" for state, many in sorted(health.items()))
        print(f"{group['name']:24} {len(group['rules']):3} rules: {words}")
    say("Live: scrape jobs")
    active = prometheus.get("/api/v1/targets")["data"]["activeTargets"]
    for target in sorted(active, key=lambda target: str(target["scrapePool"])):
        print(f"{target['scrapePool']:14} {target['scrapeUrl']:40} {target['health']}")
    say("Live: routes")
    config = yaml.safe_load(alertmanager.get("/api/v2/status")["config"]["original"])
    print(f"everything else -> {config['route']['receiver']}")
    for route in config["route"]["routes"]:
        print(f"{', '.join(route['matchers']):36} -> {route['receiver']}{' and on' if route.get('continue') else ''}")


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
