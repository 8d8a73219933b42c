"""What Prometheus and Alertmanager give to their templates, and which fields, methods and elements that has.

What a value is cannot always be known: what a function gives that takes anything, what a variable holds that is set
again, what a template is given that others call too. Then nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dojoboards import names
from dojoboards.lint.goactions import Fault
from dojoboards.lint.gotemplates import Action, Branch, Call, Chain, Literal, Node, Operand, Pipeline, Use

UNKNOWN = ""
"""The name of what may be anything."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be.

    Args:
        called: What a message calls it.
        fields: What its fields are, by name.
        methods: What its methods give, by name; they can take arguments.
        element: What its elements are; empty where it has none, or where that is not known.
        key: What they are found by.
        others: Whether it has fields of any other name too, as labels have: each is an element.
        gone_over: Whether `range` can go over it.
    """

    called: str
    fields: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    element: str = UNKNOWN
    key: str = "number"
    others: bool = False
    gone_over: bool = True


_MOMENT = (
    "Add AddDate After AppendBinary AppendFormat AppendText Before Clock Compare Date Day Equal Format GoString "
    "GobEncode Hour ISOWeek In IsDST IsZero Local Location MarshalBinary MarshalJSON MarshalText Minute Month "
    "Nanosecond Round Second String Sub Truncate UTC Unix UnixMicro UnixMilli UnixNano Weekday Year YearDay Zone "
    "ZoneBounds"
)
_PAIRS = {"Names": "texts", "Values": "texts", "String": "text"}

KINDS: Mapping[str, Kind] = {
    "text": Kind("a text"),
    "number": Kind("a number"),
    "moment": Kind("a time", methods=dict.fromkeys(_MOMENT.split(), UNKNOWN), gone_over=False),
    "texts": Kind("a list of texts", element="text"),
    # Of Alertmanager
    "message": Kind(
        "the data of a message",
        {
            "Receiver": "text",
            "Status": "text",
            "Alerts": "alerts",
            "GroupLabels": "pairs by name",
            "CommonLabels": "pairs by name",
            "CommonAnnotations": "pairs by name",
            "ExternalURL": "text",
        },
        gone_over=False,
    ),
    "alerts": Kind("the list of alerts", methods={"Firing": "some alerts", "Resolved": "some alerts"}, element="alert"),
    "some alerts": Kind("a list of alerts", element="alert"),
    "alert": Kind(
        "an alert",
        {
            "Status": "text",
            "Labels": "pairs by name",
            "Annotations": "pairs by name",
            "StartsAt": "moment",
            "EndsAt": "moment",
            "GeneratorURL": "text",
            "Fingerprint": "text",
        },
        gone_over=False,
    ),
    "pairs by name": Kind(
        "a set of labels or annotations",
        methods={**_PAIRS, "SortedPairs": "pairs", "Remove": "pairs by name"},
        element="text",
        key="text",
        others=True,
    ),
    "pairs": Kind("a list of pairs", methods=_PAIRS, element="pair"),
    "pair": Kind("a pair", {"Name": "text", "Value": "text"}, gone_over=False),
    # Of Prometheus
    "alert of a rule": Kind(
        "the data of an alert",
        {"Labels": "labels", "ExternalLabels": "labels", "ExternalURL": "text", "Value": UNKNOWN},
        gone_over=False,
    ),
    "labels": Kind("a set of labels", element="text", key="text", others=True),
    "samples": Kind("what `query` finds", element="sample"),
    "sample": Kind("a sample", {"Labels": "labels", "Value": "number"}, gone_over=False),
}
"""By their names."""

_TEXTS = (
    "html js print printf println urlquery humanize humanize1024 humanizeDuration humanizePercentage "
    "humanizeTimestamp join "
    "reReplaceAll title toJson toLower toUpper trimSpace date stripDomain stripPort graphLink tableLink pathPrefix "
    "urlUnescape urlQueryEscape externalURL label strvalue"
)
RESULTS: Mapping[str, str] = {
    **dict.fromkeys(_TEXTS.split(), "text"),
    **dict.fromkeys(("len", "value", "parseDuration"), "number"),
    "stringSlice": "texts",
    "tz": "moment",
    **dict.fromkeys(("query", "sortByLabel"), "samples"),
}
"""What functions give, those that give always the same."""


_ELEMENTS = frozenset({"first", "index"})
_SAME = frozenset({"slice"})


Used = Callable[[str, str], None]
"""Is told the name of each template that is used, and the kind of what it is given."""


def misfits(body: Sequence[Node], kind: str, variables: Mapping[str, str], used: Used) -> list[Fault]:
    """Return which fields are asked for that there are not.

    Args:
        body: What is judged.
        kind: What its dot is.
        variables: What there is beside it, by name without the sign.
        used: See there.
    """
    walk = _Walk(used, frozenset(_set_again(body)))
    known = {"$": kind, **{f"${name}": each for name, each in variables.items()}}
    walk.nodes(body, kind, known)
    return list(dict.fromkeys(walk.faults))


def _set_again(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield the variables that get another value after they were declared."""
    for node in nodes:
        if isinstance(node, Use):
            continue
        if node.pipeline.assigns:
            yield from node.pipeline.declared
        if isinstance(node, Branch):
            yield from _set_again(node.body)
            yield from _set_again(node.otherwise)


