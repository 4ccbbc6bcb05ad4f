"""Who asks, and what they may. The kernel says who is at the other end of a socket; a role file says what they may.

Without a role file root and the user that runs the server have every right, and nobody else gets in. The role file:

    [users]
    anna = "agent_l2"
    [groups]                    # of the operating system
    noc-shift = "shift_lead"
    [roles]                     # besides viewer, agent_l1, agent_l2, engineer, shift_lead
    night = ["read", "acknowledge"]
    [tokens]                    # for TCP: SHA-256 of the bearer token, never the token
    "9f86d0..." = { name = "wall-screen", role = "viewer" }

Root and the server's own user keep every right unless `[users]` says otherwise. Of several roles all rights count.
The file is read again when it has changed; one that cannot be read changes nothing.
"""

from __future__ import annotations

import grp
import hashlib
import hmac
import logging
import os
import pwd
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.model.clock import Clock
from backend.model.errors import Invalid, NotPermitted
from backend.model.ration import Ration
from backend.model.sanitise import clean
from backend.model.words import Right
from backend.text import t

log = logging.getLogger(__name__)

_READ = frozenset({Right.READ})
_L1 = _READ | {Right.ACKNOWLEDGE, Right.OPERATE}
_L2 = _L1 | {Right.OPERATE_HARD}
_ENGINEER = _L2 | {Right.CALL, Right.REGISTER}
ALL = frozenset(Right)
ROLES: dict[str, frozenset[Right]] = {
    "viewer": _READ,
    "agent_l1": _L1,
    "agent_l2": _L2,
    "engineer": _ENGINEER,
    "shift_lead": ALL - {Right.ADMINISTER},
    "administrator": ALL,
}
LOOK_S = 2.0
REMEMBERED_S = 60.0
MOST_REMEMBERED = 1_000
LOGIN = "login"


@dataclass(frozen=True)
class Person:
    """Who asks."""

    name: str
    rights: frozenset[Right]

    def may(self, right: Right) -> bool:
        """Whether this person has `right`."""
        return right in self.rights


@dataclass
class RoleFile:
    """A role file, read."""

    users: dict[str, frozenset[Right]] = field(default_factory=dict)
    groups: dict[str, frozenset[Right]] = field(default_factory=dict)
    tokens: dict[str, Person] = field(default_factory=dict)


def read_roles(path: Path) -> RoleFile:
    """Read a role file.

    Raises:
        Invalid: it cannot be read, or says something that makes no sense; the message tells what.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        roles = {**ROLES, **{name: _rights(name, words) for name, words in raw.pop("roles", {}).items()}}
        found = RoleFile(
            users={name: _role(roles, role) for name, role in raw.pop("users", {}).items()},
            groups={name: _role(roles, role) for name, role in raw.pop("groups", {}).items()},
            tokens={digest.lower(): _bearer(roles, entry) for digest, entry in raw.pop("tokens", {}).items()},
        )
    except OSError as error:
        raise _bad(path, error.strerror or str(error)) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise _bad(path, str(error)) from error
    if raw:
        raise _bad(path, t("it has no section {name!r}", name=clean(next(iter(raw)), 40)))
    return found


def _bad(path: Path, why: str) -> Invalid:
    return Invalid(
        "bad_role_file",
        t("The role file {path} cannot be used: {why}.", path=path, why=clean(why)),
        t("Sections: [users], [groups], [roles], [tokens]; roles: {roles}.", roles=", ".join(ROLES)),
    )


def _rights(name: str, words: Any) -> frozenset[Right]:
    if not isinstance(words, list):
        raise TypeError(t("role {name!r} is no list of rights", name=name))
    return frozenset(Right(word) for word in words)


def _role(roles: dict[str, frozenset[Right]], name: Any) -> frozenset[Right]:
    names = name if isinstance(name, list) else [name]
    rights: frozenset[Right] = frozenset()
    for one in names:
        if one not in roles:
            raise ValueError(t("there is no role {name!r}", name=one))
        rights |= roles[one]
    return rights


def _bearer(roles: dict[str, frozenset[Right]], entry: Any) -> Person:
    return Person(clean(str(entry["name"]), 64), _role(roles, entry["role"]))


class People:
    """Answers who somebody is."""

    def __init__(self, clock: Clock, path: Path | None) -> None:
        """
        Raises:
            Invalid: the role file cannot be used.
        """
        self._clock = clock
        self._path = path
        self._roles: RoleFile | None = None if path is None else read_roles(path)
        self._mark = _mark(path)
        self._looked = clock.monotonic()
        self._ration = Ration([])
        self._right: set[tuple[str, str]] = set()
        """Addresses, and the digests of tokens that were right there."""
        self._remembered: dict[tuple[int, int | None], tuple[float, Person | None]] = {}

    @property
    def has_tokens(self) -> bool:
        """Whether somebody may come over a network."""
        return self._roles is not None and bool(self._roles.tokens)

    def of_user(self, uid: int, gid: int | None) -> Person | None:
        """The person behind a user id that the kernel names; None: nobody that we know. Without `gid` it is the
        one that the account has."""
        self._look()
        now = self._clock.monotonic()
        held = self._remembered.get((uid, gid))
        if held is not None and now - held[0] < REMEMBERED_S:
            return held[1]
        person = self._find(uid, gid)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[uid, gid] = (now, person)
        return person

    def of_token(self, token: str, address: str = "") -> Person | None:
        """The person that a bearer token stands for. From an address with too many wrong ones no other is looked at
        for a while; one that was right there before is.

        Raises:
            NotPermitted: too many were wrong.
        """
        self._look()
        digest = hashlib.sha256(token.encode()).hexdigest()
        now = self._clock.monotonic()
        if (address, digest) not in self._right and self._ration.spent(address, LOGIN, now):
            raise NotPermitted(
                "too_many_failures",
                t("Too many wrong tokens came from {address}.", address=clean(address, 64)),
                t("Wait a minute, and try again with the right one."),
            )
        found = self._bearer_of(digest)
        if found is None:
            self._ration.failed(address, LOGIN, now)
            self._right.discard((address, digest))
        elif len(self._right) < MOST_REMEMBERED:
            self._right.add((address, digest))
        return found

    def _bearer_of(self, digest: str) -> Person | None:
        """Looks at all of them, however early one fits."""
        if self._roles is None:
            return None
        found = None
        for known, person in self._roles.tokens.items():
            if hmac.compare_digest(known, digest):
                found = person
        return found

    def _find(self, uid: int, gid: int | None) -> Person | None:
        name, groups = _account(uid, gid)
        own = uid in (0, os.geteuid())
        if self._roles is None:
            return Person(name, ALL) if own else None
        rights: frozenset[Right] = frozenset()
        known = False
        if name in self._roles.users:
            rights, known = self._roles.users[name], True
        elif own:
            return Person(name, ALL)
        for group in groups:
            if group in self._roles.groups:
                rights, known = rights | self._roles.groups[group], True
        return Person(name, rights) if known else None

    def _look(self) -> None:
        """Read the role file again when it has changed."""
        now = self._clock.monotonic()
        if self._path is None or now - self._looked < LOOK_S:
            return
        self._looked = now
        mark = _mark(self._path)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._roles = read_roles(self._path)
            self._remembered.clear()
        except Invalid as error:
            log.warning("%s The roles stay as they were.", error.message)


def _mark(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _account(uid: int, gid: int | None) -> tuple[str, list[str]]:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return f"uid {uid}", []
    names = []
    for number in os.getgrouplist(entry.pw_name, entry.pw_gid if gid is None else gid):
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return clean(entry.pw_name, 64), names
