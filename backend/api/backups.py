"""A copy of the database, made while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Request, post
from litestar.params import JSONBody

from backend.api.changes import record
from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, needs
from backend.model.errors import Invalid
from backend.model.requests import BackupRequest
from backend.model.resources import BackupResource
from backend.model.words import Right
from backend.text import t


@post("/v1/backups", opt=needs(Right.ADMINISTER), status_code=200, responses=FAILS)
async def make_backup(request: Request[Any, Any, Any], data: JSONBody[BackupRequest]) -> BackupResource:
    """Copy the database to a file on the server's machine; answered when the copy is proved."""
    if "\0" in data.path or not data.path.startswith("/"):
        raise Invalid("bad_file", t("{path!r} is no absolute file name", path=data.path[:200]))
    house = house_of(request)
    made = await house.store.back_up(Path(data.path), house.clock.now())
    record(house, person_of(request), "backup", made.path)
    return made
