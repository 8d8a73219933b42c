"""Dashboards: saving, reading, deleting, and their versions.

Read in the server's source, for both flavours unless said:

- A save is checked in this order: the folder (9.4), the quota, the title and the uid, the refresh interval, the folder
  (13), the `id`, the version, the namesake (9.4), the permission, and last whether a file provides the dashboard.
- The quota is asked whenever the body has no `id`, so at the limit an update by uid alone is refused too.
- An unknown `folderUid` is a 400; only an unknown `folderId` of 9.4 is a 404.
- A body without `folderUid` moves the dashboard out of its folder.
- In 9.4 no dashboard may be called like a folder (400, `name-match`), or like another in its folder (412,
  `name-exists`).
- `/versions` says "Initial save" of a version without a parent, which the first save of a dashboard makes, unless its
  body has a version: the message that was given is only in `/versions/{number}`.
- In 13 the number of a version only grows when the content or the folder changes; another message makes another row.
- In 13 a dashboard in schema v2 cannot be read here (406), but is overwritten without a word; a body in schema v2 is
  refused. Not read: that this is a 400, and that an `id` with another uid is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from support.answers import Reply
from support.grafana import access
from support.grafana.call import UID, Call, Refused, forbidden, ok, same_title, slug
from support.grafana.state import Dashboard, Folder, Grant, Version, now

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_OWN = {"id", "uid", "version"}


def save(call: Call) -> Reply:
    """POST /dashboards/db."""
    body = call.body()
    sent = body.get("dashboard")
    if not isinstance(sent, dict) or body.get("isFolder"):
        raise Refused(
            400, "bad request data" if not isinstance(sent, dict) else "Use folders endpoint for saving folders."
        )
    flavour = call.state.flavour
    folder = None if flavour.nested_folders else _folder(call, "Folder not found")
    quota(call, "dashboard", len(call.org.dashboards), asked=not sent.get("id"))
    title = str(sent.get("title") or "").strip()
    _check_texts(call, sent, title, str(body.get("message") or ""))
    if flavour.nested_folders:
        folder = _folder(call, "folder not found")
    overwrite = bool(body.get("overwrite"))
    existing = _existing(call, sent)
    sent_version = _number(sent.get("version")) if _identified(sent) else 0
    if existing and sent_version != existing.version and not overwrite:
        raise Refused(412, "The dashboard has been changed by someone else", status="version-mismatch")
    if flavour.unique_titles:
        existing = _namesake(call, title, folder, existing, overwrite=overwrite) or existing
    return _store(call, existing, folder, {**sent, "title": title}, sent_version)


def _store(
    call: Call, existing: Dashboard | None, folder: Folder | None, sent: dict[str, Any], sent_version: int
) -> Reply:
    folder_uid = folder.uid if folder else ""
    moves = existing is None or existing.folder_uid != folder_uid
    if (moves and access.on_folder(call, folder_uid) < access.EDIT) or (
        existing and access.on_dashboard(call, existing) < access.EDIT
    ):
        raise Refused(403, "Access denied to save dashboard")
    if existing and existing.provisioned:
        raise Refused(400, "Cannot save provisioned dashboard")
    stored = existing or create(call, str(sent.get("uid") or "").strip(), folder_uid)
    content = {key: value for key, value in sent.items() if key not in _OWN}
    add_version(call, stored, content, str(call.body().get("message") or ""), parent=sent_version, moves=moves)
    stored.folder_uid = folder_uid
    stored.api_version = "v1"
    answer = {
        "id": stored.id,
        "uid": stored.uid,
        "url": url(stored),
        "status": "success",
        "version": stored.version,
        "slug": slug(stored.title),
    }
    return ok({**answer, "folderUid": folder_uid} if call.state.flavour.nested_folders else answer)


def create(call: Call, uid: str, folder_uid: str) -> Dashboard:
    """Make a dashboard without a version; outside a folder it starts with grants of its own."""
    number = call.state.number()
    made = Dashboard(number, uid or f"standin{number:x}", folder_uid, now(), call.who.id)
    made.grants = access.creators(call)
    if not folder_uid:
        made.grants += [Grant(access.EDIT, "Editor"), Grant(access.VIEW, "Viewer")]
    call.org.dashboards[made.uid] = made
    return made


def add_version(
    call: Call,
    stored: Dashboard,
    content: Mapping[str, Any],
    message: str,
    *,
    parent: int = 0,
    moves: bool = False,
    restored_from: int = 0,
) -> None:
    """Add a version to a dashboard's history, as the flavour does."""
    history = stored.history
    changes = moves or not history or history[-1].content != content or call.state.flavour.every_save_counts
    if not changes and history[-1].message == message:
        return
    number = (history[-1].number if history else 0) + changes
    if history or not call.state.flavour.every_save_counts:
        parent = number - 1
    row = call.state.number() if call.state.flavour.every_save_counts else number
    history.append(Version(row, number, parent, message, content, call.who.id, now(), restored_from))
    kept = call.state.settings.versions_to_keep
    if kept is not None:
        del history[:-kept]


