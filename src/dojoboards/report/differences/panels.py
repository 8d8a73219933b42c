"""Panels of dashboards: which one is which, and where it stands; what is in one is compared by `panel`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dojoboards import names
from dojoboards.report.differences.compare import compare
from dojoboards.report.differences.difference import Difference, What
from dojoboards.report.differences.matching import Matches, matched, out_of_order
from dojoboards.report.differences.panel import compare_panel, content, queries_of
from dojoboards.report.differences.shared import told_once
from dojoboards.report.differences.values import ABSENT, frozen, name, omit, printable, shown

_NO_ROW = -1
_PLACE = ("y", "x", "w", "h")


@dataclass(frozen=True, slots=True)
class _Panel:
    """A panel, or the bar of a row.

    Args:
        json: The panel.
        label: What it is called.
        title: Its title, for comparison; None where it has none.
        kind: Its type, for comparison.
        row: The number of its row, as the rows of the new version are numbered; another negative one for each row
            that is gone, and -1 outside of all rows.
        index: Its place among all panels and bars.
        content: What it shows; None where that says nothing.
        bar: What its row is called; empty outside of all rows.
    """

    json: Mapping[str, Any]
    label: str
    title: Hashable
    kind: Hashable
    row: int
    index: int
    content: Hashable
    bar: str

    @property
    def id(self) -> Hashable:
        """Its id; None where it has none."""
        return frozen(self.json.get("id"))


def compare_panels(before: Any, after: Any) -> Iterator[Difference]:
    """Yield what differs between the panels of two dashboards; either may be `ABSENT`."""
    if not (_fits(before) and _fits(after)):
        yield from compare((), before, after, "panels")
        return
    one, other = (_flat([] if value is ABSENT else value) for value in (before, after))
    old_rows, new_rows = ([panel for panel in panels if panel.kind == "row"] for panels in (one, other))
    rows = _same_rows(old_rows, new_rows)
    now = {old_rows[i].row: new_rows[j].row for i, j in rows.pairs}
    one = [replace(panel, row=_renumbered(panel.row, now)) for panel in one]
    old_rows = [panel for panel in one if panel.kind == "row"]
    old, new = ([panel for panel in panels if panel.kind != "row"] for panels in (one, other))
    panels = _same_panels(old, new)
    for had, have, found in ((old_rows, new_rows, rows), (old, new, panels)):
        yield from (_whole("added", have[j]) for j in found.added)
        yield from (_whole("removed", had[i]) for i in found.removed)
    pairs = [(old_rows[i], new_rows[j]) for i, j in rows.pairs] + [(old[i], new[j]) for i, j in panels.pairs]
    pairs.sort(key=lambda pair: pair[1].index)
    yield from told_once((found for pair in pairs for found in _of_pair(*pair)), "panels")
    yield from _places(pairs)
    ids = sum(1 for was, now_is in pairs if was.id != now_is.id)
    if ids:
        note = f"of {_count(ids)}: a link to a single panel names its id"
        yield Difference(what="changed", where=("panel ids",), note=note)


def _fits(panels: Any) -> bool:
    """Return whether these are panels and rows, of which only rows have panels, which are no rows."""
    if panels is ABSENT:
        return True
    if not isinstance(panels, list) or not all(isinstance(panel, dict) for panel in panels):
        return False
    for panel in panels:
        inner = panel.get("panels", [])
        if not isinstance(inner, list) or (inner and panel.get("type") != "row"):
            return False
        if not all(isinstance(one, dict) and "panels" not in one and one.get("type") != "row" for one in inner):
            return False
    return True


def _flat(panels: Sequence[Mapping[str, Any]]) -> list[_Panel]:
    """Return all panels and bars in one list; what stands behind the bar of a row is in it."""
    found: list[tuple[Mapping[str, Any], int]] = []
    row = _NO_ROW
    for panel in panels:
        row += panel.get("type") == "row"
        found.append((panel, row))
        found.extend((inner, row) for inner in panel.get("panels", ()))
    titles: dict[int, list[Hashable]] = defaultdict(list)
    bars: dict[int, str] = {}
    for panel, number in found:
        if panel.get("type") == "row":
            bars[number] = _label(panel)
        else:
            titles[number].append(frozen(panel.get("title")))
    often = Counter(_label(panel) for panel, _ in found)

    def made(panel: Mapping[str, Any], row: int, index: int) -> _Panel:
        label, bar, is_row = _label(panel), bars.get(row, ""), panel.get("type") == "row"
        if often[label] > 1 and not is_row and bar:
            label = f"{label} in {bar}"
        shows = (tuple(titles[row]) or None) if is_row else content(panel)
        return _Panel(panel, label, frozen(panel.get("title")), frozen(panel.get("type")), row, index, shows, bar)

    return list(_numbered([made(panel, number, index) for index, (panel, number) in enumerate(found)]))


def _numbered(panels: Sequence[_Panel]) -> Iterator[_Panel]:
    """Yield panels with a number in the names of those that nothing else tells apart."""
    often = Counter(panel.label for panel in panels)
    seen: Counter[str] = Counter()
    for panel in panels:
        seen[panel.label] += 1
        yield panel if often[panel.label] == 1 else replace(panel, label=f"{panel.label} #{seen[panel.label]}")


def _label(panel: Mapping[str, Any]) -> str:
    kind = "row" if panel.get("type") == "row" else "panel"
    if "title" in panel:
        return f"{kind} {name(panel['title'])}"
    return "untitled row" if kind == "row" else f"untitled panel ({shown(panel.get('type'), limit=40)})"


def _renumbered(row: int, now: Mapping[int, int]) -> int:
    return row if row == _NO_ROW else now.get(row, _NO_ROW - 1 - row)


def _same_rows(before: Sequence[_Panel], after: Sequence[_Panel]) -> Matches:
    return matched(
        before,
        after,
        lambda row: (row.id, row.title) if row.id is not None else None,
        lambda row: (row.title, row.content),
        lambda row: row.title,
        lambda row: row.content,
        lambda row: row.id,
    )


def _same_panels(before: Sequence[_Panel], after: Sequence[_Panel]) -> Matches:
    """Match panels by id where title or content agree, then by content, by title, and at last by id and type."""
    return matched(
        before,
        after,
        lambda panel: (panel.id, panel.title) if None not in (panel.id, panel.title) else None,
        lambda panel: (panel.id, panel.content) if None not in (panel.id, panel.content) else None,
        lambda panel: (panel.title, panel.content, panel.row),
        lambda panel: (panel.title, panel.content),
        lambda panel: (panel.content, panel.row) if panel.content is not None else None,
        lambda panel: panel.content,
        lambda panel: (panel.title, panel.kind, panel.row),
        lambda panel: (panel.title, panel.kind),
        lambda panel: (panel.title, panel.row) if panel.title is not None else None,
        lambda panel: panel.title,
        lambda panel: (panel.id, panel.kind) if panel.id is not None else None,
    )


def _whole(what: What, panel: _Panel) -> Difference:
    """Return the difference of a panel that comes, with its queries, or goes."""
    note = "" if panel.kind == "row" or "title" not in panel.json else shown(panel.json.get("type", ""), limit=40)
    queries = queries_of(panel.json) if what == "added" else []
    if not queries:
        return Difference(what=what, where=(panel.label,), note=note)
    text = "\n".join(printable(query.strip("\n"), lines=True) for query in queries)
    return Difference(what=what, where=(panel.label,), after=text, code=True, note=note)


def _of_pair(before: _Panel, after: _Panel) -> Iterator[Difference]:
    if before.title != after.title:
        noun = "row" if after.kind == "row" else "panel"
        old, new = (shown(panel.json.get("title", "")) for panel in (before, after))
        yield Difference(what="renamed", where=(noun,), before=old, after=new)
    yield from compare_panel((after.label,), before.json, after.json)


def _places(pairs: Sequence[tuple[_Panel, _Panel]]) -> Iterator[Difference]:
    """Yield what stands elsewhere; what only goes up or down to make room is counted."""
    astray = _astray(pairs)
    shifted: list[str] = []
    for before, after in pairs:
        one, other = _position(before), _position(after)
        has_moved = before.row != after.row or after.index in astray
        if one and other:
            has_moved = has_moved or one[1:] != other[1:]
            shifted += [after.label] * (not has_moved and one != other)
        apart = _PLACE if one and other else ()
        yield from compare((after.label,), _grid(before, apart), _grid(after, apart), "gridPos")
        if has_moved:
            yield _move(before, after)
    if shifted:
        where = shifted[0] if len(shifted) == 1 else _count(len(shifted))
        yield Difference(what="moved", where=(where,), note="only up or down")


def _astray(pairs: Sequence[tuple[_Panel, _Panel]]) -> set[int]:
    """Return the indices of the panels that left their order in their row, and of the rows that left theirs."""
    groups: dict[int | str, list[tuple[_Panel, _Panel]]] = defaultdict(list)
    for before, after in pairs:
        if before.row == after.row:
            groups["rows" if after.kind == "row" else after.row].append((before, after))
    found: set[int] = set()
    for group in groups.values():
        group.sort(key=lambda pair: _order(pair[1]))
        former = sorted((before for before, _ in group), key=_order)
        ranks = {panel.index: rank for rank, panel in enumerate(former)}
        left = out_of_order([ranks[before.index] for before, _ in group])
        found |= {after.index for before, after in group if ranks[before.index] in left}
    return found


def _position(panel: _Panel) -> tuple[float, ...] | None:
    """Return where a panel stands, from the top, from the left, and how wide and high it is; None where it says not."""
    grid = panel.json.get("gridPos")
    if not isinstance(grid, dict):
        return None
    values = [grid.get(key) for key in _PLACE]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return tuple(numbers) if len(numbers) == len(_PLACE) else None


def _grid(panel: _Panel, apart: Container[str]) -> Any:
    grid = panel.json.get("gridPos", ABSENT)
    return omit(grid, apart) if isinstance(grid, dict) else grid


def _order(panel: _Panel) -> tuple[float, float, int]:
    top, left, *_ = _position(panel) or (0, 0)
    return top, left, panel.index


def _move(before: _Panel, after: _Panel) -> Difference:
    with_row = before.row != after.row
    one, other = _place(before, with_row=with_row), _place(after, with_row=with_row)
    if one == other:
        return Difference(what="moved", where=(after.label,), note="in another order")
    return Difference(what="moved", where=(after.label,), before=one, after=other)


def _place(panel: _Panel, *, with_row: bool) -> str:
    position = _position(panel)
    parts = [panel.bar or "outside of all rows"] if with_row else []
    if position:
        top, left, width, height = position
        parts.append(f"{width}x{height} at {left},{top}")
    return ", ".join(parts)


def _count(number: int) -> str:
    return names.counted(number, "panel")
