"""The set of faults that stands at a connector."""

from __future__ import annotations

from collections.abc import Iterable

from backend.model.event import Fault
from backend.model.station import Connector
from backend.model.words import Activity

PLAIN = "Faulted"
"""The code of a fault that the station did not explain."""
MAX_FAULTS = 32


def _key(fault: Fault) -> tuple[str, str]:
    return fault.code, fault.vendor_code


def replace_picture(
    connector: Connector, said: Activity, faults: tuple[Fault, ...]
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """OCPP 1.6: the next StatusNotification replaces the picture; `NoError` clears all (domain.md 3.4).

    Faulted without a code keeps what is known, and is a fault of its own when nothing is (field frame 39).

    Returns:
        The faults that came, and those that went.
    """
    if not faults and said is Activity.FAULTED:
        faults = connector.faults or (Fault(code=PLAIN),)
    return _set(connector, faults[:MAX_FAULTS])


def adjust(
    connector: Connector, raised: Iterable[Fault], cleared: Iterable[Fault]
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """OCPP 2.x: single faults come and go; a clearance without a vendor code clears all of that code."""
    gone = list(cleared)
    kept = [
        fault
        for fault in connector.faults
        if not any(c.code == fault.code and c.vendor_code in ("", fault.vendor_code) for c in gone)
    ]
    known = {_key(fault) for fault in kept}
    kept += [fault for fault in raised if _key(fault) not in known]
    return _set(connector, tuple(kept[:MAX_FAULTS]))


def status_alone(connector: Connector, said: Activity) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """OCPP 2.x StatusNotification carries no code: only the unexplained fault follows the status."""
    if said is Activity.FAULTED:
        return _set(connector, connector.faults or (Fault(code=PLAIN),))
    return _set(connector, tuple(fault for fault in connector.faults if fault.code != PLAIN))


def _set(connector: Connector, faults: tuple[Fault, ...]) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    if not faults and not connector.faults:
        return (), ()
    before = {_key(fault): fault for fault in connector.faults}
    after = {_key(fault): fault for fault in faults}
    connector.faults = tuple(after.values())
    return (
        tuple(fault for key, fault in after.items() if key not in before),
        tuple(fault for key, fault in before.items() if key not in after),
    )