def quota(call: Call, what: str, there: int, *, asked: bool = True) -> None:
    """Refuse one more of something when there are as many as there may be."""
    limit = call.state.settings.quotas.get(what)
    if asked and limit is not None and there >= limit:
        raise Refused(403, "Quota reached" if what == "dashboard" else f"{what} Quota reached")


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _identified(sent: Mapping[str, Any]) -> bool:
    return isinstance(sent.get("uid"), str) or isinstance(sent.get("id"), int | float)


def _folder(call: Call, message: str) -> Folder | None:
    body = call.body()
    if uid := body.get("folderUid"):
        if uid in call.org.folders:
            return call.org.folders[uid]
        if uid == "general" and call.state.flavour.nested_folders:
            return None
        raise Refused(400, message)
    if number := _number(body.get("folderId")):
        found = next((folder for folder in call.org.folders.values() if folder.id == number), None)
        if found is None:
            raise Refused(400 if call.state.flavour.nested_folders else 404, message)
        return found
    return None


def _check_texts(call: Call, sent: Mapping[str, Any], title: str, message: str) -> None:
    uid = str(sent.get("uid") or "").strip()
    limit = call.state.flavour.message_limit
    refresh = re.fullmatch(r"(\d+)(ms|[smhd])", str(sent.get("refresh") or ""))
    if not title:
        raise Refused(400, "Dashboard title cannot be empty", status="empty-name")
    if limit and len(message.encode()) > limit:
        raise Refused(400, f"message too long, max {limit} characters")
    if not UID.fullmatch(uid):
        raise Refused(400, "uid contains illegal characters")
    if len(uid) > 40:
        raise Refused(400, "uid too long, max 40 characters")
    if refresh and int(refresh[1]) * _UNITS[refresh[2]] < call.state.settings.min_refresh:
        raise Refused(400, "Dashboard refresh interval is too low")
    if call.state.flavour.schema_v2 and isinstance(sent.get("elements"), dict) and "layout" in sent:
        raise Refused(400, "dashboard appears to be in v2 format. Please use the /apis/dashboard.grafana.app/v2 API")


def _existing(call: Call, sent: Mapping[str, Any]) -> Dashboard | None:
    uid, number = str(sent.get("uid") or "").strip(), _number(sent.get("id"))
    by_uid = call.org.dashboards.get(uid)
    by_id = next((each for each in call.org.dashboards.values() if each.id == number), None) if number else None
    if number and by_id is None:
        raise Refused(404, "Dashboard not found", status="not-found")
    if by_id and by_uid and by_id is not by_uid:
        raise Refused(400, "A dashboard with the same uid already exists")
    if uid in call.org.folders:
        raise Refused(400, "Dashboard cannot be changed to a folder")
    if by_id and by_uid is None and uid and call.state.flavour.nested_folders:
        raise Refused(400, "the id belongs to a dashboard with another uid")
    if by_id and by_uid is None and uid:
        call.org.dashboards[uid] = call.org.dashboards.pop(by_id.uid)
        by_id.uid = uid
    return by_id or by_uid


