"""`dojoboards pull`: save what somebody edited in Grafana beside the content, so that the build gives it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from dojoboards import names, saved
from dojoboards.artifact import Artifact
from dojoboards.commands.build import compiled
from dojoboards.commands.planning import made
from dojoboards.commands.progress import waiting
from dojoboards.config import FILE, Config
from dojoboards.errors import DojoboardsError, Exit, Problem, Source
from dojoboards.files import write_tree
from dojoboards.model import Project
from dojoboards.plan import Key, Live
from dojoboards.report import Difference
from dojoboards.report.differences import differences
from dojoboards.targets.grafana_api import documents


@dataclass(frozen=True, slots=True)
class _Pulled:
    """A dashboard that is to be saved.

    Args:
        artifact: What the content gives, as the target wants it.
        live: What the target holds.
        file: Where it is saved.
        body: What is saved.
    """

    artifact: Artifact
    live: Live
    file: Path
    body: bytes

    @property
    def edited(self) -> bool:
        """Whether somebody changed more than its folder."""
        return not documents.same_board(orjson.loads(self.live.body or b"{}"), orjson.loads(self.artifact.body))


def pull(
    config: Config,
    environment: str,
    uids: Sequence[str],
    *,
    output: Path | None = None,
    force: bool = False,
    adopt: bool = False,
) -> int:
    """Save dashboards as *environment*'s Grafana holds them, and print what to do next.

    Args:
        config: The project.
        environment: Its environment's name.
        uids: Of the dashboards.
        output: The file to write, for one dashboard; None is a file in `dashboards/`, which the build then uses.
        force: Whether to write over a file that holds something else.
        adopt: Whether to take a dashboard that this project never pushed.

    Raises:
        DojoboardsError: the content has problems, a dashboard is not there or not ours, or a file is in the way;
            nothing is written then, but for problems that the build finds in what was pulled.
    """
    project, result = compiled(config, environment)
    boards = _boards(result.artifacts)
    _known(uids, boards, environment)
    boards, live = _read(config, project, list(boards.values()))
    pulled: list[_Pulled] = []
    problems: list[Problem] = []
    for uid in dict.fromkeys(uids):
        found = live.get(("dashboard", uid))
        try:
            pulled.append(_pulled(config, project, boards[uid], found, output, adopt=adopt))
        except DojoboardsError as error:
            problems.extend(error.problems)
    changed = [one for one in pulled if output or one.edited]
    problems.extend(problem for one in changed if not force for problem in _in_the_way(one))
    problems.extend(_of_one_file(changed, project))
    if problems:
        raise DojoboardsError(problems)
    for one in pulled:
        if one not in changed:
            print(f"{one.artifact.key}: nothing to pull, it is what the content gives{_elsewhere(one)}")
    for one in changed:
        write_tree(one.file.parent, {one.file.name: one.body})
        print(f"{one.artifact.key}: saved as {_shown(config, one.file)}{_edited(one.live)}")
    if changed and output is None:
        _next(config, environment, changed)
    return Exit.OK


def _known(uids: Sequence[str], boards: dict[str, Artifact], environment: str) -> None:
    unknown = [uid for uid in uids if uid not in boards]
    if unknown:
        remedy = "a dashboard is pulled into the content that declares it: declare one with this uid first"
        raise DojoboardsError(
            Problem(
                f"the content has no dashboard {uid!r} in environment {environment!r}",
                None,
                f"{names.hint(uid, boards)}; {remedy}",
                Exit.UNREADABLE,
            )
            for uid in unknown
        )


def _boards(artifacts: Sequence[Artifact]) -> dict[str, Artifact]:
    return {artifact.key: artifact for artifact in artifacts if artifact.kind == "dashboard"}


def _read(
    config: Config, project: Project, boards: Sequence[Artifact]
) -> tuple[dict[str, Artifact], Mapping[Key, Live]]:
    """Return the dashboards as the target wants them, and what it holds of them."""
    settings = project.environment.targets.get("grafana")
    if settings is None:
        name = project.environment.name
        message = f"the environment {name!r} has no Grafana to pull from"
        remedy = f"add environments.{name}.targets.grafana; see docs/configuration.md"
        raise DojoboardsError([Problem(message, Source(str(config.root / FILE)), remedy, Exit.UNREADABLE)])
    target = made(project, settings, boards, config.root)
    try:
        with waiting(f"reading {target.name}"):
            return _boards(target.wanted()), target.read()
    finally:
        target.close()


def _pulled(
    config: Config, project: Project, artifact: Artifact, found: Live | None, output: Path | None, *, adopt: bool
) -> _Pulled:
    uid, place = artifact.key, project.environment.name
    if found is None or found.body is None:
        message = f"{place} does not hold the dashboard {uid!r}"
        raise DojoboardsError([Problem(message, artifact.source, "push it first, or has somebody deleted it?")])
    if not found.ours and not adopt:
        message = f"the dashboard {uid!r} of {place} was never pushed by this project"
        remedy = "pull it with --adopt to take it as ours, or give the content's dashboard another uid"
        raise DojoboardsError([Problem(message, artifact.source, remedy)])
    try:
        document = orjson.loads(found.body)
        modern = str(document.get("apiVersion", "")).endswith("/v2")
    except (ValueError, AttributeError):
        message = f"what {place} holds of the dashboard {uid!r} is no JSON object"
        raise DojoboardsError([Problem(message, artifact.source, f"look at {found.path} there")]) from None
    if modern:
        message = f"the dashboard {uid!r} of {place} is stored in schema v2, which dojoboards does not write"
        raise DojoboardsError([Problem(message, artifact.source, "export it from Grafana in the classic schema")])
    earlier = project.saved.get(uid)
    own = Path(earlier.source.file) if earlier else config.root / "dashboards" / saved.file_name(uid)
    return _Pulled(artifact, found, output or own, saved.as_saved(document, project.environment))


def _in_the_way(one: _Pulled) -> list[Problem]:
    """Return the problem that something else stands where a dashboard is to be saved."""
    try:
        if one.file.read_bytes() == one.body:
            return []
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"cannot read what stands there: {error.strerror}"
        return [Problem(message, Source(str(one.file)), "move it away", Exit.UNREADABLE)]
    message = f"something else stands where {one.artifact.key!r} is to be saved"
    return [Problem(message, Source(str(one.file)), "look at it; --force writes over it, --output FILE elsewhere")]


def _of_one_file(pulled: Sequence[_Pulled], project: Project) -> list[Problem]:
    """Return the problem of each dashboard whose file is another one's, also where only upper and lower case differ."""
    taken = {_folded(Path(found.source.file)): uid for uid, found in project.saved.items()}
    problems = []
    for one in pulled:
        uid = one.artifact.key
        if (other := taken.setdefault(_folded(one.file), uid)) != uid:
            message = f"the dashboards {other!r} and {uid!r} would go to one file, or to two that differ in case only"
            remedy = (
                f"merge {other!r} into the content and remove its file first, or look at {uid!r} with --output FILE"
            )
            problems.append(Problem(message, Source(str(one.file)), remedy))
    return problems


