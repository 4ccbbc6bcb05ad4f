"""Failures as answers: `{"error": {"code", "message", "hint"}}`, never a traceback."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from backend.model.errors import Conflict, Invalid, NocError, NotPermitted, Unavailable, Unknown
from backend.model.resources import Problem, Question
from backend.model.sanitise import clean
from backend.text import t

log = logging.getLogger(__name__)

_STATUS: list[tuple[type[NocError], int]] = [
    (Unknown, 404),
    (NotPermitted, 403),
    (Conflict, 409),
    (Unavailable, 503),
    (Invalid, 400),
]


def status_of(error: NocError) -> int:
    """The HTTP status of a failure."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def problem_of(error: NocError) -> Problem:
    """A failure as it is told."""
    question = error.detail if isinstance(error.detail, Question) else None
    return Problem(code=error.code, message=error.message, hint=error.hint, question=question)


def encoded(problem: Problem) -> bytes:
    """The body of a failure; the question only where there is one."""
    body = msgspec.to_builtins(problem)
    if problem.question is None:
        del body["question"]
    return msgspec.json.encode({"error": body})


def _answer(status: int, problem: Problem) -> Response[bytes]:
    return Response(encoded(problem), status_code=status, media_type=MediaType.JSON)


def on_noc_error(_: Request[Any, Any, Any], error: NocError) -> Response[bytes]:
    """What we say ourselves."""
    return _answer(status_of(error), problem_of(error))


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework finds: unknown paths, wrong methods, bodies and queries that do not fit."""
    status = error.status_code
    if status == 404:
        path = clean(request.url.path, 100)
        return _answer(404, Problem(code="unknown_path", message=t("There is nothing at {path}.", path=path)))
    message = clean(error.detail, 300)
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        parts = [f"{part.get('key', '')}: {part.get('message', '')}" for part in error.extra if isinstance(part, dict)]
        message = clean("; ".join(parts), 300) or message
    code = {400: "bad_request", 405: "bad_method", 413: "too_large"}.get(status, "bad_request")
    return _answer(status, Problem(code=code, message=message, hint=t("See /v1/openapi.json.")))


def on_unread(request: Request[Any, Any, Any], error: sqlite3.Error) -> Response[bytes]:
    """The database cannot be read; an alarm says so too."""
    log.warning("%s %s: the database cannot be read: %s", request.method, request.url.path, error)
    return _answer(
        503,
        Problem(
            code="database_unreadable",
            message=t("The database cannot be read: {why}.", why=clean(str(error), 300)),
            hint=t("Look at it with `noc check`; put a copy back with `noc restore`."),
        ),
    )


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours: the log has all of it, the answer says so."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(
        500,
        Problem(
            code="server_error",
            message=t("The server failed at this request: {kind}.", kind=type(error).__name__),
            hint=t("The server's log has the details."),
        ),
    )
