"""How a virtual station of OCPP 2.0.1 or 2.1 reacts to each call (domain.md section 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.v21.enums import Action as Action21
from ocpp.v201.enums import Action as Action201

from backend.model.clock import iso
from backend.model.words import Version
from backend.simulator.messages import Message, Payload
from backend.simulator.outlet import Outlet
from backend.simulator.profiles import read_profile
from backend.simulator.reactions import ACCEPTED, Handler, Reaction, Reactions, trust_handlers
from backend.simulator.variables_v2 import Variables

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation


def _no(reason: str, status: str = "Rejected") -> Reaction:
    return Reaction({"status": status, "statusInfo": {"reasonCode": reason}})


class ReactionsV2(Reactions):
    """The table of OCPP 2.0.1 and 2.1."""

    def __init__(self, station: VirtualStation) -> None:
        super().__init__(station)
        actions = Action21 if station.version is Version.V21 else Action201
        self.known = frozenset(str(action.value) for action in actions)
        variables = Variables(station)
        handlers: dict[str, Handler] = {
            "Reset": self._reset,
            "UnlockConnector": self._unlock,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": self._request_stop,
            "TriggerMessage": self._trigger,
            "ChangeAvailability": self._availability,
            "GetVariables": variables.get,
            "SetVariables": variables.set,
            "GetBaseReport": variables.base_report,
            "GetReport": variables.report,
            "GetTransactionStatus": self._transaction_status,
            "ClearCache": lambda payload: self.clear_cache(),
            "GetLocalListVersion": lambda payload: Reaction({"versionNumber": self.list_version}),
            "SendLocalList": self._send_list,
            "ReserveNow": self._reserve,
            "CancelReservation": lambda payload: self.cancel_reservation(payload["reservationId"]),
            "SetChargingProfile": self._set_profile,
            "ClearChargingProfile": self._clear_profile,
            "GetChargingProfiles": self._get_profiles,
            "GetCompositeSchedule": self._composite,
            "GetLog": self._log,
            "UpdateFirmware": self._update_firmware,
            "DataTransfer": self._data_transfer,
            "CustomerInformation": self._customer_information,
            "GetInstalledCertificateIds": self._installed,
            **trust_handlers(station),
            "SetNetworkProfile": self._network_profile,
            "CostUpdated": lambda payload: Reaction({}),
            "SetVariableMonitoring": variables.set_monitoring,
        }
        self.handlers = {action: handler for action, handler in handlers.items() if action in self.known}

    def _at(self, payload: Payload) -> Outlet | None:
        """The outlet that `evse` or `evseId` names."""
        place = payload.get("evse")
        return self.outlet(place["id"] if isinstance(place, dict) else payload.get("evseId"))

    # -- what the desk does most -----------------------------------------------------------------------------

    def _reset(self, payload: Payload) -> Reaction:
        station, kind = self.station, payload["type"]
        if "evseId" in payload:
            return _no("UnsupportedRequest")
        if station.rebooting:
            return _no("InternalError")
        if station.maintenance.busy:
            return _no("FwUpdateInProgress")
        if kind == "OnIdle" and station.charging.any_charge():
            return Reaction({"status": "Scheduled"}, station.reset_when_idle)
        return Reaction(ACCEPTED, partial(station.reboot, "RemoteReset", hard=False, ends="HardReset"))

    def _unlock(self, payload: Payload) -> Reaction:
        outlet = self._at(payload)
        if outlet is None or payload.get("connectorId", 1) != 1:
            return _no("UnknownConnectorId", "UnknownConnector")
        if outlet.charge is not None:
            return _no("TxInProgress", "OngoingAuthorizedTransaction")
        if outlet.plug.tethered:
            return _no("FixedCable", "UnlockFailed")
        if not self.station.unlock_works():
            return _no("InternalError", "UnlockFailed")

        return Reaction({"status": "Unlocked"}, partial(self.release, outlet))

    def _request_start(self, payload: Payload) -> Reaction:
        station, token = self.station, payload["idToken"]
        outlet = self._at(payload) if "evseId" in payload else self._free()
        if not station.accepted:
            return _no("CSNotAccepted")
        if outlet is None:
            return _no("UnknownEvse")
        if outlet.charge is not None:
            return _no("TxInProgress")
        if not _fit(outlet):
            return _no("NotEnabled")
        remote = int(payload["remoteStartId"])

        def effect() -> None:
            profile = payload.get("chargingProfile")
            if isinstance(profile, dict):
                station.profiles.install(read_profile(outlet.evse, profile, station.now()))
            station.charging.expect(outlet.evse, str(token["idToken"]), str(token["type"]), remote)

        return Reaction(ACCEPTED, effect)

    def _free(self) -> Outlet | None:
        waiting = [o for o in self.station.outlets.values() if o.charge is None and o.car is not None and _fit(o)]
        free = [o for o in self.station.outlets.values() if o.charge is None and _fit(o)]
        return next(iter(waiting or free), None)

    def _request_stop(self, payload: Payload) -> Reaction:
        outlet = self.station.charging.find(payload["transactionId"])
        if outlet is None:
            return _no("TxNotFound")
        return Reaction(ACCEPTED, partial(self.station.charging.end, outlet.evse, "Remote", "RemoteStop"))

    def _trigger(self, payload: Payload) -> Reaction:
        station, kind = self.station, payload["requestedMessage"]
        one = self._at(payload)
        if "evse" in payload and one is None:
            return _no("UnknownEvse")
        chosen = [one] if one is not None else list(station.outlets.values())
        if kind == "BootNotification" and station.accepted:
            return _no("NotEnabled")
        if kind == "TransactionEvent" and not any(outlet.charge for outlet in chosen):
            return _no("TxNotFound")
        effect = self._triggered(kind, chosen)
        return Reaction({"status": "NotImplemented"}) if effect is None else Reaction(ACCEPTED, effect)

    def _triggered(self, kind: str, chosen: list[Outlet]) -> Callable[[], None] | None:
        station, maintenance = self.station, self.station.maintenance
        urgent = not station.accepted

        def call(*messages: Message) -> None:
            for message in messages:
                station.link.call(message, urgent=urgent)

        def meters() -> None:
            for outlet in chosen:
                outlet.flow(station.now())
                call(*station.speech.metered(outlet, outlet.charge, "Trigger"))

        def transactions() -> None:
            for outlet in chosen:
                if outlet.charge is not None:
                    outlet.flow(station.now())
                    call(*station.speech.changed(outlet, outlet.charge, "Trigger"))

        effects: dict[str, Callable[[], None]] = {
            "Heartbeat": lambda: call(station.speech.heartbeat()),
            "BootNotification": station.boot,
            "StatusNotification": lambda: call(*(station.speech.status(outlet) for outlet in chosen)),
            "MeterValues": meters,
            "TransactionEvent": transactions,
            "FirmwareStatusNotification": lambda: call(
                station.speech.firmware(maintenance.firmware_status, maintenance.request_id)
            ),
            "LogStatusNotification": lambda: call(
                station.speech.log(maintenance.log_status, maintenance.log_request_id)
            ),
            "SignChargingStationCertificate": station.ask_for_certificate,
        }
        return effects.get(kind)

    def _availability(self, payload: Payload) -> Reaction:
        word = payload["operationalStatus"]
        if "evse" not in payload:
            return self.set_availability(self.station.outlets.values(), word, whole=True)
        outlet = self._at(payload)
        return _no("UnknownEvse") if outlet is None else self.set_availability([outlet], word, whole=False)

    def _installed(self, payload: Payload) -> Reaction:
        wanted = payload.get("certificateType") or ["CSMSRootCertificate"]
        found = self.station.trust.installed() if "CSMSRootCertificate" in wanted else []
        if not found:
            return Reaction({"status": "NotFound"})
        chain = [{"certificateType": "CSMSRootCertificate", "certificateHashData": one} for one in found]
        return Reaction({"status": "Accepted", "certificateHashDataChain": chain})

    def _network_profile(self, payload: Payload) -> Reaction:
        data = payload["connectionData"]
        kept = self.station.ways.keep(payload["configurationSlot"], data["ocppCsmsUrl"], int(data["securityProfile"]))
        return Reaction(ACCEPTED) if kept else _no("InvalidNetworkConf")

    def _transaction_status(self, payload: Payload) -> Reaction:
        number = payload.get("transactionId")
        answer: Payload = {"messagesInQueue": self.station.link.waiting > 0}
        if number is not None:
            answer["ongoingIndicator"] = self.station.charging.find(number) is not None
        return Reaction(answer)

    # -- lists, reservations, profiles -----------------------------------------------------------------------

    def _send_list(self, payload: Payload) -> Reaction:
        entries = [
            (str(entry["idToken"]["idToken"]), entry.get("idTokenInfo"))
            for entry in payload.get("localAuthorizationList", [])
        ]
        return self.take_list(payload["versionNumber"], payload["updateType"], entries)

    def _reserve(self, payload: Payload) -> Reaction:
        outlet = self._at(payload)
        if outlet is None and "evseId" in payload:
            return _no("UnknownEvse")
        group = payload.get("groupIdToken")
        return self.reserve(
            payload["id"],
            outlet,
            str(payload["idToken"]["idToken"]),
            str(group["idToken"]) if isinstance(group, dict) else None,
            datetime.fromisoformat(payload["expiryDateTime"]).timestamp(),
        )

    def reservation_over(self, number: int) -> None:
        payload: Payload = {"reservationId": number, "reservationUpdateStatus": "Expired"}
        self.station.link.call(Message("ReservationStatusUpdate", payload))

    def _set_profile(self, payload: Payload) -> Reaction:
        evse, wanted = payload["evseId"], payload["chargingProfile"]
        outlet = self.outlet(evse)
        purpose = wanted["chargingProfilePurpose"]
        if evse != 0 and outlet is None:
            return _no("UnknownEvse")
        if evse != 0 and purpose == "ChargingStationMaxProfile":
            return _no("InvalidProfile")
        if purpose == "TxProfile":
            if outlet is None or outlet.charge is None:
                return _no("TxNotFound")
            if wanted.get("transactionId") != str(outlet.charge.transaction):
                return _no("TxNotFound")
        profile = read_profile(evse, wanted, self.station.now())

        def effect() -> None:
            self.station.profiles.install(profile)
            self.apply_limits()

        return Reaction(ACCEPTED, effect)

    def _clear_profile(self, payload: Payload) -> Reaction:
        profiles = self.station.profiles
        fits = payload.get("chargingProfileCriteria", {})
        found = profiles.matching(
            payload.get("chargingProfileId"),
            fits.get("evseId"),
            fits.get("chargingProfilePurpose"),
            fits.get("stackLevel"),
        )
        if not found:
            return Reaction({"status": "Unknown"})

        def effect() -> None:
            profiles.clear(found)
            self.apply_limits()

        return Reaction(ACCEPTED, effect)

    def _get_profiles(self, payload: Payload) -> Reaction:
        fits = payload["chargingProfile"]
        numbers = fits.get("chargingProfileId")
        found = [
            profile
            for profile in self.station.profiles.matching(
                None, payload.get("evseId"), fits.get("chargingProfilePurpose"), fits.get("stackLevel")
            )
            if numbers is None or profile.id in numbers
        ]
        if not found:
            return Reaction({"status": "NoProfiles"})

        def effect() -> None:
            for place, profile in enumerate(found):
                part: Payload = {
                    "requestId": payload["requestId"],
                    "chargingLimitSource": "CSO",
                    "evseId": profile.evse,
                    "chargingProfile": [profile.payload],
                    "tbc": place + 1 < len(found),
                }
                self.station.link.call(Message("ReportChargingProfiles", part))

        return Reaction(ACCEPTED, effect)

    def _composite(self, payload: Payload) -> Reaction:
        evse, duration = payload["evseId"], int(payload["duration"])
        if evse != 0 and self.outlet(evse) is None:
            return _no("UnknownEvse")
        unit = payload.get("chargingRateUnit", "A")
        schedule: dict[str, Any] = {
            "evseId": evse,
            "duration": duration,
            "scheduleStart": iso(self.station.now()),
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": self.composite_periods(evse, duration, unit),
        }
        return Reaction({"status": "Accepted", "schedule": schedule})

    # -- logs, firmware, vendor ------------------------------------------------------------------------------

    def _log(self, payload: Payload) -> Reaction:
        name = f"{self.station.id}-{payload['logType']}-{payload['requestId']}.log"
        running = self.station.maintenance.log_status == "Uploading"
        location = str(payload["log"]["remoteLocation"])
        return Reaction(
            {"status": "AcceptedCanceled" if running else "Accepted", "filename": name},
            partial(self.station.maintenance.upload, payload["requestId"], location),
        )

    def _update_firmware(self, payload: Payload) -> Reaction:
        firmware = payload["firmware"]
        wait = max(datetime.fromisoformat(firmware["retrieveDateTime"]).timestamp() - self.station.now(), 0.0)
        status = "AcceptedCanceled" if self.station.maintenance.busy else "Accepted"
        signed = "signature" in firmware
        update = self.station.maintenance.update
        return Reaction(
            {"status": status},
            partial(update, firmware["location"], payload["requestId"], signed=signed, after_s=wait),
        )

    def _data_transfer(self, payload: Payload) -> Reaction:
        if payload["vendorId"] != self.station.plate.vendor:
            return Reaction({"status": "UnknownVendorId"})
        if payload.get("messageId") != "Ping":
            return Reaction({"status": "UnknownMessageId"})
        return Reaction({"status": "Accepted", "data": payload.get("data")})

    def _customer_information(self, payload: Payload) -> Reaction:
        token = payload.get("idToken")
        known = isinstance(token, dict) and str(token["idToken"]).casefold() in self.station.charging.cache

        def effect() -> None:
            if payload["clear"] and isinstance(token, dict):
                self.station.charging.cache.pop(str(token["idToken"]).casefold(), None)
            part: Payload = {
                "requestId": payload["requestId"],
                "generatedAt": iso(self.station.now()),
                "seqNo": 0,
                "tbc": False,
                "data": "authorisation cache: 1 entry" if known and payload["report"] else "nothing is held",
            }
            self.station.link.call(Message("NotifyCustomerInformation", part))

        return Reaction(ACCEPTED, effect)


def _fit(outlet: Outlet) -> bool:
    return outlet.trouble is None and not outlet.inoperative and not outlet.updating and not outlet.finished
