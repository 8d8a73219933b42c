"""What the server says of itself, and its plug-ins.

Read in the server's source: `/health` needs no login, `/frontend/settings` does; settings of the server are for its
administrators.
"""

from __future__ import annotations

from typing import Any

from support.answers import Reply
from support.grafana.call import Call, Refused, forbidden, ok
from support.grafana.state import State


def health(state: State) -> Reply:
    """GET /health."""
    said = {"commit": state.flavour.commit, "database": state.settings.database, "version": state.flavour.version}
    return ok(said, 200 if state.settings.database == "ok" else 503)


def frontend_settings(call: Call) -> Reply:
    """GET /frontend/settings, of which a few."""
    flavour, settings = call.state.flavour, call.state.settings
    build = {"version": flavour.version, "commit": flavour.commit, "edition": "Open Source", "env": "production"}
    return ok(
        {
            "buildInfo": {**build, "buildstamp": 0, "hideVersion": False, "hasUpdate": False, "latestVersion": ""},
            "anonymousEnabled": settings.anonymous,
            "disableUserSignUp": not settings.sign_up,
            "panels": {id: {"id": id} for id, kind in settings.plugins.items() if kind == "panel"},
            "datasources": {each.fields["name"]: {"uid": each.uid} for each in call.org.sources.values()},
            "appSubUrl": "",
        }
    )


def server_settings(call: Call) -> Reply:
    """GET /admin/settings, of which a few: words, as in the server's own file."""
    if not call.who.server_admin:
        raise forbidden("settings:read")
    settings = call.state.settings
    return ok(
        {
            "auth.anonymous": {"enabled": str(settings.anonymous).lower(), "org_role": "Viewer"},
            "users": {"allow_sign_up": str(settings.sign_up).lower()},
            "rbac": {"enabled": str(settings.rbac).lower()},
        }
    )


def plugins(call: Call) -> Reply:
    """GET /plugins."""
    wanted = call.text("type")
    return ok([_plugin(id, kind) for id, kind in call.state.settings.plugins.items() if wanted in {"", kind}])


def plugin(call: Call) -> Reply:
    """GET /plugins/{id}/settings."""
    id = call.params["id"]
    if id not in call.state.settings.plugins:
        raise Refused(404, "Plugin not found, no installed plugin with that id")
    return ok(_plugin(id, call.state.settings.plugins[id]))


def _plugin(id: str, kind: str) -> dict[str, Any]:
    named = {"id": id, "name": id.title(), "type": kind, "enabled": True, "pinned": False, "category": ""}
    return {**named, "info": {"version": "", "description": ""}, "hasUpdate": False, "signature": "internal"}
