"""The bounded list of stations that nobody has registered yet."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

MAX_PENDING = 1_000
MAX_PENDING_PER_ADDRESS = 50


def host_of(address: str) -> str:
    """The host of `HOST`, `HOST:PORT` or `[HOST]:PORT`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    head, _, port = address.rpartition(":")
    return head if head and ":" not in head and port.isdigit() else address


class PendingList:
    """Counts who waits, and from where. A slot is free again when the station is accepted, blocked or removed."""

    def __init__(self, trusted_networks: list[str]) -> None:
        self._trusted: list[IPv4Network | IPv6Network] = [ip_network(text, strict=False) for text in trusted_networks]
        self._host: dict[str, str] = {}
        self._per_host: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._host)

    def __contains__(self, key: str) -> bool:
        return key in self._host

    def keys(self) -> list[str]:
        """Who waits, the longest waiting first."""
        return list(self._host)

    def has_room(self, address: str) -> bool:
        """Whether one more from `address` fits: 1,000 in all, 50 an address unless its network is trusted."""
        if len(self._host) >= MAX_PENDING:
            return False
        host = host_of(address)
        return self._per_host[host] < MAX_PENDING_PER_ADDRESS or self._is_trusted(host)

    def add(self, key: str, address: str) -> None:
        """Let `key` wait, whether there is room or not."""
        self.discard(key)
        host = host_of(address)
        self._host[key] = host
        self._per_host[host] += 1

    def discard(self, key: str) -> None:
        """`key` waits no longer."""
        host = self._host.pop(key, None)
        if host is not None:
            self._per_host[host] -= 1
            if not self._per_host[host]:
                del self._per_host[host]

    def _is_trusted(self, host: str) -> bool:
        try:
            found = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network or found in network for network in self._trusted)
