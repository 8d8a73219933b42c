"""The search: dashboards and folders that the caller may see.

Read in the server's source: 1,000 hits a page unless told otherwise, 5,000 at most, pages from 1, in the order of their
titles; all tags of a query must be there.
9.4 takes no notice of `folderUIDs`; 13 keeps its index apart from its store, so that what was just written may be
missing (`Grafana.freeze_search`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.answers import Reply
from support.grafana import access
from support.grafana.call import Call, Refused, ok, page, slug
from support.grafana.dashboards import url
from support.grafana.state import Dashboard, Folder, State

_MOST = 5000


def search(call: Call) -> Reply:
    """GET /search."""
    limit = call.whole("limit") or 1000
    if limit > _MOST:
        more = "use page parameter to access hits beyond limit"
        raise Refused(422, f"Limit is above maximum allowed ({_MOST}), {more}")
    least = access.EDIT if call.text("permission") == "Edit" else access.VIEW
    known = [each for org, each in everything(call.state) if org == call.org.id]
    known = known if call.state.found is None else [each for org, each in call.state.found if org == call.org.id]
    hits = [each for each in known if _fits(call, each) and _level(call, each) >= least]
    hits.sort(key=lambda each: (each.title.lower(), each.uid), reverse=call.text("sort") == "alpha-desc")
    return ok([_hit(call, each) for each in page(hits, call.whole("page", 1), limit)])


def everything(state: State) -> Iterator[tuple[int, Dashboard | Folder]]:
    """Yield what can be found, with the organisation that holds it."""
    for org in state.organisations.values():
        yield from ((org.id, each) for each in org.folders.values())
        yield from ((org.id, each) for each in org.dashboards.values())


def _level(call: Call, each: Dashboard | Folder) -> int:
    return access.on_folder(call, each.uid) if isinstance(each, Folder) else access.on_dashboard(call, each)


def _above(each: Dashboard | Folder) -> str:
    return each.parent_uid if isinstance(each, Folder) else each.folder_uid


def _tags(each: Dashboard | Folder) -> list[str]:
    return [] if isinstance(each, Folder) else [str(tag) for tag in each.content.get("tags") or []]


def _fits(call: Call, each: Dashboard | Folder) -> bool:
    query = call.query
    kind = "dash-folder" if isinstance(each, Folder) else "dash-db"
    folder = call.org.folders.get(_above(each))
    uids = [*query.get("dashboardUIDs", []), *query.get("dashboardUID", [])]
    folder_uids = query.get("folderUIDs", []) if call.state.flavour.folder_uids_filter else []
    return (
        call.text("query").lower() in each.title.lower()
        and call.text("type") in {"", kind}
        and set(query.get("tag", [])) <= set(_tags(each))
        and (not uids or each.uid in uids)
        and (not query.get("dashboardIds") or str(each.id) in query["dashboardIds"])
        and (not query.get("folderIds") or str(folder.id if folder else 0) in query["folderIds"])
        and (not folder_uids or (_above(each) or "general") in folder_uids)
        and call.text("starred") != "true"
    )


def _hit(call: Call, each: Dashboard | Folder) -> dict[str, Any]:
    is_folder = isinstance(each, Folder)
    hit = {
        "id": each.id,
        "uid": each.uid,
        "title": each.title,
        "uri": f"db/{slug(each.title)}",
        "url": f"/dashboards/f/{each.uid}/{slug(each.title)}" if isinstance(each, Folder) else url(each),
        "slug": "",
        "type": "dash-folder" if is_folder else "dash-db",
        "tags": _tags(each),
        "isStarred": False,
        "sortMeta": 0,
    }
    folder = call.org.folders.get(_above(each))
    if folder is None:
        return hit
    return {
        **hit,
        "folderId": folder.id,
        "folderUid": folder.uid,
        "folderTitle": folder.title,
        "folderUrl": f"/dashboards/f/{folder.uid}/{slug(folder.title)}",
    }


def tags(call: Call) -> Reply:
    """GET /dashboards/tags."""
    seen = [each for each in call.org.dashboards.values() if access.on_dashboard(call, each) >= access.VIEW]
    terms = sorted(tag for each in seen for tag in set(_tags(each)))
    return ok([{"term": term, "count": terms.count(term)} for term in dict.fromkeys(terms)])
