"""Where Alertmanager would send each alert: the labels that it comes with, and the routes that match them.

Nothing is guessed. What cannot be known of a label is not known of a match either, which is then None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from dojoboards.catalogue.index import Index, Labelled
from dojoboards.catalogue.known import label_set
from dojoboards.catalogue.relabel import LabelSet, relabelled, steps
from dojoboards.expressions import ANY, Call, Matcher, Selector, bare
from dojoboards.lint import texts
from dojoboards.lint.analysis import Analysis, alerts, analysis, through
from dojoboards.lint.registry import all_routes, once
from dojoboards.model import Alert, Project, Receiver, Route, RuleGroup
from dojoboards.model.catalogue import Values, one


class Stop(NamedTuple):
    """Where an alert ends up in the routing tree.

    Args:
        way: The routes that it went through, the outermost first; none for the root.
        receiver: Who is told.
        certain: Whether it surely comes here.
    """

    way: tuple[Route, ...]
    receiver: str
    certain: bool


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """An alert on its way.

    Args:
        alert: It.
        labels: What is known of its labels when it comes to Alertmanager; None where relabelling drops it.
        stops: Where it may end up.
    """

    alert: Alert
    labels: LabelSet | None
    stops: tuple[Stop, ...]

    @property
    def what(self) -> str:
        """What a message calls it."""
        severity = f" ({self.alert.severity})" if self.alert.severity else ""
        return f"the alert {self.alert.name!r}{severity}"


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """An alert as Prometheus, or Loki, raises it.

    Args:
        alert: It.
        group: Its group.
        labels: What is known of its labels.
    """

    alert: Alert
    group: RuleGroup
    labels: LabelSet


@once
def raised(project: Project) -> Index[Raised]:
    """Return every alert of *project*."""
    return Index([Raised(alert, group, made(alert, project)) for alert, group in alerts(project)])


@once
def deliveries(project: Project) -> Sequence[Delivery]:
    """Return the way of every alert of *project*."""
    return tuple(_deliveries(project))


@once
def arriving(project: Project) -> Index[Delivery]:
    """Return the way of every alert of *project* that comes to its Alertmanager."""
    return Index([each for each in deliveries(project) if each.labels is not None])


def all_known(project: Project) -> bool:
    """Return whether the alerts that come to the project's Alertmanager are known: there are some, and no others."""
    others = project.prometheus is not None and "rule_files" in project.prometheus.extra
    others = others or "groups" in project.partial
    return project.alertmanager is not None and not others and any(True for _ in alerts(project))


class _Kind(NamedTuple):
    """What the ways of some alerts depend on."""

    labels: LabelSet
    stops: list[Stop]


def _deliveries(project: Project) -> Iterator[Delivery]:
    asked = sorted({name for route in all_routes(project.routes) for name in _names(tuple(route.matchers))})
    coming: list[tuple[Alert, LabelSet | None, _Kind | None]] = []
    kinds: dict[tuple[Values, ...], _Kind] = {}
    for each in raised(project).all:
        labels = each.labels if each.group in project.log_groups else _arriving(each.labels, project)
        key = tuple(labels.get(name) for name in asked) if labels else ()
        kind = kinds.setdefault(key, _Kind(labels, [])) if labels else None
        coming.append((each.alert, labels, kind))
    if project.alertmanager is not None:
        _send(
            (),
            top(project),
            project.alertmanager.receiver,
            {id(kind): True for kind in kinds.values()},
            Index([*kinds.values()]),
        )
    ways = {id(kind): tuple(kind.stops) for kind in kinds.values()}
    for alert, labels, kind in coming:
        yield Delivery(alert, labels, ways[id(kind)] if kind else ())


def _arriving(labels: LabelSet, project: Project) -> LabelSet | None:
    """Return the labels of an alert behind Prometheus' external labels and its relabelling of alerts."""
    server = project.prometheus
    if server is None:
        return labels
    for name, value in server.external_labels.items():
        labels = labels.having(name, _or_else(labels.get(name), value))
    more = server.extra.get("alerting")
    raw = more.get("alert_relabel_configs") if isinstance(more, Mapping) else ()
    return relabelled(labels, (*server.alert_relabel, *steps(raw))).labels


def _or_else(values: Values, value: str) -> Values:
    """Return what a label can have where *value* is put into its place if it is missing."""
    if values.known is None:
        return Values(None)
    return Values(frozenset(own or value for own in values.known))


def made(alert: Alert, project: Project) -> LabelSet:
    """Return what is known of an alert's labels as Prometheus, or Loki, makes it."""
    found = analysis(alert.expr, project, in_dashboard=False)
    own = {"severity": alert.severity, "team": alert.team, **alert.labels, "alertname": alert.name}
    given = found.gives(found.expression.root).labels if found.expression else ANY
    labels = label_set(given, {name: text for name, text in own.items() if text})
    for name, values in _selected(found).items():
        if name not in own and labels.get(name).known is None and not labels.get(name).optional:
            labels = labels.having(name, values)
    return labels


