"""The SDK without a server: addresses, and what is said when nobody answers or answers nonsense."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.client.address import parse_address
from backend.client.client import Client
from backend.client.feed import FIRST_WAIT_S, Feed
from backend.client.mirror import Lamp, Mirror
from backend.client.transport import failure
from backend.model.clock import HeldClock
from backend.model.errors import Conflict, Invalid, NotPermitted, Unavailable, Unknown
from backend.model.resources import Question


@pytest.mark.parametrize(
    ("text", "path", "http", "feed"),
    [
        ("unix:/run/noc/api.sock", "/run/noc/api.sock", "http://noc", "ws://noc/v1/feed"),
        ("127.0.0.1:8080", None, "http://127.0.0.1:8080", "ws://127.0.0.1:8080/v1/feed"),
        ("http://noc.example", None, "http://noc.example", "ws://noc.example/v1/feed"),
        ("https://noc.example/x/", None, "https://noc.example/x", "wss://noc.example/x/v1/feed"),
    ],
)
def test_addresses(text: str, path: str | None, http: str, feed: str) -> None:
    """The three ways to name a server."""
    assert parse_address(text)[1:] == (path, http, feed)


@pytest.mark.parametrize("text", ["", "unix:", "nowhere", "ftp://x", "http://", "host:port"])
def test_no_addresses(text: str) -> None:
    """Everything else is refused with the form."""
    with pytest.raises(Invalid, match="names no server"):
        parse_address(text)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Invalid), (401, NotPermitted), (403, NotPermitted), (404, Unknown), (409, Conflict), (503, Unavailable)],
)
def test_failures_become_errors(status: int, kind: type[Exception]) -> None:
    """By status; code, message and hint stay."""
    found = failure(status, b'{"error":{"code":"c","message":"m","hint":"h"}}')
    assert type(found) is kind
    assert (found.code, found.message, found.hint) == ("c", "m", "h")


def test_questions_and_nonsense() -> None:
    """A question comes as detail; an answer that is none of ours is told as such."""
    found = failure(
        409,
        b'{"error":{"code":"confirmation_needed","message":"m","question":'
        b'{"operation":"reset","target":"CP-1","station":"CP-1","ends":[],"must_type":"CP-1"}}}',
    )
    assert isinstance(found.detail, Question)
    assert found.detail.must_type == "CP-1"
    assert failure(502, b"<html>").code == "bad_answer"
    assert isinstance(failure(403, b""), NotPermitted)


async def test_nobody_answers(tmp_path: Path) -> None:
    """One error, with the next step."""
    async with Client(f"unix:{tmp_path}/none.sock") as client:
        with pytest.raises(Unavailable) as caught:
            await client.totals()
        assert caught.value.code == "no_server"
        assert "noc serve" in caught.value.hint
        with pytest.raises(Unavailable):
            await client.snapshot(lambda part: None)


async def answering(path: Path, answer: bytes) -> asyncio.Server:
    """A server that says one thing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(serve, path)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", "server_lost"),
        (b"", "server_lost"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "server_lost"),
    ],
)
async def test_somebody_else_answers(tmp_path: Path, answer: bytes, code: str) -> None:
    """Another program, another version, a broken line: never a traceback of the library's."""
    server = await answering(tmp_path / "s", answer)
    async with Client(f"unix:{tmp_path}/s") as client:
        with pytest.raises(Unavailable) as caught:
            await client.totals()
    assert caught.value.code == code
    server.close()


async def test_the_feed_keeps_trying_with_longer_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone, with the next try; the pauses grow, and are bounded."""
    waits: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds >= FIRST_WAIT_S / 2:
            waits.append(seconds)
        await real(0)
        if len(waits) >= 12:
            raise asyncio.CancelledError

    monkeypatch.setattr("backend.client.feed.asyncio.sleep", sleep)
    clock = HeldClock()
    mirror = Mirror(clock)
    tries: list[float | None] = []
    mirror.listen(lambda _: tries.append(mirror.next_try))
    async with Client(f"unix:{tmp_path}/none.sock") as client:
        with pytest.raises(asyncio.CancelledError):
            await Feed(mirror, client).run()
    assert mirror.lamp is Lamp.GONE
    assert all(at is not None and at > clock.now() for at in tries)
    assert waits[0] < 2
    assert max(waits) <= 15 * 1.2
    assert waits[-1] > waits[0] * 5
