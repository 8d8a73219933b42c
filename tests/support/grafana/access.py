"""Who may do what with folders and dashboards, and their lists of permissions.

An administrator of the organisation may do everything.
Otherwise the highest grant counts that the basic role, a team or the user itself has, on the dashboard, its folder or a
folder above that one.
An Editor also has what a Viewer is granted.

Read in the server's source: a list that is posted replaces what is there; an item for a role names neither team nor
user; with role-based access control nothing else is checked, so the caller can take its own right away; without it the
checks of `_classic` are made, of which the last one lets an administrator of the organisation pass.
Not read: an item for a team and a user at once, which is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from support.answers import Reply
from support.grafana.call import Call, Refused, forbidden, ok
from support.grafana.state import Dashboard, Folder, Grant

VIEW, EDIT, ADMIN = 1, 2, 4
NAMES = {VIEW: "View", EDIT: "Edit", ADMIN: "Admin"}


def ancestry(call: Call, uid: str) -> Iterator[Folder]:
    """Yield a folder and those above it, upwards."""
    while (folder := call.org.folders.get(uid)) is not None:
        yield folder
        uid = folder.parent_uid


def _reaches(call: Call, grant: Grant) -> bool:
    if grant.role is not None:
        return grant.role == call.role or (grant.role == "Viewer" and call.role == "Editor")
    if grant.team_id is not None:
        team = call.org.teams.get(grant.team_id)
        return team is not None and call.who.id in team.members
    return grant.user_id == call.who.id


def _highest(call: Call, grants: Iterator[Grant]) -> int:
    if call.role == "Admin":
        return ADMIN
    return max((grant.permission for grant in grants if _reaches(call, grant)), default=0)


def on_folder(call: Call, uid: str) -> int:
    """Return the permission that the caller has on a folder; without a uid, on what stands in none."""
    if not uid and call.role in {"Admin", "Editor"}:
        return ADMIN if call.role == "Admin" else EDIT
    return _highest(call, (grant for folder in ancestry(call, uid) for grant in folder.grants))


def on_dashboard(call: Call, dashboard: Dashboard) -> int:
    """Return the permission that the caller has on a dashboard."""
    own = _highest(call, iter(dashboard.grants))
    return max(own, on_folder(call, dashboard.folder_uid)) if dashboard.folder_uid else own


def creators(call: Call) -> list[Grant]:
    """Return what whoever creates something gets on it."""
    creates = call.who.id > 0 and (call.state.flavour.grants_to_services or not call.who.service)
    return [Grant(ADMIN, user_id=call.who.id)] if creates else []


def folder(call: Call, least: int, action: str) -> Folder:
    """Return the folder that a call is about.

    Raises:
        Refused: it does not exist, or the caller has less than it takes.
    """
    found = call.org.folders.get(call.params["uid"])
    if found is None:
        raise Refused(404, "folder not found", status="not-found")
    if on_folder(call, found.uid) < least:
        raise forbidden(action)
    return found


def dashboard(call: Call, least: int, action: str) -> Dashboard:
    """Return the dashboard that a call is about.

    Raises:
        Refused: it does not exist, or the caller has less than it takes.
    """
    found = call.org.dashboards.get(call.params["uid"])
    if found is None:
        raise Refused(404, "Dashboard not found")
    if on_dashboard(call, found) < least:
        raise forbidden(action)
    return found


def folder_permissions(call: Call) -> Reply:
    """GET /folders/{uid}/permissions."""
    found = folder(call, ADMIN, "folders.permissions:read")
    return ok([_row(call, grant, found, inherited=False) for grant in found.grants])


def set_folder_permissions(call: Call) -> Reply:
    """POST /folders/{uid}/permissions."""
    wanted = _wanted(call)
    found = folder(call, ADMIN, "folders.permissions:write")
    if not call.state.settings.rbac:
        _classic(call, wanted, inherited=[], what="folder")
    found.grants = _known(call, wanted)
    return ok({"message": "Folder permissions updated"})


def dashboard_permissions(call: Call) -> Reply:
    """GET /dashboards/uid/{uid}/permissions."""
    found = dashboard(call, ADMIN, "dashboards.permissions:read")
    own = [_row(call, grant, found, inherited=False) for grant in found.grants]
    above = [(grant, each) for each in ancestry(call, found.folder_uid) for grant in each.grants]
    return ok([*(_row(call, grant, each, inherited=True) for grant, each in above), *own])


def set_dashboard_permissions(call: Call) -> Reply:
    """POST /dashboards/uid/{uid}/permissions."""
    wanted = _wanted(call)
    found = dashboard(call, ADMIN, "dashboards.permissions:write")
    if not call.state.settings.rbac:
        inherited = [grant for each in ancestry(call, found.folder_uid) for grant in each.grants]
        _classic(call, wanted, inherited, what="dashboard")
    found.grants = _known(call, wanted)
    return ok({"message": "Dashboard permissions updated"})


def _wanted(call: Call) -> list[Grant]:
    items = call.body().get("items") or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refused(400, "bad request data")
    return [_grant(item) for item in items]


def _grant(item: dict[str, Any]) -> Grant:
    grant = Grant(
        int(item.get("permission") or 0), item.get("role"), item.get("teamId") or None, item.get("userId") or None
    )
    if sum(each is not None for each in grant.subject) > 1:
        raise Refused(400, "team and user permissions cannot have an associated role")
    return grant


def _known(call: Call, wanted: Sequence[Grant]) -> list[Grant]:
    """Return the list as it is stored: the last word on each subject, and nothing that grants nothing."""
    for grant in wanted:
        known = (
            (grant.role in {"Viewer", "Editor", "Admin"} and grant.role is not None)
            or grant.team_id in call.org.teams
            or grant.user_id in call.state.accounts
        )
        if not known or grant.permission not in {0, *NAMES}:
            raise Refused(500, "Failed to create permission")
    last = {grant.subject: grant for grant in wanted}
    return [grant for grant in last.values() if grant.permission]


def _classic(call: Call, wanted: Sequence[Grant], inherited: Sequence[Grant], what: str) -> None:
    """Make the checks of a server without role-based access control."""
    if len({grant.subject for grant in wanted}) < len(wanted) or any(grant.role == "Admin" for grant in wanted):
        raise Refused(400, "permission already exists")
    above = {grant.subject: grant.permission for grant in inherited}
    if any(grant.permission <= above.get(grant.subject, 0) for grant in wanted):
        raise Refused(400, "you can only override a permission to be higher")
    if _highest(call, iter([*wanted, *inherited])) < ADMIN:
        raise Refused(403, f"Cannot remove own admin permission for a {what}")


def _row(call: Call, grant: Grant, on: Folder | Dashboard, *, inherited: bool) -> dict[str, Any]:
    is_folder = isinstance(on, Folder)
    team = call.org.teams.get(grant.team_id or 0)
    user = call.state.accounts.get(grant.user_id or 0)
    row = {
        "created": on.created,
        "updated": on.created,
        "dashboardId": 0 if is_folder else on.id,
        "folderId": on.id if is_folder else 0,
        "userId": user.id if user else 0,
        "userLogin": user.login if user else "",
        "userEmail": user.email if user else "",
        "teamId": team.id if team else 0,
        "team": team.name if team else "",
        "teamEmail": team.email if team else "",
        "permission": grant.permission,
        "permissionName": NAMES[grant.permission],
        "uid": on.uid,
        "title": on.title,
        "isFolder": is_folder,
        "inherited": inherited,
    }
    if grant.role:
        row["role"] = grant.role
    if call.state.flavour.team_uids:
        row |= {"teamUid": team.uid if team else "", "userUid": f"u{user.id}" if user else ""}
    return row
