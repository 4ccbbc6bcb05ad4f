"""Who gets in, tried on real sockets: every route for strangers and for those who may only look, tokens over TCP, other
users of the machine."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from backend.api.app import ROUTES
from backend.api.people import ROLES, Person
from backend.client.client import Client
from backend.model.clock import HeldClock
from backend.model.ration import MOST, WINDOW_S
from backend.model.settings import Settings
from backend.server import Server

TOKEN, OTHER = "right-token", "other-token"


def calls() -> list[tuple[str, str]]:
    """Method and path of every HTTP route, with something in the place of what it names."""
    found = []
    for route in ROUTES:
        for path in route.paths:
            for method in getattr(route, "http_methods", ()):
                if method != "HEAD" and method != "OPTIONS":
                    concrete = path
                    while "{" in concrete:
                        head, _, rest = concrete.partition("{")
                        concrete = head + "x" + rest.partition("}")[2]
                    found.append((method, concrete))
    return found


@pytest.fixture
async def http(client: Client) -> AsyncIterator[httpx.AsyncClient]:
    """Requests that the SDK would not make."""
    transport = httpx.AsyncHTTPTransport(uds=client.address.path)
    async with httpx.AsyncClient(transport=transport, base_url="http://noc") as made:
        yield made


async def test_a_stranger_is_refused_at_every_route(
    house: Any, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is looked at: not even whether the thing exists is told."""
    monkeypatch.setattr(house.server.house.people, "of_user", lambda uid, gid: None)
    wrong = {call: answer.status_code for call in calls() if (answer := await http.request(*call)).status_code != 403}
    assert len(calls()) > 50
    assert wrong == {}


async def test_who_may_look_changes_nothing(
    house: Any, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every method but GET is refused to a viewer, but the question that an operation would raise."""
    viewer = Person("wall", ROLES["viewer"])
    monkeypatch.setattr(house.server.house.people, "of_user", lambda uid, gid: viewer)
    answers = {call: (await http.request(*call)).status_code for call in calls() if call[0] != "GET"}
    allowed = {path for (_, path), status in answers.items() if status != 403}
    assert len(answers) > 25
    assert len(allowed) <= 1, allowed


async def test_a_route_that_names_no_right_is_closed(
    house: Any, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgetting it locks a route, and does not open it."""
    app = house.server._listener._server.config.app
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    (totals,) = [handler for handler in handlers if handler.handler_name == "get_totals"]
    assert (await http.get("/v1/totals")).status_code == 200
    monkeypatch.setattr(totals, "opt", {})
    assert (await http.get("/v1/totals")).status_code == 403


def with_tokens(folder: Path) -> Settings:
    """Settings of a server on TCP that knows two tokens."""
    roles = folder / "roles.toml"
    entries = [
        f'"{hashlib.sha256(token.encode()).hexdigest()}" = {{ name = "{token}", role = "viewer" }}'
        for token in (TOKEN, OTHER)
    ]
    roles.write_text("\n".join(["[tokens]", *entries]))
    settings = Settings()
    settings.ocpp.host, settings.ocpp.port = "127.0.0.1", 0
    settings.store.data = folder / "data"
    settings.api.listen, settings.api.roles = "127.0.0.1:0", roles
    return settings


async def test_wrong_tokens_are_rationed(tmp_path: Path) -> None:
    """After some from one address no other token is looked at for a minute, in requests and at the feed; whoever was
    in from there stays in."""
    clock = HeldClock()
    server = Server(with_tokens(tmp_path), clock)
    await server.start()
    url = f"http://{server.api_address}"

    async def ask(token: str) -> tuple[int, str]:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{url}/v1/totals", headers={"Authorization": f"Bearer {token}"})
            return answer.status_code, answer.json().get("error", {}).get("code", "")

    try:
        assert await ask(TOKEN) == (200, "")
        for number in range(MOST):
            assert await ask(f"guess {number}") == (403, "not_permitted")
        assert await ask("guess") == (403, "too_many_failures")
        assert await ask(OTHER) == (403, "too_many_failures")
        assert await ask(TOKEN) == (200, "")
        headers = {"Authorization": f"Bearer {OTHER}"}
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://{server.api_address}/v1/feed", additional_headers=headers)
        assert refused.value.response.status_code == 403
        clock.advance(WINDOW_S + 1)
        assert await ask(OTHER) == (200, "")
    finally:
        await server.stop()


KNOCK = """
import os, socket, sys
os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
except PermissionError:
    print("no way in"); raise SystemExit
s.sendall(b"GET /v1/totals HTTP/1.1\\r\\nHost: noc\\r\\nConnection: close\\r\\n\\r\\n")
print(s.recv(100).decode().split()[1])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("with_roles", "told"), [(False, "no way in"), (True, "403")])
async def test_another_user_of_the_machine(tmp_path: Path, with_roles: bool, told: str) -> None:
    """Without a role file the socket itself is closed to others; with one the kernel says who they are."""
    place = Path("/tmp") / f"noc-{os.getpid()}-{with_roles}"
    place.mkdir(mode=0o755)
    settings = with_tokens(tmp_path)
    settings.api.listen = f"unix:{place}/api.sock"
    if not with_roles:
        settings.api.roles = None
    server = Server(settings, HeldClock())
    await server.start()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KNOCK, f"{place}/api.sock", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asyncio.wait_for(process.communicate(), 20)
        assert out.decode().strip() == told
    finally:
        await server.stop()
        place.rmdir()
