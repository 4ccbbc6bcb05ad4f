"""Acting on stations and alarms: the menu behind `x`, the question before harm, the result with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from backend.model.errors import Conflict
from backend.model.resources import AlarmResource, LiveCharge, OutletResource, Question, StationResource
from backend.model.words import Activity, AlarmState, Link, Severity
from backend.text import t, tc, tn
from screens import frame
from screens.alarm_words import alarm_place, alarm_text
from screens.form import Field, Form, paragraphs
from screens.menu import Choice, Menu
from screens.operation_words import operation_word
from widgets.figures import date, kw, kwh, number, took
from widgets.line import Run
from widgets.look import STATES, state_kind

if TYPE_CHECKING:
    from screens.page import Page

UNDO_S = 10.0
LISTED = 5
"""Targets and charges named in a dialog; the rest is counted."""


class Target(NamedTuple):
    """What an operation goes to."""

    station: str
    outlet: str | None
    name: str

    @classmethod
    def of_outlet(cls, outlet: OutletResource) -> Target:
        """An outlet, by the name on its sticker."""
        return cls(outlet.station, outlet.outlet, outlet.label or outlet.outlet)

    @classmethod
    def of_station(cls, station: StationResource) -> Target:
        """A whole station."""
        return cls(station.id, None, station.id)


class Kind(NamedTuple):
    """One operation of the menu."""

    id: str
    key: str
    operation: str
    parameters: dict[str, Any]
    whole: bool = False
    """It goes to the station, not to one outlet."""
    fields: tuple[str, ...] = ()
    danger: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("reset", "r", "reset", {}, whole=True),
    Kind("hard_reset", "R", "reset", {"hard": True}, whole=True, danger=True),
    Kind("unlock", "u", "unlock", {}),
    Kind("start", "b", "start", {}, fields=("id_token",)),
    Kind("stop", "s", "stop", {}),
    Kind("refresh", "f", "refresh", {}, whole=True),
    Kind("availability", "v", "availability", {}, fields=("operative",)),
    Kind("configuration", "c", "configuration", {}, whole=True, fields=("key", "value")),
)


def kind_word(kind: Kind) -> str:
    """The menu's word for it."""
    return operation_word(kind.operation, hard=bool(kind.parameters.get("hard")))


def kind_what(kind: Kind) -> str:
    """What it does, in a few words."""
    return {
        "reset": t("restarts the post when it is idle, or ends charges gently"),
        "hard_reset": t("restarts the post at once; ends every charge on it"),
        "unlock": t("lets go of the plug"),
        "start": t("begins a charge from here, with a card's number"),
        "stop": t("ends the charge that runs here"),
        "refresh": t("asks the post what it is and what it measures"),
        "availability": t("takes the outlet out of use, or puts it back"),
        "configuration": t("reads or sets a key of the post's configuration"),
        "all": t("every operation there is, and any OCPP call"),
    }[kind.id]


