"""Connections that could not be served: reported once, then counted, so that a scanner cannot flood the list."""

from __future__ import annotations

import logging
from collections import Counter
from ipaddress import ip_address, ip_network

import msgspec

from backend.model.clock import Clock
from backend.model.frame import Handshake
from backend.model.ports import Takes

log = logging.getLogger(__name__)

QUIET_S = 10.0
"""A repetition within this time is only counted."""
MAX_KEYS = 1_000
MAX_REASONS = 60
"""That are counted apart: more than there are words for."""
MAX_PER_ADDRESS = 50
"""Different rows of one address at a time; past it they fall into one."""


class Quarantine:
    """Between the sockets and `Takes.quarantine`."""

    def __init__(self, clock: Clock, takes: Takes, trusted: list[str]) -> None:
        self._clock = clock
        self._takes = takes
        self._trusted = [ip_network(network, strict=False) for network in trusted]
        self._held: dict[tuple[str, str, str], tuple[float, Handshake, int]] = {}
        self._per_address: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        """Since the start, by reason."""

    def report(self, row: Handshake) -> None:
        """Deliver a row, or add it to the count of its like."""
        self.refused[row.reason if row.reason in self.refused or len(self.refused) < MAX_REASONS else "other"] += 1
        key = (row.address, row.reason, row.identity)
        if key not in self._held and not self._room(row.address):
            row = msgspec.structs.replace(row, reason="many_failures", identity="")
            key = (row.address, row.reason, "")
        held = self._held.get(key)
        if held is not None:
            due, _, count = held
            self._held[key] = (due, row, count + 1)
            return
        if len(self._held) < MAX_KEYS:
            self._held[key] = (self._clock.monotonic() + QUIET_S, row, 0)
            self._per_address[row.address] = self._per_address.get(row.address, 0) + 1
        log.info("a connection from %s was refused: %s", row.address, row.reason, extra={"event": "handshake_refused"})
        self._takes.quarantine(row)

    def _room(self, address: str) -> bool:
        if self._per_address.get(address, 0) < MAX_PER_ADDRESS:
            return True
        try:
            host = ip_address(address)
        except ValueError:
            return False
        return any(host in network for network in self._trusted)

    def tick(self, monotonic: float) -> None:
        """Deliver what was counted, and forget what has been quiet."""
        while self._held:
            key = next(iter(self._held))
            due, row, count = self._held[key]
            if monotonic < due:
                return
            del self._held[key]
            left = self._per_address[row.address] - 1
            if left:
                self._per_address[row.address] = left
            else:
                del self._per_address[row.address]
            if count:
                self._takes.quarantine(msgspec.structs.replace(row, count=count))
