"""Stations that send an attack in every field that they control, and people who type one in."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import Any
from urllib.parse import quote

from backend.client.client import Client
from backend.model.errors import NocError
from tests.quirks.charger import Charger, request
from tests.recipes.station import CallRefused, RawStation

AT = "2026-01-05T10:00:00Z"


class Hostile(RawStation):
    """Says everything with one text, and answers with it."""

    def __init__(self, identity: str, version: str, text: str) -> None:
        super().__init__(identity, version)
        self.text = text
        for action in ("TriggerMessage", "GetConfiguration", "ClearCache", "GetVariables", "DataTransfer"):
            self.replies[action] = {
                "status": text,
                "configurationKey": [{"key": text, "readonly": False, "value": text}],
            }
        self.replies["Reset"] = (text, text)

    async def tell(self, action: str, **payload: Any) -> dict[str, Any]:
        """One message; an error is an answer too."""
        try:
            return await self.call(action, **payload)
        except CallRefused:
            return {}

    async def everything(self) -> None:
        """All messages of its version, the text in each of their fields."""
        await (self._all_16() if self.version == "1.6" else self._all_2())
        await self.tell(self.text)
        await self.tell("DataTransfer", vendorId=self.text, messageId=self.text, data=self.text)
        await self.tell("SecurityEventNotification", type=self.text, timestamp=AT, techInfo=self.text)
        await self.tell("FirmwareStatusNotification", status=self.text)
        await self.tell("LogStatusNotification", status=self.text, requestId=1)

    async def _all_16(self) -> None:
        text = self.text
        names = "chargePointVendor chargePointModel chargePointSerialNumber chargeBoxSerialNumber firmwareVersion"
        boot = dict.fromkeys([*names.split(), "iccid", "imsi", "meterType", "meterSerialNumber"], text)
        await self.tell("BootNotification", **boot)
        said = {"info": text, "vendorId": text, "vendorErrorCode": text, "timestamp": text}
        await self.tell("StatusNotification", connectorId=0, status=text, errorCode="NoError", **said)
        await self.tell("StatusNotification", connectorId=1, status=text, errorCode=text, **said)
        await self.tell("StatusNotification", connectorId=2, status="Faulted", errorCode="OtherError", **said)
        await self.tell("Authorize", idTag=text)
        answer = await self.tell("StartTransaction", connectorId=1, idTag=text, meterStart=1, timestamp=AT)
        sampled = dict.fromkeys(("measurand", "unit", "context", "phase", "location", "format", "value"), text)
        meter = [{"timestamp": text, "sampledValue": [sampled, {"value": "7", "context": text}]}]
        await self.tell("MeterValues", connectorId=1, transactionId=answer.get("transactionId", 1), meterValue=meter)
        await self.tell("StartTransaction", connectorId=2, idTag=text, meterStart=1, timestamp=AT)
        stopped = {"transactionId": answer.get("transactionId", 1), "meterStop": 9, "timestamp": AT}
        await self.tell("StopTransaction", idTag=text, reason=text, transactionData=meter, **stopped)
        await self.tell("DiagnosticsStatusNotification", status=text)

    async def _all_2(self) -> None:
        text = self.text
        names = ("vendorName", "model", "serialNumber", "firmwareVersion")
        station = {**dict.fromkeys(names, text), "modem": {"iccid": text, "imsi": text}}
        await self.tell("BootNotification", reason=text, chargingStation=station)
        await self.tell("StatusNotification", timestamp=AT, evseId=1, connectorId=1, connectorStatus=text)
        event = {"eventId": 1, "timestamp": AT, "trigger": "Alerting", "actualValue": text, "techCode": text}
        event |= {"techInfo": text, "eventNotificationType": text, "cleared": False}
        place = {"component": {"name": text, "instance": text, "evse": {"id": 1}}, "variable": {"name": text}}
        await self.tell("NotifyEvent", generatedAt=AT, seqNo=0, eventData=[event | place])
        token = {"idToken": text, "type": text}
        info = {"transactionId": text[:200], "chargingState": text, "stoppedReason": text}
        for number, kind in enumerate(("Started", "Updated", "Ended")):
            place = {"id": 1, "connectorId": 1}
            await self.event(kind, number, text, AT, info, idToken=token, evse=place)
        report = [{"component": {"name": text}, "variable": {"name": text}}]
        await self.tell("NotifyReport", requestId=1, generatedAt=AT, seqNo=0, reportData=report)


async def stations(address: str, attacks: dict[str, str]) -> list[Hostile]:
    """One station of each version for each attack; they stay connected."""
    made = []
    for number, text in enumerate(attacks.values()):
        for version in ("1.6", "2.0.1"):
            station = Hostile(f"HOST-{number:02d}-{version}", version, text)
            await station.connect(address)
            await station.everything()
            made.append(station)
    return made


async def handshakes(address: str, attacks: dict[str, str]) -> None:
    """The text as identity, as subprotocol, as user, and as no HTTP at all."""
    for text in attacks.values():
        data = text[:300].encode("utf-8", "surrogatepass")
        user = base64.b64encode(data + b":x").decode()
        line = data.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")
        for first in (
            request("/ocpp/" + quote(data), ["ocpp1.6"], {"Authorization": f"Basic {user}"}),
            request("/ocpp/odd", [line or "x"], {"User-Agent": line, "Authorization": f"Basic {user}"}),
            data + b"\r\n\r\n",
        ):
            charger = await Charger.connect(address, first)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    await charger.ended()
            await charger.close()


async def people(client: Client, attacks: dict[str, str]) -> None:
    """The text in every field that a person fills in, by the API and by CSV."""
    for number, text in enumerate(attacks.values()):
        typed = text[:2_000].encode("utf-8", "replace").decode()
        site = f"S{number:02d}"
        await _try(client.put_site(site, name=typed, address=typed, town=typed, owner=typed))
        station = f"HOST-{number:02d}-1.6"
        await _try(client.put_station(station, site=site, note=typed, serial=typed))
        await _try(client.put_outlet(f"{station}:1", label=typed, place=typed, connector_type=typed))
        await _try(client.put_token(f"04AA{number:02d}", label=typed, group=typed))
        await _try(client.put_quirk("settle_s", "0", vendor=typed, model=typed))
        await _try(client.operate("refresh", station, reason=typed, yes=True))
        await _try(client.operate("reset", station, reason=typed, yes=True))
        await _try(client.call(station, "GetConfiguration", {"key": [typed]}, reason=typed, yes=True))
        cell = '"' + typed.replace('"', '""') + '"'
        await _try(client.import_csv(f"site,name,address\nC{number:02d},{cell},{cell}\n".encode()))
    for alarm in (await client.alarms())[:12]:
        typed = attacks[list(attacks)[int(alarm.id) % len(attacks)]][:300].encode("utf-8", "replace").decode()
        await _try(client.note(alarm.id, typed))
        await _try(client.own(alarm.id, typed))
        await _try(client.shelve(alarm.id, 600, typed))


async def _try(asked: Any) -> None:
    """What is refused is no matter here: the refusal is shown too."""
    with contextlib.suppress(NocError):
        await asked
