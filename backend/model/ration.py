"""Wrong keys are rationed per address and identity: neighbours behind the same address go on (RULINGS.md, limits)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

MOST = 5
WINDOW_S = 60.0
MOST_KEPT = 20_000


class Ration:
    """Counts failures; time is the monotonic clock's."""

    def __init__(self, trusted: list[str]) -> None:
        self._trusted = [ip_network(network, strict=False) for network in trusted]
        self._failures: dict[tuple[str, str], tuple[float, int]] = {}

    def spent(self, address: str, identity: str, monotonic: float) -> bool:
        """Whether that many failures have to be enough for now."""
        since, count = self._failures.get((address, identity.casefold()), (monotonic, 0))
        return count >= MOST and monotonic - since < WINDOW_S and not self._is_trusted(address)

    def failed(self, address: str, identity: str, monotonic: float) -> None:
        """One more; the window begins with the first."""
        key = (address, identity.casefold())
        since, count = self._failures.pop(key, (monotonic, 0))
        if monotonic - since >= WINDOW_S:
            since, count = monotonic, 0
        self._failures[key] = (since, count + 1)
        if len(self._failures) > MOST_KEPT:
            del self._failures[next(iter(self._failures))]

    def passed(self, address: str, identity: str) -> None:
        """The right key: what was before is forgotten."""
        if self._failures:
            self._failures.pop((address, identity.casefold()), None)

    def _is_trusted(self, address: str) -> bool:
        try:
            host = ip_address(address)
        except ValueError:
            return False
        return any(host in network for network in self._trusted)
