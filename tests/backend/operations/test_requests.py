"""Every call that operations build passes the schema of its version."""

from __future__ import annotations

from typing import Any

import pytest

from backend.model.words import Version
from backend.operations.calls import check
from backend.operations.catalogue import CATALOGUE
from tests.backend.operations.conftest import Stage

ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("reset", "CP1", {}),
    ("reset", "CP1", {"hard": True}),
    ("reset", "CP1:1", {}),
    ("unlock", "CP1:1", {}),
    ("unlock", "CP1:1:1", {}),
    ("start", "CP1:1", {"id_token": "04A2B3C4D5E69F"}),
    ("stop", "CP1:2", {}),
    ("refresh", "CP1", {}),
    ("refresh", "CP1:1", {"message": "MeterValues"}),
    ("refresh", "CP1", {"message": "LogStatusNotification"}),
    ("availability", "CP1", {"operative": False}),
    ("availability", "CP1:1", {"operative": True}),
    ("configuration", "CP1", {"key": "OCPPCommCtrlr.HeartbeatInterval"}),
    ("configuration", "CP1", {"key": "OCPPCommCtrlr.HeartbeatInterval", "value": "300"}),
    ("clear_cache", "CP1", {}),
    ("reserve", "CP1:1", {"id_token": "CARD", "minutes": 20}),
    ("cancel_reservation", "CP1", {"reservation": 7}),
]


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(("operation", "target", "parameters"), ASKED)
def test_what_is_sent_is_as_the_standard_wants(
    version: Version, operation: str, target: str, parameters: dict[str, Any]
) -> None:
    """Strict in what we send: the package's own schema judges."""
    stage = Stage(version)
    stage.start(2, "OTHER", transaction=None if version is Version.V16 else "8e2c1a")
    stage.ask(operation, target, typed="CP1", **parameters)
    sent = stage.calls[-1]
    check(version, sent.action, sent.payload)


def test_every_operation_of_the_catalogue_is_tried_here() -> None:
    """A new entry needs a row above; the free call has tests of its own."""
    assert {operation for operation, _, _ in ASKED} | {"call"} == set(CATALOGUE)
