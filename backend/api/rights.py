"""The guard before every route: who is it, and may they."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from backend.api.peers import SCOPE_KEY, Peer, tcp_user
from backend.api.people import People, Person
from backend.model.errors import NotPermitted
from backend.model.words import Right
from backend.text import t

if TYPE_CHECKING:
    from backend.api.house import House

log = logging.getLogger(__name__)

RIGHT = "right"
"""Every handler says in its `opt` which right it asks for."""
PERSON = "noc.person"
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1", "noc"})


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let through who may; a route that names no right is closed."""
    house: House = connection.app.state.house
    person = await _who(house.people, connection)
    scope: Any = connection.scope
    scope[PERSON] = person
    right = handler.opt.get(RIGHT)
    if right is None or not person.may(Right(right)):
        raise _missing(person, str(right or "?"))


def demand(person: Person, right: Right) -> None:
    """For routes whose right depends on what is asked.

    Raises:
        NotPermitted: the person lacks it.
    """
    if not person.may(right):
        raise _missing(person, right.value)


def person_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Person:
    """Who the guard found."""
    scope: Any = connection.scope
    found: Person = scope[PERSON]
    return found


def _missing(person: Person, right: str) -> NotPermitted:
    log.warning("%s lacks the right %s", person.name, right, extra={"event": "refused", "who": person.name})
    return NotPermitted(
        "not_permitted",
        t("{name} lacks the right {right!r}.", name=person.name, right=right),
        t("Roles are given in the server's role file; ask its operator."),
    )


async def _who(people: People, connection: ASGIConnection[Any, Any, Any, Any]) -> Person:
    scope: Any = connection.scope
    peer: Peer = scope[SCOPE_KEY]
    person: Person | None = None
    if peer.uid is not None and peer.gid is not None:
        person = people.of_user(peer.uid, peer.gid)
        if person is None:
            raise _stranger(f"uid {peer.uid}")
        return person
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    if kind.casefold() == "bearer" and token:
        person = people.of_token(token.strip(), peer.remote[0] if peer.remote is not None else "")
    elif peer.is_loopback and _is_direct(connection):
        uid = await asyncio.to_thread(tcp_user, peer)
        if uid is not None:
            person = people.of_user(uid, None)
    if person is None:
        raise _stranger(t("This connection"))
    return person


def _is_direct(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Not a web page's doing: browsers say where a request comes from, and what name led here."""
    host = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    return "origin" not in connection.headers and host in _LOCAL_NAMES


def _stranger(name: str) -> NotPermitted:
    log.warning("%s has no role here", name, extra={"event": "login_refused"})
    return NotPermitted(
        "not_permitted",
        t("{name} has no role at this server.", name=name),
        t("Without a role file only root and the server's own user get in; over a network a bearer token is needed."),
    )
