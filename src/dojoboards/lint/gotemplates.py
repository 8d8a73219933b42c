"""Go's templates taken apart, as `text/template` reads them: actions, their pipelines, and what is defined."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from dojoboards import names
from dojoboards.lint.goactions import KEYWORDS, Fault, Inside, WrongError, actions


class Literal(NamedTuple):
    """A text, a number, or a word such as `true`."""

    kind: str


class Call(NamedTuple):
    """A function's name; its arguments stand behind it in the command."""

    function: str


class Chain(NamedTuple):
    """A value and fields of it: `.A.B`, `$x.A`, `(f 1).A`.

    Args:
        start: A variable with its sign, a pipeline in parentheses, or an empty text for the dot.
        fields: The fields.
    """

    start: str | Pipeline
    fields: tuple[str, ...]


Operand = Literal | Call | Chain


class Pipeline(NamedTuple):
    """Commands with `|` between, and the variables that are set to what the last one gives."""

    declared: tuple[str, ...]
    assigns: bool
    commands: tuple[tuple[Operand, ...], ...]


class Action(NamedTuple):
    """A value that is written."""

    pipeline: Pipeline


class Branch(NamedTuple):
    """An `if`, `with` or `range` with its two sides."""

    word: str
    pipeline: Pipeline
    body: Sequence[Node]
    otherwise: Sequence[Node]


class Use(NamedTuple):
    """A template that is used, and what it is given."""

    name: str
    pipeline: Pipeline | None


Node = Action | Branch | Use


@dataclass(frozen=True, slots=True)
class Template:
    """A text taken apart.

    Args:
        body: What stands outside of definitions.
        definitions: What it defines, by name.
        faults: What is wrong with it; the rest is not to be relied on if anything is.
    """

    body: Sequence[Node] = ()
    definitions: Mapping[str, Sequence[Node]] = field(default_factory=dict)
    faults: Sequence[Fault] = ()


def read(text: str, functions: Collection[str], variables: Collection[str]) -> Template:
    """Return a text taken apart.

    Args:
        text: The text.
        functions: The names of the functions that there are.
        variables: The names of the variables that there are at its beginning, without the sign.
    """
    reading = _Reading(list(actions(text)), functions, [f"${name}" for name in variables])
    try:
        body = reading.whole()
    except WrongError as wrong:
        return Template(faults=[wrong.fault])
    except RecursionError:
        return Template()  # nested as no person writes it
    return Template(body, reading.definitions, reading.unknown)


