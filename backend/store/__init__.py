"""What is on disk: SQLite in WAL, one writer thread with group commit, readers beside it, the trace in its own file."""

from backend.store.store import Store

__all__ = ["Store"]
