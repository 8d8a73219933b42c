"""Data sources.

Read in the server's source: secrets never come back, `secureJsonFields` says which are set, and an update keeps those
that it does not name.
With a `version` an update is refused when there is a newer one (409); the version is then one more than the body's, so
that a body without one starts again at 1.
One that a file provides is read-only (403).
"""

from __future__ import annotations

from typing import Any

from support.answers import Reply
from support.grafana.call import UID, Call, Refused, admin, ok
from support.grafana.dashboards import quota
from support.grafana.state import DataSource

_DEFAULTS: dict[str, Any] = {
    "name": "",
    "type": "",
    "access": "",
    "url": "",
    "user": "",
    "database": "",
    "basicAuth": False,
    "basicAuthUser": "",
    "withCredentials": False,
    "isDefault": False,
    "jsonData": {},
}
_UNLISTED = {"basicAuthUser", "withCredentials", "secureJsonFields", "version"}


def listed(call: Call) -> Reply:
    """GET /datasources, without what is secret or versioned."""
    admin(call, "datasources:read")
    found = sorted(call.org.sources.values(), key=lambda source: str(source.fields["name"]).lower())
    rows = [{**_whole(call, source), "typeName": source.fields["type"].title()} for source in found]
    return ok([{key: value for key, value in row.items() if key not in _UNLISTED} for row in rows])


def read(call: Call) -> Reply:
    """GET /datasources/uid/{uid}, /datasources/name/{name} and /datasources/{id}."""
    admin(call, "datasources:read")
    return ok(_whole(call, _source(call)))


def create(call: Call) -> Reply:
    """POST /datasources."""
    admin(call, "datasources:create")
    quota(call, "data_source", len(call.org.sources))
    body = call.body()
    uid = str(body.get("uid") or "")
    if not body.get("name") or not body.get("type") or not UID.fullmatch(uid):
        raise Refused(400, "bad request data")
    _check_taken(call, str(body["name"]), uid, None)
    number = call.state.number()
    made = DataSource(number, uid or f"standin{number:x}", {})
    call.org.sources[number] = made
    _fill(call, made, body)
    return ok(_changed(call, made, "Datasource added"))


def update(call: Call) -> Reply:
    """PUT /datasources/uid/{uid} and /datasources/{id}."""
    admin(call, "datasources:write")
    found, body = _source(call), call.body()
    if found.read_only:
        raise Refused(403, "Cannot update read-only data source")
    sent = int(body.get("version") or 0)
    if sent and found.version > sent:
        raise Refused(409, "Datasource has already been updated by someone else. Please reload and try again")
    uid = str(body.get("uid") or found.uid)
    _check_taken(call, str(body.get("name") or ""), uid, found)
    found.uid, found.version = uid, sent + 1
    _fill(call, found, body)
    return ok(_changed(call, found, "Datasource updated"))


def delete(call: Call) -> Reply:
    """DELETE /datasources/uid/{uid}, /datasources/name/{name} and /datasources/{id}."""
    admin(call, "datasources:delete")
    found = _source(call)
    if found.read_only:
        raise Refused(403, "Cannot delete read-only data source")
    del call.org.sources[found.id]
    return ok({"message": "Data source deleted", "id": found.id})


def health(call: Call) -> Reply:
    """GET /datasources/uid/{uid}/health."""
    found = next((each for each in call.org.sources.values() if each.uid == call.params["uid"]), None)
    if found is None:
        raise Refused(500, "Unable to load datasource metadata")
    status, word, message = found.health
    return ok({"status": word, "message": message}, status)


def _source(call: Call) -> DataSource:
    (field, wanted), *_ = call.params.items()
    for source in call.org.sources.values():
        if wanted == {"uid": source.uid, "name": source.fields["name"], "id": str(source.id)}[field]:
            return source
    raise Refused(404, "Data source not found")


def _check_taken(call: Call, name: str, uid: str, own: DataSource | None) -> None:
    for source in call.org.sources.values():
        if source is not own and source.fields["name"] == name:
            raise Refused(409, "data source with the same name already exists")
        if source is not own and uid and source.uid == uid:
            raise Refused(409, "data source with the same uid already exists")


def _fill(call: Call, source: DataSource, body: dict[str, Any]) -> None:
    source.fields = {**_DEFAULTS, **{key: body[key] for key in _DEFAULTS if body.get(key) is not None}}
    source.secrets |= {str(key): str(value) for key, value in (body.get("secureJsonData") or {}).items()}
    for other in call.org.sources.values() if source.fields["isDefault"] else ():
        other.fields["isDefault"] = other is source


def _changed(call: Call, source: DataSource, message: str) -> dict[str, Any]:
    whole = _whole(call, source)
    return {"datasource": whole, "id": source.id, "message": message, "name": source.fields["name"]}


def _whole(call: Call, source: DataSource) -> dict[str, Any]:
    return {
        "id": source.id,
        "uid": source.uid,
        "orgId": call.org.id,
        **source.fields,
        "typeLogoUrl": "public/img/icn-datasource.svg",
        "secureJsonFields": {key: True for key, value in source.secrets.items() if value},
        "version": source.version,
        "readOnly": source.read_only,
    }
