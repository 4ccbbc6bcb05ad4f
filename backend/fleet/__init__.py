"""The live state: applies events, emits changes. The only writer of live state."""

from backend.fleet.fleet import Fleet

__all__ = ["Fleet"]
