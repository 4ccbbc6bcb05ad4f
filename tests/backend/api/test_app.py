"""The API as a whole: every route is guarded, documented, and fails in the one shape."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import websockets

from backend.api.app import ROUTES
from backend.api.people import ROLES, Person
from backend.api.rights import RIGHT
from backend.client.client import Client
from backend.model.errors import NotPermitted
from backend.model.words import Right


def test_every_route_asks_for_a_right() -> None:
    """No route without a permission check, and none that changes something for the right to read."""
    looks = {"GET"}
    asks_only = {"ask_operation"}
    for route in ROUTES:
        right = route.opt.get(RIGHT)
        assert right in set(Right), route
        methods = set(getattr(route, "http_methods", looks))
        name = route.fn.__name__
        assert right != Right.READ or methods <= looks or name in asks_only, f"{name} changes something"


@pytest.fixture
def as_role(house: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes us somebody with a role; None: nobody."""

    def become(role: str | None) -> None:
        person = None if role is None else Person("anna", ROLES[role])
        monkeypatch.setattr(house.server.house.people, "of_user", lambda uid, gid: person)

    return become


async def test_roles_bind(house: Any, client: Client, as_role: Any) -> None:
    """What a role lacks is refused, by every way in; who did it is on record."""
    await client.put_station("CP-1")
    as_role("viewer")
    assert (await client.whoami()).read_only
    assert await client.stations()
    for attempt in (
        client.put_station("CP-2"),
        client.accept("CP-1"),
        client.operate("reset", "CP-1"),
        client.call("CP-1", "Reset", {"type": "Soft"}),
        client.acknowledge("1"),
        client.tokens(reveal="curious"),
        client.import_csv(b"site,name\na,b\n"),
        client.remove("stations", "CP-1"),
    ):
        with pytest.raises(NotPermitted):
            await attempt
    as_role("agent_l1")
    with pytest.raises(NotPermitted):
        await client.operate("reset", "CP-1", parameters={"type": "hard"})
    with pytest.raises(NotPermitted):
        await client.operate("availability", "CP-1", parameters={"operative": False})
    assert (await client.operate("reset", "CP-1")).requested_by == "anna"
    as_role("agent_l2")
    await client.operate("reset", "CP-1", parameters={"type": "hard"})
    with pytest.raises(NotPermitted):
        await client.call("CP-1", "ClearCache", {})
    assert [one.id for one in await client.stations()] == ["CP-1"]


async def test_a_stranger_gets_nothing(house: Any, client: Client, as_role: Any) -> None:
    """Neither a list nor the feed."""
    as_role(None)
    with pytest.raises(NotPermitted):
        await client.stations()
    with pytest.raises(NotPermitted):
        await client.snapshot(lambda part: None)
    path = client.address.path
    with pytest.raises(websockets.InvalidStatus) as caught:
        await websockets.unix_connect(path, uri="ws://noc/v1/feed")
    assert caught.value.response.status_code == 403


async def raw(client: Client, method: str, path: str, **more: Any) -> httpx.Response:
    """A request that the SDK would not make."""
    transport = httpx.AsyncHTTPTransport(uds=client.address.path)
    async with httpx.AsyncClient(transport=transport, base_url="http://noc") as http:
        return await http.request(method, path, **more)


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/v1/nothing", {}, 404, "unknown_path"),
        ("GET", "/", {}, 404, "unknown_path"),
        ("DELETE", "/v1/totals", {}, 405, "bad_method"),
        ("POST", "/v1/operations", {"content": b"{"}, 400, "bad_request"),
        ("POST", "/v1/operations", {"json": {"operation": "reset"}}, 400, "bad_request"),
        ("POST", "/v1/operations", {"json": {"operation": "reset", "target": "x", "colour": 1}}, 400, "bad_request"),
        ("POST", "/v1/stations", {"content": b"\xff\xfe"}, 400, "bad_request"),
        ("POST", "/v1/stations/CP-1/accept", {"content": b"{"}, 404, "unknown_station"),
        ("POST", "/v1/stations", {"content": b"x" * (2 << 20)}, 413, "too_large"),
        ("GET", "/v1/stations?limit=many", {}, 400, "bad_request"),
        ("GET", "/v1/stations?limit=-1", {}, 400, "bad_limit"),
        ("GET", "/v1/stations?filter=kw:%3E", {}, 400, "bad_filter"),
        ("GET", "/v1/uptime/intervals", {}, 400, "bad_request"),
        ("GET", "/v1/schema/document.json", {}, 403, "not_permitted"),
    ],
)
async def test_failures_have_one_shape(
    client: Client, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    """Also those that the framework finds."""
    answer = await raw(client, method, path, **more)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"]
    assert set(error) == {"code", "message", "hint"}


async def test_a_bug_of_ours_is_told_and_logged(
    house: Any, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in the same shape; the log has the rest; the next request works."""

    def fail() -> None:
        raise ZeroDivisionError("secret detail")

    with monkeypatch.context() as patch:
        patch.setattr(house.server.house.views, "totals", fail)
        answer = await raw(client, "GET", "/v1/totals")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "server_error")
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text
    assert (await raw(client, "GET", "/v1/totals")).status_code == 200


async def test_the_openapi_document_names_every_route(client: Client) -> None:
    """Paths, their answers, and our shapes."""
    document = json.loads((await raw(client, "GET", "/v1/openapi.json")).content)
    assert document["openapi"].startswith("3.")
    paths = {path.replace("{name}", "X") for path in document["paths"]}
    assert {"/v1/stations", "/v1/stations/X", "/v1/operations", "/v1/uptime", "/v1/alarms/X/shelve"} <= paths
    http = {path for route in ROUTES if hasattr(route, "http_methods") for path in route.paths} - {
        "/v1/openapi.json",
        "/metrics",
    }
    assert len(document["paths"]) == len(http)
    assert "OutletResource" in json.dumps(document["components"]["schemas"])


async def test_messages_that_make_no_sense_end_the_feed(house: Any, client: Client) -> None:
    """A reader that talks nonsense is let go; the server goes on."""
    async with websockets.unix_connect(client.address.path, uri="ws://noc/v1/feed") as socket:
        await socket.send("not json")
        async for _ in socket:
            continue
    await house.until(lambda: not house.server.house.feed.readers)
    assert await client.totals()


async def test_too_many_readers_are_refused(house: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of readers is bounded."""
    monkeypatch.setattr("backend.api.feed.MOST_READERS", 0)
    async with websockets.unix_connect(client.address.path, uri="ws://noc/v1/feed") as socket:
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1013
