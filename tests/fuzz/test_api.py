"""The API called by its own OpenAPI document, against a server with virtual stations: what makes sense and what does
not, by one who may look and by one who may everything. `NOC_FUZZ_EXAMPLES` per route and role (4 unless set)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure, FailureGroup

from tests.faults.charger import said
from tests.fuzz.reach import NEEDS_MORE, STATION, known_of, reach_all
from tests.recipes.station import RawStation

EXAMPLES = int(os.environ.get("NOC_FUZZ_EXAMPLES", "4"))
STATIONS = 6
TOKENS = {"viewer": "looks-only", "shift_lead": "may-do-everything"}
KNOWN = {"sites": "S1", "stations": "", "outlets": ":1", "tokens": "04A1B2C3D49F"}
"""What is there, by the part of the path that names its kind; of stations and outlets what follows the station."""
BODIES: dict[str, list[dict[str, Any]]] = {
    "POST /v1/operations": [
        {"operation": "reset", "target": "{station}", "parameters": {"type": "hard"}, "reason": "fuzz", "yes": True},
        {"operation": "unlock", "target": "{station}:1", "reason": "fuzz", "yes": True},
        {"operation": "availability", "target": "{station}", "parameters": {"operative": False}, "yes": True},
        {"operation": "stop", "target": "{station}:1", "reason": "fuzz", "yes": True},
    ],
    "POST /v1/stations/{name}/call": [{"action": "ClearCache", "payload": {}, "reason": "fuzz", "yes": True}],
    "PUT /v1/stations/{name}": [{"site": "S1"}],
    "PUT /v1/sites/{name}": [{"name": "Harbour"}],
    "PUT /v1/tokens/{name}": [{"status": "Blocked"}],
    "PUT /v1/outlets/{name}": [{"label": "77"}],
}
"""Bodies that do something, for the routes where what is made by the document rarely does."""
CHECKED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]


async def _noc(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "noc", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def _charging(api: str) -> None:
    """Until the stations are there."""
    headers = {"Authorization": f"Bearer {TOKENS['viewer']}"}
    async with httpx.AsyncClient(base_url=f"http://{api}", headers=headers) as client, asyncio.timeout(30):
        while len((await client.get("/v1/outlets")).json()) < STATIONS:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    """`http://HOST:PORT` of a server with stations that charge, and a token for each of two roles."""
    roles = tmp_path / "roles.toml"
    lines = [
        f'"{hashlib.sha256(token.encode()).hexdigest()}" = {{ name = "{role}", role = "{role}" }}'
        for role, token in TOKENS.items()
    ]
    roles.write_text("\n".join(["[tokens]", *lines]))
    (tmp_path / "config.toml").write_text(f'[api]\nroles = "{roles}"\n')
    environment = {**os.environ, "NOC_CONFIG": str(tmp_path / "config.toml")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "noc", "serve", "--data", str(tmp_path / "data"), "--ocpp", "127.0.0.1:0",
        "--api", "127.0.0.1:0", "--accept-unknown", env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=(tmp_path / "log").open("wb"),
    )  # fmt: skip
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    assert line.startswith("ready "), (tmp_path / "log").read_text()
    ocpp, api = (part.split("=", 1)[1] for part in line.split()[1:3])
    stations = await _noc(
        "simulate", "--to", f"ws://{ocpp}/ocpp", "--stations", str(STATIONS), "--speed", "20", "--seed", "1"
    )
    await _charging(api)
    (tmp_path / "ocpp").write_text(ocpp)
    yield f"http://{api}"
    stations.kill()
    await stations.wait()
    assert process.returncode is None, (tmp_path / "log").read_text()[-4_000:]
    process.terminate()
    await process.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()


def at_home(case: Any, station: str, mode: GenerationMode) -> None:
    """Have every second case of those that make sense ask for something that is there."""
    if mode is not GenerationMode.POSITIVE or zlib.crc32(repr(case.body).encode() + repr(case.query).encode()) % 2:
        return
    kind = case.path.split("/")[2]
    if "name" in case.path_parameters and kind in KNOWN:
        known = KNOWN[kind]
        case.path_parameters["name"] = station + known if kind in ("stations", "outlets") else known
    for body in BODIES.get(case.operation.label, [])[: 1 + len(repr(case.body)) % 4]:
        case.body = json.loads(json.dumps(body).replace("{station}", station))
        case.media_type = "application/json"


def ask_one(
    operation: Any, mode: GenerationMode, station: str, headers: dict[str, str], reached: set[tuple[str, int]]
) -> None:
    """Some requests of one kind to one route. Raises whatever is wrong with an answer."""
    checks = [CHECKS.get_one(name) for name in CHECKED]

    @hypothesis.seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(mode))
    def ask(case: Any) -> None:
        at_home(case, station, mode)
        answer = case.call(headers=headers)
        reached.add((operation.label, answer.status_code // 100))
        case.validate_response(answer, checks=checks)

    with contextlib.suppress(Unsatisfiable):
        ask()


def ask_all(url: str, role: str, reached: set[tuple[str, int]]) -> list[str]:
    """Every operation of the document, by one role; what was wrong, a paragraph each. `reached`: which operation gave
    which hundred of statuses."""
    headers = {"Authorization": f"Bearer {TOKENS[role]}"}
    lead = {"Authorization": f"Bearer {TOKENS['shift_lead']}"}
    station = httpx.get(f"{url}/v1/stations", headers=lead).json()[0]["id"]
    httpx.put(f"{url}/v1/sites/S1", headers=lead, json={"name": "Harbour"}).raise_for_status()
    httpx.put(f"{url}/v1/tokens/04A1B2C3D49F", headers=lead, json={}).raise_for_status()
    wrong: list[str] = []
    for found in schemathesis.openapi.from_url(f"{url}/v1/openapi.json", headers=headers).get_all_operations():
        operation = found.ok()
        stranger = httpx.request(operation.method, url + operation.path, headers={"Authorization": "Bearer nobody"})
        if stranger.status_code != 403:
            wrong.append(f"{operation.label}: {stranger.status_code} for a token that nobody has")
        for mode in GenerationMode:
            try:
                ask_one(operation, mode, station, headers, reached)
            except (Failure, FailureGroup, BaseExceptionGroup) as failure:
                told = failure.exceptions if isinstance(failure, BaseExceptionGroup) else [failure]
                wrong += [f"{role} {operation.label} ({mode.value}): {one}" for one in told]
    return wrong


def reach(url: str, reached: set[tuple[str, int]]) -> list[str]:
    """Every operation with a request that does something; those that never did are wrong too."""
    headers = {"Authorization": f"Bearer {TOKENS['shift_lead']}"}
    checks = [CHECKS.get_one(name) for name in CHECKED]
    found = schemathesis.openapi.from_url(f"{url}/v1/openapi.json", headers=headers).get_all_operations()
    operations = {operation.label: operation for operation in (one.ok() for one in found)}

    def ask(case: Any) -> tuple[int, str]:
        answer = case.call(headers=headers)
        reached.add((case.operation.label, answer.status_code // 100))
        case.validate_response(answer, checks=checks)
        return answer.status_code, answer.text[:300]

    wrong = reach_all(operations, ask, known_of(url, headers))
    never = operations.keys() - {label for label, hundred in reached if hundred == 2}
    return wrong + [f"{label}: never a 2xx" for label in sorted(never ^ NEEDS_MORE)]


@pytest.mark.slow
@pytest.mark.parametrize("role", list(TOKENS))
async def test_every_route_does_what_the_document_says(server: str, role: str, tmp_path: Path) -> None:
    """No fault of the server, no status and no shape that the document does not know."""
    reached: set[tuple[str, int]] = set()
    wrong = await asyncio.to_thread(ask_all, server, role, reached)
    if role == "shift_lead":
        station = await RawStation(STATION).connect((tmp_path / "ocpp").read_text())
        await station.boot()
        await station.status(1, "Available", said())
        await station.start(1, "CARD", 0, said())
        await station.status(2, "Faulted", said(), "OtherError")
        wrong += await asyncio.to_thread(reach, server, reached)
        await station.close()
    labels = {label for label, _ in reached}
    for hundred in (2, 4):
        print(f"{role}: never {hundred}xx:", sorted(labels - {label for label, got in reached if got == hundred}))
    assert not wrong, "\n\n".join(wrong)[:20_000]
