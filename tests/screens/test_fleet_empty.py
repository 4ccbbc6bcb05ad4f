"""What the Fleet says where there is no row."""

from __future__ import annotations

from screens.fleet_empty import empty_words
from widgets.line import hint_line


def test_a_newcomer_is_told_the_address_to_set() -> None:
    """An empty network names where its first station comes in."""
    words = empty_words(outlets=0, filter_text="", trouble_only=False, address="10.0.0.1:9000")
    assert "  ws://10.0.0.1:9000/ocpp/ITS-ID" in [text for text, _ in words]
    assert any("page 7" in text for text, _ in words)


def test_what_hides_every_row_is_named() -> None:
    """A filter or the trouble view, and the key that ends it; a network with rows needs no hint."""
    assert "state:x" in empty_words(outlets=3, filter_text="state:x", trouble_only=False, address="")[0][0]
    assert "!" in empty_words(outlets=3, filter_text="", trouble_only=True, address="")[1][0]
    assert empty_words(outlets=3, filter_text="", trouble_only=False, address="") == []


def test_a_line_past_the_hint_is_blank() -> None:
    """Drawn at any height without an error."""
    assert hint_line(80, [], 5).width == 80
