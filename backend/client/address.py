"""Where a server is: `unix:PATH`, `HOST:PORT` or a URL."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from backend.model.errors import Invalid
from backend.text import t


class Address(NamedTuple):
    """A server's API, taken apart."""

    text: str
    """As people write it."""
    path: str | None
    """Of the Unix socket; None: TCP."""
    http: str
    """The base of its URLs."""
    feed: str
    """The URL of its feed."""


def parse_address(text: str) -> Address:
    """Read `unix:PATH`, `HOST:PORT`, `http://...` or `https://...`.

    Raises:
        Invalid: it is none of these.
    """
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address(text, text.removeprefix("unix:"), "http://noc", "ws://noc/v1/feed")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme in ("http", "https") and parts.hostname and (parts.port or "://" in text):
            base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
            return Address(text, None, base, "ws" + base.removeprefix("http") + "/v1/feed")
    except ValueError:
        pass
    raise Invalid(
        "bad_server",
        t("{text!r} names no server.", text=text[:200]),
        t("Write unix:PATH, HOST:PORT or a URL."),
    )
