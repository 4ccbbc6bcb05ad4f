"""How many files the server may hold open, against how many it will need: every station is one of them."""

from __future__ import annotations

import resource

OTHER_FILES = 500
"""The store, consoles, the doors of both, stations that come in while their old connection still stands."""


def raise_limit() -> int:
    """Take all that the machine allows this process; how many files that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # some systems call the hard limit infinite and refuse it all the same
            return soft
    return hard if hard != resource.RLIM_INFINITY else 1 << 30


def limit() -> int:
    """How many files this process may hold open now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 30


def needed(stations: int) -> int:
    """How many files that many stations need, with those of the server itself."""
    return stations + OTHER_FILES
