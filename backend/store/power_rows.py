"""The power of past hours, from the curves of sessions."""

from __future__ import annotations

import sqlite3

from backend.model.clock import Instant

HOUR_S = 3600
_BY_HOUR = """
SELECT s.station, CAST(r.at / 3600 AS INTEGER) AS hour,
       sum(r.power_w) / count(r.power_w) * max(0.0, min(coalesce(s.ended, ?3), (CAST(r.at / 3600 AS INTEGER) + 1) * 3600.0)
           - max(s.started, CAST(r.at / 3600 AS INTEGER) * 3600.0)) / 3600.0
FROM session s JOIN reading r ON r.session = s.id
WHERE s.started >= ?1 AND s.started < ?3 AND (s.ended IS NULL OR s.ended > ?2)
  AND r.at >= ?2 AND r.at < ?3 AND r.power_w IS NOT NULL
GROUP BY s.id, hour
"""
LONGEST_S = 86_400.0
"""A session that began longer before the stretch than this is not looked for."""


def hourly_power(db: sqlite3.Connection, begin: Instant, end: Instant) -> list[tuple[str, int, float]]:
    """(station, hour since 1970, mean W over that hour) of every session in [begin, end): its readings' mean, by the
    part of the hour that it lasted."""
    rows = db.execute(_BY_HOUR, (begin - LONGEST_S, begin, end))
    return [(station, hour, power) for station, hour, power in rows if power]
