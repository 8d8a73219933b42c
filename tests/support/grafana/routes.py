"""Which function answers which path, and who is let in.

Read in the server's source: bearers are tokens of service accounts, each of one organisation; basic authentication is
for users, and `X-Grafana-Org-Id` says for which organisation; without credentials everything below `/api` but `/health`
is 401 unless anonymous access is on; a page that people look at leads to the login.
Not read: the answer to a user who names an organisation of others, 403 here.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from support.answers import Reply, Request
from support.faults import LOGIN_PAGE
from support.grafana import about, access, dashboards, folders, notes, people, search, sources, teams
from support.grafana.call import Call, Refused, forbidden
from support.grafana.state import Account, State

Answer = Callable[[Call], Reply]

ROUTES: Mapping[str, Answer] = {
    "POST /api/dashboards/db": dashboards.save,
    "GET /api/dashboards/tags": search.tags,
    "GET /api/dashboards/uid/{uid}": dashboards.read,
    "DELETE /api/dashboards/uid/{uid}": dashboards.delete,
    "GET /api/dashboards/uid/{uid}/versions": dashboards.versions,
    "GET /api/dashboards/uid/{uid}/versions/{number}": dashboards.version,
    "POST /api/dashboards/uid/{uid}/restore": dashboards.restore,
    "GET /api/dashboards/uid/{uid}/permissions": access.dashboard_permissions,
    "POST /api/dashboards/uid/{uid}/permissions": access.set_dashboard_permissions,
    "GET /apis/dashboard.grafana.app/{api_version}/namespaces/{namespace}/dashboards/{uid}": dashboards.stored,
    "GET /api/search": search.search,
    "GET /api/folders": folders.listed,
    "POST /api/folders": folders.create,
    "GET /api/folders/{uid}": folders.read,
    "PUT /api/folders/{uid}": folders.update,
    "DELETE /api/folders/{uid}": folders.delete,
    "POST /api/folders/{uid}/move": folders.move,
    "GET /api/folders/{uid}/permissions": access.folder_permissions,
    "POST /api/folders/{uid}/permissions": access.set_folder_permissions,
    "POST /api/teams": teams.create,
    "GET /api/teams/search": teams.search,
    "GET /api/teams/{team}": teams.read,
    "PUT /api/teams/{team}": teams.update,
    "DELETE /api/teams/{team}": teams.delete,
    "GET /api/teams/{team}/members": teams.members,
    "POST /api/teams/{team}/members": teams.add_member,
    "PUT /api/teams/{team}/members/{user}": teams.update_member,
    "DELETE /api/teams/{team}/members/{user}": teams.remove_member,
    "GET /api/user": people.me,
    "GET /api/user/teams": teams.of_user,
    "GET /api/user/orgs": people.my_organisations,
    "GET /api/users/lookup": people.lookup,
    "GET /api/org": people.organisation,
    "GET /api/org/users": people.users,
    "GET /api/org/users/lookup": people.lookup_here,
    "GET /api/access-control/user/permissions": people.permissions,
    "GET /api/datasources": sources.listed,
    "POST /api/datasources": sources.create,
    "GET /api/datasources/{id}": sources.read,
    "PUT /api/datasources/{id}": sources.update,
    "DELETE /api/datasources/{id}": sources.delete,
    "GET /api/datasources/name/{name}": sources.read,
    "DELETE /api/datasources/name/{name}": sources.delete,
    "GET /api/datasources/uid/{uid}": sources.read,
    "PUT /api/datasources/uid/{uid}": sources.update,
    "DELETE /api/datasources/uid/{uid}": sources.delete,
    "GET /api/datasources/uid/{uid}/health": sources.health,
    "GET /api/annotations": notes.listed,
    "POST /api/annotations": notes.create,
    "DELETE /api/annotations/{id}": notes.delete,
    "GET /api/frontend/settings": about.frontend_settings,
    "GET /api/admin/settings": about.server_settings,
    "GET /api/plugins": about.plugins,
    "GET /api/plugins/{id}/settings": about.plugin,
}


def _table() -> dict[tuple[str, int], list[tuple[list[str], Answer]]]:
    table: dict[tuple[str, int], list[tuple[list[str], Answer]]] = {}
    for route, function in ROUTES.items():
        method, _, path = route.partition(" ")
        parts = path.strip("/").split("/")
        table.setdefault((method, len(parts)), []).append((parts, function))
    return table


_TABLE = _table()
_ANONYMOUS = Account(0, "Anonymous", {1: "Viewer"})


def answer(state: State, request: Request, base_path: str) -> Reply:
    """Answer a request."""
    path, _, query = request.path.partition("?")
    if not f"{path}/".startswith(f"{base_path}/"):
        return Reply(404, b"<html><body>404 Not Found</body></html>", {"Content-Type": "text/html"})
    parts = [unquote(part) for part in path.removeprefix(base_path).strip("/").split("/")]
    if parts == ["login"] and LOGIN_PAGE.reply:
        return LOGIN_PAGE.reply
    if parts[0] not in {"api", "apis"}:
        return Reply(302, b"", {"Location": f"{base_path}/login"})
    if parts == ["api", "health"] and request.method == "GET":
        return about.health(state)
    try:
        who = _account(state, request.headers.get("authorization", ""))
        function, params = _route(request.method, parts)
        org = _organisation(state, who, request.headers.get("x-grafana-org-id", ""))
        fields = parse_qs(query, keep_blank_values=True)
        return function(Call(state, state.organisations[org], who, params, fields, _content(request.body)))
    except Refused as refused:
        return refused.reply


def _route(method: str, parts: list[str]) -> tuple[Answer, dict[str, str]]:
    for pattern, function in _TABLE.get((method, len(parts)), []):
        pairs = list(zip(pattern, parts, strict=True))
        if all(each == part or (each.startswith("{") and part) for each, part in pairs):
            return function, {each[1:-1]: part for each, part in pairs if each.startswith("{")}
    raise Refused(404, "Not found")


def _content(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _account(state: State, credentials: str) -> Account:
    kind, _, value = credentials.partition(" ")
    if kind.lower() == "bearer":
        found = [each for each in state.accounts.values() if each.token is not None and each.token == value]
        return _enabled(state, found, "Invalid API key", "api-key.invalid")
    if kind.lower() == "basic":
        login, password = _decoded(value)
        people = [each for each in state.accounts.values() if login in {each.login, each.email} and not each.service]
        found = [each for each in people if each.password is not None and each.password == password]
        return _enabled(state, found, "Invalid username or password", "password-auth.failed")
    if state.settings.anonymous:
        return _ANONYMOUS
    raise _unauthorized(state, "Unauthorized", "auth.unauthorized")


def _enabled(state: State, found: list[Account], message: str, word: str) -> Account:
    if not found or found[0].disabled:
        raise _unauthorized(state, message, word)
    return found[0]


def _unauthorized(state: State, message: str, word: str) -> Refused:
    more = {"messageId": word, "statusCode": 401, "traceID": ""} if state.flavour.nested_folders else {}
    return Refused(401, message, **more)


def _decoded(value: str) -> tuple[str, str]:
    try:
        login, _, password = b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return login, password


def _organisation(state: State, who: Account, wanted: str) -> int:
    own = next(iter(who.roles), 1)
    if not wanted.isdigit() or int(wanted) == own:
        return own
    if who.service:
        raise _unauthorized(
            state, "API key does not belong to the requested organization", "api-key.organization-mismatch"
        )
    if int(wanted) not in who.roles or int(wanted) not in state.organisations:
        raise forbidden("orgs:read")
    return int(wanted)
