"""Rows partly live and partly past: the mirror has the live ones, the server sends the past page by page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

from backend.client.found import Found
from backend.client.mirror import Mirror
from backend.model.clock import Instant
from backend.model.filter import EMPTY, Filter
from backend.model.resources import OperationResource, SessionResource

PAGE = 100
"""Rows asked for at a time."""

Row = TypeVar("Row", OperationResource, SessionResource)


class PastRows(ABC, Generic[Row]):
    """Newest first. What lies beyond the last page is not shown before it is there: no holes in the list."""

    MOST: ClassVar[int] = 2_000
    """Rows held at most; who needs older ones filters."""
    MODES: ClassVar[tuple[str, ...]] = ("all",)

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.filter: Filter = EMPTY
        self.mode = self.MODES[0]
        self.complete = False
        """Whether the server has no older ones."""
        self.looked_at: int | None = None
        """The search for the filter ended after so many, and there are older ones. None: it did not."""
        self.past: dict[str, Row] = {}
        """As the server sent them, by id, for the filter in force."""

    @property
    @abstractmethod
    def live(self) -> Mapping[str, Row]:
        """Those that the mirror keeps, by id."""

    def reset(self, found: Filter) -> None:
        """Another filter: what the server sent for the old one says nothing."""
        self.filter, self.past, self.complete, self.looked_at = found, {}, False, None

    def add(self, page: Found[Row], asked: int) -> None:
        """Take a page from the server; fewer rows than `asked` for: it was the last."""
        for row in page:
            self.past[row.id] = row
        self.complete = len(page) < asked
        self.looked_at = page.looked_at if self.complete else None

    def turn(self, by: int) -> None:
        """Go on to the next mode, or back."""
        self.mode = self.MODES[(self.MODES.index(self.mode) + by) % len(self.MODES)]

    @abstractmethod
    def ordered(self, now: Instant) -> list[str]:
        """The ids of the rows."""

    @property
    def oldest(self) -> str | None:
        """The last id of the last page: the next one begins before it."""
        return min(self.past, key=order) if self.past else None

    @property
    def full(self) -> bool:
        """Whether no more rows are held."""
        return len(self.past) >= self.MOST

    def get(self, id_: str) -> Row | None:
        """One as it is now."""
        return self.live.get(id_) or self.past.get(id_)


def order(id_: str) -> int:
    """Sessions and operations are numbered as they begin."""
    return int(id_) if id_.isdigit() else -1
