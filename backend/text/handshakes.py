"""What is said about a connection that could not be served."""

from __future__ import annotations

from collections.abc import Callable

from backend.text.catalogue import t

_REASONS: dict[str, Callable[[], str]] = {
    "no_identity": lambda: t("the URL names no station"),
    "bad_identity": lambda: t("unreadable identity in the URL"),
    "blocked": lambda: t("this station is blocked"),
    "no_room": lambda: t("too many unknown ones wait"),
    "no_subprotocol": lambda: t("no OCPP version that we speak"),
    "plain_on_tls": lambda: t("speaks plain to the TLS port"),
    "tls_too_old": lambda: t("its TLS is too old"),
    "no_common_suite": lambda: t("no TLS suite in common"),
    "expired_certificate": lambda: t("its certificate has expired"),
    "early_certificate": lambda: t("certificate not valid yet"),
    "unknown_certificate": lambda: t("certificate nobody vouches for"),
    "tls_alert": lambda: t("broke off the TLS handshake"),
    "tls_timeout": lambda: t("began TLS and said no more"),
    "tls_failed": lambda: t("the TLS handshake failed"),
    "tls_on_plain": lambda: t("speaks TLS to the plain port"),
    "not_http": lambda: t("does not speak HTTP"),
    "bad_handshake": lambda: t("its WebSocket handshake is broken"),
    "no_upgrade": lambda: t("asks for no WebSocket"),
    "wrong_method": lambda: t("another method than GET"),
    "http_1_0": lambda: t("speaks HTTP/1.0"),
    "handshake_timeout": lambda: t("connected and said nothing"),
    "too_many_waiting": lambda: t("one of too many that say nothing"),
    "many_failures": lambda: t("failed too often from there"),
    "no_credentials": lambda: t("shows no key"),
    "wrong_user": lambda: t("another name than its own"),
    "wrong_password": lambda: t("shows a wrong key"),
    "credentials_twice": lambda: t("shows two keys at once"),
    "credentials_scheme": lambda: t("no Basic credentials"),
    "credentials_broken": lambda: t("its Basic header is broken"),
    "too_many_failures": lambda: t("wrong key too often"),
    "profile_too_low": lambda: t("security profile too low"),
    "no_client_certificate": lambda: t("shows no client certificate"),
    "broken_certificate": lambda: t("certificate cannot be read"),
    "wrong_certificate": lambda: t("another one's certificate"),
    "wrong_certificate_owner": lambda: t("another operator's"),
    "revoked_certificate": lambda: t("certificate is revoked"),
}


def handshake_reason(code: str) -> str:
    """The words for a reason; one that nobody knows keeps its own."""
    words = _REASONS.get(code)
    return words() if words is not None else code.replace("_", " ")
