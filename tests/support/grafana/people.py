"""Who is asking, who else is there, and what one may do.

Read in the server's source: for a service account 13 answers `/user` with a shortened profile that has no number, and
9.4 with the row that the account has among the users; looking people up on the server takes an administrator of the
server, which no service account is; looking up those of the organisation does not.
`/access-control/user/permissions` gives scopes, in older versions only with `?scoped=true`; the list is cut short here.
"""

from __future__ import annotations

from typing import Any

from support.answers import Reply
from support.grafana import access
from support.grafana.call import Call, Refused, admin, forbidden, ok
from support.grafana.state import Account

_EVERYTHING = {
    "annotations:create": ["annotations:*"],
    "annotations:read": ["annotations:*"],
    "dashboards.permissions:read": ["dashboards:*", "folders:*"],
    "dashboards.permissions:write": ["dashboards:*", "folders:*"],
    "dashboards:create": ["folders:*"],
    "dashboards:delete": ["dashboards:*", "folders:*"],
    "dashboards:read": ["dashboards:*", "folders:*"],
    "dashboards:write": ["dashboards:*", "folders:*"],
    "datasources:create": [""],
    "datasources:delete": ["datasources:*"],
    "datasources:query": ["datasources:*"],
    "datasources:read": ["datasources:*"],
    "datasources:write": ["datasources:*"],
    "folders.permissions:read": ["folders:*"],
    "folders.permissions:write": ["folders:*"],
    "folders:create": ["folders:*"],
    "folders:delete": ["folders:*"],
    "folders:read": ["folders:*"],
    "folders:write": ["folders:*"],
    "org.users:read": ["users:*"],
    "teams.permissions:read": ["teams:*"],
    "teams.permissions:write": ["teams:*"],
    "teams:create": [""],
    "teams:delete": ["teams:*"],
    "teams:read": ["teams:*"],
    "teams:write": ["teams:*"],
}
_BY_LEVEL = {
    access.VIEW: ("folders:read", "dashboards:read"),
    access.EDIT: ("folders:write", "folders:delete", "dashboards:create", "dashboards:write", "dashboards:delete"),
    access.ADMIN: ("folders.permissions:read", "folders.permissions:write"),
}


def me(call: Call) -> Reply:
    """GET /user."""
    who = call.who
    if who.id <= 0:
        raise Refused(401, "Unauthorized")
    if who.service and call.state.flavour.team_uids:
        short = {"id": 0, "uid": f"service-account:{who.id}", "email": "", "name": who.login, "login": who.login}
        return ok({**short, "theme": "", "orgId": call.org.id, "isGrafanaAdmin": False, "isDisabled": False})
    return ok(_profile(call, who))


def _profile(call: Call, who: Account) -> dict[str, Any]:
    return {
        "id": who.id,
        "email": who.email or who.login,
        "name": who.login,
        "login": who.login,
        "theme": "",
        "orgId": call.org.id,
        "isGrafanaAdmin": who.server_admin,
        "isDisabled": who.disabled,
        "isExternal": False,
        "authLabels": [],
        "avatarUrl": f"/avatar/{who.id}",
        "updatedAt": "2026-01-01T00:00:00Z",
        "createdAt": "2026-01-01T00:00:00Z",
    }


def my_organisations(call: Call) -> Reply:
    """GET /user/orgs."""
    names = {org.id: org.name for org in call.state.organisations.values()}
    return ok([{"orgId": id, "name": names[id], "role": role} for id, role in call.who.roles.items() if id in names])


def organisation(call: Call) -> Reply:
    """GET /org."""
    lines = ("address1", "address2", "city", "zipCode", "state", "country")
    return ok({"id": call.org.id, "name": call.org.name, "address": dict.fromkeys(lines, "")})


def users(call: Call) -> Reply:
    """GET /org/users."""
    admin(call, "org.users:read")
    return ok([_user(call, account) for account in _people(call)])


def lookup_here(call: Call) -> Reply:
    """GET /org/users/lookup: for those who give permissions too."""
    if call.role == "Viewer" and not any(access.on_folder(call, uid) >= access.ADMIN for uid in call.org.folders):
        raise forbidden("org.users:read")
    query = call.text("query").lower()
    found = [each for each in _people(call) if query in each.login.lower() or query in each.email.lower()]
    rows = [{"userId": each.id, "login": each.login, "avatarUrl": f"/avatar/{each.id}"} for each in found]
    return ok(rows[: call.whole("limit") or 1000])


def lookup(call: Call) -> Reply:
    """GET /users/lookup, on the whole server."""
    if not call.who.server_admin:
        raise forbidden("users:read")
    wanted = call.text("loginOrEmail").lower()
    everyone = (each for each in call.state.accounts.values() if not each.service)
    found = next((each for each in everyone if wanted in {each.login.lower(), each.email.lower()} - {""}), None)
    if found is None:
        raise Refused(404, "user not found")
    return ok(_profile(call, found))


def _people(call: Call) -> list[Account]:
    return [each for each in call.state.accounts.values() if not each.service and call.org.id in each.roles]


def _user(call: Call, account: Account) -> dict[str, Any]:
    return {
        "orgId": call.org.id,
        "userId": account.id,
        "email": account.email,
        "name": account.login,
        "avatarUrl": f"/avatar/{account.id}",
        "login": account.login,
        "role": account.roles[call.org.id],
        "lastSeenAt": "2026-01-01T00:00:00Z",
        "lastSeenAtAge": "10 months",
        "isDisabled": account.disabled,
    }


def permissions(call: Call) -> Reply:
    """GET /access-control/user/permissions."""
    if not call.state.settings.rbac:
        raise Refused(404, "Not found")
    granted = _EVERYTHING if call.role == "Admin" else _granted(call)
    if call.state.flavour.scopes_by_default or call.text("scoped") == "true":
        return ok(granted)
    return ok(dict.fromkeys(granted, True))


def _granted(call: Call) -> dict[str, list[str]]:
    granted: dict[str, list[str]] = {"annotations:read": ["annotations:*"]}
    if call.role == "Editor":
        granted |= {"folders:create": ["folders:uid:general"], "dashboards:create": ["folders:uid:general"]}
        granted |= {"annotations:create": ["annotations:*"]}
    for uid in call.org.folders:
        level = access.on_folder(call, uid)
        for action in (each for least, actions in _BY_LEVEL.items() if level >= least for each in actions):
            granted[action] = [*granted.get(action, []), f"folders:uid:{uid}"]
    return granted
