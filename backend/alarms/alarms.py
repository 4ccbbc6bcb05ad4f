"""The alarms of the network: fed with changes and with time, worked on by people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from backend.alarms import lifecycle
from backend.alarms.book import MAX_OPEN, Book
from backend.alarms.codes import judge
from backend.alarms.conditions import Cause, Conditions, Key
from backend.alarms.detect import Detector
from backend.alarms.parents import NETWORK, Parents
from backend.alarms.places import Places
from backend.alarms.rate import Rate
from backend.alarms.rules import rule_or_own, rules
from backend.model.alarm import Alarm
from backend.model.change import Change
from backend.model.clock import Clock, Instant
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.event import Fault
from backend.model.ports import Journal, Register
from backend.model.sanitise import clean
from backend.model.settings import AlarmSettings
from backend.model.station import Station
from backend.model.words import AlarmState, Severity
from backend.text import t, tn

SLICE_S = 0.004
"""A tick does no more than that at once; what is left is done by the next."""
NOTE_LENGTH = 1000
REASON_LENGTH = 255

_OVERFLOW = Key("overflow", "server")


class _Undo(NamedTuple):
    alarm: Alarm
    key: Key
    who: str
    until: float


class Alarms:
    """All alarms that are not normal, and the ways they change.

    Everything happens on the server's loop. Ids are whole numbers; `model.errors` tell what cannot be done.
    """

    def __init__(
        self,
        clock: Clock,
        settings: AlarmSettings,
        register: Register,
        journal: Journal | None,
        next_id: int = 1,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._rules = rules(settings)
        self._places = Places(register)
        self._book = Book(clock, journal, next_id, self)
        self._conditions = Conditions(clock, self)
        self._parents = Parents(clock, self._places, self._conditions, self._book, self._rules)
        self._detector = Detector(
            clock, settings, self._rules, self._places, self._conditions, self._book, self._parents
        )
        self._undo: dict[int, _Undo] = {}
        self._shelved: set[int] = set()

    # -- what others read ------------------------------------------------------------------------------------

    @property
    def open(self) -> dict[int, Alarm]:
        """Everything that is not normal, by id."""
        return self._book.open

    @property
    def on_change(self) -> list[Callable[[Alarm], None]]:
        """Called with every alarm that has changed; one that is `normal` has just left `open`."""
        return self._book.on_change

    @property
    def rate(self) -> Rate:
        """How many come in, and whether it is a flood."""
        return self._book.rate

    def find(self, alarm: int) -> Alarm:
        """An open alarm. Raises Unknown: there is none of that id."""
        found = self._book.open.get(alarm)
        if found is None:
            raise Unknown(
                "unknown_alarm",
                t("there is no open alarm {alarm}", alarm=alarm),
                t("`noc alarm list` names those there are"),
            )
        return found

    def of_station(self, station: str) -> list[Alarm]:
        """The open alarms of a station and its outlets, worst first."""
        return self._book.of_station(station)

    # -- start, changes, time --------------------------------------------------------------------------------

    def load(self, alarms: Iterable[Alarm]) -> None:
        """Take up the alarms that were open when the server stopped."""
        for alarm in alarms:
            if alarm.state is AlarmState.NORMAL:
                continue
            cause = self._cause_of(alarm)
            self._book.restore(alarm, cause.key)
            if alarm.active:
                self._conditions.restore(cause, alarm.since)
                if alarm.rule == "fault" and alarm.station is not None:
                    self._detector.restore_fault(cause.key, alarm.station, alarm.evse or 0)
            self._parents.restore(alarm)
            if alarm.state is AlarmState.SHELVED:
                self._shelved.add(alarm.id)

    def start(self, now: Instant, stations: Iterable[Station]) -> None:
        """After `load` and `Fleet.load`: the stations that we lost by stopping have ten minutes to come back."""
        for station in stations:
            self._detector.restarted(station, now)

    def apply(self, changes: Sequence[Change]) -> None:
        """Look at what has changed."""
        self._detector.apply(changes)

    def tick(self, now: Instant) -> None:
        """Let time pass: delays, shelves, undo, flags. At most some milliseconds' work; call it often."""
        until = self._clock.monotonic() + SLICE_S
        self._conditions.tick(until)
        self._parents.tick(until)
        self._book.tick(now)
        self._detector.tick(now)
        for number in [number for number in list(self._shelved) if self._is_over(number, now)]:
            self._take_off_shelf(self._book.open[number], now, who=None)
        mono = self._clock.monotonic()
        for number in [number for number, undo in self._undo.items() if undo.until < mono]:
            del self._undo[number]
        self._judge_room(now)

    def register_changed(self, station: str) -> None:
        """The register's entry of a station, its outlets or its site has changed."""
        self._places.changed()
        admitted = self._places.admitted(station) is not None
        for alarm in self._book.of_station(station):
            key = self._book.key(alarm.id)
            if not admitted:
                self._conditions.forget(key)
            elif alarm.station is not None:
                quiet = self._places.out_of_service(alarm.station, alarm.evse)
                self._book.place(alarm, self._places.site_of(alarm.station), out_of_service=quiet)
        if not admitted:
            self._conditions.forget(Key("offline", station))
            self._detector.forget(station)

    # -- what the server says about itself, and operations about stations -------------------------------------

    def raise_condition(
        self,
        rule: str,
        source: str = "server",
        severity: Severity | None = None,
        values: dict[str, str] | None = None,
        *,
        code: str = "",
        info: str = "",
        station: str | None = None,
        since: Instant | None = None,
    ) -> None:
        """Something that no station's change tells: a store that cannot write, an identity in use twice.

        Args:
            rule: of the table in `rules`, or a name of its own (raised and cleared at once, S3 unless said).
            source: what it concerns; a station's id with `station` to list it there.
        """
        known = rule_or_own(self._rules, rule, severity or Severity.S3)
        cause = Cause(
            key=Key(rule, source, code),
            severity=severity or known.severity or Severity.S3,
            station=station,
            site=self._places.site_of(station) if station is not None else None,
            info=clean(info),
            values=values or {},
            on_delay_s=known.on_delay_s,
            off_delay_s=known.off_delay_s,
            hold_s=known.hold_s,
            momentary=known.momentary,
        )
        self._conditions.set(cause, self._clock.now() if since is None else since)

    def clear_condition(self, rule: str, source: str = "server", *, code: str = "") -> None:
        """It is over."""
        self._conditions.gone(Key(rule, source, code), self._clock.now())

    def expect_silence(self, station: str, until: Instant) -> None:
        """We have reset this station: until then its silence and its boots are our own doing (A18)."""
        self._detector.excuse(station, until)

    # -- what people do --------------------------------------------------------------------------------------

    def acknowledge(self, alarm: int, who: str) -> Alarm:
        """Somebody has seen it. A returned one is normal with that; `take_back` undoes it for some seconds.

        Raises:
            Unknown: no such open alarm.
            Conflict: somebody was faster; the message tells who (A6).
        """
        found = self.find(alarm)
        if found.acknowledged is not None:
            raise Conflict(
                "already_acknowledged",
                t("{who} has acknowledged it already", who=found.acknowledged_by or "?"),
            )
        now = self._clock.now()
        key = self._book.key(alarm)
        self._undo[alarm] = _Undo(found, key, who, self._clock.monotonic() + self._settings.undo_s)
        lifecycle.acknowledge(found, who, now)
        self._book.write(found, "acknowledged", now, who=who)
        rule = self._rules.get(found.rule)
        if rule is not None and rule.momentary and found.active:
            self._conditions.forget(key)
        else:
            self._tell(found, now)
        return found

    def take_back(self, alarm: int, who: str) -> Alarm:
        """Undo one's own acknowledgement.

        Raises:
            Unknown: no such open alarm.
            Conflict: not acknowledged, by somebody else, too late, or the cause has come again meanwhile.
        """
        undo = self._undo.get(alarm)
        if undo is None or undo.until < self._clock.monotonic():
            self.find(alarm)
            seconds = int(self._settings.undo_s)
            raise Conflict(
                "too_late",
                tn(
                    "an acknowledgement can be taken back for {n} second",
                    "an acknowledgement can be taken back for {n} seconds",
                    seconds,
                ),
            )
        if undo.who != who:
            raise Conflict("not_yours", t("{who} has acknowledged it", who=undo.who))
        found = undo.alarm
        if not self._book.reinstate(found, undo.key):
            raise Conflict("came_again", t("it has come again meanwhile, and is not acknowledged"))
        del self._undo[alarm]
        lifecycle.unacknowledge(found)
        self._book.write(found, "unacknowledged", self._clock.now(), who=who)
        self._book.changed_alarm(found)
        return found

    def own(self, alarm: int, who: str | None, by: str) -> Alarm:
        """Make somebody the owner; None: nobody. Raises Unknown."""
        found = self.find(alarm)
        owner = clean(who, REASON_LENGTH) if who else None
        if found.owner != owner:
            found.owner = owner
            self._book.write(found, "owned", self._clock.now(), who=by, text=owner or "")
            self._book.changed_alarm(found)
        return found

    def shelve(self, alarm: int, who: str, seconds: float, reason: str) -> Alarm:
        """Put it out of the way, for a reason and until an end; it comes back by itself.

        Raises:
            Unknown: no such open alarm.
            Invalid: no reason, no time, or longer than a shift.
            Conflict: S1 is never shelved (A7).
        """
        found = self.find(alarm)
        wanted = clean(reason, REASON_LENGTH).strip()
        if found.severity is Severity.S1:
            raise Conflict("not_shelvable", t("an S1 alarm cannot be shelved"), t("acknowledge and own it"))
        if not wanted:
            raise Invalid("reason_missing", t("an alarm is shelved for a reason"), t("say why"))
        longest = self._settings.max_shelve_s
        if seconds <= 0:
            raise Invalid("bad_shelf_time", t("an alarm is shelved until a time to come"), t("write how long: 30m, 4h"))
        if seconds > longest:
            raise Invalid(
                "bad_shelf_time",
                tn(
                    "an alarm is shelved for {n} hour at most", "an alarm is shelved for {n} hours at most", _h(longest)
                ),
                t("shelve it for a shorter time"),
            )
        now = self._clock.now()
        lifecycle.shelve(found, who, now + seconds, wanted)
        self._shelved.add(alarm)
        self._book.write(found, "shelved", now, who=who, text=wanted)
        self._book.changed_alarm(found)
        return found

    def unshelve(self, alarm: int, who: str) -> Alarm:
        """Take it off the shelf before its time. Raises Unknown; Conflict: it is not shelved."""
        found = self.find(alarm)
        if found.shelved_until is None:
            raise Conflict("not_shelved", t("the alarm is not shelved"))
        self._take_off_shelf(found, self._clock.now(), who=who)
        return found

    def note(self, alarm: int, who: str, text: str) -> Alarm:
        """Write something down. Raises Unknown; Invalid: nothing written."""
        found = self.find(alarm)
        written = clean(text, NOTE_LENGTH).strip()
        if not written:
            raise Invalid("note_empty", t("a note has some text"))
        self._book.write(found, "note", self._clock.now(), who=who, text=written)
        self._book.changed_alarm(found)
        return found

    # -- conditions.Outcome and book.Surroundings ------------------------------------------------------------

    def raised(self, cause: Cause, since: Instant) -> None:
        self._book.raised(cause, since)
        alarm = self._book.find(cause.key)
        if alarm is not None and alarm.rule in ("site_dark", NETWORK.rule):
            self._parents.opened(alarm)

    def repeated(self, cause: Cause, at: Instant) -> None:
        self._book.repeated(cause, at)

    def changed(self, cause: Cause) -> None:
        self._book.changed(cause)

    def returned(self, key: Key, at: Instant) -> None:
        alarm = self._book.find(key)
        self._book.returned(key, at)
        if alarm is not None and alarm.rule in ("site_dark", NETWORK.rule):
            self._parents.closed(alarm)

    def parent(self, cause: Cause) -> int | None:
        return self._parents.parent(cause)

    def out_of_service(self, cause: Cause) -> bool:
        return cause.station is not None and self._places.out_of_service(cause.station, cause.evse)

    # -- inside ----------------------------------------------------------------------------------------------

    def _tell(self, alarm: Alarm, now: Instant) -> None:
        if alarm.state is AlarmState.NORMAL:
            self._book.write(alarm, "normal", now)
        self._book.changed_alarm(alarm)

    def _is_over(self, number: int, now: Instant) -> bool:
        alarm = self._book.open.get(number)
        if alarm is None or alarm.shelved_until is None:
            self._shelved.discard(number)
            return False
        return alarm.shelved_until <= now

    def _take_off_shelf(self, alarm: Alarm, now: Instant, who: str | None) -> None:
        self._shelved.discard(alarm.id)
        lifecycle.unshelve(alarm, now, expired=who is None)
        self._book.write(alarm, "unshelved", now, who=who)
        self._tell(alarm, now)

    def _judge_room(self, now: Instant) -> None:
        if self._book.refused and not self._conditions.present(_OVERFLOW):
            self.raise_condition(_OVERFLOW.rule, _OVERFLOW.source)
        elif self._book.refused and len(self._book.open) < 0.9 * MAX_OPEN:
            self._book.refused = 0
            self._conditions.gone(_OVERFLOW, now)

    def _cause_of(self, alarm: Alarm) -> Cause:
        """The cause behind a stored alarm."""
        rule = rule_or_own(self._rules, alarm.rule, alarm.severity)
        variant = ""
        if alarm.rule == "fault":
            variant = judge(Fault(code=alarm.code, vendor_code=alarm.vendor_code), warning=False).variant
        cause = Cause(
            key=Key(alarm.rule, alarm.source, alarm.code, variant),
            severity=alarm.severity,
            station=alarm.station,
            evse=alarm.evse,
            site=alarm.site,
            info=alarm.info,
            vendor_code=alarm.vendor_code,
            values=dict(alarm.values),
            flags=frozenset(alarm.flags & {lifecycle.LATCHED}),
            off_delay_s=rule.off_delay_s,
            hold_s=rule.hold_s,
            momentary=rule.momentary,
        )
        return replace(cause, key=self._free_key(cause.key, alarm.id))

    def _free_key(self, key: Key, number: int) -> Key:
        """Two stored alarms of one cause, which a crash can leave: the later stands by itself until it is closed."""
        return key if self._book.find(key) is None else key._replace(variant=f"#{number}")


def _h(seconds: float) -> int:
    return max(1, round(seconds / 3600.0))
