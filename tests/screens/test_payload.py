"""JSON as a person reads it."""

from __future__ import annotations

from screens.payload import MOST_LINES, flat, frame_lines, pretty


def text(lines: list) -> list[str]:
    """Lines of runs as text."""
    return ["".join(piece for piece, _ in runs) for runs in lines]


def test_what_fits_on_a_line_stays_on_one() -> None:
    """Short values are not spread out."""
    assert text(pretty([2, "1", "Heartbeat", {}], 40)) == ['[2, "1", "Heartbeat", {}]']


def test_what_does_not_fit_is_broken_and_indented() -> None:
    """One field a line."""
    drawn = text(pretty({"connectorId": 2, "status": "Faulted", "errorCode": "GroundFailure"}, 30))
    assert drawn == ['{"connectorId": 2,', ' "status": "Faulted",', ' "errorCode": "GroundFailure"}']


def test_a_frame_has_its_head_on_one_line() -> None:
    """Type, id and action, then the payload below them."""
    frame = [
        2,
        "84412",
        "StatusNotification",
        {"connectorId": 2, "status": "Faulted", "errorCode": "ConnectorLockFailure"},
    ]
    assert text(frame_lines(frame, 50)) == [
        '[2, "84412", "StatusNotification",',
        ' {"connectorId": 2,',
        '  "status": "Faulted",',
        '  "errorCode": "ConnectorLockFailure"}]',
    ]
    assert text(frame_lines(["what"], 50)) == ['["what"]']


def test_what_matters_is_bold() -> None:
    """Status and codes, not the rest."""
    styles = dict(flat({"status": "Faulted", "connectorId": 2}))
    assert styles['"Faulted"'] == "strong"
    assert styles["2"] == "text"


def test_no_line_is_wider_than_the_pane() -> None:
    """A long text is cut into several lines."""
    for width in (12, 30, 54):
        assert max(len(row) for row in text(pretty({"data": "x" * 500, "list": list(range(90))}, width))) <= width


def test_the_number_of_lines_is_bounded() -> None:
    """A report of a thousand variables does not fill the memory."""
    assert len(pretty([{"a": number, "b": "x" * 90} for number in range(5_000)], 40)) <= MOST_LINES
