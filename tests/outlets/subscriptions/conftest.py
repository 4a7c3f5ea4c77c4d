"""A city beside partners: the platform's own courier and real HTTP between the two."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.city import HANDLERS, City, living
from support.receiver import Receiver
from support.rows import Row
from support.site import Unit
from zhigan.access.vault import Vault
from zhigan.outlets.subscriptions import api
from zhigan.outlets.subscriptions.delivery import Fate
from zhigan.outlets.subscriptions.desk import Partners
from zhigan.outlets.subscriptions.worker import Subscriber
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

PASSWORD = "correct horse 119"
EVERY = ["incident_opened", "incident_changed", "incident_closed"]


class Telling:
    def __init__(self, city: City, subscriber: Subscriber, partners: Partners) -> None:
        self.city, self.subscriber, self.partners = city, subscriber, partners

    async def admin(self) -> httpx.AsyncClient:
        return await self.city.person(Role.ADMIN)

    async def posts(self, path: str, body: object = None, code: int = 200) -> dict[str, Any]:
        answer = await (await self.admin()).post(path, json=body)
        assert answer.status_code == code, answer.text
        return answer.json()

    async def partner(self, name: str = "智慧吉安", scope: str = "city", **more: Any) -> dict[str, Any]:
        body = {"name": name, "kind": "city", "account": f"p-{name}", "scope": scope, "password": PASSWORD, **more}
        return await self.posts("/partners", body, 201)

    async def subscribes(self, partner: dict[str, Any], receiver: Receiver, **more: Any) -> dict[str, Any]:
        body = {"name": "警情", "url": await receiver.open(), "what": EVERY, **more}
        made = await self.posts(f"/partners/{partner['id']}/subscriptions", body, 201)
        receiver.secret = made["secret"]
        return made["subscription"]

    async def stands(self, subscription: dict[str, Any]) -> dict[str, Any]:
        return (await (await self.admin()).get(f"/subscriptions/{subscription['id']}")).json()

    async def smokes(self, name: str = "吉州一中", point: int = 1, unit: Unit | None = None) -> Row:
        unit = unit or await self.city.unit(name, floors=6, heads=2)
        known = {row.id for row in await self.city.desk()}
        await unit.head(floor=3, point=point).smokes()
        [row] = [row for row in await self.city.desk() if row.id not in known]
        return row

    async def carries(self) -> list[Fate]:
        """Everything that is due now, of every subscription; how each ended."""
        while await self.subscriber.read():
            pass
        ended: list[Fate] = []
        for id_ in await self.subscriber.active():
            while (done := await self.subscriber.delivery.step(id_)) is Fate.MORE:
                pass
            ended.append(done)
        return ended

    async def client(self, name: str, password: str = PASSWORD) -> httpx.AsyncClient:
        """As a machine logs in."""
        stranger = self.city.web.client()
        token = (await stranger.post("/login", json={"username": name, "password": password})).json()["token"]
        return self.city.web.client(token)


@pytest.fixture
async def telling(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Telling]:
    partners = Partners(pool, hand_clock, Vault(b"story"), "http://platform.test", [ip_network("127.0.0.0/8")])
    more = [*HANDLERS, *api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, more, {"partners": partners}) as city:
        subscriber = Subscriber(pool, hand_clock, partners.delivery, partners.feed)
        await subscriber.begin()
        yield Telling(city, subscriber, partners)
    await partners.close()


@pytest.fixture
async def receivers() -> AsyncIterator[Callable[[], Receiver]]:
    made: list[Receiver] = []

    def one() -> Receiver:
        made.append(Receiver())
        return made[-1]

    yield one
    for each in made:
        await each.close()
