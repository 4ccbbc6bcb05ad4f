"""The power of past hours, from the curves of sessions."""

from __future__ import annotations

import sqlite3

from backend.model.clock import Instant

_BY_HOUR = """
WITH part AS (
    SELECT s.station, s.started, coalesce(s.ended, ?3) AS ended, CAST(r.at / 3600 AS INTEGER) AS hour,
           avg(r.power_w) AS power_w
    FROM session s JOIN reading r ON r.session = s.id
    WHERE s.started >= ?1 AND s.started < ?3 AND (s.ended IS NULL OR s.ended > ?2)
      AND r.at >= ?2 AND r.at < ?3 AND r.power_w IS NOT NULL
    GROUP BY s.id, hour
)
SELECT station, hour, power_w * max(0.0, min(ended, (hour + 1) * 3600.0) - max(started, hour * 3600.0)) / 3600.0
FROM part
"""
LONGEST_S = 86_400.0
"""A session that began longer before the stretch than this is not looked for."""


def hourly_power(db: sqlite3.Connection, begin: Instant, end: Instant) -> list[tuple[str, int, float]]:
    """(station, hour since 1970, mean W over that hour) of every session in [begin, end): its readings' mean, by the
    part of the hour that it lasted."""
    rows = db.execute(_BY_HOUR, (begin - LONGEST_S, begin, end))
    return [(station, hour, power) for station, hour, power in rows if power]
