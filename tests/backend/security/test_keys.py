"""Keys as stations show them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.gateway.basic import Basic, is_user, read_basic
from backend.model.clock import HeldClock
from backend.model.credential import Slot
from backend.model.errors import Invalid, Unknown
from backend.model.ration import MOST, WINDOW_S, Ration
from backend.model.register import StationEntry
from backend.model.settings import OcppSettings
from backend.register.register import Register
from backend.security import keys
from backend.security.certificates import Certificates
from backend.security.credentials import Credentials


@pytest.fixture
def credentials() -> Credentials:
    clock = HeldClock()
    register = Register(clock, OcppSettings())
    register.put_station(StationEntry(id="CP-1"))
    return Credentials(clock, register, Certificates(clock, "Nordkraft"))


@given(st.binary(min_size=16, max_size=20))
def test_a_hexadecimal_key_is_shown_raw_or_as_text(key: bytes) -> None:
    """Set as 1.6 sends it; the station shows the bytes, or their text in either case (field lesson 15)."""
    method, salt, digest = keys.hashed(keys.canonical(key.hex().encode()))
    assert method == "blake2b"
    for shown in (key, key.hex().encode(), key.hex().upper().encode()):
        found = {keys.digest(method, salt, meant) for _, meant in keys.readings(shown)}
        assert digest in found


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_any_text_is_a_key_and_another_is_not(text: str) -> None:
    """2.x uses the password as text; what was changed by a character is another key."""
    clock = HeldClock()
    register = Register(clock, OcppSettings())
    register.put_station(StationEntry(id="CP-1"))
    credentials = Credentials(clock, register, Certificates(clock, ""))
    try:
        credentials.put("CP-1", text, "a")
    except Invalid:
        return
    assert credentials.match("cp-1", text.encode()) is not None
    assert credentials.match("cp-1", text.encode() + b"x") is None


def test_the_old_key_is_dead_only_after_accepted(credentials: Credentials) -> None:
    """Both count while nobody knows; refused: the old one alone, accepted or shown: the new one alone."""
    old, new, newer = keys.new_key(), keys.new_key(), keys.new_key()
    credentials.put("CP-1", old, "a")
    credentials.propose("CP-1", new, "a")
    assert credentials.match("CP-1", old.encode()) is not None
    credentials.withdraw("CP-1")
    assert credentials.match("CP-1", new.encode()) is None
    credentials.propose("CP-1", new, "a")
    credentials.confirm("CP-1")
    assert credentials.match("CP-1", old.encode()) is None
    credentials.propose("CP-1", newer, "a")
    assert credentials.match("CP-1", bytes.fromhex(newer)) is not None
    assert credentials.match("CP-1", new.encode()) is None
    assert list(credentials.of("CP-1")) == [Slot.CURRENT]


def test_a_short_key_is_hashed_slowly_once(credentials: Credentials) -> None:
    """And is right again and again, wrong ones stay wrong."""
    credentials.put("CP-1", "hunter2", "a")
    assert credentials.of("CP-1")[Slot.CURRENT].method == "scrypt"
    for _ in range(50):
        assert credentials.match("CP-1", b"hunter2") is not None
    assert credentials.match("CP-1", b"hunter3") is None
    credentials.put("CP-1", "hunter4", "a")
    assert credentials.match("CP-1", b"hunter2") is None


def test_a_removed_station_takes_its_key_with_it(credentials: Credentials) -> None:
    """Nothing is left that a station of that name could meet later."""
    credentials.put("CP-1", keys.new_key(), "a")
    credentials._register.remove("station", "CP-1")
    assert not credentials.has_key("CP-1")
    with pytest.raises(Unknown):
        credentials.put("CP-1", keys.new_key(), "a")
    with pytest.raises(Unknown):
        credentials.remove("CP-1")


@pytest.mark.parametrize("key", ["", "a\x1bb", "x" * 200])
def test_what_cannot_be_a_key_is_refused(credentials: Credentials, key: str) -> None:
    """With words that tell what OCPP wants."""
    with pytest.raises(Invalid):
        credentials.put("CP-1", key, "a")


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([], None),
        (["Basic Q1AxOnNlY3JldA=="], Basic(b"CP1", b"secret")),
        (["basic Q1AxOnNlY3JldA"], Basic(b"CP1", b"secret")),
        (["BASIC   Q1AxOg=="], Basic(b"CP1", b"")),
        (["Basic Q1AxOv/+"], Basic(b"CP1", b"\xff\xfe")),
        (["Basic Q1Ax"], "credentials_broken"),
        (["Basic"], "credentials_broken"),
        (["Bearer x"], "credentials_scheme"),
        (["Basic Q1AxOnNlY3JldA==", "Basic Q1AxOnNlY3JldA=="], "credentials_twice"),
        (["Basic " + "Q" * 5000], "credentials_broken"),
    ],
)
def test_basic_headers_are_read_as_bytes(headers: list[str], wanted: object) -> None:
    """Odd padding, odd cases, bytes that are no text; what cannot be read has a word."""
    assert read_basic(headers) == wanted


@given(st.lists(st.text(max_size=60), max_size=3))
def test_no_header_breaks_the_reader(headers: list[str]) -> None:
    """Whatever a stranger sends."""
    assert isinstance(read_basic(headers), Basic | str | None)


def test_users_are_compared_without_case() -> None:
    """As identities are everywhere."""
    assert is_user(b"cp-1", "CP-1")
    assert not is_user(b"CP-2", "CP-1")
    assert not is_user(b"\xff", "CP-1")


def test_wrong_keys_are_rationed_per_address_and_identity() -> None:
    """A neighbour behind the same address, and the right key from elsewhere, go on; after a minute it starts anew."""
    ration = Ration(["10.0.0.0/8"])
    for _ in range(MOST):
        assert not ration.spent("192.0.2.1", "CP-1", 0.0)
        ration.failed("192.0.2.1", "CP-1", 0.0)
        ration.failed("10.1.1.1", "CP-1", 0.0)
    assert ration.spent("192.0.2.1", "cp-1", 1.0)
    assert not ration.spent("192.0.2.1", "CP-2", 1.0)
    assert not ration.spent("10.1.1.1", "CP-1", 1.0)
    assert not ration.spent("192.0.2.1", "CP-1", WINDOW_S + 1)
    ration.passed("192.0.2.1", "CP-1")
    assert not ration.spent("192.0.2.1", "CP-1", 1.0)
