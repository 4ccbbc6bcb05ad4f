"""Remote operations on the command line: followed to their proof against virtual stations, exit codes, the question."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import websockets

from backend.model.words import Exit
from noc.cli.program import run

ROOT = Path(__file__).resolve().parents[2]
Command: TypeAlias = Callable[..., tuple[int, str, str]]


def program(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    """Start the program beside us. It minds an interrupt, also where we were started in the background of a script."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NOC_CONFIG": os.devnull, **environ}
    return subprocess.Popen(
        [sys.executable, "-m", "noc", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=env,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """What it says first, within half a minute."""
    timer = threading.Timer(30, process.kill)
    timer.start()
    assert process.stdout is not None
    line = process.stdout.readline()
    timer.cancel()
    return line


class Post(threading.Thread):
    """A charging station of OCPP 1.6 that does what it is asked, in a thread of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._numbers = itertools.count(1)
        self._meter = 0
        self.there = threading.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._live())

    def leave(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._main.cancel)
        self.join(5)

    async def _live(self) -> None:
        self._main = asyncio.current_task()  # type: ignore[assignment]
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                async with websockets.connect(self._url, subprotocols=[websockets.Subprotocol("ocpp1.6")]) as socket:
                    await self._say(socket, "BootNotification", chargePointVendor="Fjord", chargePointModel="Solo")
                    for connector in (0, 1):
                        await self._status(socket, "Available", connector)
                    self.there.set()
                    with contextlib.suppress(websockets.ConnectionClosed):
                        await self._serve(socket)

    async def _serve(self, socket: websockets.ClientConnection) -> None:
        async for text in socket:
            kind, number, *rest = json.loads(text)
            if kind != 2:
                continue
            action, payload = rest
            answer = {"RemoteStartTransaction": "Accepted", "RemoteStopTransaction": "Accepted", "Reset": "Accepted",
                      "UnlockConnector": "Unlocked", "TriggerMessage": "Accepted", "ChangeAvailability": "Rejected",
                      "GetConfiguration": None}.get(action, "?")  # fmt: skip
            if answer == "?":
                await socket.send(json.dumps([4, number, "NotImplemented", "no such thing", {}]))
                continue
            done = {"configurationKey": []} if answer is None else {"status": answer}
            await socket.send(json.dumps([3, number, done]))
            if await self._act(socket, action, payload):
                return

    async def _act(self, socket: websockets.ClientConnection, action: str, payload: dict[str, Any]) -> bool:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._meter += 1000
        if action == "RemoteStartTransaction":
            await self._say(
                socket, "StartTransaction", connectorId=1, idTag=payload["idTag"], meterStart=self._meter, timestamp=now
            )
            await self._status(socket, "Charging")
        elif action == "RemoteStopTransaction":
            number = payload["transactionId"]
            await self._say(
                socket,
                "StopTransaction",
                transactionId=number,
                meterStop=self._meter + 9,
                timestamp=now,
                reason="Remote",
            )
            await self._status(socket, "Available")
        elif action == "TriggerMessage":
            await self._say(socket, "Heartbeat")
        return action == "Reset"

    async def _status(self, socket: websockets.ClientConnection, status: str, connector: int = 1) -> None:
        await self._say(socket, "StatusNotification", connectorId=connector, status=status, errorCode="NoError")

    async def _say(self, socket: websockets.ClientConnection, action: str, **payload: Any) -> None:
        await socket.send(json.dumps([2, f"s{next(self._numbers)}", action, payload]))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that lets everybody in, and one station; gives the server's API."""
    directory = tmp_path_factory.mktemp("n")
    api = f"unix:{directory}/api.sock"
    server = program(
        "serve", "--data", str(directory / "data"), "--ocpp", "127.0.0.1:0", "--api", api, "--accept-unknown"
    )
    post = Post(f"ws://{first_line(server).split()[1].removeprefix('ocpp=')}/ocpp/CP-1")
    post.start()
    assert post.there.wait(10)
    yield api
    post.leave()
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) == 0
    server.communicate()


@pytest.fixture
def noc(network: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command against the server, in this process: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NOC_SERVER", network)
    monkeypatch.setenv("NOC_CONFIG", os.devnull)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run_it(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run_it


def test_unlock_and_refresh_are_proved(noc: Command) -> None:
    """0, with the proof in the line for people and the document for programs."""
    code, out, err = noc("unlock", "CP-1:1", "--reason", "test")
    assert (code, out.startswith("unlock CP-1:1  ✓ proved")) == (Exit.DONE, True), out + err
    assert "answered" in err
    code, out, _ = noc("refresh", "CP-1", "--message", "Heartbeat", "--json")
    document = json.loads(out)
    assert (code, document["state"]) == (Exit.DONE, "proved")
    wanted = "id operation target state answer proof reason requested_by times"
    assert set(wanted.split()) <= document.keys()


def test_a_reset_is_proved_by_coming_back(noc: Command) -> None:
    """The link drops, the station boots and reports."""
    code, out, err = noc("reset", "CP-1", "--deadline", "30")
    assert code == Exit.DONE, out + err
    assert "proved" in out


def test_refused_is_3(noc: Command) -> None:
    """The station's own word."""
    code, out, _ = noc("availability", "CP-1:1", "inoperative", "--json")
    assert (code, json.loads(out)["answer"]) == (Exit.REFUSED, "Rejected")


def test_any_call_prints_the_payload(noc: Command) -> None:
    """The answer's payload on stdout, and nothing else; a CALLERROR is 3, and printed."""
    code, out, err = noc("call", "CP-1", "GetConfiguration", "{}")
    assert (code, json.loads(out), err) == (Exit.DONE, {"configurationKey": []}, "")
    code, out, err = noc("call", "CP-1", "ClearCache", "{}")
    assert (code, "NotImplemented" in err) == (Exit.REFUSED, True), out + err
    code, out, err = noc("call", "CP-1", "ClearCache", "{}", "--json")
    assert (code, json.loads(out)["error"]["code"], err) == (Exit.REFUSED, "NotImplemented", "")


def test_a_charge_is_ended_only_after_the_question(noc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer nothing is sent; with --yes it is, and the reason is the command line."""
    code, out, err = noc("start", "CP-1:1", "--token", "04A1B2C3D49F")
    assert code == Exit.DONE, out + err
    for arguments in (["stop", "CP-1:1"], ["reset", "CP-1", "--hard", "--reason", "frozen"]):
        code, out, err = noc(*arguments)
        assert (code, out) == (Exit.ERROR, "")
        assert "04••••••9F" in err
        assert "--yes" in err
    code, out, _ = noc("stop", "CP-1:1", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (Exit.ERROR, "confirmation_needed")
    terminal = io.StringIO("driver asked\ny\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    code, out, err = noc("stop", "CP-1:1", "--json")
    document = json.loads(out)
    assert (code, document["state"], document["reason"]) == (Exit.DONE, "proved", "driver asked"), err
    assert noc("start", "CP-1:1", "--token", "04A1B2C3D49F")[0] == Exit.DONE
    code, out, err = noc("reset", "CP-1", "--hard", "--yes", "--json")
    document = json.loads(out)
    assert (code, document["reason"]) == (Exit.DONE, "command line"), err


def test_follow_ends_with_an_interrupt(network: str, noc: Command) -> None:
    """`trace --follow` prints one object a line: what was, then what comes."""
    follower = program("trace", "CP-1", "--follow", "--json", "--limit", "1", NOC_SERVER=network)
    before = json.loads(first_line(follower))
    noc("refresh", "CP-1", "--message", "Heartbeat")
    after = json.loads(first_line(follower))
    assert (before["station"], after["station"]) == ("CP-1", "CP-1")
    assert after["received"] >= before["received"]
    assert after != before
    follower.send_signal(signal.SIGINT)
    follower.communicate(timeout=10)
    assert follower.returncode == 130


def test_what_is_not_permitted_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer over TCP, known by a bearer token."""
    roles = tmp_path / "roles.toml"
    digest = hashlib.sha256(b"wall").hexdigest()
    roles.write_text(f'[tokens]\n"{digest}" = {{ name = "wall", role = "viewer" }}\n')
    server = program(
        "serve",
        "--data",
        str(tmp_path / "data"),
        "--ocpp",
        "127.0.0.1:0",
        "--api",
        "127.0.0.1:0",
        NOC_API_ROLES=str(roles),
    )
    try:
        monkeypatch.setenv("NOC_SERVER", first_line(server).split()[2].removeprefix("api="))
        monkeypatch.setenv("NOC_TOKEN", "wall")
        assert run(["station", "list"]) == Exit.DONE
        capsys.readouterr()
        for arguments in (["station", "add", "X"], ["reset", "X"], ["call", "X", "Reset", "{}"]):
            assert run(arguments) == Exit.NOT_PERMITTED
            out, err = capsys.readouterr()
            assert (out, err.count("\n")) == ("", 1)
        monkeypatch.setenv("NOC_TOKEN", "wrong")
        assert run(["station", "list"]) == Exit.NOT_PERMITTED
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=20)