def _selected(found: Analysis) -> Mapping[str, Values]:
    """Return the labels whose values an expression surely takes over from what it selects."""
    node = through(found.root) if found.root else None
    if isinstance(node, Call) and node.function == "absent" and isinstance(inner := bare(node.arguments[0]), Selector):
        return {matcher.name: one(matcher.value) for matcher in inner.matchers if matcher.operator == "="}
    if not isinstance(node, Selector):
        return {}
    asked = {matcher.name: one(matcher.value) for matcher in node.matchers if matcher.operator == "="}
    parts = [part.labels for part in found.known.matching(node)]
    names = set().union(*(part.labels for part in parts)) - asked.keys()
    for name in names:
        each = [part.get(name).known for part in parts]
        if values := [known for known in each if known is not None]:
            if len(values) == len(each):
                asked[name] = Values(frozenset().union(*values) - {""})
    return {name: values for name, values in asked.items() if values.known}


# Matchers


@cache
def parsed(given: tuple[str, ...]) -> tuple[Matcher, ...] | None:
    """Return the matchers of a route or an inhibit rule; None where one cannot be read."""
    found: list[Matcher] = []
    for text in given:
        some, wrong = texts.matchers(text)
        if wrong:
            return None
        found.extend(Matcher(each.name, each.operator, each.value) for each in some)  # type: ignore[arg-type]  # one of four
    return tuple(found)


def _names(given: tuple[str, ...]) -> list[str]:
    return [matcher.name for matcher in parsed(given) or ()]


def fits(given: Sequence[str], labels: LabelSet) -> bool | None:
    """Return whether all matchers accept an alert with these labels; None where that is not known."""
    matchers = parsed(tuple(given))
    if matchers is None:
        return None
    answers = {_accepted(matcher, labels.get(matcher.name)) for matcher in matchers}
    return False if False in answers else None if None in answers else True


L = TypeVar("L", bound=Labelled)


def fitting(given: Sequence[str], among: Index[L]) -> list[tuple[L, Literal[True] | None]]:
    """Return what all matchers accept, or may accept, with whether they surely do.

    Args:
        given: The matchers.
        among: Things whose labels are known.
    """
    found = ((each, fits(given, each.labels or LabelSet())) for each in among.perhaps(parsed(tuple(given)) or ()))
    return [(each, match) for each, match in found if match is not False]


@cache
def _accepted(matcher: Matcher, values: Values) -> bool | None:
    if values.known is not None:
        answers = {matcher.accepts(value) for value in values.known}
    else:
        answers = {_some_value(matcher)} | ({matcher.accepts("")} if values.optional else set())
    return answers.pop() if len(answers) == 1 else None


def _some_value(matcher: Matcher) -> bool | None:
    """Return whether a matcher accepts a label that is there, whatever its value."""
    positive = matcher.operator in ("=", "=~")
    if not matcher.value:
        return not positive
    if matcher.operator in ("=~", "!~") and matcher.value in (".*", ".+"):
        return positive
    return None


# Routes


def top(project: Project) -> list[Route]:
    """Return the top-level routes in the order in which Alertmanager tries them."""
    return sorted(project.routes, key=lambda route: route.priority)


def _send(
    way: tuple[Route, ...], routes: Sequence[Route], receiver: str, certain: Mapping[int, bool], coming: Index[_Kind]
) -> None:
    """Note where alerts end up that have come to a route: with the first child that matches, or here.

    All are sent at once, so that a route looks only at those that its matchers may accept.

    Args:
        way: The routes that they went through.
        routes: The children of the last one.
        receiver: Whom it tells.
        certain: Whether they surely came here, by their identity.
        coming: They.
    """
    comes = dict(certain)
    here: dict[int, bool | None] = {}
    caught: set[int] = set()
    for route in routes:
        going: dict[int, bool] = {}
        below: list[_Kind] = []
        for kind, match in fitting(route.matchers, coming):
            key = id(kind)
            if key in caught:
                continue
            below.append(kind)
            going[key] = comes[key] and match is True
            here[key] = False if match else here.get(key, True) and None
            if not route.continue_:
                if match:
                    caught.add(key)
                comes[key] = False
        if below:
            _send((*way, route), route.routes, route.receiver or receiver, going, Index(below))
    for kind in coming.all:
        stays = here.get(id(kind), True)
        if stays is not False:
            kind.stops.append(Stop(way, receiver, certain[id(kind)] and stays is True))


def named(route: Route) -> str:
    """Return what a message calls a route."""
    which = ", ".join(route.matchers)
    to = f" to {route.receiver!r}" if route.receiver else ""
    return f"the route{to} for {which}" if which else f"the route{to} without matchers"


# Receivers

_INTEGRATIONS = ("slack", "email", "webhook", "pagerduty")


def integrations(receiver: Receiver) -> frozenset[str]:
    """Return how a receiver tells: `slack`, `email`, ... as Alertmanager names them; none where it tells nobody."""
    own = {name for name in _INTEGRATIONS if getattr(receiver, name)}
    return frozenset(own | {key.removesuffix("_configs") for key, value in receiver.raw.items() if value})
