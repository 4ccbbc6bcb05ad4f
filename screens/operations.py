"""Operations: what was done to whom, and whether it worked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from backend.client.found import Found
from backend.client.mirror import Touched
from backend.model.filter import Subject
from backend.model.resources import OperationResource
from backend.model.words import OperationState
from backend.text import t, tn
from screens.acting import Target
from screens.empty_words import no_operation
from screens.operation_list import OperationRows
from screens.operation_steps import Stage, running_words, signs, stages, took, waited
from screens.operation_words import done_here, name_of, outcome, proof_words, target_name
from screens.past_page import PastPage
from screens.past_rows import PAGE
from screens.payload import pretty
from widgets.bars import labelled
from widgets.figures import clock, countdown, length, number, percent, when
from widgets.keys import label
from widgets.line import Line, Run, rule, wrap
from widgets.panes import Preview

if TYPE_CHECKING:
    from msgspec import Struct

    from backend.client.client import Client

BEFORE = 6


class OperationsPage(PastPage[OperationResource]):
    """Running and past operations with their steps and their proof."""

    NAME = "operations"
    model: OperationRows
    subject = Subject.OPERATION
    BEGAN = "since"
    STRIP = 8
    FOOTER: ClassVar[tuple[str, ...]] = (
        "row.open",
        "page.next",
        "op.menu",
        "row.log",
        "row.copy",
        "app.filter",
        "app.command",
        "app.help",
    )

    def __init__(self, filter_text: str = "", *, at: str = "") -> None:
        super().__init__(filter_text)
        self._wanted = at
        """The operation whose steps are asked for, until it is there."""
        self.opened = False
        """Whether the steps have most of the screen."""

    def make_rows(self) -> OperationRows:
        return OperationRows(self.console.mirror)

    async def ask_past(self, client: Client) -> Found[OperationResource]:
        return await client.operations(self.filter_text, limit=PAGE, before=self.model.oldest)

    def nothing(self) -> Sequence[Run]:
        return no_operation(self.model.mode)

    def came(self) -> None:
        if self._wanted and self.table.point(self._wanted):
            self._wanted, self.opened = "", True
            self.draw_all()

    def touches(self, touched: Touched) -> bool:
        return touched.everything or bool(touched.operations)

    # drawing

    def summary(self, width: int) -> list[Line]:
        running, shift, proved, failed = self.model.counts(self.now)
        line = Line(width)
        line.runs(
            1,
            [
                (number(running), "strong"),
                (" " + t("running") + "   ", "muted"),
                (number(shift), "strong"),
                (" " + t("in 8 h:") + " ", "muted"),
                ("✓ ", "ok"),
                (number(proved), "strong"),
                (" " + t("proved") + "  ", "muted"),
                ("✖ ", "crit" if failed else "muted"),
                (number(failed), "strong"),
                (" " + t("failed"), "muted"),
            ],
            end=width - 26,
        )
        modes: list[Run] = []
        for mode in self.model.MODES:
            modes += [("  ", "muted"), (_mode_word(mode), "strong.u" if mode == self.model.mode else "muted")]
        line.right_runs(width - 1, modes, start=width // 2)
        return [line, rule(width)]

    def draw_head(self, width: int) -> Line:
        line = Line(width)
        line.put(2, t("at"), "muted")
        line.put(9, t("what"), "muted")
        line.put(26, t("where"), "muted")
        if width >= 100:
            line.put(53, t("steps"), "muted")
            line.put(62, t("proof"), "muted")
            line.right(width - 1, t("who"), "muted")
        else:
            line.put(50, t("proof"), "muted")
        return line

    def draw_row(self, row: str, width: int) -> Line:
        line = Line(width)
        operation = self.model.get(row)
        if operation is None:
            return line
        line.right(7, self._when(operation), "text", start=1)
        line.put(9, name_of(operation), "text", end=25)
        where = self.where(operation)
        if width >= 100:
            line.put(26, where, "text", end=52)
            line.runs(53, signs(operation), end=61)
            x = line.right(width - 1, operation.requested_by, "muted", start=width - 12)
            self._proof(line, operation, 62, x - 1)
        else:
            line.put(26, where, "text", end=49)
            self._proof(line, operation, 50, width - 1)
        return line

    def _when(self, operation: OperationResource) -> str:
        asked = operation.times.get("requested")
        return "?" if asked is None else when(asked, self.now, self.console.zone)

    def where(self, operation: OperationResource) -> str:
        """The outlet's or station's number, and the site's name."""
        site = self.console.mirror.sites.get(operation.site or "")
        name = target_name(self.console.mirror, operation)
        return f"{name} {site.name}" if site is not None else name

    def _proof(self, line: Line, operation: OperationResource, x: int, end: int) -> None:
        result = outcome(operation)
        text = result.text
        if operation.state in (OperationState.PROVED, OperationState.UNPROVED):
            text = proof_words(operation) or text
        if not operation.state.ended:
            text = running_words(operation, self.now)
        line.put(x, result.symbol, result.style)
        line.put(x + 2, text, "text", end=end)

    def _stages(self, operation: OperationResource) -> list[Stage]:
        times = [clock(step.at, self.console.zone) for step in operation.steps]
        return stages(operation, self.now, times)

    def strip(self, width: int, height: int) -> list[Line]:
        operation = self.operation()
        if operation is None:
            return [Line(width) for _ in range(height)]
        top = Line(width)
        top.fill(0, width, "─", "rule")
        by = " " + t("by {who}", who=operation.requested_by or "?") + " "
        end = top.right(width - 2, by, "muted", start=width // 2)
        top.put(2, f" {name_of(operation)} {self.where(operation)} ", "strong", end=end - 1)
        lines = [top]
        found = self._stages(operation)
        ended = self._outcome_lines(operation, width)
        room = height - 1 - len(ended)
        for stage in found if self.opened else found[-room:]:
            line = Line(width)
            line.put(3, stage.sign, stage.style)
            line.put(5, stage.word, "text" if stage.style != "muted" else "muted", end=21)
            line.right(30, stage.when, "strong" if stage.sign == "▸" else "muted", start=20)
            line.put(33, stage.told, "text" if stage.sign != "▸" else "muted", end=width - 1)
            lines.append(line)
        lines += ended
        if self.opened:
            lines += self._more_lines(operation, width)
        return [*lines, *(Line(width) for _ in range(max(0, height - len(lines))))][:height]

    def _outcome_lines(self, operation: OperationResource, width: int) -> list[Line]:
        """How it ended, in full: the list has room for its beginning only."""
        if not operation.state.ended or (operation.state is OperationState.PROVED and not self.opened):
            return []
        result = outcome(operation)
        lines = []
        for at, row in enumerate(wrap(result.text, width - 6, None if self.opened else 2)):
            line = Line(width)
            if at == 0:
                line.put(3, result.symbol, result.style)
            line.put(5, row, f"{result.style}.b", end=width - 1)
            lines.append(line)
        return lines

    def _more_lines(self, operation: OperationResource, width: int) -> list[Line]:
        pane = Preview(width, ruled=False)
        if operation.reason:
            pane.group(t("reason"))
            pane.text(operation.reason)
        self._asked_for(pane, operation)
        return pane.lines

    def preview(self, width: int, height: int) -> list[Line]:
        pane = Preview(width)
        operation = self.operation()
        if operation is None:
            return pane.fitted(height)
        site = self.console.mirror.sites.get(operation.site or "")
        pane.runs(
            [
                (f"{name_of(operation)} {target_name(self.console.mirror, operation)}", "strong"),
                ("  " + (site.name if site else ""), "text"),
            ]
        )
        why = f"“{operation.reason}”" if operation.reason else t("no reason given")
        pane.runs([(t("by {who}", who=operation.requested_by or "?") + f", {why}", "muted")])
        pane.line()
        found = self._stages(operation)
        for at, stage in enumerate(found):
            line = pane.line()
            line.put(2, stage.sign, stage.style)
            line.put(4, stage.word, "text" if stage.style != "muted" else "muted", end=20)
            line.right(28, stage.when, "strong" if stage.sign == "▸" else "muted", start=18)
            line.right(pane.end, stage.told, "text" if stage.sign != "▸" else "muted", start=30)
            if at < len(found) - 1 and len(found) < 9:
                pane.line().put(2, "│", "ok" if stage.style == "ok" else "rule")
        self._ended(pane, operation)
        self._asked_for(pane, operation)
        self._usual(pane, operation)
        self._before(pane, operation)
        return pane.fitted(height)

    def _usual(self, pane: Preview, operation: OperationResource) -> None:
        """How the same went on the same model, among the operations that are listed."""
        mirror = self.console.mirror
        station = mirror.stations.get(operation.station)
        if station is None:
            return
        models = {id_: held.model for id_, held in mirror.stations.items()}
        found = self.model.like(operation, lambda other: models.get(other.station) == station.model)
        if len(found) < 3:
            return
        times = sorted(seconds for seconds in map(lasted_s, found) if seconds is not None)
        proved = sum(other.state is OperationState.PROVED for other in found)
        pane.group(t("the same on this model, as listed"), number(len(found)))
        share = percent(100 * proved / len(found), 0)
        pane.lines.append(usual_bar(pane.width, t("proved"), proved / len(found), share))
        if times:
            pane.pair(t("median to proof"), countdown(times[len(times) // 2]))
            pane.pair(t("longest to proof"), countdown(times[-1]))

    def _ended(self, pane: Preview, operation: OperationResource) -> None:
        if not operation.state.ended:
            return
        result = outcome(operation)
        pane.line()
        pane.runs([(f"{result.symbol} ", result.style), (result.text, f"{result.style}.b")])
        all_of_it = took(operation.times.get("sent"), operation.times.get("ended"))
        if all_of_it:
            pane.runs([(t("took {time}", time=all_of_it), "muted")])

    def _asked_for(self, pane: Preview, operation: OperationResource) -> None:
        if operation.parameters:
            pane.group(t("asked for"))
            for runs in pretty(operation.parameters, pane.end - pane.x)[:8]:
                pane.runs(runs)
        if operation.answer_payload not in (None, {}, []):
            pane.group(t("answered"))
            for runs in pretty(operation.answer_payload, pane.end - pane.x)[:12]:
                pane.runs(runs)
        pane.group(t("numbers"))
        pane.pair(t("operation"), operation.id)
        if operation.session:
            pane.pair(t("session"), operation.session)
        if operation.deadline_s:
            pane.pair(t("counts as failed after"), length(operation.deadline_s))

    def _before(self, pane: Preview, operation: OperationResource) -> None:
        mirror = self.console.mirror
        others = [o for o in done_here(mirror, operation.station) if o.id != operation.id][:BEFORE]
        if not others:
            return
        pane.group(t("also done here"))
        for other in others:
            result = outcome(other)
            line = pane.line()
            line.right(8, self._when(other), "muted", start=2)
            line.put(10, name_of(other), "text", end=26)
            line.put(27, result.words, result.style, end=pane.end)

    def fact(self) -> Sequence[Run]:
        ends = self.note()
        if ends:
            return ((ends, "muted"),)
        running = [o for o in self.console.mirror.operations.values() if not o.state.ended]
        if not running:
            return ((t("nothing runs now"), "muted"),)
        oldest = max((waited(o, self.now) for o in running), default="")
        text = tn("{n} runs, waiting {time}", "{n} run, the longest waits {time}", len(running), time=oldest)
        return ((text, "muted"),)

    # keys

    def operation(self) -> OperationResource | None:
        """The operation under the cursor."""
        row = self.table.cursor
        return None if row is None else self.model.get(row)

    def selected(self) -> Struct | None:
        return self.operation()

    def selected_id(self) -> str | None:
        return self.table.cursor

    def targets(self) -> list[Target]:
        operation = self.operation()
        if operation is None:
            return []
        outlet = self.console.mirror.outlets.get(operation.outlet or "")
        if outlet is not None:
            return [Target.of_outlet(outlet)]
        station = self.console.mirror.stations.get(operation.station)
        return [] if station is None else [Target.of_station(station)]

    def word_of(self, id_: str) -> str:
        words = {"row.open": t("list") if self.opened else t("steps"), "page.next": t("running, failed")}
        return words.get(id_, label(id_))

    def do_row_open(self) -> None:
        self.opened = not self.opened
        self.draw_all()

    def strip_rows(self) -> int:
        if not self.opened or self.wide:
            return super().strip_rows()
        return max(self.STRIP, self.query_one("#body").size.height - 8)

    def do_app_back(self) -> None:
        if self.opened and not self.wide:
            self.do_row_open()
        else:
            super().do_app_back()

    def do_row_log(self) -> None:
        operation = self.operation()
        if operation is not None:
            self.console.open("trace", operation.station)


def lasted_s(operation: OperationResource) -> float | None:
    """From sent to proof; None where there was none."""
    sent, ended = operation.times.get("sent"), operation.times.get("ended")
    if operation.state is not OperationState.PROVED or sent is None or ended is None:
        return None
    return (ended - sent).total_seconds()


def usual_bar(width: int, label_: str, share: float, figure: str) -> Line:
    """A labelled bar with the preview's rule."""
    drawn = labelled(width, label_, share, [(figure, "text")], x=2, bar_at=20, bar_width=20)
    drawn.put(0, "│", "rule")
    return drawn


def _mode_word(mode: str) -> str:
    return {"all": t("all"), "running": t("running"), "failed": t("failed")}[mode]
