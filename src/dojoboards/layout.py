"""Layout: panels and rows, and their places on Grafana's grid of 24 columns.

Nobody writes coordinates. Panels flow from left to right and wrap; in a row they share the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from dojoboards.errors import Source, calling_source

COLUMNS = 24

LEAST_SHARE = 2
"""Columns: where the share of a row's panels would be less, they take the sizes of their types and wrap."""

_SIZES: Mapping[str, tuple[int, int]] = {
    "alertlist": (8, 8),
    "bargauge": (8, 8),
    "gauge": (6, 6),
    "logs": (24, 10),
    "stat": (4, 4),
    "state-timeline": (24, 6),
    "status-history": (24, 6),
    "table": (24, 8),
    "text": (24, 3),
}
_DEFAULT_SIZE = (12, 8)


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, without id and position, which the renderer gives it.

    Around a panel of grafanalib or the foundation SDK it adds what these have no word for: a key, a width, a height.

    Args:
        json: The panel in Grafana's classic schema, or an object of grafanalib or the foundation SDK.
        key: What its id is made of; empty takes the titles of its row and its own.
        width: Columns of 24; 0 is shared in a row, and the type's own elsewhere.
        height: Units of 30 pixels; 0 is that of the row, or the type's own.
        source: Where it was made.
        complete: Whether *json* is plain and has all options of its type: what this library's functions return.
    """

    json: Any
    key: str = ""
    width: int = 0
    height: int = 0
    source: Source | None = field(default_factory=calling_source, compare=False, repr=False)
    complete: bool = field(default=False, compare=False, repr=False, kw_only=True)

    @property
    def title(self) -> str:
        """The panel's title; empty for none."""
        json = self.json
        return str((json.get("title") if isinstance(json, Mapping) else getattr(json, "title", "")) or "")


@dataclass(frozen=True, slots=True, init=False)
class Row:
    """A row of panels.

    Args:
        title: Stands on the bar above the row. Without a title there is no bar, and the panels belong to the row above.
        *panels: Panels of any kind; those without a width share the columns that are left.
        collapsed: Whether it is closed when the dashboard opens.
        repeat: A template variable; the row is repeated for each of its values.
        height: Of panels that have none.
        key: What its id is made of; empty takes the title.
    """

    title: str
    panels: tuple[Any, ...]
    collapsed: bool
    repeat: str
    height: int
    key: str
    source: Source | None = field(compare=False, repr=False)

    def __init__(
        self,
        title: str,
        *panels: Any,
        collapsed: bool = False,
        repeat: str = "",
        height: int = 0,
        key: str = "",
        source: Source | None = None,
    ) -> None:
        values = (title, panels, collapsed, repeat, height, key, source or calling_source())
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    @property
    def has_bar(self) -> bool:
        """Whether a bar stands above its panels."""
        return bool(self.title) or self.collapsed or bool(self.repeat)


class Placed(NamedTuple):
    """A panel with its position.

    Args:
        panel: The panel; None for the bar of *row* itself.
        row: The row it belongs to, if any.
        position: `x`, `y`, `w`, `h` in grid units.
    """

    panel: Panel | None
    row: Row | None
    position: Mapping[str, int]


def place(items: Sequence[Panel | Row]) -> Iterator[Placed]:
    """Yield every panel and every row's bar with its position, from top to bottom.

    No two of them overlap, but for the panels of a closed row, which take no room: Grafana moves what is below when
    the row is opened. Panels that bring a `gridPos` keep it, and everything else goes below them; in a row only its
    size counts.
    """
    bottom = 0
    for item in items:
        if isinstance(item, Panel) and item.json.get("gridPos"):
            position = fixed(item)
            yield Placed(item, None, position)
            bottom = max(bottom, _bottom(item, position))
    flow = _Flow(bottom)
    for item in items:
        if isinstance(item, Row):
            if item.has_bar:
                yield Placed(None, item, flow.bar())
            flow.wrap()
            inner = _Flow(flow.y) if item.collapsed else flow
            for panel, size in zip(item.panels, _shares(item), strict=True):
                yield Placed(panel, item, inner.take(*size))
            flow.wrap()
        elif not item.json.get("gridPos"):
            yield Placed(item, None, flow.bar() if item.json.get("type") == "row" else flow.take(*_size(item)))


def fixed(panel: Panel) -> Mapping[str, int]:
    """Return the position that a panel brings; what is missing in it is that of a panel of usual size."""
    given = panel.json["gridPos"]
    width, height = _DEFAULT_SIZE
    return {
        "h": int(given.get("h", height)),
        "w": int(given.get("w", width)),
        "x": int(given.get("x", 0)),
        "y": int(given.get("y", 0)),
    }


def _bottom(panel: Panel, position: Mapping[str, int]) -> int:
    bottom = position["y"] + position["h"]
    if panel.json.get("type") != "row" or panel.json.get("collapsed"):
        return bottom
    return max((bottom, *(_bottom(inner, fixed(inner)) for inner in panel.json["panels"])))


class _Flow:
    """Where the next panel goes."""

    def __init__(self, top: int) -> None:
        self.x = 0
        self.y = top
        self.tallest = 0

    def take(self, width: int, height: int) -> Mapping[str, int]:
        if self.x + width > COLUMNS:
            self.wrap()
        position = {"h": height, "w": width, "x": self.x, "y": self.y}
        self.x += width
        self.tallest = max(self.tallest, height)
        return position

    def bar(self) -> Mapping[str, int]:
        self.wrap()
        position = self.take(COLUMNS, 1)
        self.wrap()
        return position

    def wrap(self) -> None:
        self.x, self.y, self.tallest = 0, self.y + self.tallest, 0


def _size(panel: Panel) -> tuple[int, int]:
    """Return the width and the height of a panel: its own, or its type's."""
    usual = _usual(panel)
    return (panel.width or usual[0], panel.height or usual[1]) if panel.width or panel.height else usual


def _usual(panel: Panel) -> tuple[int, int]:
    return _SIZES.get(str(panel.json.get("type")), _DEFAULT_SIZE)


def _shares(row: Row) -> list[tuple[int, int]]:
    """Return the sizes of a row's panels; those without a width share the columns that are left, if they are enough."""
    panels = [_sized(panel) for panel in row.panels]
    height = row.height or max((_usual(panel)[1] for panel in panels), default=0)
    open_ones = sum(1 for panel in panels if not panel.width)
    left = COLUMNS - sum(panel.width for panel in panels)
    if not open_ones or left < LEAST_SHARE * open_ones:
        return [(_size(panel)[0], panel.height or height) for panel in panels]
    share, rest = divmod(left, open_ones)
    given = iter([share + 1] * rest + [share] * (open_ones - rest))
    return [(panel.width or next(given), panel.height or height) for panel in panels]


def _sized(panel: Panel) -> Panel:
    """Return a panel of a row with the size that its `gridPos` has, where it has no other."""
    given = panel.json.get("gridPos")
    if not given:
        return panel
    return replace(panel, width=panel.width or int(given.get("w", 0)), height=panel.height or int(given.get("h", 0)))
