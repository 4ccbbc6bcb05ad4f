"""What of an event goes into the record."""

from __future__ import annotations

from unittest.mock import Mock

from backend.fleet import Fleet
from backend.intake import Intake
from backend.model.clock import HeldClock
from backend.model.event import Connected, Disconnected, StatusReported
from backend.model.ports import Journal
from backend.model.register import StationEntry
from backend.model.settings import OcppSettings
from backend.model.words import Link, Version
from backend.register.register import Register


def test_a_link_is_a_line_of_history_and_one_row_of_its_station() -> None:
    """Whether it comes or goes; its outlets have not changed by that, and are not written."""
    clock = HeldClock()
    register = Register(clock, OcppSettings(), None)
    register.put_station(StationEntry(id="CP1"))
    journal = Mock(spec=Journal)
    intake = Intake(Fleet(clock, register, OcppSettings()), journal)
    now = clock.now()
    intake.take(Connected(station="CP1", learned=now, connection=1, version=Version.V16, address="192.0.2.1"))
    status = StatusReported(station="CP1", learned=now, said=now, evse=1, connector=1, status="Available", faults=())
    intake.take(status)
    journal.reset_mock()
    intake.take(Disconnected(station="CP1", learned=now, connection=1, code=1001))
    intake.take(Connected(station="CP1", learned=now, connection=2, version=Version.V16, address="192.0.2.1"))
    assert [call[0] for call in journal.method_calls] == ["link", "station", "link", "station"]
    assert [call.args[1] for call in journal.link.call_args_list] == [Link.OFFLINE, Link.ONLINE]
