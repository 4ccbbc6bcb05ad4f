"""What stands beside an entry of System: words, units and times, in both languages; nothing raw."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pytest

from backend.client.mirror import Mirror
from backend.text import language, set_language
from screens.entry_facts import facts_of
from screens.entry_words import audit_result, audit_word, token_word
from screens.register_tables import Context, Entry
from tests.screens import frozen_house as house
from tests.screens.frozen import NOW, frozen_mirror

RAW = re.compile(r"\b(True|False|None)\b|_|\bresource\b|\d{4}-\d\d-\d\dT")


@pytest.fixture
def mirror() -> Mirror:
    """The frozen network."""
    return frozen_mirror()


@pytest.fixture
def context(mirror: Mirror) -> Context:
    """Its time and zone."""
    return Context(mirror, NOW, ZoneInfo("Europe/Stockholm"))


def of_every_kind(mirror: Mirror) -> list[Entry]:
    """Some of each."""
    kinds: Sequence[Callable[[], Sequence[Entry]]] = (
        house.pending,
        house.quarantine,
        house.audit,
        house.tokens,
        house.security,
        lambda: list(mirror.sites.values())[:5],
        lambda: list(mirror.stations.values())[:5],
        lambda: list(mirror.outlets.values())[:5],
    )
    return [entry for kind in kinds for entry in kind()]


@pytest.mark.parametrize("spoken", ["en", "sv"])
def test_no_value_is_raw(spoken: str, mirror: Mirror, context: Context) -> None:
    """No `False`, no name of a field, no time as the wire has it."""
    before = language()
    set_language(spoken)
    try:
        for entry in of_every_kind(mirror):
            facts = facts_of(entry, context)
            assert len(facts) > 1
            for label, value in facts:
                assert not RAW.search(label), label
                assert label == "sent" or label == "skickat" or not RAW.search(value), (label, value)
    finally:
        set_language(before)


def test_a_station_without_a_key_says_so(mirror: Mirror, context: Context) -> None:
    """In words; what is being changed too."""
    plain, changing = house.security()[-1], house.security()[1]
    assert ("key", "none on record") in facts_of(plain, context)
    assert ("certificate", "none issued") in facts_of(plain, context)
    assert ("key", "changing") in facts_of(changing, context)


def test_the_audit_speaks_the_words_of_the_console() -> None:
    """Operations and changes by the names that the menu and the forms have; the number of the operation is left out."""
    assert audit_word("start") == "begin charge"
    assert audit_word("setting HeartbeatInterval no longer wanted") == "setting HeartbeatInterval no longer wanted"
    assert audit_word("something new") == "something new"
    assert audit_result("requested (12)") == "asked for"
    assert audit_result("unproved (12)") == "no effect"
    assert audit_result("unproved: server restarted (12)") == "no effect: server restarted"
    assert audit_result('{"pinned_version": null, "accepted": true, "label": "B 2"}') == (
        "pinned version: –, accepted: yes, label: B 2"
    )
    assert audit_result('{"label": "cut') == '{"label": "cut'
    assert audit_result("1 -> 2 (12)") == "1 -> 2 (12)"


def test_the_status_of_a_card_is_a_word() -> None:
    """Also one that OCPP does not know."""
    assert [token_word(status) for status in ("Accepted", "ConcurrentTx", "Odd")] == [
        "accepted",
        "in use elsewhere",
        "Odd",
    ]
