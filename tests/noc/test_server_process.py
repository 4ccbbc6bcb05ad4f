"""The program as a process: `noc serve`, its signals and mistakes, and commands against it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from backend.client.client import Client
from backend.model.words import Exit
from backend.store.database import DATABASE_NAME
from noc.cli.program import run

ROOT = Path(__file__).resolve().parents[2]
READY_S = 30
Command: TypeAlias = Callable[..., tuple[int, str, str]]


def environment(**more: str) -> dict[str, str]:
    """Of a process that finds the program and no settings of anybody's."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "NOC_CONFIG": os.devnull, "PYTHONUNBUFFERED": "1", **more}


def start(directory: Path, *more: str, **options: object) -> subprocess.Popen[str]:
    """A server in `directory`."""
    command = [sys.executable, "-m", "noc", "serve", "--data", str(directory / "data"), "--ocpp", "127.0.0.1:0"]
    return subprocess.Popen(
        [*command, "--api", f"unix:{directory}/api.sock", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        **options,  # type: ignore[call-overload]
    )


def ready(process: subprocess.Popen[str]) -> str:
    """Its first line; a server that is not ready in half a minute is killed."""
    assert process.stdout is not None
    timer = threading.Timer(READY_S, process.kill)
    timer.start()
    try:
        return process.stdout.readline()
    finally:
        timer.cancel()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server for all tests of this module: (its API, its OCPP address)."""
    directory = tmp_path_factory.mktemp("s")
    process = start(directory, "--accept-unknown")
    line = ready(process).split()
    api = line[2].removeprefix("api=")
    asyncio.run(_register(api))
    yield api, line[1].removeprefix("ocpp=")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


async def _register(api: str) -> None:
    """What the commands below are about."""
    async with Client(api) as client:
        await client.put_site("malmo", name="Malmö C")
        await client.put_station("CP-1", site="malmo", current="AC")
        await client.put_outlet("CP-1:1", label="4217")
        await client.put_token("04AABBCCDD", label="1")


def test_ready_then_a_clean_end(tmp_path: Path) -> None:
    """One line when both listeners answer; SIGTERM ends it with 0, the socket is gone, the data stays."""
    notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notices.bind(str(tmp_path / "notify"))
    notices.settimeout(READY_S)
    command = [sys.executable, "-m", "noc", "serve", "--data", str(tmp_path / "data"), "--ocpp", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "--api", f"unix:{tmp_path}/api.sock"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(NOTIFY_SOCKET=str(tmp_path / "notify")),
    ) as process:
        line = ready(process)
        word, ocpp, api = line.split()
        assert (word, api) == ("ready", f"api=unix:{tmp_path}/api.sock")
        assert notices.recv(100) == b"READY=1"
        host, port = ocpp.removeprefix("ocpp=").split(":")
        socket.create_connection((host, int(port)), timeout=5).close()
        assert (tmp_path / "api.sock").stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert notices.recv(100) == b"STOPPING=1"
    notices.close()
    assert not (tmp_path / "api.sock").exists()
    assert (tmp_path / "data").exists()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """The other end of the pipe is closed, and the server goes."""
    reading, writing = os.pipe()
    process = start(tmp_path, "--parent", str(reading), pass_fds=(reading,))
    os.close(reading)
    assert ready(process).startswith("ready")
    os.close(writing)
    assert process.wait(20) == 0
    process.communicate()


def test_a_stale_socket_is_replaced_a_live_one_is_not(tmp_path: Path) -> None:
    """What a killed server left behind is no hindrance; one that answers is told."""
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(tmp_path / "api.sock"))
    stale.close()
    process = start(tmp_path)
    assert ready(process).startswith("ready")
    second = start(tmp_path)
    _, err = second.communicate(timeout=30)
    assert second.returncode == Exit.ERROR
    assert err.startswith("noc: A server answers on")
    assert err.count("\n") == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.communicate()


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Starts a server that cannot, in this process; gives its one line."""
    monkeypatch.setenv("NOC_CONFIG", os.devnull)

    def start_it(*more: str) -> str:
        code = run(
            [
                "serve",
                "--data",
                f"{tmp_path}/data",
                "--ocpp",
                "127.0.0.1:0",
                "--api",
                f"unix:{tmp_path}/api.sock",
                *more,
            ]
        )
        out, err = capsys.readouterr()
        assert (code, out) == (Exit.ERROR, "")
        assert err.startswith("noc: ")
        assert err.count("\n") == 1, err
        assert not (tmp_path / "api.sock").exists()
        return err

    return start_it


def test_an_address_in_use(refused: Callable[..., str]) -> None:
    """The stations' port is taken: one line with the next step, and nothing is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = refused("--ocpp", f"127.0.0.1:{taken.getsockname()[1]}")
    assert "--ocpp" in line


def test_a_foreign_database(tmp_path: Path, refused: Callable[..., str]) -> None:
    """Somebody else's file is not touched."""
    path = tmp_path / "data" / DATABASE_NAME
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    assert DATABASE_NAME in refused()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--ocpp", "here"), "HOST:PORT"),
        (("--api", "0.0.0.0:0"), "[tokens]"),
        (("--api", "nowhere"), "unix:PATH"),
        (("--api", "unix:/proc/nowhere/api.sock"), "--api"),
        (("--data", "/proc/nowhere"), "--data"),
        (("--api", "unix:/tmp"), "no socket"),
    ],
)
def test_what_cannot_be(refused: Callable[..., str], more: tuple[str, ...], says: str) -> None:
    """Addresses and directories that cannot be are told, each with the next step."""
    assert says in refused(*more)


