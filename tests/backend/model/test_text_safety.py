"""What comes out of the edge is harmless: sanitising, masking, outlet names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from backend.model.mask import MASK, mask_token
from backend.model.outlet_id import OutletId, parse_outlet
from backend.model.sanitise import clean
from noc.cli.output import width_of


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
        ("a\u202eb", "ab"),
        ("zero\u200bwidth", "zerowidth"),
        ("two\nlines\there", "two lines here"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("z" + "\u0301" * 50, "z" + "\u0301" * 2),
        ("Malmö C", "Malmö C"),
        ("[/red]", "[/red]"),
        ("\x9b2Jcsi", "\N{REPLACEMENT CHARACTER}2Jcsi"),
        ("\u0301begins", "begins"),
        ("\U0001f1f8\U0001f1ea", "SE"),
        ("\u2764\ufe0f", "\u2764"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\U0001f680"),
        ("\U0001f44b\U0001f3fd", "\U0001f44b"),
        ("\u3164", "\N{REPLACEMENT CHARACTER}"),
        ("\u0915\u093f", "\u0915\N{REPLACEMENT CHARACTER}"),
        ("1\u20e3", "1"),
        ("\u0645\u0631\u062d\u0628\u0627", "\u0645\u0631\u062d\u0628\u0627"),
        ("\u5145\u7535\u6869", "\u5145\u7535\u6869"),
    ],
)
def test_hostile_text_becomes_one_harmless_line(hostile: str, harmless: str) -> None:
    """Escapes, bidirectional marks, floods and lone surrogates lose their teeth; honest text stays."""
    assert clean(hostile) == harmless


@given(text=st.text(alphabet=st.characters(categories=None), max_size=400), limit=st.integers(1, 120))
def test_nothing_dangerous_survives(text: str, limit: int) -> None:
    """Whatever comes in: bounded, encodable, printable."""
    result = clean(text, limit)
    assert len(result) <= limit
    result.encode()
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in result)
    assert clean(result, limit) == result


@given(text=st.text(alphabet=st.characters(categories=None), max_size=80))
def test_everybody_agrees_how_wide_it_is(text: str) -> None:
    """The console's measure, the command line's, and the sum of the single characters: columns stay aligned."""
    result = clean(text)
    assert cell_len(result) == width_of(result) == sum(get_character_cell_size(char) for char in result)


def test_every_character_has_one_width() -> None:
    """All of Unicode, one by one: what is let through is as wide here as there."""
    every = (chr(code) for code in range(0x20, 0x110000) if not 0xD800 <= code <= 0xDFFF)
    kept = [char for char in every if clean(f"a{char}") == f"a{char}"]
    assert len(kept) > 100_000
    assert [hex(ord(char)) for char in kept if width_of(char) != get_character_cell_size(char)] == []


def test_what_was_not_looked_at_is_said_to_be_cut() -> None:
    """A flood of marks hides nothing behind it."""
    assert clean("a" + "\u0301" * 10_000 + "b", 20) == "a\u0301\u0301…"


@given(token=st.text(min_size=1, max_size=255))
def test_at_most_a_third_of_a_token_is_shown(token: str) -> None:
    """RULINGS.md, masking."""
    masked = mask_token(token)
    assert masked is not None
    assert len(masked) - len(MASK) <= len(token) / 3


def test_a_card_is_masked_as_agents_know_it() -> None:
    """Both ends of an RFID number stay readable; no token is no token."""
    assert mask_token("04A2B3C4D5E69F") == "04••••••9F"
    assert mask_token(None) is None


@given(
    station=st.text(min_size=1, max_size=48).filter(lambda s: not s.rpartition(":")[2].isdigit()),
    evse=st.integers(0, 999_999),
    connector=st.none() | st.integers(0, 999_999),
)
def test_outlet_names_read_back(station: str, evse: int, connector: int | None) -> None:
    """Split from the right: identities may hold colons."""
    outlet = OutletId(station, evse, connector)
    assert outlet in parse_outlet(str(outlet))


def test_an_identity_that_ends_in_a_number_is_kept_as_written() -> None:
    """A hardware address: its zeros are part of it, and it is the longer of the two readings."""
    assert parse_outlet("00:11:05:1") == (OutletId("00:11:05", 1), OutletId("00:11", 5, 1))


@pytest.mark.parametrize("text", ["CP1", "CP1:", ":1", "CP1:x", "CP1:1234567", ""])
def test_what_names_no_outlet_says_how_one_is_written(text: str) -> None:
    """The message tells the form."""
    with pytest.raises(ValueError, match="STATION:EVSE"):
        parse_outlet(text)
