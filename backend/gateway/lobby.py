"""Connections that have not said yet who they are: so many of an address, so many in all; the oldest make room.

A newcomer always gets in, so whoever opens sockets and says nothing turns away his own, and a whole fleet behind one
address is let in as fast as it speaks (RULINGS.md, limits).
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_PER_ADDRESS = 1_000
MOST = 5_000
PATIENCE_S = 2.0
"""Nobody is turned away before that: in a storm all are new, and all speak."""


class Lobby(Generic[T]):
    """Who is in, by address, the oldest first."""

    def __init__(self, trusted: list[str]) -> None:
        self._trusted = [ip_network(network, strict=False) for network in trusted]
        self._in: dict[T, tuple[str, float]] = {}
        """Address, and since when by the monotonic clock."""
        self._of_address: dict[str, dict[T, None]] = {}

    def __len__(self) -> int:
        return len(self._in)

    def enter(self, who: T, address: str, monotonic: float) -> T | None:
        """Somebody comes in; who has to go for it."""
        self._in[who] = (address, monotonic)
        here = self._of_address.setdefault(address, {})
        here[who] = None
        oldest = None
        if len(here) > MOST_PER_ADDRESS and not self._is_trusted(address):
            oldest = next(iter(here))
        elif len(self._in) > MOST:
            oldest = next(iter(self._in))
        return oldest if oldest is not None and monotonic - self._in[oldest][1] >= PATIENCE_S else None

    def leave(self, who: T) -> None:
        """Somebody has said who it is, or is gone."""
        if who not in self._in:
            return
        address, _ = self._in.pop(who)
        here = self._of_address[address]
        del here[who]
        if not here:
            del self._of_address[address]

    def _is_trusted(self, address: str) -> bool:
        try:
            host = ip_address(address)
        except ValueError:
            return False
        return any(host in network for network in self._trusted)
