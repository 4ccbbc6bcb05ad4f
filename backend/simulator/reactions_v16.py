"""How a virtual station of OCPP 1.6 reacts to each call (1.6 sections 5.1-5.19 and the security whitepaper)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.v16.enums import Action

from backend.model.clock import iso
from backend.simulator.configuration import Setting
from backend.simulator.messages import Payload
from backend.simulator.outlet import Outlet
from backend.simulator.profiles import read_profile
from backend.simulator.reactions import ACCEPTED, REJECTED, Handler, Reaction, Reactions, trust_handlers

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation

MAX_KEYS = 50


class ReactionsV16(Reactions):
    """The table of OCPP 1.6."""

    known = frozenset(str(action.value) for action in Action)
    constraint_code = "OccurenceConstraintViolation"  # spelled so in OCPP-J 1.6

    def __init__(self, station: VirtualStation) -> None:
        super().__init__(station)
        handlers: dict[str, Handler] = {
            "Reset": self._reset,
            "UnlockConnector": self._unlock,
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "TriggerMessage": self._trigger,
            "ExtendedTriggerMessage": self._trigger,
            "ChangeAvailability": self._availability,
            "GetConfiguration": self._get_configuration,
            "ChangeConfiguration": self._change_configuration,
            "ClearCache": lambda payload: self.clear_cache(),
            "GetLocalListVersion": lambda payload: Reaction({"listVersion": self.list_version}),
            "SendLocalList": self._send_list,
            "ReserveNow": self._reserve,
            "CancelReservation": lambda payload: self.cancel_reservation(payload["reservationId"]),
            "SetChargingProfile": self._set_profile,
            "ClearChargingProfile": self._clear_profile,
            "GetCompositeSchedule": self._composite,
            "GetDiagnostics": self._diagnostics,
            "GetLog": self._log,
            "UpdateFirmware": self._update_firmware,
            "SignedUpdateFirmware": self._signed_update,
            "DataTransfer": self._data_transfer,
            "GetInstalledCertificateIds": self._installed,
            **trust_handlers(station),
        }
        self.handlers = handlers

    # -- what the desk does most -----------------------------------------------------------------------------

    def _reset(self, payload: Payload) -> Reaction:
        hard = payload["type"] == "Hard"
        if self.station.rebooting or self.station.maintenance.busy:
            return Reaction(REJECTED)
        ends = "HardReset" if hard else "SoftReset"
        return Reaction(ACCEPTED, partial(self.station.reboot, "RemoteReset", hard=hard, ends=ends))

    def _unlock(self, payload: Payload) -> Reaction:
        outlet = self.outlet(payload["connectorId"])
        if outlet is None or outlet.plug.tethered:
            return Reaction({"status": "NotSupported"})
        if not self.station.unlock_works():
            return Reaction({"status": "UnlockFailed"})

        def effect() -> None:
            self.station.charging.end(outlet.evse, "UnlockCommand", "UnlockCommand")
            self.release(outlet)

        return Reaction({"status": "Unlocked"}, effect)

    def _remote_start(self, payload: Payload) -> Reaction:
        token = str(payload["idTag"])
        outlet = self.outlet(payload["connectorId"]) if "connectorId" in payload else self._free()
        if outlet is None or not self.station.accepted or outlet.charge is not None or not _fit(outlet):
            return Reaction(REJECTED)
        if outlet.reserved is not None and outlet.reserved.id_token.casefold() != token.casefold():
            return Reaction(REJECTED)

        def effect() -> None:
            profile = payload.get("chargingProfile")
            if isinstance(profile, dict):
                self.station.profiles.install(read_profile(outlet.evse, profile, self.station.now()))
            if self.station.config.flag("AuthorizeRemoteTxRequests"):
                self.station.authorise(outlet.evse, token)
            else:
                self.station.charging.expect(outlet.evse, token, "Central", None)

        return Reaction(ACCEPTED, effect)

    def _free(self) -> Outlet | None:
        waiting = [o for o in self.station.outlets.values() if o.charge is None and o.car is not None and _fit(o)]
        free = [o for o in self.station.outlets.values() if o.charge is None and _fit(o)]
        return next(iter(waiting or free), None)

    def _remote_stop(self, payload: Payload) -> Reaction:
        outlet = self.station.charging.find(payload["transactionId"])
        if outlet is None:
            return Reaction(REJECTED)
        return Reaction(ACCEPTED, partial(self.station.charging.end, outlet.evse, "Remote", "RemoteStop"))

    def _trigger(self, payload: Payload) -> Reaction:
        station, kind = self.station, payload["requestedMessage"]
        where = payload.get("connectorId")
        if where is not None and where != 0 and self.outlet(where) is None:
            return Reaction(REJECTED)
        chosen = list(station.outlets.values()) if where is None else [o for o in [self.outlet(where)] if o]
        call = station.link.call
        urgent = not station.accepted

        def statuses() -> None:
            if where is None or where == 0:
                station.report_station()
            for outlet in chosen:
                call(station.speech.status(outlet), urgent=urgent)

        def meters() -> None:
            for outlet in chosen:
                outlet.flow(station.now())
                for message in station.speech.metered(outlet, outlet.charge, "Trigger"):
                    call(message)

        maintenance = station.maintenance
        effects = {
            "Heartbeat": lambda: call(station.speech.heartbeat(), urgent=urgent),
            "StatusNotification": statuses,
            "MeterValues": meters,
            "FirmwareStatusNotification": lambda: call(
                station.speech.firmware(maintenance.firmware_status, maintenance.request_id), urgent=urgent
            ),
            "DiagnosticsStatusNotification": lambda: call(
                station.speech.log(maintenance.log_status, None), urgent=urgent
            ),
            "LogStatusNotification": lambda: call(
                station.speech.log(maintenance.log_status, maintenance.log_request_id or 0), urgent=urgent
            ),
            "BootNotification": station.boot,
            "SignChargePointCertificate": station.ask_for_certificate,
        }
        if kind == "BootNotification" and station.accepted:
            return Reaction(REJECTED)
        effect = effects.get(kind)
        return Reaction({"status": "NotImplemented"}) if effect is None else Reaction(ACCEPTED, effect)

    def _availability(self, payload: Payload) -> Reaction:
        where, word = payload["connectorId"], payload["type"]
        if where == 0:
            return self.set_availability(self.station.outlets.values(), word, whole=True)
        outlet = self.outlet(where)
        return Reaction(REJECTED) if outlet is None else self.set_availability([outlet], word, whole=False)

    # -- configuration ---------------------------------------------------------------------------------------

    def _get_configuration(self, payload: Payload) -> Reaction:
        config = self.station.config
        asked = payload.get("key") or [setting.key for setting in config.settings_v16()][:MAX_KEYS]
        found: list[Payload] = []
        unknown: list[str] = []
        for key in asked[:MAX_KEYS]:
            setting = config.by_key(key)
            if setting is None:
                unknown.append(key)
                continue
            row: Payload = {"key": setting.key, "readonly": not setting.writable}
            if not setting.secret:
                row["value"] = config.value(setting)
            found.append(row)
        answer: Payload = {"configurationKey": found}
        if unknown:
            answer["unknownKey"] = unknown
        return Reaction(answer)

    def _change_configuration(self, payload: Payload) -> Reaction:
        config, value = self.station.config, str(payload["value"])
        setting = config.by_key(str(payload["key"]))
        if setting is None:
            return Reaction({"status": "NotSupported"})
        verdict = config.judge(setting, value)
        if setting.key == "SecurityProfile" and verdict != "Rejected":
            return self._move(int(value))
        return Reaction({"status": verdict}, None if verdict == "Rejected" else partial(self._set, setting, value))

    def _move(self, profile: int) -> Reaction:
        """Never down, and only with what it needs; then it comes back by the new way (whitepaper A05)."""
        if not self.station.ways.judge(profile):
            return Reaction(REJECTED)
        return Reaction(ACCEPTED, partial(self.station.ways.move, profile))

    def _installed(self, payload: Payload) -> Reaction:
        found = self.station.trust.installed() if payload["certificateType"] == "CentralSystemRootCertificate" else []
        if not found:
            return Reaction({"status": "NotFound"})
        return Reaction({"status": "Accepted", "certificateHashData": found})

    def _set(self, setting: Setting, value: str) -> None:
        self.station.config.set(setting, value)
        if setting.secret:
            self.station.new_key(value)

    def _send_list(self, payload: Payload) -> Reaction:
        entries = [(str(e["idTag"]), e.get("idTagInfo")) for e in payload.get("localAuthorizationList", [])]
        return self.take_list(payload["listVersion"], payload["updateType"], entries)

    def _reserve(self, payload: Payload) -> Reaction:
        where = payload["connectorId"]
        outlet = self.outlet(where)
        if outlet is None and where != 0:
            return Reaction(REJECTED)
        expires = datetime.fromisoformat(payload["expiryDate"]).timestamp()
        return self.reserve(payload["reservationId"], outlet, payload["idTag"], payload.get("parentIdTag"), expires)

    # -- charging profiles -----------------------------------------------------------------------------------

    def _set_profile(self, payload: Payload) -> Reaction:
        evse, wanted = payload["connectorId"], payload["csChargingProfiles"]
        outlet = self.outlet(evse)
        purpose = wanted["chargingProfilePurpose"]
        if evse != 0 and (outlet is None or purpose == "ChargePointMaxProfile"):
            return Reaction(REJECTED)
        if purpose == "TxProfile" and (outlet is None or outlet.charge is None):
            return Reaction(REJECTED)
        profile = read_profile(evse, wanted, self.station.now())

        def effect() -> None:
            self.station.profiles.install(profile)
            self.apply_limits()

        return Reaction(ACCEPTED, effect)

    def _clear_profile(self, payload: Payload) -> Reaction:
        profiles = self.station.profiles
        found = profiles.matching(
            payload.get("id"),
            payload.get("connectorId"),
            payload.get("chargingProfilePurpose"),
            payload.get("stackLevel"),
        )
        if not found:
            return Reaction({"status": "Unknown"})

        def effect() -> None:
            profiles.clear(found)
            self.apply_limits()

        return Reaction(ACCEPTED, effect)

    def _composite(self, payload: Payload) -> Reaction:
        evse, duration = payload["connectorId"], int(payload["duration"])
        if evse != 0 and self.outlet(evse) is None:
            return Reaction(REJECTED)
        unit = payload.get("chargingRateUnit", "A")
        now = iso(self.station.now())
        schedule: dict[str, Any] = {
            "duration": duration,
            "startSchedule": now,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": self.composite_periods(evse, duration, unit),
        }
        return Reaction({"status": "Accepted", "connectorId": evse, "scheduleStart": now, "chargingSchedule": schedule})

    # -- logs, firmware, vendor ------------------------------------------------------------------------------

    def _diagnostics(self, payload: Payload) -> Reaction:
        name = f"{self.station.id}-{int(self.station.now())}.log"
        return Reaction({"fileName": name}, partial(self.station.maintenance.upload, None, str(payload["location"])))

    def _log(self, payload: Payload) -> Reaction:
        name = f"{self.station.id}-{payload['logType']}-{payload['requestId']}.log"
        location = str(payload["log"]["remoteLocation"])
        running = self.station.maintenance.log_status == "Uploading"
        return Reaction(
            {"status": "AcceptedCanceled" if running else "Accepted", "filename": name},
            partial(self.station.maintenance.upload, payload["requestId"], location),
        )

    def _update_firmware(self, payload: Payload) -> Reaction:
        wait = max(datetime.fromisoformat(payload["retrieveDate"]).timestamp() - self.station.now(), 0.0)
        return Reaction(
            {}, partial(self.station.maintenance.update, payload["location"], None, signed=False, after_s=wait)
        )

    def _signed_update(self, payload: Payload) -> Reaction:
        firmware = payload["firmware"]
        wait = max(datetime.fromisoformat(firmware["retrieveDateTime"]).timestamp() - self.station.now(), 0.0)
        status = "AcceptedCanceled" if self.station.maintenance.busy else "Accepted"
        update = self.station.maintenance.update
        return Reaction(
            {"status": status},
            partial(update, firmware["location"], payload["requestId"], signed=True, after_s=wait),
        )

    def _data_transfer(self, payload: Payload) -> Reaction:
        if payload["vendorId"] != self.station.plate.vendor:
            return Reaction({"status": "UnknownVendorId"})
        if payload.get("messageId") != "Ping":
            return Reaction({"status": "UnknownMessageId"})
        return Reaction({"status": "Accepted", "data": str(payload.get("data", ""))[:500]})


def _fit(outlet: Outlet) -> bool:
    return outlet.trouble is None and not outlet.inoperative and not outlet.updating and not outlet.finished
