"""The OpenAPI document of this API."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, get

from backend.api.routing import needs
from backend.model.words import Right

_HELD = "openapi_document"


@get("/v1/openapi.json", opt=needs(Right.READ), include_in_schema=False)
async def get_openapi(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """The document; made once, beside the loop."""
    app = request.app
    document: dict[str, Any] | None = app.state.get(_HELD)
    if document is None:
        document = await asyncio.to_thread(lambda: app.openapi_schema.to_schema())
        app.state[_HELD] = document
    return Response(document)
