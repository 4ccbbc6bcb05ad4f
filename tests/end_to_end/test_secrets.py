"""Known secrets on every way through the program: none is found again, in no file, answer, log or process list."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.client.client import Client
from backend.model.errors import NocError
from tests.end_to_end.served import Served
from tests.faults.charger import said
from tests.recipes.station import RawStation

KEY, PASSWORD, PIN, URL, TOKEN_OF_URL, QUOTED, VENDOR, BROKEN, CUSTOMER, HEADER, REASON = (
    f"hush{number:02d}QxZw" for number in range(11)
)
SIM = "8946071512345678901"
CARD = "04A1B2C3D4E5F6"
SECRETS = (KEY, PASSWORD, PIN, URL, TOKEN_OF_URL, QUOTED, VENDOR, BROKEN, CUSTOMER, HEADER, REASON, SIM, CARD)
KEPT_IN_FULL = frozenset({CARD, SIM})
"""The database holds tokens and SIM numbers as they are, to be found by; they are masked on every way out."""


async def answers(station: RawStation) -> None:
    """A station that says secrets again whenever it is asked for anything."""
    station.replies = {
        "GetConfiguration": {
            "configurationKey": [
                {"key": "AuthorizationKey", "readonly": False, "value": KEY},
                {"key": "CardPin", "readonly": False, "value": PIN},
            ]
        },
        "ChangeConfiguration": lambda payload: ("InternalError", f"cannot store {payload['value']} here"),
        "GetDiagnostics": {"fileName": f"ftp://anna:{URL}@host/x.zip"},
        "DataTransfer": {"status": "Accepted", "data": json.dumps({"password": VENDOR, "pin": PIN})},
    }
    await station.boot(iccid=SIM, imsi=SIM)
    await station.status(1, "Available", said())


async def speaks(station: RawStation) -> None:
    """What comes by itself: vendors' messages, security events, sessions, broken frames."""
    await station.call(
        "DataTransfer", vendorId="V", messageId="M", data=f'{{"user":"a","password":"{VENDOR} {VENDOR}"}}'
    )
    await station.call("DataTransfer", vendorId="V", data=f"login=a;pwd={VENDOR};idTag={CARD}")
    await station.call(
        "SecurityEventNotification", type="InvalidKey", timestamp=said(), techInfo=f"password={PASSWORD}"
    )
    await station.call(
        "StatusNotification", connectorId=1, errorCode="OtherError", status="Faulted",
        info=f"login failed, password={VENDOR}", vendorErrorCode=f"pwd={PASSWORD}", vendorId=f"secret={VENDOR}",
    )  # fmt: skip
    transaction = await station.start(1, CARD, 0, said())
    await station.stop(transaction, 10, said(), idTag=CARD)
    for broken in (
        f'[3,"nothing",{{"configurationKey":[{{"key":"AuthorizationKey","value":"{BROKEN}"}}]}}]',
        f'[3,"nothing",{{"configurationKey":[{{"key":"AuthorizationKey","readonly":false,"value":"{BROKEN} {BROKEN}"',
        f'[2,"b1","DataTransfer",{{"vendorId":"V","data":"password={BROKEN}"',
        f'[2,"b2","Unheard",{{"password":"{BROKEN}","idTag":"{CARD}","location":"ftp://a:{BROKEN}@host"}}]',
        f'[2,"b3","StartTransaction",{{"idTag":"{CARD}","connectorId":"one"',
        f'[4,"nothing","X","AuthorizationKey={BROKEN}",{{"password":"{BROKEN}"}}]',
        f'[7,"b4","X",{{"secret":"{BROKEN}"}}]',
    ):
        await station.send(broken)
    await station.call("Heartbeat")


async def operates(client: Client, station: str) -> list[Any]:
    """People who set keys, send places with credentials in them, and write secrets into reasons."""
    calls: list[tuple[str, dict[str, Any]]] = [
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": KEY}),
        ("ChangeConfiguration", {"key": "CardPin", "value": PIN}),
        ("GetConfiguration", {}),
        ("GetDiagnostics", {"location": f"ftp://anna:{URL}@host/"}),
        ("UpdateFirmware", {"location": f"https://host/f?token={TOKEN_OF_URL}", "retrieveDate": said()}),
        ("DataTransfer", {"vendorId": "V", "data": f"password={VENDOR}"}),
        ("Unheard", {"password": PASSWORD, "nested": {"adminPassword": {"old": PASSWORD}}}),
    ]
    seen: list[Any] = []
    for action, payload in calls:
        try:
            made = await client.call(station, action, payload, reason=f"key: password={REASON}", yes=True, deadline_s=5)
            seen.append(await client.operation(made.id, wait_s=3))
        except NocError as error:
            seen.append(str(error))
    for operation, parameters in (
        ("configuration", {"key": "AuthorizationKey", "value": KEY}),
        ("diagnostics", {"location": f"ftp://anna:{URL}@host/"}),
    ):
        try:
            made = await client.operate(operation, station, parameters=parameters, reason=f"pin={REASON}", yes=True)
            seen.append(await client.operation(made.id, wait_s=3))
        except NocError as error:
            seen.append(str(error))
    return seen


