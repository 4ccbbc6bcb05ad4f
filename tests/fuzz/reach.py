"""One request for each operation of the API that does what it is for: what the document makes up rarely does."""

from __future__ import annotations

from typing import Any

import httpx
from msgspec import Struct, field

STATION, OUTLET, FAULTED = "REACH-1", "REACH-1:1", "REACH-1:2"
"""A station with a charge at its first outlet and a fault at its second."""
NEEDS_MORE = {
    "POST /v1/certificates/import",
    "POST /v1/certificates/{serial}/revoke",
    "GET /v1/certificates/crl",
    "GET /v1/certificates/root",
    "POST /v1/import",
    "POST /v1/backups",
}
"""Certificates that somebody has signed (`tests/backend/security`), a body of CSV, an administrator
(`tests/end_to_end`)."""


class Ask(Struct):
    """A request; `{…}` in it stands for what was found out before."""

    operation: str
    name: str = ""
    """The `name` of the path."""
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)


ASKS = [
    Ask("GET /v1/alarms/{name}", "{alarm}"),
    Ask("GET /v1/alarms/{name}/entries", "{alarm}"),
    Ask("POST /v1/alarms/{name}/ack", "{alarm}"),
    Ask("POST /v1/alarms/{name}/unack", "{alarm}"),
    Ask("POST /v1/alarms/{name}/own", "{alarm}", {"who": "me"}),
    Ask("POST /v1/alarms/{name}/note", "{alarm}", {"text": "seen"}),
    Ask("POST /v1/alarms/{name}/shelve", "{alarm}", {"seconds": 600, "reason": "fuzz"}),
    Ask("POST /v1/alarms/{name}/unshelve", "{alarm}"),
    Ask("POST /v1/sites", body={"id": "S2", "name": "Quay"}),
    Ask("PUT /v1/sites/{name}", "S2", {"name": "Quay 2"}),
    Ask("PATCH /v1/sites/{name}", "S2", {"town": "Harbour"}),
    Ask("GET /v1/sites/{name}", "S2"),
    Ask("POST /v1/stations", body={"id": "NEW-1", "site": "S2"}),
    Ask("PUT /v1/stations/{name}", "NEW-1", {"note": "new"}),
    Ask("POST /v1/outlets", body={"outlet": "NEW-1:1", "label": "78"}),
    Ask("PUT /v1/outlets/{name}", "NEW-1:1", {"label": "79"}),
    Ask("PATCH /v1/outlets/{name}", "NEW-1:1", {"place": "left"}),
    Ask("GET /v1/outlets/{name}", OUTLET),
    Ask("DELETE /v1/outlets/{name}", "NEW-1:1"),
    Ask("PUT /v1/stations/{name}/key", "NEW-1", {"key": "0123456789abcdef0123"}),
    Ask("GET /v1/stations/{name}/security", "NEW-1"),
    Ask("DELETE /v1/stations/{name}/key", "NEW-1"),
    Ask("POST /v1/stations/{name}/block", "NEW-1"),
    Ask("POST /v1/stations/{name}/accept", "NEW-1"),
    *(
        Ask(f"GET /v1/stations/{{name}}{part}", STATION)
        for part in ("", "/links", "/notices", "/quirks", "/security", "/settings")
    ),
    Ask("GET /v1/trace/{name}", STATION),
    Ask("GET /v1/uptime/intervals", query={"outlet": OUTLET}),
    Ask("GET /v1/sessions/{name}", "{session}"),
    Ask("GET /v1/sessions/{name}/readings", "{session}"),
    Ask("POST /v1/tokens", body={"token": "04FFEEDDCC"}),
    Ask("PUT /v1/tokens/{name}", "04FFEEDDCC", {"status": "Blocked"}),
    Ask("PATCH /v1/tokens/{name}", "04FFEEDDCC", {"label": "spare"}),
    Ask("GET /v1/tokens/{name}", "04FFEEDDCC"),
    Ask("PUT /v1/quirks", body={"trait": "ping", "value": "off", "vendor": "V", "model": "M"}),
    Ask("POST /v1/quirks/import", body=[{"trait": "settle_s", "value": "20", "vendor": "V", "model": "M"}]),
    Ask("PUT /v1/settings", body={"scope": f"station:{STATION}", "key": "HeartbeatInterval", "value": "300"}),
    Ask("DELETE /v1/settings", query={"scope": f"station:{STATION}", "key": "HeartbeatInterval"}),
    Ask("POST /v1/operations/ask", body={"operation": "reset", "target": STATION, "parameters": {"type": "hard"}}),
    Ask(
        "POST /v1/operations",
        body={
            "operation": "refresh",
            "target": STATION,
            "parameters": {"message": "Heartbeat"},
            "reason": "fuzz",
            "yes": True,
        },
    ),
    Ask("GET /v1/operations/{name}", "{operation}"),
    Ask("POST /v1/stations/{name}/call", STATION, {"action": "ClearCache", "payload": {}, "reason": "fuzz"}),
    Ask("DELETE /v1/stations/{name}", "NEW-1"),
    Ask("DELETE /v1/tokens/{name}", "04FFEEDDCC"),
    Ask("DELETE /v1/sites/{name}", "S2"),
]


def filled(value: Any, known: dict[str, str]) -> Any:
    """`value` with what is known in the place of its braces."""
    if isinstance(value, str):
        for name, text in known.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {key: filled(part, known) for key, part in value.items()}
    return value


def known_of(url: str, headers: dict[str, str]) -> dict[str, str]:
    """The ids of an alarm, a session and an operation of the station."""
    with httpx.Client(base_url=url, headers=headers) as client:
        alarm = next(row for row in client.get("/v1/alarms").json() if row["station"] == STATION)
        session = next(row for row in client.get("/v1/sessions").json() if row["station"] == STATION)
        order = {"operation": "refresh", "target": STATION, "parameters": {"message": "Heartbeat"}, "yes": True}
        made = client.post("/v1/operations", json=order).json()
    return {"alarm": str(alarm["id"]), "session": session["id"], "operation": made["id"]}


def reach_all(operations: dict[str, Any], ask: Any, known: dict[str, str]) -> list[str]:
    """Ask for everything, in order; what did not succeed. `ask` sends a case and gives the status."""
    wrong = []
    for one in ASKS:
        operation = operations.get(one.operation)
        if operation is None:
            wrong.append(f"{one.operation}: the document does not know it")
            continue
        given: dict[str, Any] = {"query": filled(one.query, known)}
        if one.name:
            given["path_parameters"] = {"name": filled(one.name, known)}
        if one.body is not None:
            given |= {"body": filled(one.body, known), "media_type": "application/json"}
        status, text = ask(operation.Case(**given))
        if status // 100 != 2:
            wrong.append(f"{one.operation}: {status} {text}")
    return wrong