def _namesake(
    call: Call, title: str, folder: Folder | None, existing: Dashboard | None, *, overwrite: bool
) -> Dashboard | None:
    """Return another dashboard whose place is taken, since it has the same title in the same folder."""
    if any(same_title(each.title, title) for each in call.org.folders.values()):
        raise Refused(400, "Dashboard name cannot be the same as folder", status="name-match")
    folder_uid = folder.uid if folder else ""
    others = (each for each in call.org.dashboards.values() if each is not existing and each.folder_uid == folder_uid)
    found = next((each for each in others if same_title(each.title, title)), None)
    if found and not overwrite:
        raise Refused(412, "A dashboard with the same name in the folder already exists", status="name-exists")
    return found


def url(dashboard: Dashboard) -> str:
    """Return the path where people find a dashboard."""
    return f"/d/{dashboard.uid}/{slug(dashboard.title)}"


def read(call: Call) -> Reply:
    """GET /dashboards/uid/{uid}."""
    found = access.dashboard(call, access.VIEW, "dashboards:read")
    if found.api_version.startswith("v2") and not call.text("apiVersion").startswith("v2"):
        where = f"/apis/dashboard.grafana.app/{found.api_version}/namespaces/{namespace(call)}/dashboards/{found.uid}"
        raise Refused(406, f"dashboard api version not supported, use {where} instead")
    return ok({"dashboard": _whole(found), "meta": _meta(call, found)})


def namespace(call: Call) -> str:
    """Return what `/apis` calls the organisation."""
    return "default" if call.org.id == 1 else f"org-{call.org.id}"


def _whole(found: Dashboard) -> dict[str, Any]:
    return {**found.content, "id": found.id, "uid": found.uid, "version": found.version}


def _meta(call: Call, found: Dashboard) -> dict[str, Any]:
    level = access.on_dashboard(call, found)
    folder = call.org.folders.get(found.folder_uid)
    newest = found.history[-1]
    meta = {
        "type": "db",
        "slug": slug(found.title),
        "url": url(found),
        "canSave": level >= access.EDIT,
        "canEdit": level >= access.EDIT,
        "canAdmin": level >= access.ADMIN,
        "canDelete": level >= access.EDIT,
        "canStar": not call.who.service,
        "isStarred": False,
        "isFolder": False,
        "isSnapshot": False,
        "hasAcl": bool(found.grants),
        "created": found.created,
        "createdBy": call.state.login(found.created_by),
        "updated": newest.created,
        "updatedBy": call.state.login(newest.by),
        "expires": "0001-01-01T00:00:00Z",
        "version": found.version,
        "folderId": folder.id if folder else 0,
        "folderUid": folder.uid if folder else "",
        "folderTitle": folder.title if folder else "General",
        "folderUrl": f"/dashboards/f/{folder.uid}/{slug(folder.title)}" if folder else "",
        "provisioned": found.provisioned is not None,
        "provisionedExternalId": found.provisioned or "",
    }
    return {**meta, "apiVersion": found.api_version} if call.state.flavour.schema_v2 else meta


def delete(call: Call) -> Reply:
    """DELETE /dashboards/uid/{uid}."""
    found = access.dashboard(call, access.EDIT, "dashboards:delete")
    if found.provisioned:
        raise Refused(400, "provisioned dashboard cannot be deleted")
    del call.org.dashboards[found.uid]
    named = {"uid": found.uid} if call.state.flavour.nested_folders else {"id": found.id}
    return ok({"title": found.title, "message": f"Dashboard {found.title} deleted", **named})


