"""Whether the cases of a project hold in some environments, and what has none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath

from dojoboards import names
from dojoboards.cases import jobs, messages, routing
from dojoboards.cases.built import Built, Labels, Rule
from dojoboards.cases.coverage import Coverage, coverage
from dojoboards.cases.document import CaseFile
from dojoboards.cases.jobs import Jobs
from dojoboards.cases.messages import Scene
from dojoboards.cases.outcome import Outcome, Tested
from dojoboards.cases.routing import Alert, Chosen, MessageCase, RouteCase, RoutingCases, Tree
from dojoboards.cases.rules import Check, Group, RuleCases
from dojoboards.cases.said import Failure
from dojoboards.errors import DojoboardsError, Exit, Problem
from dojoboards.trials import alertmanager, amtool, promtool
from dojoboards.trials.programs import Programs


@dataclass(frozen=True, eq=False)
class Suite:
    """The cases of a project.

    Args:
        root: The project's directory.
        rules: Files of cases for rules.
        routing: Files of cases for routing.
        urls: The address of Grafana in each environment.
        patterns: Globs for the names of what is run: of cases, alerts and files; empty for all.
    """

    root: Path
    rules: Sequence[RuleCases]
    routing: Sequence[RoutingCases]
    urls: Mapping[str, str]
    patterns: Sequence[str] = ()

    def chosen(self, file: CaseFile, *names: str) -> bool:
        """Return whether something of these names is to be run."""
        path = PurePosixPath(file.path)
        known = [name.casefold() for name in (*names, file.path, path.name, path.stem)]
        patterns = [pattern.casefold() for pattern in self.patterns]
        return not patterns or any(fnmatchcase(name, pattern) for name in known for pattern in patterns)


@dataclass(eq=False)
class _Scene:
    """A case for messages in one environment, and how it failed."""

    file: CaseFile
    case: MessageCase
    told: Sequence[Labels]
    silenced: Sequence[Labels]
    failure: str = ""


@dataclass(eq=False)
class _Environment:
    """The cases as they are in one environment, and what is being done about them.

    They are doubtful where a case for rules expects an alert that no rule gives, or has no rules.
    """

    built: Built
    groups: list[tuple[RuleCases, Group]] = field(default_factory=list)
    decided: list[Outcome] = field(default_factory=list)
    doubtful: bool = False
    numbers: list[tuple[RuleCases, Group, int]] = field(default_factory=list)
    alerts: Sequence[Alert] = ()
    tree: Tree | None = None
    routes: list[tuple[Tree, CaseFile, RouteCase, Sequence[Labels]]] = field(default_factory=list)
    scenes: list[_Scene] = field(default_factory=list)


def run(suite: Suite, environments: Sequence[Built]) -> dict[str, Tested]:
    """Run the cases, and return what came of them, by environment.

    Raises:
        DojoboardsError: some cannot be run: they are about something that there is not, or a program is missing.
    """
    prepared = [_prepared(suite, built) for built in environments]
    with tempfile.TemporaryDirectory(prefix="dojoboards-") as directory, Programs() as programs:
        work = Jobs()
        for one in prepared:
            for cases, group in one.groups:
                if any(suite.chosen(cases.file, group.name, check.alert) for check in group.checks):
                    one.numbers.append((cases, group, work.add(one.built, cases, group)))
        judging = promtool.begin(programs, Path(directory), work.pieces)
        asking = amtool.Asking(programs, Path(directory))
        for one in prepared:
            for tree, _, _, found in one.routes:
                for labels in found:
                    asking.ask(tree, labels)
        _play(prepared)
        failures = promtool.end(programs, judging, suite.root)
        _check_known(work, failures)
        return {one.built.environment: _tested(suite, one, work, failures, asking) for one in prepared}


def _check_known(work: Jobs, failures: Mapping[int, Sequence[Failure]]) -> None:
    """Refuse to go on where promtool tells of a failure that is of no check: it must not be taken for success."""
    for number, found in failures.items():
        checks = work.groups[number].checks if 0 <= number < len(work.groups) else ()
        for failure in found:
            if not any(jobs.same(check, failure) for check in checks):
                message = f"promtool tells of a failure that is of no case: {failure}"
                raise DojoboardsError([Problem(message, None, "run promtool by hand to see it", Exit.UNREADABLE)])


def _prepared(suite: Suite, built: Built) -> _Environment:
    one = _Environment(built)
    problems: list[Problem] = []
    for cases in suite.rules:
        missing = list(_missing_files(cases, built))
        if not missing:
            one.groups.extend((cases, group) for group in cases.for_environment(built, suite.urls).groups)
        elif cases.environment == built.environment:
            problems.extend(missing)
        else:
            one.decided.extend(_skipped(suite, built, cases))
    one.doubtful = bool(problems) or any(
        not any(rule.name == check.alert and rule.gives(fired.labels) for rule in built.alerts)
        for _, group in one.groups
        for check in group.checks
        for fired in check.expected
    )
    one.alerts = routing.alerts(built, (group for _, group in one.groups))
    if built.alertmanager:
        one.tree = routing.tree(built.alertmanager)
    for routes in suite.routing:
        if one.tree is None and routes.environment == built.environment:
            problems.append(routes.file.problem((), f"{built.environment} has no Alertmanager", "declare one"))
        elif one.tree is not None:
            here = routes.for_environment(built, suite.urls)
            problems.extend(_routing(suite, one, one.tree, here))
    if problems:
        raise DojoboardsError(problems)
    return one


def _skipped(suite: Suite, built: Built, cases: RuleCases) -> Iterator[Outcome]:
    """Yield the checks of a file about rules that another environment has and this one does not."""
    why = f"{built.environment} has no rule file {', '.join(cases.patterns)}"
    for group in cases.groups:
        for check in group.checks:
            if suite.chosen(cases.file, group.name, check.alert):
                yield Outcome(built.environment, cases.file, check.place, group.name, check.title, skipped=why)


def _missing_files(cases: RuleCases, built: Built) -> Iterator[Problem]:
    for index, pattern in enumerate(cases.patterns):
        if not any(fnmatchcase(path, pattern) for path in built.files):
            message = f"no module of {built.environment} gives the rule file {pattern!r}"
            yield cases.file.problem(("rule_files", index), message, names.hint(pattern, built.files))


def _routing(suite: Suite, one: _Environment, tree: Tree, cases: RoutingCases) -> Iterator[Problem]:
    """Note the cases of a file; yield what is wrong with them."""
    every: list[RouteCase | MessageCase] = [*cases.routes, *cases.messages]
    for case in every:
        told, silenced, problems, astray = _named(one, cases, case)
        what = names.counted(len(told), "alert")
        outcome = partial(Outcome, one.built.environment, cases.file, case.place, case.name, what)
        if (problems or astray) and cases.environment != one.built.environment:
            one.decided.append(outcome(skipped=[*(problem.message for problem in problems), *astray][0]))
        elif problems or (astray and not one.doubtful):
            yield from (*problems, *(cases.file.problem(case.place, message, _CHOOSE) for message in astray))
        elif not suite.chosen(cases.file, case.name):
            continue
        elif astray:  # perhaps since a case for rules is wrong, which is told then
            one.decided.append(outcome(failure="\n".join([*astray, _CHOOSE])))
        elif isinstance(case, RouteCase):
            one.routes.append((tree, cases.file, case, told))
        else:
            one.scenes.append(_Scene(cases.file, case, told, silenced))


def _named(
    one: _Environment, cases: RoutingCases, case: RouteCase | MessageCase
) -> tuple[list[Labels], list[Labels], list[Problem], list[str]]:
    """Return the alerts that a case is about, told and silenced, what it names that there is not, and which alerts."""
    problems: list[Problem] = []
    astray: list[str] = []

    def unknown(what: str, given: Iterable[str], known: Sequence[str], key: str) -> None:
        for name in given:
            if name not in known:
                message = f"{one.built.environment} has no {what} {name!r}"
                problems.append(cases.file.problem((*case.place, key), message, names.hint(name, known)))

    def alerts(chosen: Sequence[Chosen]) -> list[Labels]:
        astray.extend(f"{one.built.environment} has no alert {each}" for each in chosen if not each.among(one.alerts))
        return [labels for each in chosen for labels in each.among(one.alerts)]

    receivers = [receiver["name"] for receiver in one.built.alertmanager["receivers"]]
    if isinstance(case, RouteCase):
        unknown("receiver", case.receivers, receivers, "receivers")
        return alerts([case.alerts]), [], problems, astray
    unknown("receiver", case.messages, receivers, "messages")
    unknown("time interval", case.during, messages.intervals_of(one.built.alertmanager), "during")
    told, silenced = alerts(case.told), alerts(case.silenced)
    for labels in silenced:
        if labels in told:
            message = f"both told and silenced: {messages.shown(labels)}"
            problems.append(cases.file.problem(case.place, message, "choose more exactly"))
    return told, silenced, problems, astray


_CHOOSE = "choose by labels that a case for rules expects and its rule gives, or give all labels of one under `labels`"


def _play(environments: Sequence[_Environment]) -> None:
    """Play all scenes, and those that fail once more and slower: a busy machine may have upset them."""
    scenes = [(one.built, scene) for one in environments for scene in one.scenes]
    for slower in (1, _SLOWER):
        if scenes:
            played = [
                Scene(built.alertmanager, (*one.told, *one.silenced), one.case.during, one.case.over, slower)
                for built, one in scenes
            ]
            for (_, one), heard in zip(scenes, alertmanager.play(played), strict=True):
                one.failure = "\n".join(messages.problems(one.case, one.told, one.silenced, heard))
            scenes = [(built, one) for built, one in scenes if one.failure]


_SLOWER = 3


def _tested(
    suite: Suite, one: _Environment, work: Jobs, failures: Mapping[int, Sequence[Failure]], asking: amtool.Asking
) -> Tested:
    outcomes = list(one.decided)
    for cases, group, number in one.numbers:
        found = failures.get(number, ())
        for check, asked in zip(group.checks, work.groups[number].checks, strict=True):
            if suite.chosen(cases.file, group.name, check.alert):
                outcomes.append(_of_check(one.built, cases, group, check, jobs.shown(asked, found)))
    reached: set[int] = set()
    routed: set[Rule] = set()
    for tree, file, route, alerts in one.routes:
        answers = [(labels, asking.routes(tree, labels)) for labels in alerts]
        reached.update(number for _, numbers in answers for number in numbers)
        routed.update(alert.rule for alert in one.alerts if alert.labels in alerts)
        outcomes.append(_of_route(one.built, tree, file, route, answers))
    for scene in one.scenes:
        what = f"{len(scene.told)} told, {len(scene.silenced)} silenced"
        case = scene.case
        outcomes.append(Outcome(one.built.environment, scene.file, case.place, case.name, what, scene.failure))
    return Tested(tuple(outcomes), None if suite.patterns else _coverage(one, reached, routed))


def _of_route(
    built: Built, tree: Tree, file: CaseFile, case: RouteCase, answers: Sequence[tuple[Labels, tuple[int, ...]]]
) -> Outcome:
    wrong = [
        f"{messages.shown(labels)}\n  - {', '.join(case.receivers)}\n  + {', '.join(told)}"
        for labels, numbers in answers
        if (told := amtool.receivers(tree, numbers)) != case.receivers
    ]
    what = f"{names.counted(len(answers), 'alert')} to {', '.join(case.receivers)}"
    return Outcome(built.environment, file, case.place, case.name, what, "\n".join(wrong))


def _of_check(built: Built, cases: RuleCases, group: Group, check: Check, failure: str) -> Outcome:
    skipped = ""
    known = {rule.name for rule in built.alerts}
    if check.alert and check.alert not in known:  # promtool takes it for one that does not fire
        if cases.environment == built.environment:
            failure = f"there is no alert of this name: {names.hint(check.alert, known)}"
        else:
            failure, skipped = "", f"{built.environment} has no alert {check.alert}"
    return Outcome(built.environment, cases.file, check.place, group.name, check.title, failure, skipped)


def _coverage(one: _Environment, reached: set[int], routed: set[Rule]) -> Coverage:
    return coverage(one.built, [group for _, group in one.groups], one.tree, reached, routed)


def nothing(patterns: Sequence[str]) -> Problem:
    """Return what is said where `--run` names no case."""
    message = f"--run {' '.join(map(repr, patterns))} names no case"
    remedy = "a pattern is the name of a case, an alert or a file; * stands for anything"
    return Problem(message, None, remedy, Exit.UNREADABLE)
