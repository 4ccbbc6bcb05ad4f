"""Acting on alarms: acknowledge (and take back), own, note, shelve."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from backend.model.resources import AlarmResource
from backend.model.words import AlarmState, Severity
from backend.text import t
from screens import frame
from screens.alarm_words import alarm_place, alarm_text
from screens.form import Field, Form
from widgets.line import Run

if TYPE_CHECKING:
    from screens.page import Page

UNDO_S = 10.0


class AlarmActs:
    """Mixed into pages (before `Page`) that show alarms."""

    def alarm(self) -> AlarmResource | None:
        """The alarm that `a`, `o`, `n` and `m` are about."""
        return None

    @property
    def _page(self) -> Page:
        return cast("Page", self)

    async def do_alarm_ack(self) -> None:
        console, alarm = self._page.console, self._urgent()
        if console.client is None:
            return
        undo = console.undo
        if (
            undo is not None
            and undo[1] > console.now
            and (alarm is None or alarm.id == undo[0] or alarm.state is not AlarmState.UNACKNOWLEDGED)
        ):
            console.undo = None
            await console.client.take_back(undo[0])
            console.say((t("acknowledgement taken back"), "text"), for_s=10)
            return
        if alarm is None or alarm.state not in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED):
            console.say((t("no alarm here waits to be acknowledged"), "muted"), for_s=5)
            return
        place = alarm_place(console.mirror, alarm)
        await console.client.acknowledge(alarm.id)
        console.undo = (alarm.id, console.now + UNDO_S)
        console.say_undo(t("acknowledged {place}", place=place))

    def _urgent(self) -> AlarmResource | None:
        """The alarm of the row, else the one in the banner."""
        found = self.alarm()
        if found is None and self._page.BANNER:
            worst = frame.urgent(self._page.console)
            return worst[0] if worst else None
        return found

    async def do_alarm_own(self) -> None:
        console, alarm = self._page.console, self.alarm()
        if console.client is None or alarm is None:
            console.say((t("no alarm here"), "muted"), for_s=5)
            return
        me = console.who.name if console.who is not None else ""
        owner = None if alarm.owner == me else me
        await console.client.own(alarm.id, owner)
        place = alarm_place(console.mirror, alarm)
        text = t("{place} is yours", place=place) if owner else t("{place} is nobody's now", place=place)
        console.say((text, "text"), for_s=10)

    def do_alarm_note(self) -> None:
        alarm = self.alarm()
        if alarm is None:
            self._page.console.say((t("no alarm here"), "muted"), for_s=5)
            return
        form = Form(
            t("Note"),
            self._alarm_body(alarm),
            [Field(id="text", label=t("note"))],
            verb=t("write it"),
            hue="energy",
            symbol="▸",
        )
        self._page.app.push_screen(form, lambda values: self._noted(alarm, values))

    def _noted(self, alarm: AlarmResource, values: dict[str, str] | None) -> None:
        console = self._page.console
        client = console.client
        if values is None or client is None:
            return

        async def write() -> None:
            await client.note(alarm.id, values["text"])
            console.say((t("noted on {place}", place=alarm_place(console.mirror, alarm)), "text"), for_s=10)

        console.ask(write())

    def do_alarm_shelve(self) -> None:
        console, alarm = self._page.console, self.alarm()
        if alarm is None:
            console.say((t("no alarm here"), "muted"), for_s=5)
            return
        if alarm.state is AlarmState.SHELVED:
            console.ask(self._unshelve(alarm))
            return
        if alarm.severity is Severity.S1:
            console.say((t("an S1 cannot be shelved"), "warn"), for_s=10)
            return
        fields = [
            Field(
                id="time",
                label=t("for"),
                value="2h",
                width=10,
                hint=t("at most 8h: 30m, 2h, 8h"),
                valid=lambda text: read_span(text) is not None,
            ),
            Field(id="reason", label=t("reason")),
        ]
        form = Form(t("Shelve"), self._alarm_body(alarm), fields, verb=t("shelve it"), hue="warn", symbol="△")
        self._page.app.push_screen(form, lambda values: self._shelved(alarm, values))

    async def _unshelve(self, alarm: AlarmResource) -> None:
        console = self._page.console
        if console.client is not None:
            await console.client.unshelve(alarm.id)
            console.say((t("{place} is off the shelf", place=alarm_place(console.mirror, alarm)), "text"), for_s=10)

    def _shelved(self, alarm: AlarmResource, values: dict[str, str] | None) -> None:
        console = self._page.console
        client = console.client
        seconds = None if values is None else read_span(values["time"])
        if values is None or client is None or seconds is None:
            return

        async def shelve() -> None:
            await client.shelve(alarm.id, seconds, values["reason"])
            place = alarm_place(console.mirror, alarm)
            console.say((t("{place} is shelved for {time}", place=place, time=values["time"]), "text"), for_s=10)

        console.ask(shelve())

    def _alarm_body(self, alarm: AlarmResource) -> list[list[Run]]:
        place = alarm_place(self._page.console.mirror, alarm)
        return [[(place, "strong")], [(f"{alarm.severity.name}  {alarm_text(alarm)}", "text")]]


def read_span(text: str) -> float | None:
    """`30m`, `2h`, `90` (minutes) as seconds; None: it is none."""
    units = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
    body, unit = (text[:-1], text[-1]) if text and text[-1] in units else (text, "m")
    try:
        value = float(body.replace(",", "."))
    except ValueError:
        return None
    return value * units[unit] if 0 < value < 10_000 else None
