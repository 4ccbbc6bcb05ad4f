"""Every reason that the gateway gives has words."""

from __future__ import annotations

import re
from pathlib import Path

from backend.text.handshakes import handshake_reason

GATEWAY = Path(__file__).parents[3] / "backend" / "gateway"
REASONS = (
    "no_identity", "bad_identity", "blocked", "no_room", "no_subprotocol", "tls_on_plain", "not_http", "bad_handshake",
    "no_upgrade", "wrong_method", "http_1_0", "handshake_timeout", "too_many_waiting",
    "many_failures",
)  # fmt: skip


def test_reasons_are_those_of_the_gateway_and_have_words() -> None:
    """A reason that the gateway knows is a sentence here, and none is left over."""
    code = " ".join(path.read_text(encoding="utf-8") for path in GATEWAY.glob("*.py"))
    for reason in REASONS:
        assert re.search(rf'"{reason}"', code), reason
        assert handshake_reason(reason) != reason.replace("_", " ")


def test_an_unknown_reason_keeps_its_own_words() -> None:
    """Nothing is hidden."""
    assert handshake_reason("new_kind") == "new kind"
