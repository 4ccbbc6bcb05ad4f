"""The words for what an entry of the register or of the audit holds."""

from __future__ import annotations

import json
import re

from backend.model.words import Admission, Link, Service
from backend.text import t, tc
from screens.operation_steps import step_word
from screens.operation_words import OPERATIONS, operation_word

_STATE = re.compile(r"(?P<state>[a-z]+)(?:: (?P<why>.*?))?(?: \(\d+\))?", re.DOTALL)
_UNWANTED = re.compile(r"setting (?P<key>.+) no longer wanted", re.DOTALL)


def admission_word(admission: Admission) -> str:
    """What the operator has decided about a station."""
    return {
        Admission.PENDING: t("waits"),
        Admission.ACCEPTED: t("let in"),
        Admission.BLOCKED: t("blocked"),
    }[admission]


def link_word(link: Link) -> str:
    """The connection in a word."""
    return {
        Link.ONLINE: tc("link", "online"),
        Link.OFFLINE: t("offline"),
        Link.DEAF: t("deaf"),
        Link.NEVER_SEEN: t("never seen"),
    }[link]


def service_word(service: Service) -> str:
    """Whether the minutes of an outlet count."""
    return {
        Service.PLANNED: t("planned"),
        Service.IN_SERVICE: t("in service"),
        Service.OUT_OF_SERVICE: t("out of service"),
        Service.RETIRED: t("retired"),
    }[service]


def token_word(status: str) -> str:
    """Whether a card is good; OCPP's own statuses."""
    return {
        "Accepted": tc("token", "accepted"),
        "Blocked": tc("token", "blocked"),
        "Expired": tc("token", "expired"),
        "Invalid": tc("token", "invalid"),
        "ConcurrentTx": tc("token", "in use elsewhere"),
    }.get(status, status)


def audit_word(what: str) -> str:
    """What somebody did, as the audit has it; a word nobody knows keeps its own."""
    unwanted = _UNWANTED.fullmatch(what)
    if unwanted is not None:
        return t("setting {key} no longer wanted", key=unwanted["key"])
    if what in OPERATIONS:
        return operation_word(what)
    return {
        "alarm acknowledged": t("alarm acknowledged"),
        "alarm taken back": t("acknowledgement undone"),
        "alarm owned": t("alarm owned"),
        "alarm shelved": t("alarm shelved"),
        "alarm unshelved": t("alarm off the shelf"),
        "alarm noted": t("note on an alarm"),
        "backup": t("backup"),
        "import": t("import"),
        "key set": t("key set"),
        "key removed": t("key removed"),
        "certificate imported": t("certificate imported"),
        "certificate revoked": t("certificate revoked"),
        "least security profile": t("least profile"),
        "setting wanted": t("setting wanted"),
        "quirk set": t("quirk set"),
        "quirk refused": t("quirk refused"),
        "quirk removed": t("quirk removed"),
        "quirks imported": t("quirks imported"),
        "revealed": t("card shown in full"),
        "site added": t("site added"),
        "site changed": t("site changed"),
        "site removed": t("site removed"),
        "station added": t("station added"),
        "station changed": t("station changed"),
        "station removed": t("station removed"),
        "station accepted": t("station let in"),
        "station blocked": t("station blocked"),
        "outlet added": t("outlet added"),
        "outlet changed": t("outlet changed"),
        "outlet removed": t("outlet removed"),
        "token added": t("token added"),
        "token changed": t("token changed"),
        "token removed": t("token removed"),
    }.get(what, what)


def audit_result(result: str) -> str:
    """How it ended: the state of an operation in words, the fields of a change as `name: value`."""
    if result.startswith("{"):
        try:
            change = json.loads(result)
        except ValueError:
            return result  # it was cut to its room
        return ", ".join(f"{key.replace('_', ' ')}: {_value(value)}" for key, value in change.items())
    found = _STATE.fullmatch(result)
    if found is None:
        return result
    word = tc("audit", "asked for") if found["state"] == "requested" else step_word(found["state"])
    return f"{word}: {found['why']}" if found["why"] else word


def _value(value: object) -> str:
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return "–" if value is None else str(value)
