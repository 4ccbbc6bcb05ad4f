"""The public contract from outside: programs, sockets, JSON and exit codes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.served import Served, noc
from tests.recipes.station import RawStation


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    made = await Served(tmp_path, "--accept-unknown").start()
    yield made
    await made.stop()


async def booted(served: Served, identity: str, version: str = "1.6") -> RawStation:
    station = await RawStation(identity, version).connect(served.ocpp)
    assert (await station.boot())["status"] == "Accepted"
    await station.status(1, "Available", now())
    return station


STATION = {"id", "ocpp_version", "link", "boot_status", "last_heard", "site", "vendor", "model", "firmware", "outlets"}
OUTLET = {"outlet", "state", "activity", "since", "known", "session"}
SESSION = {"id", "outlet", "id_token", "state", "started", "ended", "meter_start_wh", "meter_stop_wh", "energy_wh",
           "power_w", "stop_reason", "flags"}  # fmt: skip
OPERATION = {"id", "operation", "target", "state", "answer", "proof", "reason", "requested_by", "times"}
ALARM = {"id", "rule", "severity", "state", "source", "site", "since", "count", "flags", "text", "owner", "parent"}
UPTIME = {"key", "from", "to", "formula", "up_s", "down_s", "excluded_s", "gap_s", "uptime_pct"}
FRAME = {"station", "direction", "received", "action", "frame", "deviations"}


async def test_lists_have_the_fields_of_the_contract(served: Served) -> None:
    """Each list is one JSON array, its objects have the public fields, times end in Z."""
    station = await booted(served, "CP:1")
    transaction = await station.start(1, "04A2B3C4D5E69F", 100, now())
    await station.status(1, "Faulted", now(), "GroundFailure")
    for words, fields in (
        (("station", "list"), STATION),
        (("outlet", "list"), OUTLET),
        (("session", "list"), SESSION),
        (("alarm", "list"), ALARM),
        (("uptime", "--by", "outlet"), UPTIME),
        (("trace", "CP:1"), FRAME),
    ):
        ran = await served.noc(*words, "--json")
        assert ran.code == 0, ran.err
        assert isinstance(ran.json, list)
        assert set(ran.json[0]) >= fields, words
    shown = (await served.noc("session", "show", str(transaction), "--json")).json
    assert shown["outlet"] == "CP:1:1"
    assert shown["started"].endswith("Z")
    assert shown["id_token"] == "04••••••9F"
    revealed = (await served.noc("session", "show", str(transaction), "--reveal", "test", "--json")).json
    assert revealed["id_token"] == "04A2B3C4D5E69F"
    assert "04A2B3C4D5E69F" not in (await served.noc("trace", "CP:1", "--json", "--limit", "0")).out
    await station.close()


async def test_operations_end_with_the_exit_codes_of_the_contract(served: Served) -> None:
    """0 proved, 3 refused, 4 accepted but not proved, 5 no answer or offline, 1 unknown."""
    station = await booted(served, "CP1")

    async def operate(*words: str) -> tuple[int, dict[str, object]]:
        ran = await served.noc(*words, "--json")
        made = ran.json
        assert set(made) >= OPERATION, ran.err
        return ran.code, made

    station.replies["UnlockConnector"] = {"status": "Unlocked"}
    assert (await operate("unlock", "CP1:1"))[0] == 0
    station.replies["UnlockConnector"] = {"status": "NotSupported"}
    code, made = await operate("unlock", "CP1:1")
    assert (code, made["state"], made["answer"]) == (3, "refused", "NotSupported")
    station.replies["Reset"] = {"status": "Accepted"}
    code, made = await operate("reset", "CP1", "--deadline", "1")
    assert (code, made["state"]) == (4, "unproved")
    station.replies["TriggerMessage"] = None
    code, made = await operate("refresh", "CP1", "--deadline", "1")
    assert (code, made["state"]) == (5, "timeout")
    await station.close()
    code, made = await operate("reset", "CP1")
    assert (code, made["state"]) == (5, "offline")
    ran = await served.noc("reset", "NOBODY", "--json")
    assert ran.code == 1
    assert set(ran.json["error"]) >= {"code", "message", "hint"}


async def test_a_charge_is_not_cut_without_a_word(served: Served) -> None:
    """Without `--yes` nothing is sent, and the charge is named; with it the stop is proved."""
    station = await booted(served, "CP1")
    transaction = await station.start(1, "04A2B3C4D5E69F", 0, now())
    ran = await served.noc("stop", "CP1:1", "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "confirmation_needed"
    assert station.asked == []
    station.replies["RemoteStopTransaction"] = {"status": "Accepted"}
    stopping = asyncio.create_task(served.noc("stop", "CP1:1", "--yes", "--json"))
    assert await station.heard("RemoteStopTransaction") == {"transactionId": transaction}
    await station.stop(transaction, 700, now(), reason="Remote")
    ran = await stopping
    assert (ran.code, ran.json["state"], ran.json["reason"]) == (0, "proved", "command line")
    hard = asyncio.create_task(served.noc("reset", "CP1", "--hard", "--yes", "--deadline", "1", "--json"))
    assert await station.heard("Reset") == {"type": "Hard"}
    assert (await hard).code == 3
    await station.close()


async def test_a_reset_is_proved_when_the_station_is_back(served: Served) -> None:
    """The drop, the boot and the first status."""
    station = await booted(served, "CS1", "2.0.1")
    station.replies["Reset"] = {"status": "Accepted"}
    resetting = asyncio.create_task(served.noc("reset", "CS1", "--json"))
    assert await station.heard("Reset") == {"type": "OnIdle"}
    await station.close()
    await station.connect(served.ocpp)
    await station.boot(reason="RemoteReset")
    await station.status(1, "Available", now())
    ran = await resetting
    assert (ran.code, ran.json["state"]) == (0, "proved")
    await station.close()


async def test_every_operation_of_the_catalogue_is_a_command(served: Served) -> None:
    """Those without a command of their own too: fields by name, followed to the proof, the same exit codes."""
    station = await booted(served, "CP1")
    listed = (await served.noc("operation", "catalogue", "--json")).json
    assert {"reserve", "firmware", "configuration"} <= {one["operation"] for one in listed}
    assert "reserve" in (await served.noc("operation", "catalogue")).out
    station.replies["GetConfiguration"] = {"configurationKey": [{"key": "A", "readonly": True, "value": "1"}]}
    ran = await served.noc("operation", "run", "configuration", "CP1", 'key=["A"]', "--json")
    assert (ran.code, ran.json["state"], ran.json["parameters"]) == (0, "proved", {"key": ["A"]})
    station.replies["CancelReservation"] = {"status": "Rejected"}
    ran = await served.noc("operation", "run", "cancel-reservation", "CP1", "reservation=7", "--json")
    assert (ran.code, ran.json["state"]) == (3, "refused")
    for words in (
        ("nonsense", "CP1"),
        ("reserve", "CP1:1"),
        ("log", "CP1", "location"),
        ("local_list", "CP1", "list=["),
    ):
        ran = await served.noc("operation", "run", *words, "--json")
        assert (ran.code, bool(ran.json["error"]["hint"])) == (1, True), words
    await station.close()


async def test_who_waits_for_an_operation_is_told_that_the_server_stops(tmp_path: Path) -> None:
    """Exit 4 with its reason, not an error of the server's; SIGHUP is a clean stop too."""
    served = await Served(tmp_path, "--accept-unknown").start()
    station = await booted(served, "CP1")
    station.replies["Reset"] = {"status": "Accepted"}
    waiting = asyncio.create_task(served.noc("reset", "CP1", "--json"))
    while not any(one["answer"] for one in (await served.noc("operation", "list", "--json")).json):
        pass
    os.kill(served.pid, signal.SIGHUP)
    ran = await waiting
    assert (ran.code, ran.json["state"], ran.json["proof"]) == (4, "unproved", "server restarted")
    assert served._process is not None
    assert await asyncio.wait_for(served._process.wait(), 30) == 0


