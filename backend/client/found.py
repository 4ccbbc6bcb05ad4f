"""What a list of the past answers."""

from __future__ import annotations

from typing import TypeVar

Row = TypeVar("Row")


class Found(list[Row]):
    """Rows, newest first, and how far was searched for them."""

    looked_at: int | None = None
    """The filter was set against so many of the newest only, and there are more. None: against all."""
