"""Acting on stations: the menu behind `x`, the question before harm, the result with its proof."""

from __future__ import annotations

from collections.abc import Sequence

from backend.model.errors import Conflict
from backend.model.resources import OutletResource, Question
from backend.model.words import Activity, Link
from backend.text import t, tn
from screens.alarm_acting import AlarmActs
from screens.menu import Choice, Menu
from screens.operation_form import LISTED, Asked, operation_form, place_of
from screens.operation_kinds import (
    KINDS,
    MENU_IDS,
    Kind,
    Target,
    from_catalogue,
    kind_what,
    kind_word,
    parameters_of,
)
from widgets.line import Run

ALL = "all"


class Acts(AlarmActs):
    """Mixed into pages (before `Page`) that have something to act on."""

    def targets(self) -> list[Target]:
        """The marked things, or the one under the cursor."""
        return []

    def do_op_menu(self) -> None:
        page, found = self._page, self.targets()
        if not found:
            page.console.say((t("nothing to act on here: put the cursor on an outlet"), "muted"), for_s=5)
            return
        choices = [
            Choice(kind.id, kind.key, kind_word(kind), kind_what(kind.id), self._why_not(kind, found)) for kind in KINDS
        ]
        choices.append(Choice(ALL, "o", t("all operations"), kind_what(ALL)))
        page.app.push_screen(Menu(self._head(found), choices), self._chosen)

    def _head(self, targets: Sequence[Target]) -> list[Run]:
        if len(targets) > 1:
            names = ", ".join(target.name for target in targets[:LISTED])
            return [(tn("{n} outlet", "{n} outlets", len(targets)), "strong"), (f"  {names}", "text")]
        charges = len(self._charges(targets))
        runs: list[Run] = [(targets[0].name, "strong"), (f"  {place_of(self._page.console, targets[0])}", "text")]
        if charges:
            live = tn("{n} live charge on this post", "{n} live charges on this post", charges)
            runs.append((f"   {live}", "energy"))
        return runs

    def _charges(self, targets: Sequence[Target]) -> list[OutletResource]:
        mirror = self._page.console.mirror
        stations = dict.fromkeys(target.station for target in targets)
        outlets = [outlet for name in stations for outlet in mirror.outlets_of(name)]
        return [outlet for outlet in outlets if outlet.activity is Activity.CHARGING and outlet.link is Link.ONLINE]

    def _why_not(self, kind: Kind, targets: Sequence[Target]) -> str:
        """Why it may not be used now; empty: it may."""
        mirror, who = self._page.console.mirror, self._page.console.who
        outlets = [mirror.outlets[x.outlet] for x in targets if x.outlet is not None and x.outlet in mirror.outlets]
        stations = [mirror.stations[x.station] for x in targets if x.station in mirror.stations]
        if who is not None and "operate" not in who.rights:
            return t("your role may not operate")
        if who is not None and kind.id == "hard_reset" and "operate_hard" not in who.rights:
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
        if id_ == ALL:
            self._page.console.ask(self._offer_all(self.targets()))
        elif id_ in MENU_IDS:
            self._page.console.ask(self._prepare(MENU_IDS[id_], self.targets()))

    async def _offer_all(self, targets: Sequence[Target]) -> None:
        """The server's whole catalogue as a menu."""
        page = self._page
        client = page.console.client
        if client is None or not targets:
            return
        kinds = {kind.id: kind for kind in from_catalogue(await client.catalogue())}
        choices = [
            Choice(kind.id, "", kind_word(kind), kind.what, self._why_not(kind, targets)) for kind in kinds.values()
        ]

        def chosen(id_: str | None) -> None:
            if id_ in kinds:
                page.console.ask(self._prepare(kinds[id_], targets))

        page.app.push_screen(Menu(self._head(targets), choices), chosen)

    async def _prepare(self, kind: Kind, targets: Sequence[Target]) -> None:
        """Ask the server what it would end, then ask the person."""
        page = self._page
        client = page.console.client
        if client is None or not targets:
            return
        aims = list(dict.fromkeys(x.station if kind.whole else x.outlet or x.station for x in targets))
        questions: dict[str, Question] = {}
        for aim in aims:
            if kind.asked or kind.fields:  # what it would end hangs on what is typed: asked when it is sent
                continue
            question = await client.ask(kind.operation, aim, parameters=kind.parameters)
            if question is not None:
                questions[aim] = question
        asked = Asked(kind, targets, aims, questions)

        def answered(values: dict[str, str] | None) -> None:
            if values is None:
                left = t("{operation} left: nothing was sent", operation=kind_word(kind))
                page.console.say((left, "muted"), for_s=5)
            else:
                page.console.ask(self._send(asked, values))

        page.app.push_screen(operation_form(page.console, asked), answered)

    async def _send(self, asked: Asked, values: dict[str, str]) -> None:
        """Hand it to the server, one target after the other."""
        console = self._page.console
        client = console.client
        if client is None:
            return
        kind, aims = asked.kind, asked.aims
        parameters = parameters_of(kind, values)
        for aim in aims:
            question = asked.questions.get(aim)
            must = question.must_type or "" if question is not None else ""
            try:
                operation = await client.operate(
                    kind.operation,
                    aim,
                    parameters=parameters,
                    reason=values.get("reason", ""),
                    yes=question is not None,
                    typed=must if len(aims) > 1 else values.get("typed", ""),
                )
            except Conflict as error:
                if error.code != "confirmation_needed" or not isinstance(error.detail, Question):
                    raise
                self._ask_again(asked, aim, error.detail)
                return
            console.started.add(operation.id)
            console.tell(operation)
        if len(aims) > 1:
            sent = tn("sent to {n} target", "sent to {n} targets", len(aims))
            console.say((f"{kind_word(kind)} ", "text"), (sent, "text.b"))

    def _ask_again(self, asked: Asked, aim: str, question: Question) -> None:
        """The server has a question that was not asked before: what is at stake became known, or a charge began."""
        console = self._page.console
        rest = asked.aims[list(asked.aims).index(aim) :]
        targets = [x for x in asked.targets if (x.station if asked.kind.whole else x.outlet or x.station) in rest]
        again = Asked(asked.kind, targets or asked.targets, rest, {aim: question})

        def answered(values: dict[str, str] | None) -> None:
            if values is None:
                console.say((t("nothing was sent to {target}", target=aim), "muted"), for_s=5)
            else:
                console.ask(self._send(again, values))

        self._page.app.push_screen(operation_form(console, again), answered)


__all__ = ["KINDS", "Acts", "Kind", "Target"]
