"""The name of an outlet: `STATION:EVSE[:CONNECTOR]`, split from the right (1.6 identities may hold colons)."""

from __future__ import annotations

from typing import NamedTuple


class OutletId(NamedTuple):
    """One outlet. In OCPP 1.6 the EVSE number is the connector's."""

    station: str
    evse: int
    connector: int | None = None

    def __str__(self) -> str:
        tail = f":{self.connector}" if self.connector is not None else ""
        return f"{self.station}:{self.evse}{tail}"


def parse_outlet(text: str) -> tuple[OutletId, ...]:
    """What `STATION:EVSE[:CONNECTOR]` may name, the longest station first.

    A trailing pair of numbers has two readings: as the EVSE of a station whose identity ends in a number
    (`00:11:22:33:44:05` is one), and as EVSE and connector. What there is decides between them.

    Raises:
        ValueError: it is not of that form; the message tells the form.
    """
    head, _, last = text.rpartition(":")
    if not head or not last.isascii() or not last.isdigit() or len(last) > 6:
        raise ValueError(f"{text!r} names no outlet; write STATION:EVSE or STATION:EVSE:CONNECTOR")
    found = OutletId(head, int(last))
    station, _, middle = head.rpartition(":")
    if station and middle.isascii() and middle.isdigit() and len(middle) <= 6:
        return found, OutletId(station, int(middle), int(last))
    return (found,)
