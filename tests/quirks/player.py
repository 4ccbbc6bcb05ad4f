"""Plays one file of the corpus: stations on real sockets against the whole server, on a held clock.

Each line is one JSON object, and does one thing. README.md, beside the corpus, has the list.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from websockets.frames import Opcode

from backend.model.clock import iso
from backend.model.errors import NocError
from backend.model.register import OutletEntry, SiteEntry, StationEntry, TokenEntry
from backend.model.resources import HandshakeResource
from backend.model.settings import OcppSettings
from tests.quirks.charger import Charger, request
from tests.quirks.pattern import differs
from tests.recipes.net import Net

ROOT = Path(__file__).parents[2]
PATIENCE_S = 8.0
_ENTRIES: dict[str, type[Any]] = {
    "site": SiteEntry,
    "station": StationEntry,
    "outlet": OutletEntry,
    "token": TokenEntry,
}
_NOW = re.compile(r"\$now([+-]\d+)?")


class Failed(AssertionError):
    """A line of the corpus that did not come true."""


def read(file: Path) -> list[tuple[int, dict[str, Any]]]:
    """The lines of a file, numbered."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [(number, json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]


class Player:
    """One server, and the stations of one file by name. The last one that did something is meant where none is
    named."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.chargers: dict[str, Charger] = {}
        self.names: dict[str, Any] = {}
        self.last = ""
        self._operation = ""

    async def close(self) -> None:
        for charger in self.chargers.values():
            await charger.close()

    async def play(self, file: Path) -> None:
        """All lines of a file.

        Raises:
            Failed: names the line.
        """
        self.net.settings.rounds.status_every_s = 0  # nothing comes unasked, unless a file is about that
        for number, line in read(file):
            try:
                await self._line(line)
            except Exception as error:
                raise Failed(f"{file.name}:{number}: {error or type(error).__name__}\n  {json.dumps(line)}") from error

    async def _line(self, line: dict[str, Any]) -> None:
        verb = next(iter(line))
        if verb in ("lesson", "row", "profile", "ruling", "#"):
            return
        if verb in _ENTRIES:
            self._put(verb, self._filled(line[verb]))
            return
        do: Callable[[dict[str, Any]], Awaitable[None]] | None = getattr(self, f"do_{verb}", None)
        if do is None:
            raise Failed(f"nothing is called {verb!r}")
        self.last = line.get("by", self.last)
        await do(line)

    @property
    def charger(self) -> Charger:
        return self.chargers[self.last]

    def _filled(self, value: Any) -> Any:
        """A value with the names and times put in."""
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, str) or "$" not in value:
            return value
        if value in self.names:
            return self.names[value]
        return _NOW.sub(lambda found: iso(self.net.clock.now() + float(found.group(1) or 0)), value)

    def _put(self, kind: str, fields: dict[str, Any]) -> None:
        register = self.net.server.house.register
        getattr(register, f"put_{kind}")(msgspec.convert(fields, _ENTRIES[kind]))

    # -- the connection ------------------------------------------------------------------------------------------

    async def do_connect(self, line: dict[str, Any]) -> None:
        self.last = name = line["connect"]
        offered = line.get("offer", ["ocpp1.6"])
        if "raw" in line:
            first = line["raw"].encode("latin-1")
        elif "raw_hex" in line:
            first = bytes.fromhex(line["raw_hex"])
        else:
            first = request(line.get("path", f"/ocpp/{name}"), offered, line.get("headers", {}))
        charger = self.chargers[name] = await Charger.connect(self.net.ocpp, first)
        charger.pongs = line.get("pongs", True)
        if line.get("incomplete"):
            return
        await charger.answered()
        status = line.get("status", 101)
        if charger.status != status:
            raise Failed(f"the handshake got {charger.status}, not {status}")
        if "subprotocol" in line and charger.header("Sec-WebSocket-Protocol") != line["subprotocol"]:
            raise Failed(f"the subprotocol is {charger.header('Sec-WebSocket-Protocol')!r}")

    async def do_boot(self, line: dict[str, Any]) -> None:
        """A BootNotification that is accepted."""
        self.last = line["boot"]
        if line.get("version", "1.6") == "1.6":
            payload = {"chargePointVendor": "Fjord", "chargePointModel": "F1", **line.get("with", {})}
        else:
            payload = {"reason": "PowerUp", "chargingStation": {"vendorName": "Fjord", "model": "F2"}}
        await self._ask([2, "boot", "BootNotification", payload], [3, "boot", {"status": "Accepted"}])

    async def do_closed(self, line: dict[str, Any]) -> None:
        self.last = line["closed"]
        code = await self._ticking(self.charger.ended())
        if code != line.get("code", code):
            raise Failed(f"closed with {code}")

    async def do_open(self, line: dict[str, Any]) -> None:
        """It still stands."""
        self.last = line["open"]
        await self.net.until(lambda: True)
        if self.charger.code is not None:
            raise Failed(f"closed with {self.charger.code}")

    async def do_cut(self, line: dict[str, Any]) -> None:
        """The connection breaks, and the server has noticed."""
        self.last = line["cut"]
        vitals = self.net.server.house.gateway.vitals
        before = vitals.connections
        self.charger.cut()
        await self._ticking(self.charger.ended())
        await self._until(lambda: "" if vitals.connections < before else "the server has not noticed")

    async def do_pongs(self, line: dict[str, Any]) -> None:
        """Whether it answers pings from now on."""
        self.charger.pongs = line["pongs"]

    async def do_pings(self, line: dict[str, Any]) -> None:
        """How many pings it got until now."""
        wanted = line["pings"]
        await self._until(lambda: differs(wanted, self.charger.pings, self.names, "pings"))

    # -- frames --------------------------------------------------------------------------------------------------

    async def do_send(self, line: dict[str, Any]) -> None:
        if "hex" in line:
            data = bytes.fromhex(line["hex"])
        elif isinstance(line["send"], str):
            text = str(self._filled(line["send"]))
            for mark, times in line.get("repeat", {}).items():
                text = text.replace(mark, mark[1:-1] * times)
            data = text.encode("utf-8", "surrogatepass")
        else:
            data = json.dumps(self._filled(line["send"])).encode()
        pieces = line.get("pieces", 1)
        size = -(-len(data) // pieces)
        for at in range(pieces):
            opcode = Opcode.TEXT if at == 0 else Opcode.CONT
            self.charger.send(data[at * size : (at + 1) * size], opcode=opcode, fin=at == pieces - 1)

    async def do_expect(self, line: dict[str, Any]) -> None:
        got = await self._ticking(self.charger.next())
        if text := differs(self._filled(line["expect"]), got, self.names):
            raise Failed(text)

    async def do_ask(self, line: dict[str, Any]) -> None:
        """Send and expect in one line."""
        await self.do_send({**line, "send": line["ask"]})
        await self.do_expect(line)

    async def do_silence(self, line: dict[str, Any]) -> None:
        """Nothing came that was not asked for: the answer to a Heartbeat is next."""
        self.last = line["silence"]
        await self._ask([2, "silence?", "Heartbeat", {}], [3, "silence?", "*"])

    async def _ask(self, frame: list[Any], answer: list[Any]) -> None:
        self.charger.send(json.dumps(frame).encode())
        got = await self._ticking(self.charger.next())
        if text := differs(answer, got, self.names):
            raise Failed(text)

    # -- time ----------------------------------------------------------------------------------------------------

    async def do_clock(self, line: dict[str, Any]) -> None:
        """Let held time pass; what becomes due becomes due on the way."""
        await asyncio.sleep(0.01)
        await self.net.wait(float(line["clock"].removesuffix("s")))
        await asyncio.sleep(0.01)

    async def do_restart(self, line: dict[str, Any]) -> None:
        """The server stops and starts again: what it knows is what it had written."""
        await self.net.restart()

    async def do_settings(self, line: dict[str, Any]) -> None:
        """Settings of the listener, from a restart on."""
        ocpp = msgspec.to_builtins(self.net.settings.ocpp) | line["settings"]
        self.net.settings.ocpp = msgspec.convert(ocpp, OcppSettings)
        await self.net.restart()

    async def do_rounds(self, line: dict[str, Any]) -> None:
        """What the server asks by itself, from now on."""
        for name, value in line["rounds"].items():
            setattr(self.net.settings.rounds, name, value)

    # -- people --------------------------------------------------------------------------------------------------

    async def do_operate(self, line: dict[str, Any]) -> None:
        fields = {key: line[key] for key in ("typed", "deadline_s") if key in line}
        await self._asks(line, self.net.operate(line["operate"], line["target"], line.get("parameters"), **fields))

    async def do_call(self, line: dict[str, Any]) -> None:
        made = self.net.client.call(line["target"], line["call"], line.get("payload", {}), reason="t", yes=True)
        await self._asks(line, made)

    async def _asks(self, line: dict[str, Any], asked: Awaitable[Any]) -> None:
        """An operation is under way now; or, with `refused`, was not begun, with this code."""
        try:
            made = await asked
        except NocError as error:
            if error.code != line.get("refused"):
                raise
            return
        if "refused" in line:
            raise Failed("it was not refused")
        self._operation = getattr(made, "id", made)

    async def do_api(self, line: dict[str, Any]) -> None:
        """A method of the client, by name."""
        await getattr(self.net.client, line["api"])(*line.get("with", []), **self._filled(line.get("fields", {})))

    async def do_let_in(self, line: dict[str, Any]) -> None:
        """Somebody lets in who stands in the quarantine."""
        await self.net.client.accept_refused(await self._refused(line["let_in"]))

    async def do_keep_out(self, line: dict[str, Any]) -> None:
        """Or turns it away for good."""
        await self.net.client.block_refused(await self._refused(line["keep_out"]))

    async def _refused(self, identity: str) -> HandshakeResource:
        return next(row for row in await self.net.client.quarantine() if row.identity == identity)

    # -- what is seen --------------------------------------------------------------------------------------------

    async def do_then(self, line: dict[str, Any]) -> None:
        """The API shows it, at once or as soon as it is written."""
        for subject, wanted in line["then"].items():
            await self._shows(subject, self._filled(wanted))

    async def _shows(self, subject: str, wanted: Any) -> None:
        async def look() -> str:
            got = msgspec.to_builtins(await self._look(subject), str_keys=True)
            return differs(wanted, got, self.names, subject)

        await self._until(look)

    async def _look(self, subject: str) -> Any:
        kind, _, name = subject.partition(" ")
        client = self.net.client
        if kind == "sessions":
            return [one for one in await client.sessions(limit=0) if one.station == name]
        if kind == "session":
            return next((one for one in await client.sessions(limit=0) if one.station == name), None)
        if kind == "alarms":
            return [one for one in await client.alarms() if name in ("", one.station)]
        if kind == "operation":
            return await client.operation(self._operation)
        if kind in ("quarantine", "stations", "pending", "quirks", "outlets"):
            return await getattr(client, kind)()
        return await getattr(client, kind)(name)

    async def _until(self, look: Callable[[], Any]) -> None:
        """Wait until `look` finds no difference; time stands still meanwhile."""
        text = ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    found = look()
                    text = await found if asyncio.iscoroutine(found) else found
                    if not text:
                        return
                    self.net.server.tick()
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise Failed(text) from None

    async def _ticking(self, awaited: Awaitable[Any]) -> Any:
        """Wait for something, with the server's clockwork running on the held time."""
        task = asyncio.ensure_future(awaited)
        while not task.done():
            self.net.server.tick()
            await asyncio.wait([task], timeout=0.005)
        return task.result()

    async def do_proved(self, line: dict[str, Any]) -> None:
        """The lesson is no matter of frames: tests elsewhere prove it, and they are there."""
        for named in line["proved"]:
            file, _, function = named.partition("::")
            source = (ROOT / file).read_text(encoding="utf-8")
            if re.search(rf"^(?:async )?def {re.escape(function)}\(", source, re.MULTILINE) is None:
                raise Failed(f"there is no test {named}")