@pytest.fixture
def noc(served: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command against the server, in this process: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NOC_SERVER", served[0])
    monkeypatch.setenv("NOC_CONFIG", os.devnull)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run_it(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run_it


def test_commands_for_people_and_programs(noc: Command, tmp_path: Path) -> None:
    """Tables, JSON with the fields of the contract, exit codes."""
    assert noc("site", "add", "lund", "--name", "Lund C")[0] == Exit.DONE
    added = noc("station", "add", "CP-2", "--site", "lund", "--current", "AC", "--json")
    assert json.loads(added[1])["id"] == "CP-2"
    assert noc("outlet", "add", "CP-2:1", "--label", "4218")[1] == "CP-2:1 added\n"
    _, listed, _ = noc("station", "list")
    assert listed.splitlines()[0].split()[:2] == ["station", "link"]
    assert "CP-2" in listed
    found = json.loads(noc("station", "list", "--filter", "lund", "--json")[1])
    wanted = "id ocpp_version link boot_status last_heard site vendor model firmware outlets"
    assert set(wanted.split()) <= found[0].keys()
    shown = json.loads(noc("outlet", "show", "4218", "--json")[1])
    assert (shown["outlet"], shown["activity"], shown["known"]) == ("CP-2:1", "unknown", "last_known")
    csv = tmp_path / "t.csv"
    csv.write_text("token,label\n04AABBCCDE,2\n")
    assert noc("import", str(csv))[1].startswith("1 token new")
    csv.write_text("token,status\n04AABBCCEF,Perhaps\n")
    code, _, err = noc("import", str(csv), "--dry-run")
    assert code == Exit.ERROR
    assert "line 2, status" in err
    rows = json.loads(noc("uptime", "--by", "outlet", "--from", "-1h", "--json")[1])
    wanted = "key from to formula up_s down_s excluded_s gap_s uptime_pct"
    assert all(set(wanted.split()) <= row.keys() for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ("station", "list"),
        ("station", "show", "CP-1"),
        ("station", "set", "CP-1", "--note", "x"),
        ("site", "list"),
        ("site", "show", "malmo"),
        ("site", "set", "malmo", "--town", "Malmö"),
        ("outlet", "list"),
        ("outlet", "show", "CP-1:1"),
        ("outlet", "set", "CP-1:1", "--place", "plan 2", "--in-service-since", "-2d"),
        ("token", "list"),
        ("token", "show", "04AABBCCDD"),
        ("token", "set", "04AABBCCDD", "--expires", "2030-01-01"),
        ("session", "list"),
        ("alarm", "list"),
        ("alarm", "list", "--history"),
        ("alarm", "rules"),
        ("operation", "list"),
        ("uptime",),
        ("uptime", "--by", "site", "--formula", "nevi"),
        ("trace", "CP-1"),
        ("system",),
        ("quirk", "set", "ping", "off", "--vendor", "Fjord", "--model", "F1"),
        ("quirk", "set", "settle_s", "15", "--station", "CP-1"),
        ("quirk", "list"),
        ("quirk", "show", "CP-1"),
    ],
)
def test_each_command_speaks_to_people_and_programs(noc: Command, arguments: tuple[str, ...]) -> None:
    """Both ways of showing work, and JSON is one document."""
    assert noc(*arguments)[0] == Exit.DONE
    code, out, err = noc(*arguments, "--json")
    assert (code, err) == (Exit.DONE, "")
    json.loads(out)


def test_quirk_profiles_travel(noc: Command, tmp_path: Path) -> None:
    """Exported, checked, imported: all rows or none; a value that is none is told."""
    file = tmp_path / "quirks.json"
    assert noc("quirk", "set", "clock_zone", "Europe/Oslo", "--vendor", "Nordlys", "--firmware", "2.")[0] == Exit.ERROR
    for arguments in (("assume_version", "1.6", "--vendor", "Nordlys", "--model", "N2", "--firmware", "2."),):
        assert noc("quirk", "set", *arguments)[1] == "Nordlys N2 2.*: assume_version 1.6\n"
    assert noc("quirk", "export", str(file))[0] == Exit.DONE
    rows = json.loads(file.read_text())
    assert {"trait": "assume_version", "value": "1.6", "vendor": "Nordlys", "model": "N2", "firmware": "2."} in rows
    assert all("station" not in row for row in rows)
    file.write_text(json.dumps([{"trait": "settle_s", "value": "20", "vendor": "A", "model": "B"}]))
    assert noc("quirk", "import", str(file), "--dry-run")[1].startswith("1 rows: 1 new")
    assert json.loads(noc("quirk", "import", str(file), "--json")[1])["written"] == 1
    file.write_text(json.dumps([{"trait": "ping", "value": "off", "vendor": "A"}, {"trait": "ping", "value": "loud"}]))
    code, _, err = noc("quirk", "import", str(file))
    assert (code, err) == (Exit.ERROR, "row 2: A quirk is about a station, or about a maker's model.\n")
    assert "loud" not in noc("quirk", "list")[1]
    assert noc("quirk", "set", "settle_s", "--remove", "--vendor", "A", "--model", "B")[1] == "A B: settle_s removed\n"
    assert noc("quirk", "set", "settle_s", "--remove", "--vendor", "A", "--model", "B")[0] == Exit.ERROR


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("quirk", "set", "ping", "loud", "--vendor", "V"), Exit.ERROR),
        (("quirk", "set", "ping", "off"), Exit.ERROR),
        (("quirk", "show", "CP-404"), Exit.ERROR),
        (("station", "show", "CP-404"), Exit.ERROR),
        (("session", "show", "404"), Exit.ERROR),
        (("alarm", "ack", "404"), Exit.ERROR),
        (("reset", "CP-404"), Exit.ERROR),
        (("station", "list", "--filter", "stat:x"), Exit.ERROR),
        (("reset", "CP-1"), Exit.NO_ANSWER),
        (("unlock", "CP-1:1"), Exit.NO_ANSWER),
        (("call", "CP-1", "GetConfiguration", "{}"), Exit.NO_ANSWER),
    ],
)
def test_exit_codes(noc: Command, arguments: tuple[str, ...], code: Exit) -> None:
    """1 for what is unknown, 5 for what is not connected."""
    assert noc(*arguments)[0] == code
    in_json = noc(*arguments, "--json")
    assert in_json[0] == code
    document = json.loads(in_json[1])
    assert "error" in document or document["state"] == "offline"