async def test_any_call_prints_its_answer(served: Served) -> None:
    """The payload of the result, or the error and exit 3."""
    station = await booted(served, "CP1")
    station.replies["GetConfiguration"] = {"configurationKey": [{"key": "A", "readonly": True, "value": "1"}]}
    ran = await served.noc("call", "CP1", "GetConfiguration", '{"key":["A"]}', "--json")
    assert (ran.code, ran.json) == (0, station.replies["GetConfiguration"])
    ran = await served.noc("call", "CP1", "ClearCache", "{}", "--json")
    assert ran.code == 3
    assert "NotImplemented" in ran.out
    assert "noc trace CP1" in ran.json["error"]["hint"]
    ran = await served.noc("call", "CP1", "Reset", '{"type":"Sideways"}', "--json")
    assert ran.code == 1
    station.replies["ClearCache"] = None
    assert (await served.noc("call", "CP1", "ClearCache", "{}", "--deadline", "1")).code == 5
    await station.close()


async def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """What was acknowledged is there when the next process starts."""
    served = await Served(tmp_path, "--accept-unknown").start()
    station = await booted(served, "CP1")
    transaction = await station.start(1, "CARD", 100, now())
    await station.stop(transaction, 2100, now())
    await served.kill()
    again = await Served(tmp_path, "--accept-unknown").start()
    ran = await again.noc("session", "show", str(transaction), "--json")
    assert (ran.json["state"], ran.json["energy_wh"]) == ("ended", 2000)
    ended = await again.stop()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        ("reset",),
        ("reset", "CP1", "--sideways"),
        ("dance",),
        ("--server", "unix:/nonexistent/api.sock", "station", "list"),
        ("--server", "what://", "station", "list"),
        ("serve", "--ocpp", "nonsense"),
        ("uptime", "--from", "yesterday"),
        ("station", "list", "--filter", "nonsense:1"),
    ],
)
async def test_bad_input_gets_one_clear_line(words: tuple[str, ...]) -> None:
    """Exit 1, a line on stderr with the next step, no traceback."""
    ran = await noc(*words)
    assert ran.code == 1
    assert "Traceback" not in ran.err + ran.out
    assert ran.err.strip()


