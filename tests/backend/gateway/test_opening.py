"""The handshake by hand says what the library says, or leaves it to the library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from backend.gateway.opening import MOST_BYTES, Opening, read_opening, switching

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
USUAL = {
    "Host": "csms.example:9000",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "ocpp1.6",
}


class Library(ServerProtocol):
    """It leaves the choice of a subprotocol to the reception."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        return None


def request(headers: list[tuple[str, str]], path: str = "/ocpp/CP-1", end: str = "\r\n") -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return end.join(lines).encode("utf-8", "surrogateescape")


def library(data: bytes) -> tuple[Request | None, int, str]:
    """The request as the library reads it, the status of its answer, and the accept key."""
    ws = Library()
    ws.receive_data(data)
    if not ws.events or not isinstance(ws.events[0], Request):
        return None, 0, ""
    response = ws.accept(ws.events[0])
    return ws.events[0], response.status_code, response.headers.get("Sec-WebSocket-Accept", "")


def agree(data: bytes) -> Opening | None:
    """What is read by hand is what the library accepts, in every detail that matters."""
    opening = read_opening(data)
    if opening is not None:
        read, status, accept = library(data)
        assert read is not None
        assert status == 101
        assert opening.path == read.path
        assert opening.subprotocols == read.headers.get_all("Sec-WebSocket-Protocol")
        assert opening.authorization == read.headers.get_all("Authorization")
        assert f"Sec-WebSocket-Accept: {accept}\r\n".encode() in switching(opening, None, 0.0)
    return opening


def test_the_usual_request_is_read_by_hand() -> None:
    """With whatever else stations send along."""
    more = [*USUAL.items(), ("User-Agent", "charger/1"), ("Authorization", "Basic Q1AtMTp4"), ("Origin", "null")]
    opening = agree(request(more))
    assert opening == Opening("/ocpp/CP-1", KEY, ["ocpp1.6"], ["Basic Q1AtMTp4"])
    answer = switching(opening, "ocpp1.6", 0.0).decode()
    assert answer.startswith("HTTP/1.1 101 Switching Protocols\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n" in answer


@pytest.mark.parametrize(
    "data",
    [
        request(list(USUAL.items()))[:-1],
        request(list(USUAL.items())) + b"\x81\x80",
        request(list(USUAL.items()), end="\n"),
        request([*USUAL.items(), ("Host", "twice")]),
        request([*USUAL.items(), ("Content-Length", "4")]),
        request([*USUAL.items(), ("X-Odd", "åäö")]),
        request([*USUAL.items(), ("X-Folded", "a\r\n b")]),
        request([*USUAL.items(), ("X-Long", "x" * MOST_BYTES)]),
        request([(name, value) for name, value in USUAL.items() if name != "Host"]),
        request(list({**USUAL, "Connection": "keep-alive"}.items())),
        request(list({**USUAL, "Upgrade": "h2c"}.items())),
        request(list({**USUAL, "Sec-WebSocket-Version": "8"}.items())),
        request(list({**USUAL, "Sec-WebSocket-Key": "short"}.items())),
        request([*USUAL.items(), ("Sec-WebSocket-Protocol", "ocpp2.1"), ("Sec-WebSocket-Extensions", "x")]),
        request(list(USUAL.items()), path="*"),
        request(list(USUAL.items())).replace(b"GET", b"POST"),
        request(list(USUAL.items())).replace(b"HTTP/1.1", b"HTTP/1.0"),
        b"",
    ],
)
def test_what_is_unusual_is_left_to_the_library(data: bytes) -> None:
    """In pieces, twice, folded, with a body, too long, not for us: it is judged where all oddities are."""
    assert read_opening(data) is None


NAMES = st.sampled_from([*USUAL, "sec-websocket-protocol", "AUTHORIZATION", "Sec-WebSocket-Extensions", "X-Any", "X Y"])
VALUES = st.one_of(
    st.sampled_from([*USUAL.values(), "Websocket", "keep-alive, upgrade", "upgrade;q=1", "ocpp2.0.1, ocpp1.6", ""]),
    st.text(st.characters(min_codepoint=9, max_codepoint=255), max_size=20),
)
PATHS = st.sampled_from(["/ocpp/CP%201", "/", "//x", "/CP-1?version=1.6", "/a b", "http://h/x", "*", "/å"])


@given(st.permutations(list(USUAL.items())), st.lists(st.tuples(NAMES, VALUES), max_size=3), PATHS, st.booleans())
def test_by_hand_and_by_the_library_agree(
    usual: list[tuple[str, str]], more: list[tuple[str, str]], path: str, replaced: bool
) -> None:
    """Whatever is mixed in: the hand accepts nothing that the library would refuse, and reads the same."""
    headers = usual[len(more) :] + more if replaced else usual + more
    agree(request(headers, path))
