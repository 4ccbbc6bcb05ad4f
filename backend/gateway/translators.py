"""One translator per OCPP version."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backend.gateway import questions21, v2, v16
from backend.gateway.breach import Violation
from backend.gateway.letter import Action
from backend.model.words import Version


class Translator:
    """What a version's stations may send, and what is said to everything else."""

    __slots__ = ("actions", "by_wire", "unknown", "version")

    def __init__(self, version: Version, actions: Mapping[str, Action], unknown: Callable[[str], Violation]) -> None:
        self.version = version
        self.actions = actions
        self.by_wire = {name.encode(): action for name, action in actions.items()}
        """The same, by the name as it stands in a frame."""
        self.unknown = unknown


TRANSLATORS: dict[Version, Translator] = {
    Version.V16: Translator(Version.V16, v16.ACTIONS, v16.unknown),
    Version.V201: Translator(Version.V201, v2.ACTIONS201, v2.unknown201),
    Version.V21: Translator(Version.V21, v2.ACTIONS21 | questions21.ACTIONS, v2.unknown21),
}
