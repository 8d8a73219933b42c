"""Teams and their members.

Read in the server's source: the name is unique (409, and 400 when a team is renamed); a user is made the administrator
of a team that it creates, a service account is not; a member cannot be added twice (400).
A user that does not exist cannot be added (500).
13 gives teams a uid, and takes it in the place of the number.
"""

from __future__ import annotations

from typing import Any

from support.answers import Reply
from support.grafana.call import Call, Refused, admin, ok, page
from support.grafana.state import Dashboard, Folder, Team

_MEMBER, _ADMIN = 0, 4


def search(call: Call) -> Reply:
    """GET /teams/search."""
    admin(call, "teams:read")
    size, number = max(call.whole("perpage"), 0) or 1000, max(call.whole("page"), 1)
    query, name = call.text("query").lower(), call.text("name")
    found = sorted(
        (team for team in call.org.teams.values() if query in team.name.lower() and name in {"", team.name}),
        key=lambda team: team.name.lower(),
    )
    rows = [_row(call, team) for team in page(found, number, size)]
    return ok({"totalCount": len(found), "teams": rows, "page": number, "perPage": size})


def read(call: Call) -> Reply:
    """GET /teams/{team}."""
    admin(call, "teams:read")
    return ok(_row(call, _team(call)))


def create(call: Call) -> Reply:
    """POST /teams."""
    admin(call, "teams:create")
    body = call.body()
    name = str(body.get("name") or "")
    _check(call, name, None, taken=409)
    number = call.state.number()
    team = Team(number, f"team{number:x}", name, str(body.get("email") or ""))
    if not call.who.service and call.who.id > 0:
        team.members[call.who.id] = _ADMIN
    call.org.teams[team.id] = team
    uid = {"uid": team.uid} if call.state.flavour.team_uids else {}
    return ok({"teamId": team.id, **uid, "message": "Team created"})


def update(call: Call) -> Reply:
    """PUT /teams/{team}."""
    admin(call, "teams:write")
    team, body = _team(call), call.body()
    _check(call, str(body.get("name") or ""), team, taken=400)
    team.name, team.email = str(body["name"]), str(body.get("email") or "")
    return ok({"message": "Team updated"})


def delete(call: Call) -> Reply:
    """DELETE /teams/{team}, with what was granted to it."""
    admin(call, "teams:delete")
    team = _team(call)
    del call.org.teams[team.id]
    holders: list[Folder | Dashboard] = [*call.org.folders.values(), *call.org.dashboards.values()]
    for holder in holders:
        holder.grants = [grant for grant in holder.grants if grant.team_id != team.id]
    return ok({"message": "Team deleted"})


def _check(call: Call, name: str, own: Team | None, taken: int) -> None:
    if not name:
        raise Refused(400, "bad request data")
    if any(team is not own and team.name == name for team in call.org.teams.values()):
        raise Refused(taken, "Team name taken")


def members(call: Call) -> Reply:
    """GET /teams/{team}/members."""
    admin(call, "teams.permissions:read")
    team = _team(call)
    return ok([_member(call, team, user_id) for user_id in team.members])


def add_member(call: Call) -> Reply:
    """POST /teams/{team}/members."""
    admin(call, "teams.permissions:write")
    team, user_id = _team(call), call.body().get("userId")
    if user_id in team.members:
        raise Refused(400, "User is already added to this team")
    if user_id not in call.state.accounts:
        raise Refused(500, "Failed to add Member to Team")
    team.members[int(str(user_id))] = _MEMBER
    return ok({"message": "Member added to Team"})


def update_member(call: Call) -> Reply:
    """PUT /teams/{team}/members/{user}."""
    admin(call, "teams.permissions:write")
    team, user_id = _team(call), _user_id(call)
    if user_id not in team.members:
        raise Refused(404, "Team member not found.")
    team.members[user_id] = int(call.body().get("permission") or _MEMBER)
    return ok({"message": "Team member updated"})


def remove_member(call: Call) -> Reply:
    """DELETE /teams/{team}/members/{user}."""
    admin(call, "teams.permissions:write")
    team, user_id = _team(call), _user_id(call)
    if team.members.pop(user_id, None) is None:
        raise Refused(404, "Team member not found")
    return ok({"message": "Team Member removed"})


def of_user(call: Call) -> Reply:
    """GET /user/teams: those of whoever asks."""
    return ok([_row(call, team) for team in call.org.teams.values() if call.who.id in team.members])


def _team(call: Call) -> Team:
    named = call.params["team"]
    if call.state.flavour.team_uids and (found := [each for each in call.org.teams.values() if each.uid == named]):
        return found[0]
    if not named.isdigit():
        raise Refused(400, "teamId is invalid")
    if int(named) not in call.org.teams:
        raise Refused(404, "Team not found")
    return call.org.teams[int(named)]


def _user_id(call: Call) -> int:
    if not call.params["user"].isdigit():
        raise Refused(400, "userId is invalid")
    return int(call.params["user"])


def _row(call: Call, team: Team) -> dict[str, Any]:
    row = {
        "id": team.id,
        "orgId": call.org.id,
        "name": team.name,
        "email": team.email,
        "avatarUrl": f"/avatar/{team.id}",
        "memberCount": len(team.members),
        "permission": team.members.get(call.who.id, 0),
    }
    return {**row, "uid": team.uid} if call.state.flavour.team_uids else row


def _member(call: Call, team: Team, user_id: int) -> dict[str, Any]:
    account = call.state.accounts[user_id]
    row = {
        "orgId": call.org.id,
        "teamId": team.id,
        "userId": account.id,
        "auth_module": "",
        "email": account.email,
        "name": account.login,
        "login": account.login,
        "avatarUrl": f"/avatar/{account.id}",
        "labels": [],
        "permission": team.members[user_id],
    }
    return {**row, "teamUID": team.uid, "userUID": f"u{user_id}"} if call.state.flavour.team_uids else row
