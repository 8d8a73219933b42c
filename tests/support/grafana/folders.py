"""Folders.

Read in the server's source and in threads about it: a folder with a uid that is taken is refused with 412 and
`version-mismatch`, not with 409 (seen up to 11.4; a client had better take both as "look again").
In 9.4 two folders cannot have the same title (409); `parentUid` is passed over there.
A user who creates a folder gets Admin on it, in 13 not so a service account; what basic roles get on a new folder
differs by version and by configuration.
Deleting a folder takes the dashboards in it along, also those that a file provides, and in 13 the folders below.
Not read: the answer of 13 to a parent that does not exist, 404 here.
"""

from __future__ import annotations

from typing import Any

from support.answers import Reply
from support.grafana import access
from support.grafana.call import UID, Call, Refused, forbidden, ok, page, same_title, slug
from support.grafana.state import Folder, Grant, now

_DEPTH = 4


def listed(call: Call) -> Reply:
    """GET /folders: all of them, or where they nest those of one parent."""
    nests = call.state.flavour.nested_folders
    parent = call.text("parentUid")
    if nests and parent and parent not in call.org.folders:
        raise Refused(404, "folder not found", status="not-found")
    found = sorted(
        (each for each in call.org.folders.values() if not nests or each.parent_uid == parent),
        key=lambda each: each.title.lower(),
    )
    seen = [each for each in found if access.on_folder(call, each.uid) >= access.VIEW]
    rows = [{"id": each.id, "uid": each.uid, "title": each.title, **_parent(call, each)} for each in seen]
    return ok(page(rows, call.whole("page", 1), call.whole("limit") or 1000))


def read(call: Call) -> Reply:
    """GET /folders/{uid}."""
    return ok(_whole(call, access.folder(call, access.VIEW, "folders:read")))


def create(call: Call) -> Reply:
    """POST /folders."""
    body = call.body()
    title, uid = str(body.get("title") or "").strip(), str(body.get("uid") or "").strip()
    parent = str(body.get("parentUid") or "") if call.state.flavour.nested_folders else ""
    _check(call, title, uid, None)
    if parent and parent not in call.org.folders:
        raise Refused(404, "folder not found", status="not-found")
    if len(list(access.ancestry(call, parent))) >= _DEPTH:
        raise Refused(400, "Maximum nested folder depth reached", messageId="folder.maximum-depth-reached")
    if access.on_folder(call, parent) < access.EDIT:
        raise forbidden("folders:create")
    if uid in call.org.folders or uid in call.org.dashboards:
        raise Refused(412, "the folder has been changed by someone else", status="version-mismatch")
    number = call.state.number()
    made = Folder(number, uid or f"standin{number:x}", title, parent, call.who.id, now(), call.who.id, now())
    made.description = str(body.get("description") or "")
    made.grants = _first_grants(call, parent)
    call.org.folders[made.uid] = made
    return ok(_whole(call, made))


def _first_grants(call: Call, parent: str) -> list[Grant]:
    own = access.creators(call)
    settings, flavour = call.state.settings, call.state.flavour
    roles = flavour.new_folder_grants if settings.new_folder_grants is None else settings.new_folder_grants
    return own if parent else [*own, *(Grant(permission, role=role) for role, permission in roles)]


def update(call: Call) -> Reply:
    """PUT /folders/{uid}."""
    body = call.body()
    found = access.folder(call, access.EDIT, "folders:write")
    title = str(body.get("title") or found.title).strip()
    _check(call, title, "", found)
    if body.get("version") != found.version and not body.get("overwrite"):
        raise Refused(412, "the folder has been changed by someone else", status="version-mismatch")
    found.title = title
    found.description = str(body.get("description") or found.description)
    found.version += 1
    found.updated, found.updated_by = now(), call.who.id
    return ok(_whole(call, found))


def _check(call: Call, title: str, uid: str, own: Folder | None) -> None:
    if not title:
        raise Refused(400, "folder title cannot be empty")
    if title.lower() == "general":
        raise Refused(400, "A folder with that name already exists")
    if not UID.fullmatch(uid):
        raise Refused(400, "uid contains illegal characters")
    if len(uid) > 40:
        raise Refused(400, "uid too long, max 40 characters")
    if not call.state.flavour.unique_titles:
        return
    if any(each is not own and same_title(each.title, title) for each in call.org.folders.values()):
        raise Refused(409, "a folder with the same name already exists")
    if any(not each.folder_uid and same_title(each.title, title) for each in call.org.dashboards.values()):
        raise Refused(400, "Folder name cannot be the same as one of its dashboards", status="name-match")


def move(call: Call) -> Reply:
    """POST /folders/{uid}/move, where folders nest."""
    found = access.folder(call, access.EDIT, "folders:write")
    parent = str(call.body().get("parentUid") or "")
    if not call.state.flavour.nested_folders or (parent and parent not in call.org.folders):
        raise Refused(404, "folder not found", status="not-found")
    if found in access.ancestry(call, parent):
        raise Refused(400, "a folder cannot be moved below itself")
    found.parent_uid = parent
    return ok(_whole(call, found))


def delete(call: Call) -> Reply:
    """DELETE /folders/{uid}, with everything in it."""
    found = access.folder(call, access.EDIT, "folders:delete")
    gone = {each.uid for each in call.org.folders.values() if found in access.ancestry(call, each.uid)}
    for dashboard in [each for each in call.org.dashboards.values() if each.folder_uid in gone]:
        del call.org.dashboards[dashboard.uid]
    for uid in gone:
        del call.org.folders[uid]
    if call.state.flavour.nested_folders:
        return ok({"message": "Folder deleted"})
    return ok({"id": found.id, "title": found.title, "message": f"Folder {found.title} deleted"})


def _parent(call: Call, folder: Folder) -> dict[str, Any]:
    return {"parentUid": folder.parent_uid} if call.state.flavour.nested_folders and folder.parent_uid else {}


def _whole(call: Call, folder: Folder) -> dict[str, Any]:
    level = access.on_folder(call, folder.uid)
    document = {
        "id": folder.id,
        "uid": folder.uid,
        "title": folder.title,
        "url": f"/dashboards/f/{folder.uid}/{slug(folder.title)}",
        "hasAcl": bool(folder.grants),
        "canSave": level >= access.EDIT,
        "canEdit": level >= access.EDIT,
        "canAdmin": level >= access.ADMIN,
        "canDelete": level >= access.EDIT,
        "createdBy": call.state.login(folder.created_by),
        "created": folder.created,
        "updatedBy": call.state.login(folder.updated_by),
        "updated": folder.updated,
        "version": folder.version,
        **_parent(call, folder),
    }
    above = list(access.ancestry(call, folder.parent_uid))[::-1]
    if above and call.state.flavour.nested_folders:
        document["parents"] = [{"uid": each.uid, "title": each.title} for each in above]
    return document
