"""One outlet of a virtual station: the car at it, the charge that runs, its meter, its faults, its state word."""

from __future__ import annotations

from msgspec import Struct

from backend.model.clock import Instant
from backend.simulator.cars import PHASE_V, Car

REBOOT_HEALS = ("InternalError", "ReaderFailure", "EVCommunicationError", "ResetFailure")
"""1.6 errorCodes of faults that a reboot ends."""
MIN_AMPERES = 6.0
"""Below it a car takes nothing (IEC 61851)."""


RFID = "ISO14443"
"""The type of a card's token in OCPP 2.x."""


class Plug(Struct, frozen=True, kw_only=True):
    """What an outlet is built as."""

    evse: int
    current: str = "AC"
    """`AC` or `DC`."""
    max_kw: float = 22.0
    tethered: bool = False
    """The cable is fixed: nothing to unlock at this side."""


class Trouble(Struct, frozen=True, kw_only=True):
    """A fault as both versions tell it (domain.md 1.4, 3.4)."""

    error_code: str = "OtherError"
    """OCPP 1.6 errorCode."""
    tech_code: str = ""
    """MREC code (`CX019`), or the maker's own: vendorErrorCode in 1.6, techCode in 2.x."""
    component: str = "ChargingStation"
    """OCPP 2.x component."""
    info: str = ""
    blocks: bool = True
    """False: a warning, charging goes on."""


class Charge(Struct, kw_only=True):
    """One transaction, as the station keeps it."""

    id_token: str
    token_type: str = RFID
    started: Instant = 0.0
    meter_start: int = 0
    transaction: int | str | None = None
    """1.6: what the central system gave (None until then, -1 when it never did); 2.x: our own."""
    state: str = "EVConnected"
    """OCPP 2.x chargingState; 1.6 takes its status word from it."""
    seq_no: int = 0
    remote_start_id: int | None = None
    reservation_id: int | None = None
    charging_s: float = 0.0
    said_no: bool = False
    """The central system refused its token."""

    def next_seq(self) -> int:
        number = self.seq_no
        self.seq_no += 1
        return number


class Reservation(Struct, frozen=True, kw_only=True):
    id: int
    id_token: str
    group: str | None
    expires: Instant


class Outlet:
    """One EVSE with its one connector (1.6: one connector)."""

    def __init__(self, plug: Plug, register_wh: float = 0.0, now: Instant = 0.0) -> None:
        self.plug = plug
        self.register_wh = register_wh
        self.car: Car | None = None
        self.charge: Charge | None = None
        self.trouble: Trouble | None = None
        self.warning: Trouble | None = None
        self.healed: list[Trouble] = []
        """Gone with a reboot, and not told yet."""
        self.inoperative = False
        """By the operator's command; survives a reboot."""
        self.will_be: str | None = None
        """`Inoperative` or `Operative`, once the running charge is over."""
        self.updating = False
        """Out of use for new firmware."""
        self.reserved: Reservation | None = None
        self.expecting = False
        """A token was accepted and the cable has not come yet."""
        self.finished = False
        """A charge ended and the car is still there."""
        self.locked_for: str | None = None
        """The cable is held until this token is shown again (R16)."""
        self.limit_kw: float | None = None
        """What the charging profiles allow."""
        self.paused = False
        """The station itself offers nothing (load balancing)."""
        self.power_kw = 0.0
        self.told: str = ""
        """The status last sent and answered for."""
        self._flowed: Instant = now

    @property
    def evse(self) -> int:
        return self.plug.evse

    @property
    def lock_stuck(self) -> bool:
        """Whether the plug cannot be pulled for a fault."""
        return self.trouble is not None and self.trouble.error_code == "ConnectorLockFailure"

    @property
    def offered_kw(self) -> float:
        """What the outlet offers now: the smallest of its rating and its limits; below 6 A nothing."""
        if self.paused or self.trouble is not None:
            return 0.0
        offered = self.plug.max_kw if self.limit_kw is None else min(self.plug.max_kw, self.limit_kw)
        least = (
            MIN_AMPERES * PHASE_V * (1 if self.plug.max_kw < 8 else 3) / 1000.0 if self.plug.current == "AC" else 1.0
        )
        return offered if offered >= least - 0.01 else 0.0

    def heal(self) -> None:
        """A reboot: what software can have broken is whole again."""
        for trouble in (self.trouble, self.warning):
            if trouble is not None and trouble.error_code in REBOOT_HEALS:
                self.healed.append(trouble)
        self.trouble = None if self.trouble in self.healed else self.trouble
        self.warning = None if self.warning in self.healed else self.warning

    def flow(self, now: Instant) -> None:
        """Let the energy flow that flowed since the last look."""
        seconds = max(now - self._flowed, 0.0)
        self._flowed = now
        charge, car = self.charge, self.car
        if charge is None or car is None or charge.state != "Charging":
            self.power_kw = 0.0
            return
        energy_wh, self.power_kw = car.charge(self.plug.current, self.offered_kw, seconds)
        self.register_wh += energy_wh
        charge.charging_s += seconds

    def status_v16(self) -> str:
        """The word of OCPP 1.6."""
        if self.trouble is not None:
            return "Faulted"
        if self.charge is not None:
            return {"Charging": "Charging", "SuspendedEV": "SuspendedEV", "SuspendedEVSE": "SuspendedEVSE"}.get(
                self.charge.state, "Preparing"
            )
        if self.inoperative or self.updating:
            return "Unavailable"
        if self.car is not None:
            return "Finishing" if self.finished else "Preparing"
        if self.expecting:
            return "Preparing"
        return "Reserved" if self.reserved is not None else "Available"

    def status_v2(self) -> str:
        """The word of OCPP 2.x."""
        if self.trouble is not None:
            return "Faulted"
        if self.charge is None and (self.inoperative or self.updating):
            return "Unavailable"
        if self.car is not None:
            return "Occupied"
        return "Reserved" if self.reserved is not None else "Available"
