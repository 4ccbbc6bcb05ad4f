"""Configuration: what was written is read back, and must be equal."""

from __future__ import annotations

from typing import Any

from backend.model.clock import Instant
from backend.model.operation import Step
from backend.model.sanitise import clean
from backend.operations.proofs.proof import Proof, step


class ReadBackProof(Proof):
    """`read` is the call that reads; `found` takes the value out of its answer."""

    def __init__(self, key: str, value: str, read: tuple[str, dict[str, Any]]) -> None:
        super().__init__()
        self._key = key
        self._value = value
        self._read: tuple[str, dict[str, Any]] | None = None
        self._call = read
        self._note = ""
        self._missing = "not read back yet"

    def was_answered(self, now: Instant, status: str | None, payload: dict[str, Any]) -> list[Step]:
        self._read = self._call
        if status == "RebootRequired":
            self._note = ", active after a reset"
        return []

    def next_call(self) -> tuple[str, dict[str, Any]] | None:
        call, self._read = self._read, None
        return call

    def call_result(self, now: Instant, payload: dict[str, Any] | None) -> list[Step]:
        found = None if payload is None else _value(payload, self._key)
        if found is None:
            self._missing = "it could not be read back"
            return [step(now, "not_read_back", self._missing)]
        if found.casefold() != self._value.casefold():
            self._missing = f"read back {clean(found, 60)}"
            return [step(now, "differs", self._missing, value=clean(found, 60))]
        self.proved = f"read back equal{self._note}"
        return [step(now, "read_back", self.proved)]

    @property
    def missing(self) -> str:
        return self._missing


def _value(payload: dict[str, Any], key: str) -> str | None:
    entries = payload.get("configurationKey")
    if isinstance(entries, list):
        for entry in entries:
            if isinstance(entry, dict) and str(entry.get("key", "")).casefold() == key.casefold():
                return str(entry.get("value", ""))
    results = payload.get("getVariableResult")
    if isinstance(results, list) and results and isinstance(results[0], dict):
        value = results[0].get("attributeValue")
        return None if value is None else str(value)
    return None