class _Reading:
    """A text while it is read."""

    def __init__(
        self, given: Sequence[tuple[int, str | None]], functions: Collection[str], variables: list[str]
    ) -> None:
        self.left = list(reversed(given))
        self.functions = functions
        self.known = variables
        self.variables = ["$", *variables]
        self.definitions: dict[str, Sequence[Node]] = {}
        self.unknown: list[Fault] = []
        self.ranges = 0

    def whole(self) -> list[Node]:
        nodes: list[Node] = []
        while self.left:
            action = self.next()
            if action.word == "define":
                self.defined(action, action.name(), ["$"])
            else:
                nodes.extend(self.node(action))
        return nodes

    def next(self) -> Inside:
        line, inside = self.left.pop()
        if inside is None:
            raise WrongError(f"{{{{ in line {line} is not closed", "close it with }}, and every quote inside it")
        if not inside.strip(" \t\r\n-") or inside.lstrip().startswith("{"):
            remedy = "write {{ and }}, and a value between"
            raise WrongError(f"{{{{ in line {line} holds nothing that can be written", remedy)
        return Inside(inside, line)

    def node(self, action: Inside) -> Iterator[Node]:
        """Yield what an action and all up to its end are."""
        match action.word:
            case "if" | "with" | "range":
                kept = list(self.variables)
                yield self.branch(action, action.word)
                self.variables = kept
            case "end":
                raise WrongError(f"{{{{ end }}}} in line {action.line} closes nothing", "take it away")
            case "else":
                raise WrongError(
                    f"{{{{ else }}}} in line {action.line} belongs to no if, with or range", "take it away"
                )
            case "block":
                name = action.name()
                yield Use(name, self.pipeline(action, "block"))
                action.finished()
                self.defined(action, name, ["$"])
            case "template":
                yield Use(action.name(), None if action.peek() == "" else self.pipeline(action, "template"))
                action.finished()
            case "break" | "continue" as word:
                action.finished()
                if not self.ranges:
                    raise WrongError(f"{{{{ {word} }}}} in line {action.line} is in no range", "take it away")
            case "define":
                remedy = "end what is open before it"
                raise WrongError(f"{{{{ define }}}} in line {action.line} stands inside of something else", remedy)
            case _:
                yield Action(self.pipeline(action, ""))
                action.finished()

    def defined(self, action: Inside, name: str, variables: list[str]) -> None:
        action.finished()
        kept, self.variables, ranges, self.ranges = self.variables, variables, self.ranges, 0
        body, end = self.until(action)
        if end.word == "else":
            raise WrongError(f"{{{{ else }}}} in line {end.line} belongs to no if, with or range", "take it away")
        self.variables, self.ranges = kept, ranges
        self.definitions[name] = body

    def branch(self, action: Inside, word: str) -> Branch:
        pipeline = self.pipeline(action, word)
        action.finished()
        self.ranges += word == "range"
        body, end = self.until(action)
        self.ranges -= word == "range"
        otherwise: Sequence[Node] = ()
        if end.word == "else":
            if (again := end.chained(word)) is not None:
                otherwise = (self.branch(again, again.word),)
            else:
                end.finished()
                otherwise, last = self.until(action)
                if last.word == "else":
                    message = f"{{{{ {word} }}}} in line {action.line} has a second {{{{ else }}}}, in line {last.line}"
                    raise WrongError(message, "take one away, or end what is open before it")
        return Branch(word, pipeline, body, otherwise)

    def until(self, action: Inside) -> tuple[list[Node], Inside]:
        """Return what stands up to the next `end` or `else`, and that."""
        nodes: list[Node] = []
        while self.left:
            found = self.next()
            if found.word in ("end", "else"):
                if found.word == "end":
                    found.finished()
                return nodes, found
            nodes.extend(self.node(found))
        raise WrongError(f"{{{{ {action.word} }}}} in line {action.line} has no {{{{ end }}}}", "end it with {{ end }}")

    # Pipelines

    def pipeline(self, action: Inside, word: str) -> Pipeline:
        declared, assigns = self.declared(action, word)
        commands: list[tuple[Operand, ...]] = []
        while True:
            command = self.command(action)
            if not command:
                self.missing(action, word, behind=bool(commands) or bool(declared))
            commands.append(command)
            if action.peek() != "|":
                break
            action.take()
            if action.peek() in ("", ")"):
                break  # Go passes over one at the end
        for command in commands[1:]:
            first = command[0]
            if isinstance(first, Literal) or first == Chain("", ()):
                raise action.wrong("has a value behind |, which takes none", "write a function behind |")
        return Pipeline(declared, assigns, tuple(commands))

    def missing(self, action: Inside, word: str, *, behind: bool) -> NoReturn:
        if action.peek() not in ("", ")", "|"):
            raise action.unreadable()
        if behind or not word:
            raise action.wrong("lacks a value", "write a value, or a function with its arguments")
        raise WrongError(f"{{{{ {word} }}}} in line {action.line} has no value", f"write {{{{ {word} VALUE }}}}")

    def declared(self, action: Inside, word: str) -> tuple[tuple[str, ...], bool]:
        """Return the variables that an action sets, and whether they were there before."""
        given = [action.peek()]
        if word == "range" and action.peek(1) == "," and action.peek(2)[:1] == "$":
            given.append(action.peek(2))
        sign = action.peek(2 * len(given) - 1)
        if given[0][:1] != "$" or sign not in (":=", "="):
            return (), False
        for _ in range(2 * len(given)):
            action.take()
        if sign == "=":
            for name in given:
                self.use(name)
        else:
            self.variables.extend(given)
        return tuple(given), sign == "="

    def command(self, action: Inside) -> tuple[Operand, ...]:
        operands: list[Operand] = []
        while action.peek() not in ("", "|", ")"):
            operand = self.operand(action)
            operands.append(operand)
            if not action.apart() and action.peek() not in ("", "|", ")"):
                raise action.unreadable()
        return tuple(operands)

    def operand(self, action: Inside) -> Operand:
        kind, text = action.take()
        start: str | Pipeline
        match kind:
            case "variable":
                start = text
                self.use(text)
            case "field":
                return Chain("", (text[1:], *action.fields()))
            case "dot":
                start = ""
            case "sign" if text == "(":
                start = self.pipeline(action, "")
                if action.take()[1] != ")":
                    raise action.wrong("has a ( that is not closed", "close it with )")
            case "text" | "number":
                return Literal(kind)
            case "word" if text in ("true", "false", "nil"):
                return Literal("word")
            case "word" if text not in KEYWORDS:
                if text not in self.functions:
                    self.tell(f"the function {text!r} does not exist", _near(text, self.functions))
                called = Call(text)
                fields = action.fields()
                return Chain(Pipeline((), False, ((called,),)), fields) if fields else called
            case _:
                raise action.unreadable(text)
        fields = action.fields()
        if kind == "dot" and fields:
            raise action.unreadable(".")
        return Chain(start, fields)

    def use(self, name: str) -> None:
        if name not in self.variables:
            remedy = names.hint(name, self.known) if self.known else "declare it: {{ $x := ... }}"
            self.tell(f"the variable {name} does not exist", remedy)

    def tell(self, message: str, remedy: str) -> None:
        if all(fault.message != message for fault in self.unknown):
            self.unknown.append(Fault(message, remedy))


def _near(name: str, known: Collection[str]) -> str:
    near = names.nearest(name, known)
    return f"did you mean {f'{near!r}, or ' if near else ''}the label .Labels.{name}?"