def _folded(file: Path) -> str:
    return str(file.resolve()).casefold()


def _edited(live: Live) -> str:
    if live.edited is None or not live.edited.who:
        return ""
    when = f", {live.edited.when}" if live.edited.when else ""
    return f" (edited by {live.edited.who}{when})"


def _next(config: Config, environment: str, pulled: Sequence[_Pulled]) -> None:
    """Say what is to be done now, and what the build makes of it.

    Raises:
        DojoboardsError: the build finds problems in it.
    """
    for one in pulled:
        place = _shown(config, Path(one.artifact.source.file)) if one.artifact.source else "its module"
        print(f"  it stands in place of what {place} declares, until you merge it there and remove it")
    _, result = compiled(config, environment)
    built = _boards(result.artifacts)
    for one in pulled:
        if left := _left(one, built[one.artifact.key]):
            print(f"note: {one.artifact.key} is not all that {environment} holds: {'; '.join(left)}", file=sys.stderr)
            print("    a push needs --overwrite, which puts back what the content says of that", file=sys.stderr)
    print(f"next: dojoboards build, have the result reviewed, dojoboards push --env {environment}")


def _left(one: _Pulled, built: Artifact) -> list[str]:
    """Return how a dashboard that was pulled still differs from what Grafana holds."""
    live = one.live.body or b""
    left = [elsewhere.removeprefix("; ")] if (elsewhere := _elsewhere(one)) else []
    if not documents.same_board(orjson.loads(built.body), orjson.loads(live)):
        found = differences("dashboard", live, built.body)
        left.extend([_said(difference) for difference in found] or ["it is written in another way"])
    return left


def _elsewhere(one: _Pulled) -> str:
    """Return that a dashboard lies in another folder than the content says, which the content has to say itself."""
    there, here = (path.split("/")[-2] for path in (one.live.path, one.artifact.path))
    return f"; it lies in the folder {there!r} there, and in {here!r} here" if there != here else ""


def _said(difference: Difference) -> str:
    values = [value for value in (difference.before, difference.after) if value is not None]
    where = ", ".join(difference.where)
    return f"{difference.what} {where}{': ' if values else ''}{' -> '.join(values)}"


def _shown(config: Config, file: Path) -> str:
    return str(file.relative_to(config.root)) if file.is_relative_to(config.root) else str(file)
