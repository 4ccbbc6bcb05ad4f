"""A page whose list goes from what is live into the past, and asks for older rows as the cursor comes near the end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic

from textual.timer import Timer
from textual.worker import Worker

from backend.client.client import Client
from backend.client.found import Found
from backend.client.mirror import Touched
from backend.model.clock import as_datetime
from backend.model.errors import Invalid
from backend.model.filter import Subject, parse
from backend.text import t
from screens.acting import Acts
from screens.empty_words import nothing_matches
from screens.past_rows import PAGE, PastRows, Row
from screens.row_keys import RowKeys
from screens.split import SplitPage
from widgets.figures import number
from widgets.line import Run

MONTH_S = 30 * 86_400.0
AHEAD = 40
"""The next page is asked for when the last row is that near."""
WAIT_S = 0.25
"""The hand rests that long before the server is asked."""


class PastPage(Acts, RowKeys, SplitPage, Generic[Row]):
    """What a page of this kind gives: its rows, a page of the past, and the ids in their order."""

    model: PastRows[Row]
    subject: ClassVar[Subject]
    BEGAN: ClassVar[str]
    """The filter's field for the moment by which the rows are ordered."""

    def __init__(self, filter_text: str = "") -> None:
        super().__init__()
        self.opened_with = filter_text
        self._asking = False
        self.answered = False
        """Whether the server has told what there is, for the filter in force."""
        self._resting: Timer | None = None
        self._under_way: Worker[None] | None = None

    # what a page gives

    @abstractmethod
    def make_rows(self) -> PastRows[Row]:
        """The rows of this page, none of the past yet."""

    @abstractmethod
    async def ask_past(self, client: Client) -> Found[Row]:
        """One page of the filter in force, before `model.oldest`."""

    @abstractmethod
    def nothing(self) -> Sequence[Run]:
        """What stands where there is no row although no filter hides any."""

    def came(self) -> None:
        """A page of the past is there, and drawn."""

    # data

    def on_mount(self) -> None:
        """Ask for the first page."""
        self.model = self.make_rows()
        if self.opened_with:
            try:
                self.filter = parse(self.opened_with, self.subject)
                self.filter_text = self.opened_with
            except Invalid as error:
                self.console.complain(error)
        self.model.reset(self.filter)
        self._more()

    def filtered(self) -> None:
        self.model.reset(self.filter)
        self.answered = False
        super().filtered()
        if self._under_way is not None:
            self._under_way.cancel()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(WAIT_S, self._more)

    def _more(self) -> None:
        if self.console.client is None or self._asking or self.model.complete or self.model.full:
            return
        self._asking = True
        self._under_way = self.console.ask(self._fetch(self.console.client))

    async def _fetch(self, client: Client) -> None:
        found = self.filter
        try:
            page = await self.ask_past(client)
        finally:
            self._asking = False
        if found is not self.filter:
            self._more()
            return
        self.model.add(page, PAGE)
        self.answered = True
        self.rearrange()
        self.draw_all(Touched())
        self.came()

    def _near_the_end(self) -> bool:
        table = self.table
        return table.top + table.page + AHEAD > len(table.rows)

    # drawing and keys

    def draw(self, touched: Touched) -> None:
        if not hasattr(self, "model"):
            return
        super().draw(touched)
        if self.model.past and self._near_the_end():
            self._more()

    def moved(self) -> None:
        super().moved()
        if self._near_the_end():
            self._more()

    def empty(self) -> Sequence[Run]:
        if not self.answered:
            return ((t("searching"), "muted"),) if self.filter_text else ()
        if not self.filter_text:
            return self.nothing()
        ends = self.note()
        words: Sequence[Run] = nothing_matches(self.filter_text)
        return (words[0], (ends, "text"), *words[1:]) if ends else words

    def note(self) -> str:
        """Why the list ends although there is more, and how to see that; empty: it does not."""
        month_ago = as_datetime(self.now - MONTH_S).astimezone(self.console.zone)
        older = f"{self.BEGAN}:<{month_ago:%Y-%m-%d}"
        if self.model.full:
            return t("the newest {n}; filter by time for older ones: {filter}", n=number(self.model.MOST), filter=older)
        if self.model.looked_at is not None:
            searched = number(self.model.looked_at)
            return t("the newest {n} searched, older: {filter}", n=searched, filter=older)
        return ""

    def ordered(self) -> Sequence[str]:
        return self.model.ordered(self.now)

    def do_page_next(self) -> None:
        self._turn(1)

    def do_page_prev(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        self.model.turn(by)
        self.rearrange()
        self.draw_all(Touched())
