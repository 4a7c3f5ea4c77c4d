"""The web side for tests: the real application over the test's database, with real accounts and sessions.

Time is moved by hand; an answer that the door holds back is noted in `pauses`, not waited for.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import httpx
import uvicorn
from litestar import Controller, Litestar

from support.processes import until
from zhigan.access import accounts
from zhigan.access import api as access_api
from zhigan.access import store as access_store
from zhigan.access.codes import Codes
from zhigan.access.keeping import LogFolder
from zhigan.access.login import Doorkeeper
from zhigan.access.passwords import Passwords
from zhigan.access.vault import Vault
from zhigan.outlets.notify.terms import Lender
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.webapi import app
from zhigan.webapi.database import Database

PASSWORD = "correct horse 119"


async def metrics() -> tuple[bytes, str]:
    return b"", "text/plain"


class Phones:
    """The port for sign-in codes: what arrived on which telephone; `on` is whether a provider is set up."""

    def __init__(self) -> None:
        self.on = True
        self.takes = True
        self.line = asyncio.Event()
        self.line.set()
        self.received: list[tuple[str, str]] = []

    @property
    def texts_codes(self) -> bool:
        return self.on

    async def code(self, phone: str, code: str) -> bool:
        await self.line.wait()
        if self.takes:
            self.received.append((phone, code))
        return self.takes


class Web:
    """`anna = await web.person("anna", Role.DUTY, "area:360802")`, then `await anna.get("/units")`."""

    def __init__(
        self,
        pool: Pool,
        clock: HandClock,
        handlers: Sequence[type[Controller]],
        static: Path,
        dependencies: Mapping[str, object] | None = None,
    ) -> None:
        self.pool = pool
        self.clock = clock
        self.db = Database(pool)
        self.pauses: list[float] = []
        self.passwords = Passwords()
        self.door = Doorkeeper(self.db, clock, self.passwords, Vault(b"story"), self._pause)
        self.phones = Phones()
        self.codes = Codes(self.db, clock, self.door, self.phones)
        self.app: Litestar = app.build(
            [*access_api.handlers, *handlers],
            self.db,
            clock,
            self.door.authenticate,
            ready={},
            metrics=metrics,
            dependencies={
                "door": self.door,
                "passwords": self.passwords,
                "codes": self.codes,
                "terms": Lender(self.db),
                "folder": LogFolder(static / "logs"),
                **(dependencies or {}),
            },
            static=static,
        )
        self._hash: str | None = None

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def client(self, token: str | None = None, address: str = "10.0.0.9") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 40000))
        headers: Mapping[str, str] = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(transport=transport, base_url="http://city/api/v1", headers=headers)

    async def account(self, name: str, role: Role, scope: str = "city") -> str:
        if self._hash is None:
            self._hash = await self.passwords.hash(PASSWORD)
        made = accounts.draft(name, role, scope)
        async with self.pool.acquire() as conn:
            account = await access_store.add(
                conn,
                self.clock.now(),
                name=made.name,
                role=made.role,
                scope=scopes.parse(scope),
                password_hash=self._hash,
            )
        assert account is not None
        return account

    async def session(self, name: str) -> httpx.AsyncClient:
        """A new session of an account that is there."""
        async with self.pool.acquire() as conn:
            found = await access_store.by_name(conn, name)
            assert found is not None, name
            token, _ = await access_store.open_session(conn, found.account.id, self.clock.now(), "10.0.0.9", "story")
        return self.client(token)

    async def person(self, name: str, role: Role, scope: str = "city") -> httpx.AsyncClient:
        """An account with an open session. The session is opened in the store: logging in has its own tests."""
        account = await self.account(name, role, scope)
        async with self.pool.acquire() as conn:
            token, _ = await access_store.open_session(conn, account, self.clock.now(), "10.0.0.9", "story")
        return self.client(token)


@contextlib.asynccontextmanager
async def on_a_socket(served: Litestar) -> AsyncGenerator[str]:
    """Its address, for strangers that speak HTTP to a port."""
    settings = {"log_config": None, "access_log": False, "lifespan": "off"}
    server = uvicorn.Server(uvicorn.Config(served, host="127.0.0.1", port=0, **settings))
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
