"""The part of the SDK that is about wanted settings."""

from __future__ import annotations

from urllib.parse import quote

from backend.client.transport import Transport
from backend.model.requests import SettingWish
from backend.model.resources import SettingResource, WantedSettingResource


class SettingCalls:
    """Mixed into `Client`."""

    _transport: Transport

    async def wanted_settings(self) -> list[WantedSettingResource]:
        """What is wanted of stations, by scope and key."""
        return await self._transport.ask("GET", "/v1/settings", list[WantedSettingResource])

    async def want_setting(self, scope: str, key: str, value: str) -> WantedSettingResource:
        """`scope` is `all`, `model:VENDOR/MODEL` or `station:ID`."""
        wish = SettingWish(scope=scope, key=key, value=value)
        return await self._transport.ask("PUT", "/v1/settings", WantedSettingResource, body=wish)

    async def forget_setting(self, scope: str, key: str) -> None:
        """What stations have stays as it is."""
        await self._transport.ask("DELETE", "/v1/settings", type(None), query={"scope": scope, "key": key})

    async def settings_of(self, station: str) -> list[SettingResource]:
        """How the wanted settings stand at a station."""
        path = f"/v1/stations/{quote(station, safe='')}/settings"
        return await self._transport.ask("GET", path, list[SettingResource])