class Acts:
    """Mixed into pages (before `Page`) that have something to act on."""

    def targets(self) -> list[Target]:
        """The marked things, or the one under the cursor."""
        return []

    def alarm(self) -> AlarmResource | None:
        """The alarm that `a`, `o`, `n` and `m` are about."""
        return None

    @property
    def _page(self) -> Page:
        return cast("Page", self)

    # operations

    def do_op_menu(self) -> None:
        page, found = self._page, self.targets()
        if not found:
            page.console.say((t("nothing to act on here: put the cursor on an outlet"), "muted"), for_s=5)
            return
        choices = [
            Choice(kind.id, kind.key, kind_word(kind), kind_what(kind), self._why_not(kind, found), kind.danger)
            for kind in KINDS
        ]
        page.app.push_screen(Menu(self._head(found), choices), self._chosen)

    def _head(self, targets: Sequence[Target]) -> list[Run]:
        if len(targets) == 1:
            target = targets[0]
            charges = self._charges(targets)
            runs: list[Run] = [(target.name, "strong"), (f"  {self._where(target)}", "text")]
            if charges:
                runs.append(
                    (
                        "   " + tn("{n} live charge on this post", "{n} live charges on this post", len(charges)),
                        "energy",
                    )
                )
            return runs
        return [
            (tn("{n} outlet", "{n} outlets", len(targets)), "strong"),
            ("  " + ", ".join(x.name for x in targets[:LISTED]), "text"),
        ]

    def _where(self, target: Target) -> str:
        mirror = self._page.console.mirror
        outlet = mirror.outlets.get(target.outlet or "")
        station = mirror.stations.get(target.station)
        site = mirror.sites.get(
            (outlet.site if outlet is not None else station.site if station is not None else "") or ""
        )
        parts = [
            site.name if site is not None else "",
            site.address if site is not None else "",
            outlet.place if outlet is not None else "",
        ]
        return ", ".join(part for part in parts if part)

    def _charges(self, targets: Sequence[Target]) -> list[OutletResource]:
        mirror = self._page.console.mirror
        stations = dict.fromkeys(target.station for target in targets)
        return [
            outlet for name in stations for outlet in mirror.outlets_of(name) if outlet.activity is Activity.CHARGING
        ]

    def _why_not(self, kind: Kind, targets: Sequence[Target]) -> str:
        mirror = self._page.console.mirror
        outlets = [mirror.outlets[x.outlet] for x in targets if x.outlet is not None and x.outlet in mirror.outlets]
        stations = [mirror.stations[x.station] for x in targets if x.station in mirror.stations]
        rights = self._page.console.who
        if rights is not None and "operate" not in rights.rights:
            return t("your role may not operate")
        if rights is not None and kind.danger and "operate_hard" not in rights.rights:
            return t("your role may not do this")
        if stations and all(station.link in (Link.OFFLINE, Link.NEVER_SEEN) for station in stations):
            return t("the post is offline")
        if kind.id == "stop" and outlets and not any(outlet.session for outlet in outlets):
            return t("no charge runs here")
        if not kind.whole and not outlets:
            return t("put the cursor on an outlet")
        if kind.id == "start" and len(targets) > 1:
            return t("one outlet at a time")
        return ""

    def _chosen(self, id_: str | None) -> None:
        kind = next((kind for kind in KINDS if kind.id == id_), None)
        if kind is not None:
            self._page.console.ask(self._prepare(kind, self.targets()))

    async def _prepare(self, kind: Kind, targets: Sequence[Target]) -> None:
        """Ask the server what it would end, then ask the person."""
        page = self._page
        client = page.console.client
        if client is None:
            return
        aims = list(
            dict.fromkeys(target.station if kind.whole else target.outlet or target.station for target in targets)
        )
        questions: list[Question] = []
        for aim in aims:
            question = await client.ask(kind.operation, aim, parameters=kind.parameters)
            if question is not None:
                questions.append(question)
        form = self._form(kind, targets, aims, questions)

        def answered(values: dict[str, str] | None) -> None:
            if values is None:
                page.console.say((t("{operation} left: nothing was sent", operation=kind_word(kind)), "muted"), for_s=5)
            else:
                page.console.ask(self._send(kind, targets, aims, questions, values))

        page.app.push_screen(form, answered)

    def _form(self, kind: Kind, targets: Sequence[Target], aims: Sequence[str], questions: Sequence[Question]) -> Form:
        ends = [charge for question in questions for charge in question.ends]
        harm = bool(ends) or kind.danger
        body = self._about(kind, targets, aims)
        body += self._ends(ends, targets)
        body += self._usual(questions)
        fields = [self._parameter(name) for name in kind.fields]
        fields.append(Field(id="reason", label=t("reason"), needed=bool(questions) or kind.danger))
        if len(aims) > 1:
            fields.append(
                Field(
                    id="typed",
                    label=tc("form", "type"),
                    must=str(len(aims)),
                    width=12,
                    hint=t("to prove that you mean all of them"),
                )
            )
        elif questions and questions[0].must_type:
            must = questions[0].must_type
            fields.append(
                Field(
                    id="typed",
                    label=tc("form", "type"),
                    must=must,
                    width=max(12, len(must) + 4),
                    hint=t("to prove that you mean this post"),
                )
            )
        if len(body) + 2 * len(fields) > 17:
            body = [row for row in body if row]
        return Form(
            kind_word(kind)[:1].upper() + kind_word(kind)[1:],
            body,
            fields,
            verb=kind_word(kind),
            hue="high" if harm else "energy",
            symbol="▲" if harm else "▸",
            gentler=self._gentler(questions),
        )

    def _about(self, kind: Kind, targets: Sequence[Target], aims: Sequence[str]) -> list[list[Run]]:
        first = targets[0]
        mirror = self._page.console.mirror
        station = mirror.stations.get(first.station)
        model = station.model if station is not None else ""
        if len(aims) == 1:
            name = first.station if kind.whole else first.name
            return [[(name, "strong"), (f"  {self._where(first)}", "text"), (model, "muted>")], []]
        posts = tn("{n} post", "{n} posts", len(aims)) if kind.whole else tn("{n} outlet", "{n} outlets", len(aims))
        names = ", ".join(aims[:LISTED]) + (t(" and {n} more", n=len(aims) - LISTED) if len(aims) > LISTED else "")
        return [[(posts, "strong")], *paragraphs(names), []]

    def _ends(self, ends: Sequence[LiveCharge], targets: Sequence[Target]) -> list[list[Run]]:
        mirror = self._page.console.mirror
        if not ends:
            return [[(t("This ends no charge."), "text")]]
        rows: list[list[Run]] = [
            [(tn("This ends {n} live charge.", "This ends {n} live charges.", len(ends)), "text.b")]
        ]
        for charge in ends[:LISTED]:
            parts = [charge.label or charge.outlet]
            if charge.id_token:
                parts.append(t("card {token}", token=charge.id_token))
            parts += [f"{charge.minutes} min", kwh(charge.energy_wh), t("{power} now", power=kw(charge.power_w))]
            rows.append([("● ", "energy"), (", ".join(parts), "text")])
        if len(ends) > LISTED:
            rows.append([(t("and {n} more", n=len(ends) - LISTED), "text")])
        ended = {charge.outlet for charge in ends}
        for target in targets[:1]:
            outlet = mirror.outlets.get(target.outlet or "")
            if outlet is not None and outlet.outlet not in ended:
                look = STATES[state_kind(outlet)]
                words = self._outlet_words(outlet)
                rows.append([(f"{look.symbol} ", look.symbol_style), (f"{target.name}, {words}", "text")])
        return rows

    def _outlet_words(self, outlet: OutletResource) -> str:
        from screens.outlet_words import note
        from screens.preview import alarms_of

        console = self._page.console
        alarms = alarms_of(console.mirror, outlet)
        return note(outlet, alarms[0] if alarms else None, console.now, console.zone) or t("no charge")

    def _usual(self, questions: Sequence[Question]) -> list[list[Run]]:
        if len(questions) != 1:
            return []
        question, console = questions[0], self._page.console
        runs: list[Run] = []
        if question.tried:
            share = round(100 * question.worked / question.tried)
            runs += [
                (t("On this model works") + " ", "muted"),
                (f"{share} %", "text"),
                (t(" of {n}", n=number(question.tried)), "muted"),
            ]
            if question.median_s is not None:
                runs += [(", " + t("median") + " ", "muted"), (took(question.median_s), "text")]
            runs.append((". ", "muted"))
        if question.last_here is None:
            runs.append((t("Last tried here: never."), "muted"))
        else:
            mark = "✓" if question.last_result == "proved" else "✖"
            runs += [
                (t("Here last") + " ", "muted"),
                (f"{date(question.last_here, console.now, console.zone)}, {mark}", "text"),
                (".", "muted"),
            ]
        return [[], runs]

    def _gentler(self, questions: Sequence[Question]) -> list[Run]:
        found = next((question.advice for question in questions if question.advice), "")
        return [(t("gentler:") + " ", "muted"), (operation_word(found), "text")] if found else []

    def _parameter(self, name: str) -> Field:
        if name == "operative":
            return Field(id=name, label=t("to"), value="", choices=(t("out of use"), t("in use")), width=20)
        if name == "id_token":
            return Field(id=name, label=t("card"), width=28, hint=t("its full number"))
        if name == "value":
            return Field(id=name, label=t("value"), needed=False, hint=t("empty: read"), width=36)
        return Field(id=name, label=t("key"), width=46)

    async def _send(
        self,
        kind: Kind,
        targets: Sequence[Target],
        aims: Sequence[str],
        questions: Sequence[Question],
        values: dict[str, str],
    ) -> None:
        """Hand it to the server, one target after the other."""
        console = self._page.console
        client = console.client
        if client is None:
            return
        parameters = dict(kind.parameters)
        for name in kind.fields:
            if name == "operative":
                parameters[name] = values[name] == t("in use")
            elif values.get(name):
                parameters[name] = values[name]
        typed = {question.target: question.must_type or "" for question in questions}
        for aim in aims:
            try:
                operation = await client.operate(
                    kind.operation,
                    aim,
                    parameters=parameters,
                    reason=values.get("reason", ""),
                    yes=True,
                    typed=typed.get(aim, "") if len(aims) > 1 else values.get("typed", ""),
                )
            except Conflict as error:
                if error.code == "confirmation_needed":
                    console.complain(t("a charge began meanwhile: nothing was sent to {target}", target=aim))
                    return
                raise
            console.started.add(operation.id)
            console.tell(operation)
        if len(aims) > 1:
            console.say(
                (f"{kind_word(kind)} ", "text"), (tn("sent to {n} target", "sent to {n} targets", len(aims)), "text.b")
            )

    # alarms

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
            Field(id="time", label=t("for"), value="2h", width=10, hint=t("at most 8h: 30m, 2h, 8h")),
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
        if values is None or client is None:
            return
        seconds = read_span(values["time"])
        if seconds is None:
            console.complain(t("{text} is no time: write 30m or 2h", text=repr(values["time"][:20])))
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


__all__ = ["KINDS", "Acts", "Kind", "Target", "read_span", "tc"]
