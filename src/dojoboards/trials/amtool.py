"""Who is told, as amtool says."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path

from dojoboards.cases.built import Labels
from dojoboards.cases.routing import Tree
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.trials.programs import Done, Programs, find

_Asked = tuple[str, tuple[tuple[str, str], ...]]


class Asking:
    """Asks amtool by which routes alerts are told; alerts that no matcher tells from others are one question.

    Args:
        programs: Run it.
        directory: Empty; gets configurations.
    """

    def __init__(self, programs: Programs, directory: Path) -> None:
        self._programs = programs
        self._directory = directory
        self._files: dict[str, Path] = {}
        self._answers: dict[_Asked, Future[Done]] = {}

    def ask(self, tree: Tree, labels: Labels) -> None:
        """Let amtool look for the routes of an alert.

        Raises:
            DojoboardsError: amtool is not on the PATH.
        """
        asked = (tree.text, tree.asked(labels))
        if asked in self._answers:
            return
        program = find("amtool", "cases for routes")
        if tree.text not in self._files:
            file = self._files[tree.text] = self._directory / f"{len(self._files)}.json"
            file.write_text(tree.text, encoding="utf-8")
        pairs = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in asked[1]]
        command = [program, "config", "routes", "test", f"--config.file={self._files[tree.text]}", *pairs]
        self._answers[asked] = self._programs.start(command)

    def routes(self, tree: Tree, labels: Labels) -> tuple[int, ...]:
        """Return the numbers of the routes of an alert that was asked for, in order.

        Raises:
            DojoboardsError: amtool could not tell.
        """
        done = self._answers[tree.text, tree.asked(labels)].result()
        first = done.stdout.partition("\n")[0].strip()
        if done.code or not first:
            words = " ".join(
                f"{done.stdout} {done.stderr}".replace(str(self._files[tree.text]), "its configuration").split()
            )
            raise DojoboardsError([Problem(f"amtool: {words}", None, "", Exit.UNREADABLE)])
        return tuple(int(number) for number in first.split(","))


def receivers(tree: Tree, routes: tuple[int, ...]) -> tuple[str, ...]:
    """Return the receivers of routes, in order."""
    return tuple(tree.routes[number].receiver for number in routes)
