"""Annotations.

Read in the server's source: a dashboard that does not exist is passed over, and the annotation is the organisation's;
a list has 100 rows unless told otherwise, the newest first, and each row has all tags of the query.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from support.answers import Reply
from support.grafana.call import Call, Refused, forbidden, ok


def create(call: Call) -> Reply:
    """POST /annotations."""
    body = call.body()
    if call.role not in {"Admin", "Editor"}:
        raise forbidden("annotations:create")
    if not body.get("text"):
        raise Refused(400, "Failed to save annotation", error="text field should not be empty")
    id, moment = call.state.number(), int(time.time() * 1000)
    start = int(body.get("time") or moment)
    dashboard = call.org.dashboards.get(str(body.get("dashboardUID") or ""))
    call.org.annotations[id] = {
        "id": id,
        "dashboardId": dashboard.id if dashboard else 0,
        "dashboardUID": dashboard.uid if dashboard else None,
        "panelId": int(body.get("panelId") or 0),
        "userId": call.who.id,
        "login": call.who.login,
        "email": call.who.email,
        "avatarUrl": f"/avatar/{call.who.id}",
        "alertId": 0,
        "alertName": "",
        "newState": "",
        "prevState": "",
        "created": moment,
        "updated": moment,
        "time": start,
        "timeEnd": max(int(body.get("timeEnd") or start), start),
        "text": str(body["text"]),
        "tags": [str(tag) for tag in body.get("tags") or []],
        "data": body.get("data") or {},
    }
    return ok({"message": "Annotation added", "id": id})


def listed(call: Call) -> Reply:
    """GET /annotations."""
    found = [each for each in call.org.annotations.values() if _fits(call, each)]
    found.sort(key=lambda each: (each["timeEnd"], each["time"], each["id"]), reverse=True)
    return ok(found[: call.whole("limit") or 100])


def _fits(call: Call, annotation: Mapping[str, Any]) -> bool:
    wanted, tags = set(call.query.get("tags", [])), set(annotation["tags"])
    uid = call.text("dashboardUID")
    return (
        (bool(wanted & tags) or not wanted if call.text("matchAny") == "true" else wanted <= tags)
        and uid in {"", annotation["dashboardUID"]}
        and annotation["timeEnd"] >= call.whole("from")
        and annotation["time"] <= (call.whole("to") or annotation["time"])
        and call.text("type") in {"", "annotation"}
    )


def delete(call: Call) -> Reply:
    """DELETE /annotations/{id}."""
    if call.role not in {"Admin", "Editor"}:
        raise forbidden("annotations:delete")
    id = call.params["id"]
    if not id.isdigit() or call.org.annotations.pop(int(id), None) is None:
        raise Refused(404, "Could not find annotation to update")
    return ok({"message": "Annotation deleted"})
