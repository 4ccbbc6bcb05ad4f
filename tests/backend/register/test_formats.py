"""How outlets, contracts, cards and stickers are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.register.formats import (
    evse_key,
    normalise_emaid,
    normalise_evse_id,
    normalise_uid,
    reversed_uid,
    sticker_key,
    token_key,
)

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALNUM = UPPER + "0123456789"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SE*CNO*E1234*1", "SE*CNO*E1234*1"),
        ("secnoe12341", "SE*CNO*E12341"),
        (" SE*CNOE1234 ", "SE*CNO*E1234"),
        ("SE*VAT*E*1234", "SE*VAT*E1234"),
        ("DE*8AA*E" + "9" * 31, "DE*8AA*E" + "9" * 31),
        ("+46*123*4567", "+46*123*4567"),
    ],
)
def test_evse_ids_get_their_starred_form(text: str, expected: str) -> None:
    """Any accepted spelling becomes the one that is stored; a stray star after the E goes (domain.md 7)."""
    assert normalise_evse_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SE",
        "SE*CNO*1234",
        "SE*CNO*E",
        "SE*CNO*E*",
        "SE*CNO*E1234*",
        "SE CNO E1234",
        "SE_CNO_E1234",
        "S1*CNO*E1",
        "SE*CNO*E" + "9" * 32,
        "ЅЕ*CNO*E1234",
        "+46*12*1",
        "CSR-0001234",
        "SE*CNO*E12\n34",
    ],
)
def test_what_is_no_evse_id_is_refused(text: str) -> None:
    """Blanks, underscores, foreign letters, too long or ending in a star: refused with what one looks like."""
    with pytest.raises(ValueError, match=r"SE\*CNO\*E1234\*1"):
        normalise_evse_id(text)


@given(
    country=st.text(UPPER, min_size=2, max_size=2),
    operator=st.text(ALNUM, min_size=3, max_size=3),
    first=st.sampled_from(ALNUM),
    middle=st.text(ALNUM + "*", max_size=29),
    last=st.sampled_from(ALNUM),
    stars=st.tuples(st.booleans(), st.booleans()),
    lower=st.booleans(),
)
def test_every_spelling_of_an_evse_id_is_one(
    country: str, operator: str, first: str, middle: str, last: str, stars: tuple[bool, bool], lower: bool
) -> None:
    """Normalising is stable, does not depend on stars or case, and keeps the key."""
    outlet = first + middle + last
    text = country + "*" * stars[0] + operator + "*" * stars[1] + "E" + outlet
    normal = normalise_evse_id(text.lower() if lower else text)
    assert normal == f"{country}*{operator}*E{outlet}"
    assert normalise_evse_id(normal) == normal
    assert evse_key(normal) == evse_key(text.lower()) == normal.replace("*", "")


def test_two_evse_ids_may_share_a_key() -> None:
    """`E1234*1` and `E123*41` collapse alike, so the key alone does not tell them apart."""
    assert evse_key("SE*CNO*E1234*1") == evse_key("SE*CNO*E123*41")
    assert normalise_evse_id("SE*CNO*E1234*1") != normalise_evse_id("SE*CNO*E123*41")


@given(st.text())
def test_any_text_has_keys(text: str) -> None:
    """Looking something up never fails, whatever was typed."""
    assert isinstance(evse_key(text) + sticker_key(text) + token_key(text), str)
    assert normalise_uid(text) is None or reversed_uid(reversed_uid(text) or "") == normalise_uid(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SE-CNO-C12345678-X", "SE-CNO-C12345678-X"),
        ("secnoc12345678x", "SE-CNO-C12345678-X"),
        ("SECNOC12345678", "SE-CNO-C12345678"),
    ],
)
def test_contract_ids_get_their_hyphens(text: str, expected: str) -> None:
    """With or without separators and check digit."""
    assert normalise_emaid(text) == expected


@pytest.mark.parametrize("text", ["", "SE-CNO-12345678", "SE-CNOC12345678", "SE-CNO-C1234567", "SE-CNO-C123456789-XX"])
def test_what_is_no_contract_id_is_refused(text: str) -> None:
    """Separators are all there or none is."""
    with pytest.raises(ValueError, match="SE-CNO-C12345678-X"):
        normalise_emaid(text)


def test_contract_ids_compare_without_hyphens() -> None:
    """A station may send either spelling; other tokens keep their hyphens."""
    assert token_key("SE-CNO-C12345678") == token_key("secnoc12345678")
    assert token_key("04-AB") != token_key("04AB")
    assert token_key(" 04A2B3C4 ") == token_key("04a2b3c4")


def test_card_numbers_turn_round() -> None:
    """Readers print the bytes either way; only 4, 7 and 10 bytes are a card's number."""
    assert reversed_uid("04:a2:b3:C4") == "C4B3A204"
    assert normalise_uid("04 a2 b3 c4 d5 e6 80") == "04A2B3C4D5E680"
    assert normalise_uid("04a2b") is None
    assert reversed_uid("not hex!") is None


def test_sticker_numbers_are_found_however_they_are_read_out() -> None:
    """CSR-0001234, csr 0001234: one sticker."""
    assert sticker_key("CSR-0001234") == sticker_key("csr 0001234")
