"""The connection to a station, as live state sees it: who is there, since when, and when it was away."""

from __future__ import annotations

from backend.model.change import Change, LinkChanged, StationChanged
from backend.model.clock import Instant
from backend.model.event import Connected, Disconnected
from backend.model.station import Station
from backend.model.words import Link

DEAF_AFTER = 3
"""Calls of ours in a row that nobody answered, while it talks (domain.md 1.1)."""
CONNECTS_KEPT = 200
ABSENCES_KEPT = 20
HOUR_S = 3600.0


def connected(station: Station, event: Connected) -> list[Change]:
    """A socket was accepted; an earlier one is replaced without a word."""
    if station.connection is not None:
        station.replaced = [t for t in station.replaced if t > event.learned - HOUR_S][-CONNECTS_KEPT + 1 :]
        station.replaced.append(event.learned)
    station.connection = event.connection
    station.version = event.version
    station.address = event.address
    station.security_profile = event.security_profile
    station.last_heard = event.learned
    station.timeouts = 0
    station.connects = [t for t in station.connects if t > event.learned - HOUR_S][-CONNECTS_KEPT + 1 :]
    if station.lost_by_us:
        station.lost_by_us, station.brought_back = False, event.learned
    else:
        station.connects.append(event.learned)
    if station.link is Link.OFFLINE and station.link_since is not None:
        station.absences.append((station.link_since, event.learned))
        del station.absences[:-ABSENCES_KEPT]
    changes: list[Change] = [StationChanged(station=station, at=event.learned)]
    if station.link is not Link.ONLINE:
        changes.append(set_link(station, Link.ONLINE, event.learned))
    return changes


def disconnected(station: Station, event: Disconnected) -> list[Change]:
    """A socket is gone. The close of a replaced one means nothing (field lesson 7)."""
    if station.connection != event.connection:
        return []
    station.connection = None
    at = event.learned
    if event.code == 1006 and station.last_heard is not None:
        at = min(at, station.last_heard)
    return [set_link(station, Link.OFFLINE, at)]


def call_lost(station: Station, learned: Instant) -> list[Change]:
    """Nobody answered a call of ours; the third time in a row the station is deaf."""
    if station.link not in (Link.ONLINE, Link.DEAF):
        return []
    station.timeouts += 1
    if station.timeouts < DEAF_AFTER or station.link is Link.DEAF:
        return []
    return [set_link(station, Link.DEAF, learned)]


def call_answered(station: Station, learned: Instant) -> list[Change]:
    """A call of ours was answered: it is not deaf."""
    station.timeouts = 0
    if station.link is not Link.DEAF:
        return []
    return [set_link(station, Link.ONLINE, learned)]


def set_link(station: Station, link: Link, at: Instant) -> LinkChanged:
    before = station.link
    station.link = link
    station.link_since = at
    return LinkChanged(station=station, before=before, after=link, at=at)