async def test_an_address_in_use_and_a_foreign_database_are_told(tmp_path: Path) -> None:
    """One line, exit 1, nothing changed."""
    first = await Served(tmp_path / "a").start()
    taken = await noc("serve", "--data", str(tmp_path / "b"), "--ocpp", first.ocpp, "--api", f"unix:{tmp_path}/b.sock")
    same = await noc(
        "serve", "--data", str(tmp_path / "a" / "data"), "--ocpp", "127.0.0.1:0", "--api", f"unix:{tmp_path}/c.sock"
    )
    await first.stop()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "noc.db").write_bytes(b"this is no database" * 100)
    odd = await noc("serve", "--data", str(foreign), "--ocpp", "127.0.0.1:0", "--api", f"unix:{tmp_path}/d.sock")
    for ran in (taken, same, odd):
        assert ran.code == 1
        assert len(ran.err.strip().splitlines()) <= 2, ran.err
        assert "Traceback" not in ran.err
    assert (foreign / "noc.db").read_bytes() == b"this is no database" * 100


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"TERM": "dumb"}, "TERM=dumb"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "TERM": "xterm"}, "LC_ALL"),
        ({"LC_ALL": "C.UTF-8", "TERM": "xterm"}, "ssh -t"),
    ],
)
async def test_a_terminal_that_draws_no_screen_gets_one_line(
    tmp_path: Path, environment: dict[str, str], word: str
) -> None:
    """Told before a server or a network is started for it; nothing is left behind."""
    ran = await noc("demo", TMPDIR=str(tmp_path), **environment)
    assert ran.code == 1
    assert word in ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    assert list(tmp_path.iterdir()) == []


async def test_json_is_utf8_on_a_terminal_that_is_not(served: Served) -> None:
    """Programs read UTF-8, whatever the encoding of the terminal."""
    assert (await served.noc("site", "add", "S1", "--name", "Malmö hamn")).code == 0
    ran = await noc("site", "list", "--json", "--server", served.socket, PYTHONIOENCODING="ascii")
    assert (ran.code, ran.json[0]["name"]) == (0, "Malmö hamn")


async def test_wanted_settings_by_command(served: Served) -> None:
    """Wish, list, show, forget: one JSON document each; what cannot be wanted ends with 1."""
    station = await booted(served, "CP-9")
    made = await served.noc("setting", "want", "CP-9", "HeartbeatInterval", "300", "--json")
    assert (made.code, made.json["scope"], made.json["value"]) == (0, "station:CP-9", "300")
    assert [one["key"] for one in (await served.noc("setting", "list", "--json")).json] == ["HeartbeatInterval"]
    (shown,) = (await served.noc("setting", "show", "CP-9", "--json")).json
    assert shown["wanted"] == "300"
    refused = await served.noc("setting", "want", "all", "AuthorizationKey", "x", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "secret_setting")
    assert (await served.noc("setting", "forget", "CP-9", "HeartbeatInterval", "--json")).code == 0
    assert (await served.noc("setting", "forget", "CP-9", "HeartbeatInterval")).code == 1
    await station.close()
