"""Settings that are wanted of stations: list, wish, forget, and how they stand at one station."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.api.changes import record
from backend.api.rights import person_of
from backend.api.routing import FAILS, house_of, needs
from backend.model.clock import as_datetime
from backend.model.errors import Unknown
from backend.model.requests import SettingWish
from backend.model.resources import SettingResource, WantedSettingResource
from backend.model.wanted import WantedSetting
from backend.model.words import Right
from backend.text import t

Asked = Request[Any, Any, Any]


@get("/v1/settings", opt=needs(Right.READ), responses=FAILS)
async def list_settings(request: Asked) -> list[WantedSettingResource]:
    """All settings that are wanted, by scope and key."""
    return [_resource(setting) for setting in house_of(request).rounds.wanted.all()]


@put("/v1/settings", opt=needs(Right.OPERATE_HARD), responses=FAILS)
async def want_setting(request: Asked, data: JSONBody[SettingWish]) -> WantedSettingResource:
    """Wish for a setting: stations that have another value are given it, now and after every boot."""
    house, person = house_of(request), person_of(request)
    setting = house.rounds.wanted.want(data.scope, data.key, data.value, person.name)
    record(house, person, "setting wanted", setting.scope, data)
    return _resource(setting)


@delete("/v1/settings", opt=needs(Right.OPERATE_HARD), status_code=200, responses=FAILS)
async def forget_setting(request: Asked, of: Annotated[str, QueryParameter(name="scope")], key: FromQuery[str]) -> None:
    """Wish for it no longer; what stations have stays as it is."""
    house, person = house_of(request), person_of(request)
    setting = house.rounds.wanted.forget(of, key)
    record(house, person, f"setting {setting.key} no longer wanted", setting.scope)


@get("/v1/stations/{name:str}/settings", opt=needs(Right.READ), responses=FAILS)
async def list_station_settings(request: Asked, name: FromPath[str]) -> list[SettingResource]:
    """The wanted settings of a station, and how each stands there, by key."""
    house = house_of(request)
    station = house.fleet.find(name)
    if station is None:
        raise Unknown(
            "unknown_station",
            t("There is no station {name!r}.", name=name[:255]),
            t("`noc station list` names those there are."),
        )
    return [
        SettingResource(
            key=row.key,
            wanted=row.wanted,
            scope=row.scope,
            state=row.state,
            found=row.found,
            checked=None if row.checked is None else as_datetime(row.checked),
            why=row.why,
        )
        for row in house.rounds.settings_of(station)
    ]


def _resource(setting: WantedSetting) -> WantedSettingResource:
    return WantedSettingResource(
        scope=setting.scope, key=setting.key, value=setting.value, set_by=setting.set_by, at=as_datetime(setting.at)
    )
