"""What is asked and what is sent when the register is changed."""

from __future__ import annotations

import itertools

import pytest

from backend.model import requests
from backend.model.resources import OutletResource, SiteResource, StationResource, TokenResource
from backend.model.words import Activity, BootStatus, Known, Link
from screens import register_forms as forms
from screens.register_tables import COLUMNS, key_of

SITE = SiteResource(id="s1", name="Torget", address="Gatan 1", capacity_w=88_000.0)
STATION = StationResource(
    id="A",
    ocpp_version="1.6",
    link=Link.ONLINE,
    boot_status=BootStatus.ACCEPTED,
    last_heard=None,
    site="s1",
    vendor="V",
    model="M",
    firmware="1",
    outlets=[],
)
OUTLET = OutletResource(
    outlet="A:1",
    state="Available",
    activity=Activity.IDLE,
    since=None,
    known=Known.LIVE,
    session=None,
    station="A",
    evse=1,
)
TOKEN = TokenResource(token="04••••••9F", status="Accepted", group="G")
ENTRIES = {"sites": SITE, "stations": STATION, "outlets": OUTLET, "tokens": TOKEN}
CHANGES = {
    "sites": requests.SiteChange,
    "stations": requests.StationChange,
    "outlets": requests.OutletChange,
    "tokens": requests.TokenChange,
}


@pytest.mark.parametrize("kind", list(forms.KINDS))
def test_every_field_is_one_of_the_api(kind: str) -> None:
    """A form cannot ask for what the server does not take."""
    known = set(CHANGES[kind].__struct_fields__)
    assert {asked.name for asked in forms.KINDS[kind]} <= known


@pytest.mark.parametrize("kind", list(forms.KINDS))
def test_nothing_changed_sends_nothing(kind: str) -> None:
    """The values as they came are no change."""
    entry = ENTRIES[kind]
    values = {field.id: field.value for field in forms.fields(kind, entry)}
    if kind == "tokens":
        values["token"] = "04A2"
    assert forms.change(kind, entry, values)[1] == {}
    assert forms.of_kind(kind, entry)


def test_only_what_differs_is_sent() -> None:
    """An emptied site is null, an emptied name is empty."""
    values = {field.id: field.value for field in forms.fields("stations", STATION)} | {"site": "", "note": "new"}
    assert forms.change("stations", STATION, values) == ("A", {"site": None, "note": "new"})


def test_a_new_entry_sends_what_was_given() -> None:
    """Empty fields are left to the server."""
    values = {field.id: field.value for field in forms.fields("sites", None)} | {
        "id": "s2",
        "name": "Nytt",
        "capacity_kw": "44,5",
    }
    assert forms.change("sites", None, values) == (
        "s2",
        {"name": "Nytt", "capacity_kw": "44.5", "time_zone": "Europe/Stockholm"},
    )


def test_the_token_of_a_change_is_typed_in_full() -> None:
    """The list holds it masked only."""
    fields = forms.fields("tokens", TOKEN)
    assert fields[0].id == "token"
    assert fields[0].value == ""
    values = {field.id: field.value for field in fields} | {"token": "04A2B39F", "expires": "2026-01-31"}
    assert forms.change("tokens", TOKEN, values) == ("04A2B39F", {"expires": "2026-01-31T23:59:59Z"})


def test_columns_do_not_overlap() -> None:
    """On small and on wide screens every column ends before the next begins."""
    for columns in COLUMNS.values():
        for wide in (False, True):
            shown = [column for column in columns if wide or not column.wide]
            for before, after in itertools.pairwise(shown):
                assert before.end <= after.x, before.head()


def test_entries_are_known_by_their_names() -> None:
    """A token by what the server calls it, never by its number."""
    assert [key_of(entry) for entry in ENTRIES.values()] == ["s1", "A", "A:1", "04••••••9F"]


def test_choices_read_as_words_and_are_sent_as_values() -> None:
    """What the arrows go through is shown in words."""
    for kind, entry in ENTRIES.items():
        for field in forms.fields(kind, entry):
            assert not any("_" in field.words.get(choice, choice) for choice in field.choices), field.id
    status = next(
        field for field in forms.fields("tokens", TokenResource(token="04••••••9F", status="Blocked")) if field.choices
    )
    assert (status.value, status.words[status.value]) == ("Blocked", "blocked")