def test_tcp_on_the_same_machine(tmp_path: Path) -> None:
    """On 127.0.0.1 the kernel says who it is; a web page is nobody."""
    process = start(tmp_path, "--api", "127.0.0.1:0")
    address = ready(process).split()[2].removeprefix("api=")
    try:
        assert httpx.get(f"http://{address}/v1/whoami").status_code == 200
        page = httpx.get(f"http://{address}/v1/whoami", headers={"origin": "http://evil.example"})
        assert (page.status_code, page.json()["error"]["code"]) == (403, "not_permitted")
        rebound = httpx.get(f"http://{address}/v1/whoami", headers={"host": "evil.example"})
        assert rebound.status_code == 403
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


SOMEBODY_ELSE = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for request in ("GET /v1/whoami", "POST /v1/stations"):
    with socket.socket(socket.AF_UNIX) as asks:
        asks.connect(sys.argv[1])
        body = '{"id":"X"}'
        asks.sendall(f"{request} HTTP/1.1\\r\\nhost: noc\\r\\ncontent-type: application/json\\r\\n"
                     f"content-length: {len(body)}\\r\\nconnection: close\\r\\n\\r\\n{body}".encode())
        print(b"".join(iter(lambda: asks.recv(9999), b"")).decode())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_others_have_no_right(tmp_path: Path) -> None:
    """Without a role file another user does not get in; with one they may what their role says. Exit code 2."""
    directory = Path("/tmp") / f"noc-test-{os.getpid()}"
    directory.mkdir(mode=0o755)
    roles = directory / "roles.toml"
    roles.write_text('[users]\nnobody = "viewer"\n')
    command = [sys.executable, "-m", "noc", "serve", "--data", str(tmp_path / "data"), "--ocpp", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "--api", f"unix:{directory}/api.sock"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(NOC_API_ROLES=str(roles)),
    ) as process:
        try:
            assert ready(process).startswith("ready")
            said = subprocess.run(
                [sys.executable, "-c", SOMEBODY_ELSE, str(directory / "api.sock")],
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            roles.unlink()
            directory.rmdir()
    assert '"rights":["read"]' in said.stdout, said.stderr
    assert "403 Forbidden" in said.stdout
    assert '{"error":{"code":"not_permitted"' in said.stdout
