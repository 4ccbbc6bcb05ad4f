"""What commands print."""

from __future__ import annotations

import pytest

from backend.client.found import Found
from noc.cli.output import searched


@pytest.mark.parametrize(
    ("rows", "limit", "looked_at", "said"),
    [(3, 100, 200_000, True), (3, 0, 200_000, True), (100, 100, 200_000, False), (3, 100, None, False)],
)
def test_a_search_that_did_not_come_to_its_end_is_told_of(
    rows: int, limit: int, looked_at: int | None, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the result, and only where more rows were wanted."""
    found = Found(range(rows))
    found.looked_at = looked_at
    searched(found, limit, "started")
    told = capsys.readouterr()
    assert told.out == ""
    assert ("200 000" in told.err.replace("\xa0", " ") and "started:<20" in told.err) is said
