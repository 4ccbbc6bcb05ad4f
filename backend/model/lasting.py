"""A large dictionary that stays, which the search for garbage forgets once it was put aside.

The interpreter stops to look into a `dict` as long as it holds nothing that could be part of a cycle, and takes it for
a new object as soon as something is put in that could: with a fresh tuple as its key, at every assignment. One of
60,000 outlets is then gone through again, 5 ms, at the next search. It never does so with a subclass: once put aside
(`backend.watches.garbage`) this stays aside.
"""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lasting(dict[K, V]):
    """A `dict` in everything else."""

    __slots__ = ()
