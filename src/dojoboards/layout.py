"""Layout: panels and rows, and their places on Grafana's grid of 24 columns.

Nobody writes coordinates. Panels flow from left to right and wrap; in a row they share the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dojoboards.errors import Source, calling_source

COLUMNS = 24

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
    """A panel in Grafana's classic schema, without id and position, which the renderer gives it.

    Args:
        json: The panel. A `gridPos` in it is kept.
        key: What its id is made of; empty takes the titles of its row and its own.
        width: Columns of 24; 0 is shared in a row, and the type's own elsewhere.
        height: Units of 30 pixels; 0 is that of the row, or the type's own.
        source: Where it was made.
    """

    json: Mapping[str, Any]
    key: str = ""
    width: int = 0
    height: int = 0
    source: Source | None = field(default_factory=calling_source, compare=False, repr=False)

    @property
    def title(self) -> str:
        """The panel's title; empty for none."""
        return str(self.json.get("title") or "")

    def to_json_data(self) -> dict[str, Any]:
        """Return the panel as grafanalib's encoder wants it."""
        return dict(self.json)


@dataclass(frozen=True, slots=True, init=False)
class Row:
    """A titled row of panels.

    Args:
        title: Stands above the row.
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

    def to_json_data(self) -> dict[str, Any]:
        """Return the row alone as grafanalib's encoder wants it."""
        return {"type": "row", "title": self.title, "collapsed": self.collapsed, "panels": []}


@dataclass(frozen=True, slots=True)
class Placed:
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
    """Yield every panel and every row's bar with its position, from top to bottom; no two overlap.

    Panels that bring a `gridPos` keep it, and everything else goes below them.
    """
    fixed = [item for item in items if isinstance(item, Panel) and item.json.get("gridPos")]
    bottom = 0
    for panel in fixed:
        position = {axis: int(panel.json["gridPos"].get(axis, size)) for axis, size in _FIXED.items()}
        bottom = max(bottom, position["y"] + position["h"])
        yield Placed(panel, None, position)
    flow = _Flow(bottom)
    for item in items:
        if isinstance(item, Row):
            flow.wrap()
            yield Placed(None, item, flow.take(COLUMNS, 1))
            flow.wrap()
            widths, height = _shares(item)
            for panel, width in zip(item.panels, widths, strict=True):
                yield Placed(panel, item, flow.take(width, panel.height or height))
            flow.wrap()
        elif not item.json.get("gridPos"):
            if item.json.get("type") == "row":
                flow.wrap()
                yield Placed(item, None, flow.take(COLUMNS, 1))
                flow.wrap()
                continue
            width, height = _SIZES.get(str(item.json.get("type")), _DEFAULT_SIZE)
            yield Placed(item, None, flow.take(item.width or width, item.height or height))


_FIXED = {"x": 0, "y": 0, "w": _DEFAULT_SIZE[0], "h": _DEFAULT_SIZE[1]}


class _Flow:
    """Where the next panel goes."""

    def __init__(self, top: int) -> None:
        self.x = 0
        self.y = top
        self.tallest = 0

    def take(self, width: int, height: int) -> Mapping[str, int]:
        width = min(width, COLUMNS)
        if self.x + width > COLUMNS:
            self.wrap()
        position = {"h": height, "w": width, "x": self.x, "y": self.y}
        self.x += width
        self.tallest = max(self.tallest, height)
        return position

    def wrap(self) -> None:
        self.x, self.y, self.tallest = 0, self.y + self.tallest, 0


def _shares(row: Row) -> tuple[list[int], int]:
    """Return the widths of a row's panels, and the height of those that have none."""
    sizes = [_SIZES.get(str(panel.json.get("type")), _DEFAULT_SIZE) for panel in row.panels]
    height = row.height or max((size[1] for size in sizes), default=0)
    open_ones = sum(1 for panel in row.panels if not panel.width)
    left = COLUMNS - sum(panel.width for panel in row.panels)
    if open_ones and left >= 2 * open_ones:
        share, rest = divmod(left, open_ones)
        given = iter([share + 1] * rest + [share] * (open_ones - rest))
        return [panel.width or next(given) for panel in row.panels], height
    return [panel.width or size[0] for panel, size in zip(row.panels, sizes, strict=True)], height
