"""Schemathesis over the whole interface of the running platform: whatever is asked, the answer is one that the OpenAPI
document tells of, of the type it tells of, and never a failure of ours.

`ZHIGAN_FUZZ` is how many requests an operation gets: few in CI, many in `make fuzz-api`. Requests are made from the
document alone and, since a guessed id names nothing, from ids of things that are there as well.
"""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.platform import Platform

EXAMPLES = int(os.environ.get("ZHIGAN_FUZZ", "3"))
pytestmark = pytest.mark.timeout(600 if EXAMPLES > 20 else 240)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
APART = {
    "logOut": "ends the session that asks",
    "logIn": "guesses are held back and refused: test_login.py",
    "changeMyPassword": "a wrong password is held back",
    "endMyOtherSessions": "ends sessions",
    "endSessions": "ends sessions",
    "followLive": "does not end",
}
"""Operations with stories of their own, and why they are not called here at random."""
STREAMS = ("/live",)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    made = Platform(tmp_path / "data")
    made.start()
    yield made
    assert made.stop() == 0


def _token(platform: Platform, role: str) -> str:
    name, password = platform.account(role)
    body = {"username": name, "password": password}
    return httpx.post(f"{platform.url}/api/v1/login", json=body).json()["token"]


def _things(platform: Platform, token: str) -> dict[str, str]:
    """Ids by the names under which paths ask for them."""
    with httpx.Client(base_url=f"{platform.url}/api/v1", headers={"Authorization": f"Bearer {token}"}) as admin:

        def made(path: str, body: dict[str, Any]) -> str:
            answer = admin.post(path, json=body)
            assert answer.status_code == 201, (path, answer.text)
            return answer.json()["id"]

        place = {"area_code": "360802", "lon": 114.98, "lat": 27.11}
        unit = made("/units", {"code": "FZ-1", "name": "模糊小学", "premises": "crowded", **place})
        person = {"role": "owner", "name": "甲", "phone": "13800000000"}
        device = {"unit_id": unit, "name": "感烟", "type": "smoke", "gateway": "ctwing", "address": "FZ"}
        building = made(f"/units/{unit}/buildings", {"code": "1", "name": "1号楼"})
        return {
            "unit_id": unit,
            "building_id": building,
            "contact_id": made(f"/units/{unit}/contacts", person),
            "device_id": made("/devices", device),
            "floor_id": made(f"/buildings/{building}/floors", {"name": "1F"}),
            "hydrant_id": made("/hydrants", {"code": "FZ-H", "name": "门口", **place}),
            "test_id": made("/tests", {"unit_id": unit, "purpose": "p", "minutes": 30}),
            "account_id": made("/accounts", {"name": "fuzzed", "role": "duty", "password": "correct horse 119"}),
        }


def test_no_request_makes_the_platform_fail(platform: Platform) -> None:
    tokens = [_token(platform, role) for role in ("admin", "duty")]
    things = _things(platform, tokens[0])
    schema = schemathesis.openapi.from_url(f"{platform.url}/api/openapi.json")
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    wrong: dict[str, str] = {}
    walked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw.get("operationId", operation.label)
        if name in APART or operation.path.endswith(STREAMS) or operation.path in ("/metrics", "/readyz", "/healthz"):
            continue
        walked += 1
        trouble = _trouble(operation, tokens, things)
        if trouble:
            wrong[name] = trouble
    assert walked > 200
    assert not wrong, f"{len(wrong)} operations\n" + "\n".join(f"{name}: {said}" for name, said in wrong.items())


def _trouble(operation: Any, tokens: list[str], things: dict[str, str]) -> str:
    """The first thing that is wrong with one operation."""
    chance = random.Random(operation.label)

    @seed(119)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        for id_, value in things.items():
            if id_ in (case.path_parameters or {}) and chance.random() < 0.7:
                case.path_parameters[id_] = value
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {chance.choice(tokens)}"}, timeout=20)

    try:
        asked()
    except schemathesis.errors.SchemathesisError as error:
        return f"{type(error).__name__}: {str(error)[:400]}"
    except (AssertionError, BaseExceptionGroup) as error:
        return _short(error)
    return ""


def _short(error: BaseException) -> str:
    inner = getattr(error, "exceptions", (error,))
    return json.dumps([str(each)[:700] for each in inner[:2]], ensure_ascii=False)
