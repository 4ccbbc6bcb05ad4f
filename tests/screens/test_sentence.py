"""The sentence that says why an outlet does or does not charge, and the advice below it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.model.resources import OutletResource
from backend.model.words import Activity, Known, Link, OperationState, Service, Severity
from screens.sentence import FAULTS, Facts, advice, fault_words, sentence, since_words
from tests.screens.frozen import NOW, ago, alarm, at, operation, session


def outlet(**values: Any) -> OutletResource:
    """A healthy, idle outlet, but for what is said."""
    given: dict[str, Any] = {
        "outlet": "NK-1:2",
        "state": "Available",
        "activity": Activity.IDLE,
        "since": at("14:10"),
        "known": Known.LIVE,
        "session": None,
        "station": "NK-1",
        "evse": 2,
        "link": Link.ONLINE,
        "link_since": ago(days=6),
        "heard": ago(seconds=12),
    }
    return OutletResource(**(given | values))


def facts(found: OutletResource, **values: Any) -> Facts:
    """What is known of it."""
    given: dict[str, Any] = {
        "station": None,
        "session": None,
        "alarm": None,
        "siblings": (),
        "operations": (),
        "now": NOW,
        "zone": ZoneInfo("Europe/Stockholm"),
    }
    return Facts(found, **(given | values))


@pytest.mark.parametrize(
    ("values", "begins"),
    [
        ({}, "Nothing is plugged in and nothing is wrong"),
        ({"link": Link.NEVER_SEEN}, "The post has never connected"),
        ({"link": Link.DEAF}, "The post talks, but answers no command"),
        (
            {"link": Link.OFFLINE, "link_since": at("11:29"), "activity": Activity.CHARGING},
            "The post is silent since 11:29. It charged",
        ),
        (
            {"link": Link.OFFLINE, "link_since": at("11:29")},
            "The post is silent since 11:29. Its last word was available",
        ),
        ({"link": Link.OFFLINE, "activity": Activity.UNKNOWN}, "The post is silent since"),
        ({"activity": Activity.PLUGGED}, "A car is plugged in since 14:10 and no charge was asked for"),
        ({"activity": Activity.PLUGGED, "refused_at": at("14:27")}, "The card was refused at 14:27"),
        (
            {"activity": Activity.CHARGING, "power_w": 11_000.0, "energy_wh": 6_800, "session_since": ago(minutes=38)},
            "It charges for 38m: 11.0\u00a0kW now, 6.8",
        ),
        (
            {"activity": Activity.CHARGING, "session_since": ago(minutes=38)},
            "It charges for 38m; the power is not told",
        ),
        ({"activity": Activity.SUSPENDED_EVSE}, "The charge runs since 14:10, but the post gives no power"),
        ({"activity": Activity.SUSPENDED_EV, "soc_pct": 80.0}, "The car takes no power since 14:10 at 80 %"),
        ({"activity": Activity.FINISHING}, "The charge ended at 14:10"),
        ({"activity": Activity.RESERVED}, "It is reserved since 14:10"),
        ({"activity": Activity.UNAVAILABLE}, "It is switched out of use since 14:10"),
        ({"activity": Activity.UNKNOWN}, "The post is connected, but has not said"),
        ({"service": Service.OUT_OF_SERVICE}, "It is taken out of service here"),
        ({"conflict": True, "power_w": 7_200.0}, "The post says available, but 7.2\u00a0kW flows"),
        ({"activity": Activity.FAULTED}, "The post reports a fault and gives no reason"),
        (
            {"activity": Activity.FAULTED, "error_codes": ["OtherError"], "info": "E17 door"},
            "The post reports a fault: E17 door",
        ),
        ({"activity": Activity.FAULTED, "vendor_error_codes": ["CX019"]}, "The cable became too hot"),
        ({"activity": Activity.FAULTED, "error_codes": ["GroundFailure"]}, "The post measures a ground fault"),
    ],
)
def test_every_state_has_its_sentence(values: dict[str, Any], begins: str) -> None:
    """Each state says what it is, and since when."""
    assert sentence(facts(outlet(**values))).text.startswith(begins)


def test_a_stuck_plug_tells_the_whole_story() -> None:
    """When the charge ended, what was tried, and whom an action would hurt."""
    found = outlet(activity=Activity.FAULTED, error_codes=["ConnectorLockFailure"], since=at("14:28"))
    ended = session("s-2", "NK-1:2", started=at("13:19"), ended=at("14:26"), energy=21_400, token="04••••9F")
    tried = [operation(n, "unlock", "NK-1:2", OperationState.UNPROVED, at(f"14:{30 - n}")) for n in range(2)]
    other = outlet(outlet="NK-1:1", evse=1, activity=Activity.CHARGING)
    worst = alarm(1, Severity.S2, "fault", "NK-1:2", at("14:28"), code="ConnectorLockFailure")
    known = facts(found, session=ended, operations=tried, siblings=[other], alarm=worst)
    said = sentence(known)
    assert said.text == (
        "The charge ended at 14:26, but the lock did not let go of the plug. "
        "2 times unlock was accepted and had no effect. Outlet 1 of the same post is charging."
    )
    assert said.style == "high"
    assert said.heading == "why it will not charge"
    assert [step.text for step in advice(known)] == [
        "unlock while the driver pushes the plug",
        "hard reset, ends outlet 1's charge",
        "send a technician",
    ]


def test_what_does_not_fit_is_left_out_whole() -> None:
    """A cut sentence would mislead."""
    found = outlet(activity=Activity.FAULTED, error_codes=["ReaderFailure"])
    other = outlet(outlet="NK-1:1", evse=1, activity=Activity.CHARGING)
    said = sentence(facts(found, siblings=[other]))
    assert said.rows(70, 1) == ["The card reader does not work. The app, and a start from here, do."]
    assert said.rows(70, 2)[-1] == "Outlet 1 of the same post is charging."


def test_old_attempts_are_not_told() -> None:
    """What was tried yesterday, or before something worked, is history."""
    found = outlet(activity=Activity.FAULTED)
    old = operation(1, "unlock", "NK-1:2", OperationState.UNPROVED, ago(hours=2))
    worked = operation(2, "reset", "NK-1:2", OperationState.PROVED, ago(minutes=5))
    before = operation(3, "unlock", "NK-1:2", OperationState.UNPROVED, ago(minutes=9))
    assert "had no effect" not in sentence(facts(found, operations=[old])).text
    assert "had no effect" not in sentence(facts(found, operations=[worked, before])).text


def test_dangerous_faults_are_never_reset_from_here() -> None:
    """A ground fault, a welded contactor, a cut cable, a pressed stop: no reset, no start."""
    for code in ("GroundFailure", "PowerSwitchFailure", "CX026", "CX008"):
        steps = advice(facts(outlet(activity=Activity.FAULTED, error_codes=[code])))
        assert {step.operation for step in steps} <= {"availability", ""}


def test_every_cause_has_words() -> None:
    """No code leads to a hole."""
    for cause in set(FAULTS.values()):
        assert fault_words(cause).endswith(".")


def test_since() -> None:
    """Clock time and age; unknown is said."""
    assert since_words(facts(outlet())) == "since 14:10, 22m"
    assert since_words(facts(outlet(since=None))) == "since when is not known"


def test_a_post_that_restarts_is_not_called_silent() -> None:
    """Who asked for it, since when, and until when to wait."""
    reset = operation(9, "reset", "NK-1", OperationState.ANSWERED, at("14:31"), deadline_s=300.0)
    found = facts(outlet(link=Link.OFFLINE, link_since=at("14:31")), operations=(reset,))
    assert sentence(found).text.startswith("The post restarts: ")
    assert [one.text for one in advice(found)] == ["wait for it; it counts as failed at 14:36"]
    reset.state = OperationState.UNPROVED
    assert sentence(found).text.startswith("The post is silent")
