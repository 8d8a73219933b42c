"""Who gets into a Grafana, and who can change more there than the folders' permissions say."""

from __future__ import annotations

from collections.abc import Iterator

from dojoboards.doctor.finding import Finding, error, listed, note, ok, warning
from dojoboards.model import Project
from dojoboards.targets.grafana_api.connection import Connection
from dojoboards.targets.servers import Client

_REFUSED = frozenset({401, 403})


def anonymous(bare: Client) -> Iterator[Finding]:
    """Yield whether somebody who does not log in is let in."""
    status = bare.exchange("GET", "/api/search?limit=1").status
    if status in _REFUSED:
        yield ok("login", "required: a request without one is refused")
    elif status == 200:  # noqa: PLR2004  # HTTP's own number
        remedy = "set `enabled = false` in [auth.anonymous], or GF_AUTH_ANONYMOUS_ENABLED=false"
        yield error("login", "not required: a request without one is answered", remedy)
    else:
        yield note("login", f"a request without one is answered with {status}", "is there a proxy before it?")


def sign_up(connection: Connection) -> Iterator[Finding]:
    """Yield whether people may make accounts for themselves."""
    closed = connection.get("/frontend/settings").get("disableUserSignUp")
    if closed is None:
        yield note("sign-up", "it does not say whether people may make accounts for themselves")
    elif closed:
        yield ok("sign-up", "closed")
    else:
        remedy = "set `allow_sign_up = false` in [users], or GF_USERS_ALLOW_SIGN_UP=false"
        yield error("sign-up", "open: people may make accounts for themselves", remedy)


def roles(connection: Connection, project: Project) -> Iterator[Finding]:
    """Yield who is only in teams that are to look only, and has a basic role that lets them edit all the same."""
    teams = _onlookers(project)
    if not teams:
        return
    people = {row["userId"]: row for row in connection.get("/org/users") if not row.get("isDisabled")}
    members = {team.name: _members(connection, team.name) for team in project.teams}
    more = {number for name, found in members.items() if name not in teams for number in found}
    wrong = False
    for name in teams:
        of_role: dict[str, list[str]] = {}
        for number in members[name] - more:
            person = people.get(number, {})
            of_role.setdefault(str(person.get("role")), []).append(str(person.get("login")))
        if admins := of_role.get("Admin"):
            remedy = "give them the basic role Viewer: an Admin of the organisation passes every permission of a folder"
            yield error("roles", f"of the team {name!r}, {listed(sorted(admins))} may change everything", remedy)
        if editors := of_role.get("Editor"):
            remedy = "give them the basic role Viewer: an Editor makes folders, and edits what lies in none"
            yield warning("roles", f"of the team {name!r}, {listed(sorted(editors))} may edit outside folders", remedy)
        wrong = wrong or bool(admins or editors)
    if not wrong:
        yield ok("roles", f"who is only in {listed(teams)} may only look")


def _onlookers(project: Project) -> list[str]:
    """Return the teams that are to look only: all that the folders grant them is View."""
    granted: dict[str, set[str]] = {}
    for folder in project.folders:
        for who, permission in (folder.permissions or {}).items():
            granted.setdefault(who, set()).add(permission)
    return sorted(team.name for team in project.teams if granted.get(team.name) == {"View"})


def _members(connection: Connection, team: str) -> set[int]:
    """Return the numbers of a team's members; none where there is no such team yet."""
    found = [row for row in connection.get("/teams/search", name=team)["teams"] if row["name"] == team]
    rows = connection.get(f"/teams/{found[0]['id']}/members") if found else []
    return {int(row["userId"]) for row in rows}
