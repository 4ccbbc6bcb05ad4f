"""What comes out of the edge is harmless: sanitising, masking, outlet names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.mask import MASK, mask_token
from backend.model.outlet_id import OutletId, parse_outlet
from backend.model.sanitise import clean


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
    assert parse_outlet(str(outlet)) == outlet


@pytest.mark.parametrize("text", ["CP1", "CP1:", ":1", "CP1:x", "CP1:1234567", ""])
def test_what_names_no_outlet_says_how_one_is_written(text: str) -> None:
    """The message tells the form."""
    with pytest.raises(ValueError, match="STATION:EVSE"):
        parse_outlet(text)
