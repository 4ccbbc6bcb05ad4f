"""The API as an ASGI application."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from backend.api import (
    alarms,
    backups,
    feed_socket,
    health,
    imports,
    operations,
    outlets,
    quirks,
    security,
    sessions,
    settings,
    sites,
    stations,
    system,
    tokens,
)
from backend.api import trace as trace_routes
from backend.api import uptime as uptime_routes
from backend.api.openapi import get_openapi
from backend.api.problems import on_bug, on_http_error, on_noc_error, on_unread
from backend.api.rights import guard
from backend.model.errors import NocError

if TYPE_CHECKING:
    from backend.api.house import House

ROUTES = [
    system.get_health,
    system.get_whoami,
    system.get_totals,
    system.get_system,
    stations.list_stations,
    stations.list_pending,
    stations.get_station,
    stations.add_station,
    stations.put_station,
    stations.change_station,
    stations.remove_station,
    stations.accept_station,
    stations.block_station,
    stations.list_notices,
    stations.list_links,
    outlets.list_outlets,
    outlets.get_outlet,
    outlets.add_outlet,
    outlets.put_outlet,
    outlets.change_outlet,
    outlets.remove_outlet,
    sites.list_sites,
    sites.get_site,
    sites.add_site,
    sites.put_site,
    sites.change_site,
    sites.remove_site,
    tokens.list_tokens,
    tokens.get_token,
    tokens.add_token,
    tokens.put_token,
    tokens.change_token,
    tokens.remove_token,
    quirks.list_quirks,
    quirks.get_station_quirks,
    quirks.put_quirk,
    quirks.import_quirks,
    security.list_security,
    security.get_root,
    security.get_security,
    security.put_key,
    security.remove_key,
    security.get_crl,
    security.list_requests,
    security.import_certificate,
    security.list_certificates,
    security.revoke_certificate,
    settings.list_settings,
    settings.want_setting,
    settings.forget_setting,
    settings.list_station_settings,
    sessions.list_sessions,
    sessions.get_session,
    sessions.list_readings,
    alarms.list_alarms,
    alarms.get_alarm,
    alarms.list_entries,
    alarms.list_rules,
    alarms.acknowledge,
    alarms.take_back,
    alarms.own,
    alarms.shelve,
    alarms.unshelve,
    alarms.note,
    operations.list_operations,
    operations.get_operation,
    operations.start_operation,
    operations.ask_operation,
    operations.list_catalogue,
    operations.call_station,
    uptime_routes.get_uptime,
    uptime_routes.get_intervals,
    trace_routes.list_frames,
    trace_routes.list_quarantine,
    trace_routes.list_audit,
    imports.import_csv,
    backups.make_backup,
    health.get_metrics,
    health.get_live,
    health.get_ready,
    feed_socket.feed,
    get_openapi,
]
MOST_BODY = 1 << 20
BEARER = SecurityScheme(
    type="http",
    scheme="bearer",
    description="A token of the role file; on the Unix socket none, for the kernel says who asks. Otherwise 403.",
)


def make_app(house: House) -> Litestar:
    """The application that serves `house`. Every route passes the guard."""
    return Litestar(
        route_handlers=ROUTES,
        guards=[guard],
        state=State({"house": house}),
        exception_handlers={
            NocError: on_noc_error,
            HTTPException: on_http_error,
            sqlite3.Error: on_unread,
            Exception: on_bug,
        },
        openapi_config=OpenAPIConfig(
            title="noc",
            version=system.program_version(),
            description="Stations, outlets, sessions, alarms, operations and uptime of a charging network.",
            use_handler_docstrings=True,
            components=Components(security_schemes={"bearer": BEARER}),
            security=[{"bearer": []}],
            path="/v1/schema",
            render_plugins=[JsonRenderPlugin(path="/document.json")],
        ),
        logging_config=None,
        request_max_body_size=MOST_BODY,
        pdb_on_exception=False,
        debug=False,
    )
