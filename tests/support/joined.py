"""Installations side by side for tests of the federation: each with a database and a real HTTP door of its own.

Time is moved by hand, the same on all sides; the way up is walked step by step (`rises`), as the worker's loop would.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from support.web import Web, on_a_socket
from zhigan.access.vault import Vault
from zhigan.bus import log
from zhigan.commands import api as commands_api
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.federation import api, api_peers
from zhigan.federation.desk import Federation
from zhigan.federation.downward import Downward
from zhigan.federation.listening import Ear
from zhigan.federation.watching import Watch
from zhigan.federation.worker import Fate, Uplink
from zhigan.incidents import api as incidents_api
from zhigan.incidents import proof
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Change
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.registry import api as registry_api
from zhigan.runtime.clock import HandClock
from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

HANDLERS = [*commands_api.handlers, *registry_api.handlers, *incidents_api.handlers, *api.handlers, *api_peers.handlers]
ROUNDS = 200


class Side:
    """One installation."""

    def __init__(self, name: str, pool: Pool, clock: HandClock, folder: Path) -> None:
        self.name, self.pool, self.clock = name, pool, clock
        self.federation = Federation(pool, clock, Vault(name.encode()), Outward(guard=Guard(NEAR)))
        self.uplink = Uplink(pool, clock, self.federation.vault, self.federation.outward)
        self.watch = Watch(pool, clock)
        self.downward = Downward(pool, clock)
        self.ear = Ear(pool, clock, self.federation.vault, self.federation.outward)
        given: dict[str, object] = {"federation": self.federation, "shelf": Shelf(folder / name), "press": Press()}
        given["interlock"] = CircuitInterlock(clock)
        self.web = Web(pool, clock, HANDLERS, folder, given)
        self.url = ""
        self._people: dict[tuple[Role, str], httpx.AsyncClient] = {}

    async def person(self, role: Role = Role.ADMIN, scope: str = "city") -> httpx.AsyncClient:
        if (role, scope) not in self._people:
            self._people[role, scope] = await self.web.person(f"{role}-{len(self._people)}", role, scope)
        return self._people[role, scope]

    async def get(self, path: str, role: Role = Role.ADMIN, scope: str = "city") -> Any:
        answer = await (await self.person(role, scope)).get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object, role: Role = Role.ADMIN) -> Any:
        answer = await (await self.person(role)).post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def happens(self, *changes: Change) -> None:
        """What the engine decided, as its worker writes it."""
        async with self.pool.acquire() as conn, conn.transaction():
            drafts = await incidents.apply(conn, list(changes), self.clock.micros())
            await log.append(conn, drafts, self.clock.micros())

    async def unit(self, code: str, **more: object) -> str:
        place = {"premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11}
        return str((await self.post("/units", {"code": code, "name": f"{code}单位", **place, **more}))["id"])

    async def device(self, unit: str, address: str, **more: object) -> str:
        made = {"unit_id": unit, "name": f"装置{address}", "type": "transmission_device", "gateway": "gb26875"}
        return str((await self.post("/devices", {**made, "address": address, **more}))["id"])

    async def invites(
        self, slug: str = "school", name: str = "教育局平台", scope: str = "city", hours: int = 72
    ) -> str:
        asked = {"slug": slug, "name": name, "scope": scope, "hours": hours}
        made = await self.post("/federation/invitations", asked)
        return str(made["code"])

    async def joins(self, upper: "Side", slug: str = "school", name: str = "教育局平台", scope: str = "city") -> None:
        code = await upper.invites(slug, name, scope)
        await self.post("/federation/upper", {"url": upper.url, "code": code})

    async def rises(self) -> int:
        """Everything that stands in the log goes up; how many events it was."""
        while await self.uplink.gather():
            pass
        told = 0
        for _ in range(ROUNDS):
            self.clock.advance(1)
            done = await self.uplink.send()
            told += done.events
            if done.fate not in (Fate.MORE, Fate.AGAIN):
                return told
        raise AssertionError("the way up never ends")

    async def hears(self) -> int:
        """What people above said is heard; how many words."""
        return await self.ear.hear(0) or 0

    async def speaks(self) -> int:
        """What people here said of copies, and asked of their devices, is put down to go."""
        while await self.downward.read():
            pass
        return await self.downward.carry()

    async def incidents(self) -> list[Any]:
        return list((await self.get("/incidents"))["items"])

    async def platforms(self) -> list[Any]:
        return list((await self.get("/federation/platforms"))["items"])

    async def words(self) -> list[Any]:
        """What went down to the one platform below."""
        (below,) = await self.platforms()
        return list((await self.get(f"/federation/platforms/{below['id']}/words"))["items"])

    async def broken(self) -> object:
        """The first link of any chain that does not hold."""
        async with self.pool.acquire() as conn:
            return await proof.verify(conn) or await log.verify(conn)

    async def close(self) -> None:
        await self.federation.close()
        for person in self._people.values():
            await person.aclose()


@asynccontextmanager
async def side(name: str, dsn: str, clock: HandClock, folder: Path) -> AsyncGenerator[Side]:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=8) as pool:
        made = Side(name, pool, clock, folder)
        try:
            async with on_a_socket(made.web.app) as made.url:
                yield made
        finally:
            await made.close()


def by_id(rows: Sequence[Any]) -> dict[str, Any]:
    return {str(row["id"]): row for row in rows}
