"""A virtual station: boots, reports, charges, and does what it is told, as its temperament allows.

It is driven by timers and by what comes over its link; nothing here waits. Scripts and tests call the methods
(`plug`, `authorise`, `unplug`, `fault`, `drop_link`, `reboot`, `say`) and wait with the awaitables
(`booted`, `heard_call`, `answered`, `quiet`).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from backend.model.clock import Instant
from backend.model.words import Version
from backend.simulator.charging import Charging
from backend.simulator.configuration import Configuration
from backend.simulator.link import Backoff, Link
from backend.simulator.maintenance import Maintenance
from backend.simulator.messages import Answer, CallError, Message, Payload
from backend.simulator.outlet import Outlet, Plug
from backend.simulator.profiles import Profiles
from backend.simulator.reactions import Reaction, Reactions
from backend.simulator.reactions_v2 import ReactionsV2
from backend.simulator.reactions_v16 import ReactionsV16
from backend.simulator.script import Script
from backend.simulator.speech import Nameplate, Speech
from backend.simulator.speech_v2 import SpeechV2
from backend.simulator.speech_v16 import SpeechV16
from backend.simulator.temperament import OBEDIENT, Temperament, refusal
from backend.simulator.timers import Timer, Timers
from backend.simulator.trust import Trust
from backend.simulator.watch import Note, Watch
from backend.simulator.ways import Ways

BOOT_RETRY_S = 30.0
FLUSH_S = 1.0
FLUSHES = 10
"""A station that reboots waits so often for its last messages to be answered."""


class VirtualStation(Script):
    """One station with its outlets.

    Args:
        url: The central system's endpoint, without the identity.
        plate: Identity and nameplate.
        version: The one OCPP version that it speaks.
        plugs: Its outlets; two AC ones of 22 kW unless said.
        timers: Where time comes from.
        dice: Its own chance; seed it for repeatability.
        boot_s: How long it is away when it reboots.
        heartbeat_s: Overrides the interval that the central system asks for.
    """

    def __init__(
        self,
        url: str,
        plate: Nameplate,
        version: Version,
        timers: Timers,
        *,
        plugs: Sequence[Plug] = (Plug(evse=1), Plug(evse=2)),
        dice: Random | None = None,
        temperament: Temperament = OBEDIENT,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        backoff: Backoff | None = None,
        boot_s: float = 15.0,
        heartbeat_s: float | None = None,
    ) -> None:
        self.plate = plate
        self.version = version
        self.timers = timers
        self.dice = dice or Random(plate.id)
        self.temperament = temperament
        self.outlets = {plug.evse: Outlet(plug, self.dice.randrange(40_000, 9_000_000), timers.now()) for plug in plugs}
        self.config = Configuration(len(plugs))
        self.profiles = Profiles()
        self.watch = Watch()
        self.trust = Trust()
        self.ways = Ways(self, url)
        self.link = Link(url, plate.id, version, timers, self.dice, self, password=password, tls=tls, backoff=backoff)
        self.charging = Charging(self)
        self.maintenance = Maintenance(self)
        self.speech: Speech = SpeechV16(self) if version is Version.V16 else SpeechV2(self, version)
        self.reactions: Reactions = ReactionsV16(self) if version is Version.V16 else ReactionsV2(self)
        self.boot_s = boot_s
        self.heartbeat_s = heartbeat_s
        self.boot_status = ""
        """What the central system said to the last boot."""
        self.boot_reason: str | None = "PowerUp"
        """Why it must boot when it connects; None: it need not."""
        self.inoperative = False
        """The station as a whole, by the operator's command."""
        self.on_boot: Callable[[], None] | None = None
        self.on_offline: Callable[[], None] | None = None
        self._heart: Timer | None = None
        self._again: Timer | None = None
        self._reset_when_idle = False
        self._rebooting = False
        self._unlocks_failed = 0

    # -- Circumstances ---------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        return self.plate.id

    @property
    def online(self) -> bool:
        return self.link.online

    @property
    def accepted(self) -> bool:
        """Whether the central system has accepted it."""
        return self.boot_status == "Accepted"

    @property
    def rebooting(self) -> bool:
        return self._rebooting

    def now(self) -> Instant:
        return self.timers.now()

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Power on: connect, boot, report."""
        self.link.connect()

    def stop(self) -> None:
        """Power off for good, with a proper close; whatever was going on is forgotten."""
        self._quieten()
        if self._again is not None:
            self._again.cancel()
        self.link.leave()

    def drop_link(self, away_s: float | None = None, how: str = "cut") -> None:
        """Lose the link (`cut`, `close` or `silent`); it comes back after `away_s`, or by the usual backoff."""
        self.link.drop(how, away_s)

    def reboot(self, reason: str = "PowerUp", *, hard: bool = True, ends: str | None = None) -> None:
        """Go down and boot again.

        Args:
            reason: The 2.x boot reason.
            hard: At once; else after the last messages were answered.
            ends: The 1.6 stop reason for running charges; None leaves them running over the reboot.
        """
        if self._rebooting:
            return
        self._rebooting = True
        self.boot_reason = reason
        trigger = "ResetCommand" if reason in ("RemoteReset", "ScheduledReset") else "AbnormalCondition"
        if hard:
            self.link.leave("cut")
            if ends is not None:
                self.charging.end_all(ends, trigger)
            if self.temperament.loses_stops:
                self.link.forget()
            self._go_down()
            return
        if ends is not None:
            self.charging.end_all(ends, trigger)
        self._flush_then_down(FLUSHES)

    def _flush_then_down(self, tries: int) -> None:
        if tries > 0 and self.online and not self.link.settled:
            self.timers.later(FLUSH_S, lambda: self._flush_then_down(tries - 1))
            return
        self.timers.later(FLUSH_S, self._down_properly)

    def _down_properly(self) -> None:
        self.link.leave("close")
        self._go_down()

    def _go_down(self) -> None:
        self._quieten()
        self.boot_status = ""
        for outlet in self.outlets.values():
            outlet.told = ""
            outlet.heal()
        self._again = self.timers.later(self.boot_s * (0.8 + 0.4 * self.dice.random()), self._come_up)

    def _come_up(self) -> None:
        self._rebooting = False
        self._again = None
        self.ways.restarting()
        self.link.connect()

    def _quieten(self) -> None:
        self.charging.stop_timers()
        if self._heart is not None:
            self._heart.cancel()
            self._heart = None

    def new_key(self, value: str) -> None:
        """A new Basic password: come back with it at once. 1.6 gives it as hexadecimal digits of its bytes."""
        self.link.password = _from_hex(value) if self.version is Version.V16 else value
        self.drop_link(1.0, "close")

    def ask_for_certificate(self) -> None:
        """SignCertificate, with a new key."""
        setting = self.config.by_key("CpoName")
        request = self.trust.request(self.id, self.config.value(setting) if setting is not None else "")
        self.link.call(Message("SignCertificate", {"csr": request}), urgent=not self.accepted)

    def charge_over(self, outlet: Outlet) -> None:
        """A charge has ended: what waited for it may happen now."""
        if self._reset_when_idle and not self.charging.any_charge():
            self._reset_when_idle = False
            self.reboot("ScheduledReset", hard=False)
        self.maintenance.charge_over()

    def reset_when_idle(self) -> None:
        """Reboot once no charge runs (2.x OnIdle)."""
        self._reset_when_idle = True

    # -- link.Owner ------------------------------------------------------------------------------------------

    def link_opened(self) -> None:
        self.ways.opened()
        if self.boot_reason is not None:
            self.boot()
            return
        self.link.release()
        self.report_all(only_changes=True)
        self._schedule_heart()

    def link_closed(self, code: int, reason: str) -> None:
        self.watch.note(Note("offline", str(code), {"reason": reason}))
        self.ways.closed()
        if self._heart is not None:
            self._heart.cancel()
            self._heart = None
        if self.on_offline is not None:
            self.on_offline()

    def answered(self, action: str, payload: Payload, answer: Answer) -> None:
        given = answer.payload if answer.payload is not None else {"error": answer.error}
        self.watch.note(Note("answered", action, payload, given))

    def called(self, message_id: str, action: str, payload: Payload) -> None:
        self.watch.note(Note("heard", action, payload))
        mood = self.temperament
        if mood.deaf:
            self.link.ignore(message_id)
            return
        try:
            reaction = self.reactions.react(action, payload)
        except CallError as error:
            self.link.refuse(message_id, error)
            return
        if mood.does(mood.rejects, action):
            refused = refusal(action, reaction.payload)
            reaction = Reaction(refused) if refused is not reaction.payload else reaction
        elif mood.does(mood.shirks, action):
            reaction = Reaction(reaction.payload)
        if mood.late_s > 0:
            self.link.ignore(message_id)
            self.timers.later(mood.late_s, lambda: self._give(message_id, reaction))
        else:
            self._give(message_id, reaction)

    def _give(self, message_id: str, reaction: Reaction) -> None:
        self.link.answer(message_id, reaction.payload)
        if reaction.effect is not None:
            reaction.effect()

    # -- boot and heartbeat ----------------------------------------------------------------------------------

    def boot(self) -> None:
        """Say BootNotification, as often as it takes."""
        self.maintenance.before_boot()
        message = self.speech.boot(self.boot_reason or "Triggered")
        self.link.call(message._replace(done=self._boot_answered), urgent=True)

    def _boot_answered(self, answer: Answer) -> None:
        payload = answer.payload or {}
        interval = payload.get("interval")
        wait = float(interval) if isinstance(interval, int) and interval > 0 else 0.0
        self.boot_status = str(payload.get("status", ""))
        self.watch.note(Note("booted", self.boot_status or answer.error, payload))
        if self.boot_status != "Accepted":
            if self.online:
                self._again = self.timers.later(wait or BOOT_RETRY_S, self._boot_again)
            return
        self.boot_reason = None
        if wait:
            self.config.set(self._setting("HeartbeatInterval"), str(int(wait)))
        self.link.release()
        self.report_all()
        self._schedule_heart()
        if self.temperament.boots_again_s is not None:
            self.timers.later(self.temperament.boots_again_s, lambda: self.reboot("Watchdog", ends="Reboot"))
        self.maintenance.after_boot()
        if self.on_boot is not None:
            self.on_boot()

    def _boot_again(self) -> None:
        if self.online and not self.accepted:
            self.boot()

    def _setting(self, key: str) -> Any:
        return self.config.by_key(key)

    def _schedule_heart(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
        interval = self.heartbeat_s or float(self.config.number("HeartbeatInterval"))
        self._heart = self.timers.later(max(interval, 1.0) * (0.95 + 0.05 * self.dice.random()), self._beat)

    def _beat(self) -> None:
        self._heart = None
        if self.online:
            self.link.call(self.speech.heartbeat())
            self._schedule_heart()

    # -- statuses --------------------------------------------------------------------------------------------

    def report(self, outlet: Outlet, *, force: bool = False) -> None:
        """Say an outlet's status when it is another one than was last told."""
        word = self.speech.status_word(outlet)
        if (word == outlet.told and not force) or not self.accepted:
            return

        def done(answer: Answer) -> None:
            if answer.error:
                outlet.told = ""

        outlet.told = word
        self.link.call(self.speech.status(outlet)._replace(done=done))

    def report_all(self, *, only_changes: bool = False) -> None:
        """Say the status of the station and of every outlet."""
        if not only_changes:
            self.report_station()
        for outlet in self.outlets.values():
            self.report(outlet, force=not only_changes)
            if self.accepted:
                self._tell_healed(outlet)
            if not only_changes and self.version is not Version.V16:
                for trouble in (outlet.trouble, outlet.warning):
                    if trouble is not None:
                        self._call_all(self.speech.trouble(outlet, trouble, False))

    def _tell_healed(self, outlet: Outlet) -> None:
        for gone in outlet.healed:
            self._call_all(self.speech.trouble(outlet, gone, True))
        outlet.healed.clear()

    def report_station(self) -> None:
        self._call_all(self.speech.station_status("Unavailable" if self.inoperative else "Available"))

    def _call_all(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.link.call(message)

    def unlock_works(self) -> bool:
        """Whether the lock moves this time; some temperaments need several tries."""
        if self._unlocks_failed < self.temperament.unlock_failures:
            self._unlocks_failed += 1
            return False
        return True


def _from_hex(value: str) -> str:
    """The text behind hexadecimal digits; what is none, or no text, stays as it is, as many stations have it."""
    try:
        text = bytes.fromhex(value).decode("ascii")
    except ValueError:
        return value
    return text if text.isprintable() else value
