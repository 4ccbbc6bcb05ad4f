"""A charge from plug to leaving, at the outlets of one station, in any version.

Every step changes the outlet first and then says what changed. Steps that take time (the contactor, the meter, a
cable that never comes) are timers of the station.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from backend.model.words import Version
from backend.simulator.cars import Car, some_car
from backend.simulator.messages import Answer, Message
from backend.simulator.outlet import RFID, Charge, Outlet, Trouble
from backend.simulator.timers import Timer

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation

CONTACTOR_S = 2.0
"""From the start of a transaction until energy flows."""
CACHE_MOST = 200
_V2_REASONS = {"SoftReset": "ImmediateReset", "HardReset": "ImmediateReset", "UnlockCommand": "Other"}
_FAULT_REASONS = {
    "GroundFailure": ("Other", "GroundFault"),
    "OverCurrentFailure": ("Other", "OvercurrentFault"),
    "EmergencyStop": ("EmergencyStop", "EmergencyStop"),
    "UnderVoltage": ("PowerLoss", "PowerQuality"),
}


class _Expected(Struct):
    """A token was accepted and the cable has not come yet."""

    id_token: str
    token_type: str
    remote_start_id: int | None
    trigger: str
    timer: Timer


class Charging:
    """Drives the outlets of a station."""

    def __init__(self, station: VirtualStation) -> None:
        self._station = station
        self._expected: dict[int, _Expected] = {}
        self._meters: dict[int, Timer] = {}
        self._contactors: dict[int, Timer] = {}
        self.cache: OrderedDict[str, str | None] = OrderedDict()
        """Tokens that were accepted here, with their group: the authorisation cache."""
        self.on_end: Callable[[Outlet, Charge], None] | None = None
        self._numbers = 0

    @property
    def _dice(self) -> Random:
        return self._station.dice

    def any_charge(self) -> bool:
        return any(outlet.charge is not None for outlet in self._station.outlets.values())

    def find(self, transaction: int | str) -> Outlet | None:
        """The outlet where that transaction runs."""
        for outlet in self._station.outlets.values():
            if outlet.charge is not None and str(outlet.charge.transaction) == str(transaction):
                return outlet
        return None

    # -- the car ---------------------------------------------------------------------------------------------

    def plug(self, evse: int, car: Car | None = None) -> None:
        """A car is connected."""
        outlet = self._station.outlets[evse]
        if outlet.car is not None:
            return
        outlet.car = car or some_car(self._dice, outlet.plug.current)
        outlet.finished = outlet.expecting = False
        self._station.report(outlet)
        expected = self._expected.pop(evse, None)
        if expected is not None:
            expected.timer.cancel()
            trigger = expected.trigger if expected.remote_start_id is not None else "CablePluggedIn"
            self.begin(evse, expected.id_token, expected.token_type, trigger, expected.remote_start_id)

    def unplug(self, evse: int) -> bool:
        """The car leaves; a running charge ends with it. False: the cable is locked."""
        outlet = self._station.outlets[evse]
        if outlet.locked_for is not None or outlet.car is None or outlet.lock_stuck:
            return False
        if outlet.charge is not None:
            if not self._station.config.flag("StopTransactionOnEVSideDisconnect"):
                self._set_state(outlet, "SuspendedEV", "EVCommunicationLost")
                return True
            outlet.flow(self._station.now())
            outlet.car = None
            self.end(evse, "EVDisconnected", "EVCommunicationLost")
        outlet.car = None
        outlet.finished = False
        self._station.report(outlet)
        return True

    # -- the token -------------------------------------------------------------------------------------------

    def authorise(self, evse: int, id_token: str, token_type: str = RFID) -> None:
        """A driver shows a token at an outlet: start, stop, or free a locked cable."""
        outlet = self._station.outlets[evse]
        if outlet.locked_for is not None:
            if outlet.locked_for.casefold() == id_token.casefold():
                outlet.locked_for = None
            return
        charge = outlet.charge
        if charge is not None and charge.id_token.casefold() == id_token.casefold():
            self.end(evse, "Local", "StopAuthorized", id_token)
            return
        if not self._station.online:
            if self._station.config.flag("LocalAuthorizeOffline"):
                self._accepted(evse, id_token, token_type, "Authorized", None)
            return
        message = self._station.speech.authorize(id_token, token_type)
        done = partial(self._authorised, evse, id_token, token_type)
        self._station.link.call(message._replace(done=done))

    def _authorised(self, evse: int, id_token: str, token_type: str, answer: Answer) -> None:
        info = _token_info(answer)
        if info.get("status") != "Accepted":
            return
        group = _group(info)
        self.cache[id_token.casefold()] = group
        if len(self.cache) > CACHE_MOST:
            self.cache.popitem(last=False)
        charge = self._station.outlets[evse].charge
        if charge is not None:
            if group is not None and group == self.cache.get(charge.id_token.casefold()):
                self.end(evse, "Local", "StopAuthorized", id_token)
            return
        self._accepted(evse, id_token, token_type, "Authorized", None)

    def expect(self, evse: int, id_token: str, token_type: str, remote_start_id: int | None) -> None:
        """Start for this token: now when the car is there, else when it comes in time (remote start)."""
        self._accepted(evse, id_token, token_type, "RemoteStart", remote_start_id)

    def _accepted(self, evse: int, id_token: str, token_type: str, trigger: str, remote: int | None) -> None:
        outlet = self._station.outlets[evse]
        if outlet.charge is not None:
            return
        if outlet.car is not None and not outlet.finished:
            self.begin(evse, id_token, token_type, trigger, remote)
            return
        known = self._expected.pop(evse, None)
        if known is not None:
            known.timer.cancel()
        wait = float(self._station.config.number("ConnectionTimeOut"))
        timer = self._station.timers.later(wait, partial(self._nobody_came, evse))
        self._expected[evse] = _Expected(id_token, token_type, remote, trigger, timer)
        outlet.expecting = True
        self._station.report(outlet)

    def _nobody_came(self, evse: int) -> None:
        outlet = self._station.outlets[evse]
        if self._expected.pop(evse, None) is not None:
            outlet.expecting = False
            self._station.report(outlet)

    # -- the transaction -------------------------------------------------------------------------------------

    def begin(
        self, evse: int, id_token: str, token_type: str, trigger: str, remote_start_id: int | None = None
    ) -> Charge | None:
        """A transaction begins; None when the outlet is not fit for one."""
        station, outlet = self._station, self._station.outlets[evse]
        if outlet.charge is not None or outlet.trouble is not None or outlet.inoperative:
            return None
        now = station.now()
        outlet.flow(now)
        charge = Charge(
            id_token=id_token,
            token_type=token_type,
            started=now,
            meter_start=int(outlet.register_wh),
            remote_start_id=remote_start_id,
        )
        if outlet.reserved is not None:
            charge.reservation_id = outlet.reserved.id
            outlet.reserved = None
        outlet.charge = charge
        outlet.finished = False
        if station.version is not Version.V16:
            self._numbers += 1
            charge.transaction = f"{station.id[:14]}-{int(now):x}-{self._numbers:x}"
        self._say_start(outlet, charge, trigger)
        self._contactors[evse] = station.timers.later(CONTACTOR_S, partial(self._energise, evse, charge))
        interval = self._interval()
        self._meters[evse] = station.timers.later(
            interval * (0.5 + 0.5 * self._dice.random()), partial(self._meter, evse)
        )
        return charge

    def resume(self, evse: int, charge: Charge) -> None:
        """Take up a transaction that began before this program did (its meter and car are set by the caller)."""
        station, outlet = self._station, self._station.outlets[evse]
        outlet.charge = charge
        outlet.flow(station.now())
        self._meters[evse] = station.timers.later(self._dice.uniform(2.0, self._interval()), partial(self._meter, evse))

    def _say_start(self, outlet: Outlet, charge: Charge, trigger: str) -> None:
        station = self._station
        if station.version is Version.V16 and station.temperament.loses_starts:
            charge.transaction = -1
            return
        for message in station.speech.started(outlet, charge, trigger):
            told = message._replace(done=partial(self._start_answered, outlet, charge))
            self.send(told, charge)
            if station.version is Version.V16 and station.temperament.repeats_starts:
                self.send(told, charge)

    def send(self, message: Message, charge: Charge) -> None:
        """Say a message of a transaction, unless this station is one that loses it."""
        skipped = self._station.temperament.skips_event
        if skipped is not None and message.action == "TransactionEvent" and charge.seq_no == skipped + 1:
            return
        self._station.link.call(message)

    def _start_answered(self, outlet: Outlet, charge: Charge, answer: Answer) -> None:
        station = self._station
        if station.version is Version.V16:
            given = (answer.payload or {}).get("transactionId")
            charge.transaction = given if isinstance(given, int) else -1
        info = _token_info(answer)
        status = info.get("status")
        if status == "Accepted":
            self.cache[charge.id_token.casefold()] = _group(info)
            return
        if status is None or outlet.charge is not charge:
            return
        charge.said_no = True
        if station.config.flag("StopTransactionOnInvalidId"):
            outlet.locked_for = None if outlet.plug.tethered else charge.id_token
            self.end(outlet.evse, "DeAuthorized", "Deauthorized")
        else:
            self._set_state(outlet, "SuspendedEVSE", "ChargingStateChanged")

    def _energise(self, evse: int, charge: Charge) -> None:
        outlet = self._station.outlets[evse]
        if outlet.charge is charge and not charge.said_no:
            self.refresh(outlet)

    def refresh(self, outlet: Outlet) -> None:
        """See what the charging state is now: the car's will, the limits, our own pauses."""
        charge = outlet.charge
        if charge is None or charge.said_no:
            return
        outlet.limit_kw = self._station.profiles.limit_kw(outlet.evse, self._station.now())
        if outlet.offered_kw <= 0:
            self._set_state(outlet, "SuspendedEVSE", "ChargingStateChanged")
        elif outlet.car is None or outlet.car.full:
            self._set_state(outlet, "SuspendedEV", "ChargingStateChanged")
        else:
            self._set_state(outlet, "Charging", "ChargingStateChanged")

    def _set_state(self, outlet: Outlet, state: str, trigger: str) -> None:
        charge = outlet.charge
        if charge is None or charge.state == state:
            return
        now = self._station.now()
        outlet.flow(now)
        charge.state = state
        outlet.flow(now)
        for message in self._station.speech.changed(outlet, charge, trigger):
            self.send(message, charge)
        self._station.report(outlet)

    def _interval(self) -> float:
        return max(float(self._station.config.number("MeterValueSampleInterval") or 60), 1.0)

    def _meter(self, evse: int) -> None:
        outlet = self._station.outlets[evse]
        charge = outlet.charge
        if charge is None:
            return
        outlet.flow(self._station.now())
        for message in self._station.speech.metered(outlet, charge, "Sample.Periodic"):
            self.send(message, charge)
        self.refresh(outlet)
        self._meters[evse] = self._station.timers.later(self._interval(), partial(self._meter, evse))

    def end(self, evse: int, reason: str, trigger: str, id_token: str | None = None) -> bool:
        """End the transaction; `reason` in the words of 1.6. False: there is none."""
        station, outlet = self._station, self._station.outlets[evse]
        charge = outlet.charge
        if charge is None:
            return False
        outlet.flow(station.now())
        for timers in (self._meters, self._contactors):
            timer = timers.pop(evse, None)
            if timer is not None:
                timer.cancel()
        charge.state = "EVConnected" if outlet.car is not None else "Idle"
        outlet.power_kw = 0.0
        said = reason if station.version is Version.V16 else _V2_REASONS.get(reason, reason)
        for message in station.speech.ended(outlet, charge, said, trigger, id_token):
            self.send(message, charge)
        outlet.charge = None
        outlet.finished = outlet.car is not None
        station.profiles.transaction_over(evse)
        if outlet.will_be is not None:
            outlet.inoperative = outlet.will_be == "Inoperative"
            outlet.will_be = None
        if outlet.car is not None:
            station.report(outlet)
        if self.on_end is not None:
            self.on_end(outlet, charge)
        station.charge_over(outlet)
        return True

    def end_all(self, reason: str, trigger: str) -> None:
        """End whatever runs."""
        for evse in self._station.outlets:
            self.end(evse, reason, trigger)

    # -- faults ----------------------------------------------------------------------------------------------

    def fault(self, evse: int, trouble: Trouble) -> None:
        """Something breaks; a blocking fault ends the charge first."""
        station, outlet = self._station, self._station.outlets[evse]
        if trouble.blocks:
            if outlet.charge is not None:
                kind = "EmergencyStop" if trouble.tech_code == "CX008" else trouble.error_code
                reasons = _FAULT_REASONS.get(kind, ("Other", "Other"))
                self.end(evse, reasons[0 if station.version is Version.V16 else 1], "AbnormalCondition")
            outlet.trouble = trouble
        else:
            outlet.warning = trouble
        for message in station.speech.trouble(outlet, trouble, False):
            station.link.call(message)
        station.report(outlet)

    def mend(self, evse: int) -> None:
        """All faults of an outlet are gone."""
        station, outlet = self._station, self._station.outlets[evse]
        gone = [found for found in (outlet.trouble, outlet.warning) if found is not None]
        outlet.trouble = outlet.warning = None
        for trouble in gone:
            for message in station.speech.trouble(outlet, trouble, True):
                station.link.call(message)
        if gone:
            station.report(outlet)

    def stop_timers(self) -> None:
        """The power is gone: nothing is expected, nothing ticks."""
        for evse, expected in self._expected.items():
            expected.timer.cancel()
            self._station.outlets[evse].expecting = False
        self._expected.clear()
        for timers in (self._meters, self._contactors):
            for timer in timers.values():
                timer.cancel()
            timers.clear()


def _token_info(answer: Answer) -> dict[str, object]:
    payload = answer.payload or {}
    info = payload.get("idTagInfo") or payload.get("idTokenInfo")
    return info if isinstance(info, dict) else {}


def _group(info: dict[str, object]) -> str | None:
    group = info.get("parentIdTag")
    if group is None:
        token = info.get("groupIdToken")
        group = token.get("idToken") if isinstance(token, dict) else None
    return str(group) if group is not None else None