def versions(call: Call) -> Reply:
    """GET /dashboards/uid/{uid}/versions: the newest first."""
    found = access.dashboard(call, access.EDIT, "dashboards:write")
    rows = [_version_row(call, found, each, listed=True) for each in reversed(found.history)]
    limit = max(call.whole("limit"), 0) or 1000
    if not call.state.flavour.versions_in_envelope:
        start = max(call.whole("start"), 0)
        return ok(rows[start : start + limit])
    start = call.whole("continueToken")
    token = str(start + limit) if start + limit < len(rows) else ""
    return ok({"continueToken": token, "versions": rows[start : start + limit]})


def version(call: Call) -> Reply:
    """GET /dashboards/uid/{uid}/versions/{number}."""
    found = access.dashboard(call, access.EDIT, "dashboards:write")
    return ok(_version_row(call, found, _version(found, call.params["number"]), listed=False))


def _version(found: Dashboard, number: object) -> Version:
    wanted = next((each for each in reversed(found.history) if str(each.number) == str(number)), None)
    if wanted is None:
        raise Refused(500, f"Dashboard version {number} not found for dashboardId {found.id}")
    return wanted


def _version_row(call: Call, found: Dashboard, each: Version, *, listed: bool) -> dict[str, Any]:
    modern = call.state.flavour.versions_in_envelope
    message = each.message
    if listed and each.restored_from:
        message = f"Restored from version {each.restored_from}"
    if listed and not each.parent:
        message = "Initial save"
    row = {
        "id": each.row,
        "dashboardId": found.id,
        "dashboardUid" if listed and not modern else "uid": found.uid,
        "parentVersion": each.parent,
        "restoredFrom": each.restored_from,
        "version": each.number,
        "created": each.created,
        "createdBy": call.state.login(each.by),
        "message": message,
    }
    if listed and not modern:
        return row
    own = {"uid": found.uid, "version": each.number}
    return {**row, "data": {**each.content, **own, **({} if modern else {"id": found.id})}}


def restore(call: Call) -> Reply:
    """POST /dashboards/uid/{uid}/restore."""
    found = access.dashboard(call, access.EDIT, "dashboards:write")
    if not call.state.flavour.restores:
        raise Refused(404, "Not found")
    if found.provisioned:
        raise Refused(400, "Cannot save provisioned dashboard")
    wanted = next((each for each in found.history if each.number == call.body().get("version")), None)
    if wanted is None:
        raise Refused(404, "Dashboard version not found")
    message = f"Restored from version {wanted.number}"
    add_version(call, found, wanted.content, message, restored_from=wanted.number)
    return ok({"id": found.id, "uid": found.uid, "url": url(found), "status": "success", "version": found.version})


def stored(call: Call) -> Reply:
    """GET /apis/dashboard.grafana.app/{api_version}/namespaces/{namespace}/dashboards/{uid}: as it is stored."""
    found = call.org.dashboards.get(call.params["uid"])
    if not call.state.flavour.schema_v2 or found is None or call.params["namespace"] != namespace(call):
        reason = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        raise Refused(404, f'dashboards.dashboard.grafana.app "{call.params["uid"]}" not found', **reason)
    if access.on_dashboard(call, found) < access.VIEW:
        raise forbidden("dashboards:read")
    annotations = {
        "grafana.app/folder": found.folder_uid,
        "grafana.app/createdBy": call.state.login(found.created_by),
        "grafana.app/updatedBy": call.state.login(found.history[-1].by),
        "grafana.app/updatedTimestamp": found.history[-1].created,
        "grafana.app/message": found.history[-1].message,
    }
    document: dict[str, Any] = {
        "kind": "Dashboard",
        "apiVersion": f"dashboard.grafana.app/{call.params['api_version']}",
        "metadata": {
            "name": found.uid,
            "namespace": namespace(call),
            "generation": found.version,
            "creationTimestamp": found.created,
            "annotations": {key: value for key, value in annotations.items() if value},
        },
        "spec": found.content,
    }
    if found.api_version != call.params["api_version"]:
        document["status"] = {"conversion": {"failed": False, "storedVersion": found.api_version}}
    return ok(document)
