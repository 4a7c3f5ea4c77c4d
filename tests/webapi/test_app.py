"""The application around the handlers: refusals, pages, armour. The handlers here are real ones, only small."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import msgspec
import pytest
from litestar import Controller, get, post
from litestar.params import FromQuery, JSONBody

from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi import app, pages, problems
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller
from zhigan.webapi.principal import Principal

ADA = Principal("0190aaaa-0000-7000-8000-000000000001", "ada", Role.DUTY, Scope(), "s1")


class Window(msgspec.Struct):
    width: float
    panes: list[int] = []


class Wall(msgspec.Struct):
    name: str
    windows: list[Window] = []


class Walls(Controller):
    path = "/walls"

    @get(operation_id="listWalls")
    async def listed(
        self, principal: Caller, limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None
    ) -> pages.Page[int]:
        after = pages.decode(cursor, 1)
        first = int(after[0] or 0) + 1 if after else 0
        size = pages.limit(limit, largest=500)
        return pages.page(list(range(first, 1200))[: size + 1], size, lambda n: n, lambda n: [n])

    @post(operation_id="addWall")
    async def add(self, principal: Caller, data: JSONBody[Wall]) -> Wall:
        return data

    @get("/bug", operation_id="bug")
    async def bug(self, principal: Caller) -> None:
        raise RuntimeError("the secret of the house")

    @get("/clash", operation_id="clash")
    async def clash(self, principal: Caller) -> None:
        raise problems.conflict("there is one already", holder="x")


async def authenticate(token: str, address: str) -> Principal | None:
    return ADA if token == "open" else None


async def metrics() -> tuple[bytes, str]:
    return b"zhigan_up 1\n", "text/plain; version=0.0.4"


class Door:
    """Readiness that the test opens and shuts."""

    def __init__(self) -> None:
        self.reason: str | None = None

    async def check(self) -> str | None:
        return self.reason


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def client(tmp_path: Path, pool, door: Door) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>home", "utf-8")
    (tmp_path / "assets" / "a.js").write_text("let a = 1;" * 1000, "utf-8")
    built = app.build(
        [Walls], Database(pool), HandClock(0), authenticate, ready={"bus": door.check}, metrics=metrics, static=tmp_path
    )
    transport = httpx.ASGITransport(built, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
        yield client


OPEN = {"Authorization": "Bearer open"}
COOKIE = {"Cookie": "zhigan_session=open"}


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"] == f"urn:zhigan119:refusal:{body['code']}"
    return body


async def test_every_handler_is_closed_until_it_says_public(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/api/v1/walls"), 401)
    problem(await client.get("/api/v1/walls", headers={"Authorization": "Bearer shut"}), 401)
    problem(await client.post("/api/v1/walls", json={"wrong": 1}), 401)
    assert (await client.get("/api/v1/walls", headers=OPEN)).status_code == 200
    assert (await client.get("/api/v1/walls", headers=COOKIE)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "field", "expected", "code"),
    [
        ({"windows": []}, "name", "is required", "value.required"),
        ({"name": 5}, "name", "Expected 'str', got 'int'", "value.type"),
        (
            {"name": "n", "windows": [{"width": 1}, {"width": "x"}]},
            "windows[1].width", "Expected 'float', got 'str'", "value.type",
        ),
        ({"name": "n", "windows": [{}]}, "windows[0].width", "is required", "value.required"),
        ([], "body", "Expected 'object', got 'array'", "value.type"),
    ],
)  # fmt: skip
async def test_a_wrong_body_is_told_field_and_expectation(
    client: httpx.AsyncClient, sent: object, field: str, expected: str, code: str
) -> None:
    body = problem(await client.post("/api/v1/walls", json=sent, headers=OPEN), 400)
    errors = cast(list[dict[str, object]], body["errors"])
    assert [(e["field"], e["expected"], e["code"]) for e in errors] == [(field, expected, code)]
    assert field in str(body["detail"])


async def test_a_body_that_is_no_json_and_a_wrong_parameter_are_told_too(client: httpx.AsyncClient) -> None:
    problem(await client.post("/api/v1/walls", content=b"{", headers={**OPEN, "content-type": "application/json"}), 400)
    body = problem(await client.get("/api/v1/walls?limit=many", headers=OPEN), 400)
    assert "limit" in str(body["detail"])
    problem(await client.get("/api/v1/walls?cursor=%00", headers=OPEN), 400)
    problem(await client.get("/api/v1/walls?cursor=abc", headers=OPEN), 400)
    problem(await client.get("/api/v1/walls?limit=0", headers=OPEN), 400)


async def test_unknown_addresses_and_methods_are_problems(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/nothing", headers=OPEN), 404)
    problem(await client.get("/api/nothing"), 404)
    problem(await client.delete("/api/v1/walls", headers=OPEN), 405)
    problem(await client.post("/somewhere"), 405)
    assert problem(await client.get("/api/v1/walls/clash", headers=OPEN), 409)["holder"] == "x"


async def test_a_bug_tells_the_caller_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/walls/bug", headers=OPEN)
    problem(answer, 500)
    assert "secret" not in answer.text


async def test_a_body_beyond_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    big = b'{"name":"' + b"n" * (app.BODY_LIMIT + 10) + b'"}'
    problem(await client.post("/api/v1/walls", content=big, headers={**OPEN, "content-type": "application/json"}), 413)


async def test_pages_lower_the_limit_and_lead_on(client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/v1/walls?limit=99999", headers=OPEN)).json()
    assert len(first["items"]) == 500
    seen = list(first["items"])
    while first["next"]:
        first = (await client.get(f"/api/v1/walls?limit=500&cursor={first['next']}", headers=OPEN)).json()
        seen += first["items"]
    assert seen == list(range(1200))


async def test_a_change_by_cookie_must_come_from_our_own_pages(client: httpx.AsyncClient) -> None:
    async def status(**headers: str) -> int:
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        return (await client.post("/api/v1/walls", json={"name": "n"}, headers={**COOKIE, **named})).status_code

    assert await status(sec_fetch_site="same-origin") == 201
    assert await status(sec_fetch_site="cross-site") == 403
    assert await status(sec_fetch_site="same-site") == 403
    assert await status(origin="http://city") == 201
    assert await status(origin="http://evil") == 403
    assert await status(origin="null") == 403
    assert await status() == 201
    crossed = {**OPEN, "origin": "http://evil", "sec-fetch-site": "cross-site"}
    assert (await client.post("/api/v1/walls", json={"name": "n"}, headers=crossed)).status_code == 201


async def test_every_answer_wears_the_armour(client: httpx.AsyncClient) -> None:
    for path in ("/", "/api/v1/walls", "/api/v1/none", "/healthz", "/assets/a.js", "/api/docs"):
        headers = (await client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert (await client.get("/api/v1/walls", headers=OPEN)).headers["cache-control"] == "no-store"


async def test_web_pages_are_files_with_a_fall_back_to_the_index(client: httpx.AsyncClient) -> None:
    home = await client.get("/")
    assert home.text == "<!doctype html>home" and home.headers["content-type"].startswith("text/html")
    assert (await client.get("/incidents/17")).text == home.text
    problem(await client.get("/missing.js"), 404)
    script = await client.get("/assets/a.js")
    assert script.headers["content-encoding"] == "gzip" and script.text == "let a = 1;" * 1000
    assert "immutable" in script.headers["cache-control"]
    plain = await client.get("/assets/a.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == script.content
    again = await client.get("/", headers={"if-none-match": home.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/a%00.js"]
)
async def test_no_file_outside_the_folder_is_served(client: httpx.AsyncClient, tmp_path: Path, path: str) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret", "utf-8")
    assert "secret" not in (await client.get(path)).text.replace("secret.txt", "")


async def test_large_answers_are_compressed(client: httpx.AsyncClient) -> None:
    large = await client.get("/api/v1/walls?limit=500", headers=OPEN)
    small = await client.get("/api/v1/walls?limit=5", headers=OPEN)
    assert large.headers.get("content-encoding") == "gzip" and "content-encoding" not in small.headers


async def test_ready_is_said_from_outside(client: httpx.AsyncClient, door: Door) -> None:
    assert (await client.get("/healthz")).json()["status"] == "alive"
    assert (await client.get("/readyz")).status_code == 200
    door.reason = "the spool is full"
    shut = await client.get("/readyz")
    assert shut.status_code == 503 and shut.json()["checks"] == {"bus": "the spool is full"}
    told = await client.get("/metrics")
    assert told.text == "zhigan_up 1\n" and told.headers["content-type"] == "text/plain; version=0.0.4"


async def test_the_interface_describes_itself(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    assert set(document["paths"]) == {
        "/api/v1/walls", "/api/v1/walls/bug", "/api/v1/walls/clash", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    refused = document["paths"]["/api/v1/walls"]["post"]["responses"]["400"]["content"]
    assert list(refused) == ["application/problem+json"]
    page = await client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html") and "addWall" in page.text
    assert "http://" not in page.text and "https://" not in page.text and "<script" not in page.text