class _Walk:
    """What is found while nodes are gone through."""

    def __init__(self, used: Used, loose: frozenset[str]) -> None:
        self.faults: list[Fault] = []
        self.used = used
        self.loose = loose

    def nodes(self, nodes: Sequence[Node], dot: str, known: dict[str, str]) -> None:
        for node in nodes:
            match node:
                case Action(pipeline):
                    given = self.pipeline(pipeline, dot, known)
                    known |= dict.fromkeys(pipeline.declared, given)
                case Use(name, pipeline):
                    self.used(name, UNKNOWN if pipeline is None else self.pipeline(pipeline, dot, known))
                case Branch(word, pipeline, body, otherwise):
                    inner, inside = dict(known), dot
                    given = self.pipeline(pipeline, dot, known)
                    if word == "range":
                        inside = self.element(pipeline, given, inner)
                    else:
                        inner |= dict.fromkeys(pipeline.declared, given)
                        inside = given if word == "with" else dot
                    self.nodes(body, inside, inner)
                    self.nodes(otherwise, dot, inner)

    def element(self, pipeline: Pipeline, given: str, known: dict[str, str]) -> str:
        """Return what each turn of a `range` is given, and note its variables."""
        kind = KINDS.get(given)
        if kind is not None and not kind.gone_over:
            message = f"{{{{ range }}}} goes over {kind.called}, which is no list"
            self.faults.append(Fault(message, names.hint("", [f".{name}" for name in _lists(kind)])))
        element = kind.element if kind else UNKNOWN
        key = kind.key if kind else UNKNOWN
        known |= dict(zip(reversed(pipeline.declared), (element, key), strict=False))
        return element

    def pipeline(self, pipeline: Pipeline, dot: str, known: Mapping[str, str]) -> str:
        given: str | None = None
        for first, *others in pipeline.commands:
            arguments = [self.operand(each, dot, known) for each in others]
            arguments += [] if given is None else [given]
            given = self.operand(first, dot, known, arguments)
        return given or UNKNOWN

    def operand(self, operand: Operand, dot: str, known: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
        match operand:
            case Literal(kind):
                return kind if kind in KINDS else UNKNOWN
            case Call(function):
                return _result(function, arguments)
            case Chain(start, fields):
                return self.chain(start, fields, dot, known, given=bool(arguments))

    def chain(
        self, start: str | Pipeline, fields: Sequence[str], dot: str, known: Mapping[str, str], *, given: bool
    ) -> str:
        if isinstance(start, Pipeline):
            found, shown = self.pipeline(start, dot, known), "(...)"
        elif start in self.loose:
            return UNKNOWN
        else:
            found, shown = known.get(start, UNKNOWN) if start else dot, start
        around = UNKNOWN
        for index, name in enumerate(fields):
            kind = KINDS.get(found)
            if kind is None:
                return UNKNOWN
            whole = ".".join((shown, *fields[:index]))
            if name not in kind.methods and name not in kind.fields and not kind.others:
                if around in KINDS and KINDS[around].others:
                    self.faults.append(_no_label(".".join((shown, *fields[: index - 1])), fields[index - 1 :]))
                else:
                    self.faults.append(_no_field(whole, name, kind, KINDS.get(known["$"])))
                return UNKNOWN
            if given and name not in kind.methods and index == len(fields) - 1:
                remedy = "write it alone, or give it to a function"
                self.faults.append(Fault(f"{whole}.{name} takes no arguments", remedy))
                return UNKNOWN
            around, found = found, kind.methods.get(name) or kind.fields.get(name, kind.element)
        return found


def _result(function: str, arguments: Sequence[str]) -> str:
    if not arguments:
        return RESULTS.get(function, UNKNOWN)
    if function in _ELEMENTS:
        found = arguments[0]
        for _ in arguments[1:] if function == "index" else arguments:
            found = KINDS[found].element if found in KINDS else UNKNOWN
        return found
    return arguments[0] if function in _SAME else RESULTS.get(function, UNKNOWN)


def _lists(kind: Kind) -> Iterator[str]:
    for name, each in kind.fields.items():
        if KINDS.get(each, KINDS["text"]).element:
            yield name


def _no_label(whole: str, fields: Sequence[str]) -> Fault:
    """Return what is wrong with `$labels.a.b`, which asks a label's value for a field."""
    message = f"{whole}.{'.'.join(fields)} is not there: the label {fields[0]!r} is a text, which has no fields"
    return Fault(
        message, f'if its name is {".".join(fields)!r}, write {{{{ index {whole or "."} "{".".join(fields)}" }}}}'
    )


def _no_field(whole: str, name: str, kind: Kind, root: Kind | None) -> Fault:
    known = [*kind.fields, *kind.methods]
    message = f"{whole}.{name} is not there: {kind.called} has no {name!r}"
    element = KINDS.get(kind.element)
    if element is not None and name in element.fields:
        return Fault(message, f"go over it: {{{{ range {whole} }}}}{{{{ .{name} }}}}{{{{ end }}}}")
    if root is not None and root is not kind and name in root.fields:
        return Fault(message, f"write $.{name}: within range and with, the dot is something else")
    if not known:
        return Fault(f"{whole}.{name} is not there: {kind.called} has no fields", "leave it out")
    if len(known) > _FEW:
        near = names.nearest(name, known)
        return Fault(message, f"did you mean {near!r}?" if near else "")
    return Fault(message, names.hint(name, known))


_FEW = 12
"""How many names a remedy lists."""
