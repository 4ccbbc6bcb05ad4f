"""Which settings are wanted of which station."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from backend.model.clock import Clock
from backend.model.errors import Conflict, Invalid, Unknown
from backend.model.ports import Journal
from backend.model.sanitise import clean
from backend.model.secrets import is_secret
from backend.model.station import Station
from backend.model.wanted import EVERYWHERE, MODEL, STATION, WantedSetting
from backend.model.words import Version
from backend.operations.settings_keys import variable_of
from backend.text import t

MOST = 10_000
MOST_KEY, MOST_VALUE, MOST_SCOPE = 120, 1000, 260
"""Characters."""


class WantedSettings:
    """The operator's wishes, by scope and key; both are compared without case."""

    def __init__(self, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal
        self._by_scope: dict[str, dict[str, WantedSetting]] = {}
        self._count = 0
        self.on_change: list[Callable[[WantedSetting], None]] = []
        """Told of every wish that is new, changed or gone."""

    def __len__(self) -> int:
        return self._count

    def load(self, settings: Iterable[WantedSetting]) -> None:
        """Take what the store kept."""
        for setting in settings:
            self._keep(setting)

    def all(self) -> list[WantedSetting]:
        """By scope and key."""
        found = [setting for wanted in self._by_scope.values() for setting in wanted.values()]
        return sorted(found, key=lambda setting: (setting.scope.casefold(), setting.key.casefold()))

    def want(self, scope: str, key: str, value: str, who: str) -> WantedSetting:
        """Wish for a value, in place of an earlier wish for that key.

        Raises:
            Invalid: no such scope, no name of a setting, or a secret (a wish is shown to everybody who may read).
            Conflict: there are too many.
        """
        setting = WantedSetting(
            scope=_scope(scope), key=_key(key), value=_value(value), set_by=clean(who, 100), at=self._clock.now()
        )
        before = self._by_scope.get(setting.scope.casefold(), {}).get(setting.key.casefold())
        if before is None and self._count >= MOST:
            raise Conflict("too_many_settings", t("{n} settings are wanted already.", n=MOST), t("Forget some first."))
        self._keep(setting)
        if self._journal is not None:
            self._journal.wanted_setting(setting)
        self._tell(setting)
        return setting

    def forget(self, scope: str, key: str) -> WantedSetting:
        """Wish for it no longer; what stations have stays as it is. Raises Unknown: there is no such wish."""
        wanted = self._by_scope.get(_scope(scope).casefold(), {})
        setting = wanted.pop(key.strip().casefold(), None)
        if setting is None:
            raise Unknown(
                "unknown_setting",
                t("{key} is not wanted of {scope}.", key=clean(key, MOST_KEY), scope=clean(scope, MOST_SCOPE)),
                t("`noc setting list` names what is wanted."),
            )
        self._count -= 1
        if self._journal is not None:
            self._journal.forget("wanted_setting", (setting.scope, setting.key))
        self._tell(setting)
        return setting

    def of(self, station: Station) -> list[WantedSetting]:
        """What is wanted of a station in the version that it speaks, the narrowest scope of each key; by key."""
        if not self._count or station.version is None:
            return []
        found: dict[str, WantedSetting] = {}
        for scope in (EVERYWHERE, f"{MODEL}{station.vendor}/{station.model}", f"{STATION}{station.id}"):
            found |= self._by_scope.get(scope.casefold(), {})
        dotted = station.version is not Version.V16
        return [setting for _, setting in sorted(found.items()) if ("." in setting.key) is dotted]

    def _keep(self, setting: WantedSetting) -> None:
        wanted = self._by_scope.setdefault(setting.scope.casefold(), {})
        self._count += setting.key.casefold() not in wanted
        wanted[setting.key.casefold()] = setting

    def _tell(self, setting: WantedSetting) -> None:
        for listener in self.on_change:
            listener(setting)


def _scope(text: str) -> str:
    scope = clean(text.strip(), MOST_SCOPE)
    kind, _, name = scope.partition(":")
    if scope.casefold() == EVERYWHERE:
        return EVERYWHERE
    if kind.casefold() == "station" and name.strip():
        return STATION + name.strip()
    vendor, _, model = name.partition("/")
    if kind.casefold() == "model" and vendor.strip() and model.strip():
        return f"{MODEL}{vendor.strip()}/{model.strip()}"
    raise Invalid(
        "bad_scope",
        t("{scope!r} says neither which station nor which model.", scope=scope[:60]),
        t("Write all, model:VENDOR/MODEL or station:ID."),
    )


def _key(text: str) -> str:
    key = clean(text.strip(), MOST_KEY)
    if not key:
        raise Invalid(
            "bad_setting", t("The setting has no name."), t("Name a key, or Component.Variable for OCPP 2.x.")
        )
    if "." in key:
        variable_of(key)
    if is_secret(key):
        raise Invalid(
            "secret_setting",
            t("{key} is a secret, and what is wanted is shown.", key=key),
            t("Set it as an operation instead."),
        )
    return key


def _value(text: str) -> str:
    value = clean(text, MOST_VALUE + 1)
    if len(value) > MOST_VALUE:
        raise Invalid("bad_value", t("A value has {n} characters at most.", n=MOST_VALUE))
    return value
