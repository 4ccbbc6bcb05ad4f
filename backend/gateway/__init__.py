"""Stations come in here: WebSocket, identity, one translator per OCPP version, quirks. See ARCHITECTURE in docs."""

from backend.gateway.gateway import Gateway

__all__ = ["Gateway"]
