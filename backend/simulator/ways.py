"""By which way a virtual station reaches its central system: address, security profile, and the way back when the new
one fails (1.6 security whitepaper, A05; 2.0.1 B09, B10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from backend.simulator.station import VirtualStation

ATTEMPTS = 3
"""On a new way, before the old one is taken again."""
MOVE_S = 1.0


class Way(NamedTuple):
    """One way in."""

    url: str
    profile: int


class Ways:
    """The way in use, and the one that is tried."""

    def __init__(self, station: VirtualStation, url: str) -> None:
        self._station = station
        self._now = Way(url, 2 if url.startswith("wss://") else 0)
        self._before: Way | None = None
        self._failed = 0
        self._slots: dict[int, Way] = {}
        self._next: Way | None = None
        """Taken at the next restart."""

    @property
    def profile(self) -> int:
        return self._now.profile

    def judge(self, profile: int) -> bool:
        """Whether a move to a profile is possible: never down, and only with what it needs."""
        station = self._station
        trust = station.trust
        able = {
            0: True,
            1: bool(station.link.password),
            2: bool(station.link.password) and trust.has_root,
            3: trust.has_root and trust.has_certificate,
        }
        return profile >= self.profile and able.get(profile, False)

    def move(self, profile: int) -> None:
        """1.6: come back by the new profile's way, at the address that is set now."""
        config = self._station.config
        setting = config.by_key("CentralSystemURL")
        told = config.value(setting) if setting is not None else ""
        url = told or self._now.url
        if profile >= 2 and url.startswith("ws://"):
            url = "wss://" + url.removeprefix("ws://")
        self._try(Way(url, profile))
        self._station.drop_link(MOVE_S, "close")

    def keep(self, slot: int, url: str, profile: int) -> bool:
        """2.x SetNetworkProfile."""
        if not self.judge(profile) or not 0 <= slot <= 9:
            return False
        self._slots[slot] = Way(url, profile)
        return True

    def order(self, slots: list[int]) -> bool:
        """2.x NetworkConfigurationPriority: the first is taken at the next restart."""
        if not slots or slots[0] not in self._slots:
            return False
        self._next = self._slots[slots[0]]
        return True

    def restarting(self) -> None:
        """Take what waits for a restart."""
        if self._next is not None:
            self._try(self._next)
            self._next = None

    def opened(self) -> None:
        """The way holds."""
        self._before, self._failed = None, 0

    def closed(self) -> None:
        """A connection did not come to be, or was lost."""
        if self._before is None:
            return
        self._failed += 1
        if self._failed > ATTEMPTS:
            self._take(self._before)
            self._before = None

    def _try(self, way: Way) -> None:
        if way == self._now:
            return
        self._before, self._failed = self._now, 0
        self._take(way)

    def _take(self, way: Way) -> None:
        self._now = way
        station = self._station
        tls = station.trust.context(client=way.profile == 3) if way.profile >= 2 else None
        station.link.go(way.url, tls, shows_key=way.profile != 3)
        setting = station.config.by_key("SecurityProfile")
        if setting is not None:
            station.config.put(setting, str(way.profile))