async def echoes(station: RawStation) -> None:
    """Texts that say again what was set, without a word that would tell it for a secret."""
    await station.call("DataTransfer", vendorId="V", data=f"now {KEY}")
    await station.call(
        "StatusNotification", connectorId=1, errorCode="OtherError", status="Faulted", info=f"got {KEY}"
    )  # fmt: skip
    await station.call("SecurityEventNotification", type=f"Set{KEY}", timestamp=said(), techInfo=KEY)
    await station.send(f'[2,"e1","Unheard",{{"x":"{KEY}"')
    await station.call("Heartbeat", note=KEY)


async def knocks(address: str) -> None:
    """Handshakes that fail, with credentials."""
    host, _, port = address.rpartition(":")
    for head in (f"Authorization: Basic {HEADER}", f"authorization:{HEADER}", f"X-Api-Key: {HEADER}"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /ocpp/ HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        await reader.read()
        writer.close()


def found_in(text: str | bytes, *, except_for: frozenset[str] = frozenset()) -> list[str]:
    """The secrets that stand in it."""
    data = text if isinstance(text, bytes) else text.encode()
    return [secret for secret in SECRETS if secret not in except_for and secret.encode() in data]


def processes() -> str:
    """The command lines of all processes."""
    lines = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(place.read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


async def shown(served: Served) -> dict[str, str]:
    """Everything that a person can ask for, in both forms."""
    words = [
        ["trace", "CP1"], ["station", "show", "CP1"], ["session", "list"], ["alarm", "list"], ["outlet", "list"],
        ["token", "list"], ["station", "list"],
    ]  # fmt: skip
    told = {}
    for command in words:
        for form in ([], ["--json"]):
            ran = await served.noc(*command, *form)
            told[" ".join([*command, *form])] = ran.out + ran.err
    return told


@pytest.mark.slow
async def test_no_secret_is_found_again(tmp_path: Path) -> None:
    """In calls and answers, vendors' messages, broken frames, operations, errors, the audit and failed handshakes."""
    served = await Served(tmp_path, "--accept-unknown").start()
    station = await RawStation("CP1").connect(served.ocpp)
    await answers(station)
    await speaks(station)
    await knocks(served.ocpp)
    told: dict[str, str] = {}
    async with Client(served.socket) as client:
        told["operations"] = repr(await operates(client, "CP1"))
        await echoes(station)
        for name in ("operations", "audit", "quarantine", "alarms", "sessions"):
            told[f"api {name}"] = repr(await getattr(client, name)())
        told["api trace"] = repr(await client.trace("CP1", limit=1000))
        told["api notices"] = repr(await client.notices("CP1"))
        told["processes"] = processes()
    told |= await shown(served)
    running = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [*tmp_path.rglob("*")]}
    await station.close()
    ended = await served.stop()
    told["log"] = ended.out + ended.err
    wrong = {name: found_in(text) for name, text in told.items()}
    stored = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for name, data in [*running.items(), *((f"{name} at the end", data) for name, data in stored.items())]:
        wrong[name] = found_in(data, except_for=KEPT_IN_FULL)
    assert {name: secrets for name, secrets in wrong.items() if secrets} == {}
    assert len(told["api trace"]) > 2_000, "the frames were traced"
    assert {str(path): oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


async def test_a_payload_need_not_stand_in_the_process_list(tmp_path: Path) -> None:
    """`noc call ID ACTION -` reads it from stdin."""
    served = await Served(tmp_path, "--accept-unknown").start()
    station = await RawStation("CP1").connect(served.ocpp)
    await answers(station)
    station.replies["ChangeConfiguration"] = {"status": "Accepted"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "noc", "--server", served.socket, "call", "CP1", "ChangeConfiguration", "-", "--yes",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    payload = json.dumps({"key": "AuthorizationKey", "value": KEY}).encode()
    out, err = await asyncio.wait_for(process.communicate(payload), 30)
    assert (process.returncode, found_in(out + err)) == (0, []), err.decode()
    assert (await station.heard("ChangeConfiguration"))["value"] == KEY
    await station.close()
    await served.stop()
