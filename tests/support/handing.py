"""Fires being handed over in a story: the platform's own dispatcher, a command centre that is a stranger over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from citysim.centre119 import Centre, Got, word
from support.city import City
from support.rows import Row
from support.site import Unit
from zhigan.outlets.dispatch.desk import Dispatch
from zhigan.outlets.dispatch.worker import Dispatcher
from zhigan.vocabulary.roles import Role

TOKEN, THEIRS = "ours-119-0123456789", "theirs-119-0123456789"
TYPES = {"json": "application/json", "xml": "application/xml", "cap": "application/cap+xml"}


class Handing:
    def __init__(self, city: City, dispatcher: Dispatcher, dispatch: Dispatch, centre: Centre, url: str) -> None:
        self.city, self.dispatcher, self.dispatch = city, dispatcher, dispatch
        self.centre, self.url = centre, url

    async def target(self, name: str = "吉安市119指挥中心", **more: Any) -> dict[str, Any]:
        body = {
            "name": name, "adapter": "json", "url": self.url, "proof": "bearer", "secret": TOKEN,
            "feedback_secret": THEIRS, "answer_s": 10, **more,
        }  # fmt: skip
        answer = await (await self.city.person(Role.ADMIN)).post("/dispatch/targets", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def fire(self, name: str = "吉州一中", point: int = 1, unit: Unit | None = None) -> Row:
        """A detector smokes; the incident as the desk sees it."""
        unit = unit or await self.city.unit(name, floors=6, heads=2)
        known = {row.id for row in await self.city.desk()}
        await unit.head(floor=3, point=point).smokes()
        [row] = [row for row in await self.city.desk() if row.id not in known]
        return row

    async def confirms(self, row: Row, basis: str = "on_site") -> None:
        await self.city.step(row, "confirm", basis=basis)

    async def carries(self) -> None:
        """Everything that is due now."""
        while True:
            read = begun = 0
            while count := await self.dispatcher.read():
                read += count
            while count := await self.dispatcher.delivery.round():
                begun += count
                await self.dispatcher.delivery.settled()
            await self.dispatcher.keep_time()
            await self.city.settles()
            if not (read or begun):
                return

    async def passes(self, seconds: float, step: float = 5) -> None:
        left = seconds
        while left > 0:
            self.city.clock.advance(min(step, left))
            left -= step
            await self.carries()

    async def panel(self, row: Row, role: Role = Role.DUTY) -> dict[str, Any]:
        answer = await (await self.city.person(role)).get(f"/incidents/{row.id}/hand-over")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def lines(self, row: Row) -> list[tuple[str, Mapping[str, Any]]]:
        return [(line.what, line.detail) for line in (await self.city.reads(row)).view.timeline]

    async def told(self, row: Row) -> list[str]:
        return [what for what, _ in await self.lines(row)]

    def of(self, what: str) -> list[Got]:
        return [got for got in self.centre.got if got.what == what]

    async def says(
        self, target: Mapping[str, Any], got: Got, stage: str, at: datetime, key: str = "", token: str = THEIRS
    ) -> httpx.Response:
        body = word(got, stage, f"{stage} 两车", key or f"{got.number}-{stage}", at)
        return await self.posts(target, body, TYPES[got.form.value], {"authorization": f"Bearer {token}"})

    async def posts(
        self, target: Mapping[str, Any], body: bytes, kind: str, headers: Mapping[str, str]
    ) -> httpx.Response:
        async with self._stranger() as stranger:
            path = target["feedback_path"]
            return await stranger.post(path, content=body, headers={"content-type": kind, **headers})

    async def opens(self, address: str) -> httpx.Response:
        async with self._stranger() as stranger:
            return await stranger.get(address)

    def _stranger(self) -> httpx.AsyncClient:
        """No session, no cookie."""
        transport = httpx.ASGITransport(app=self.city.web.app)
        return httpx.AsyncClient(transport=transport, base_url="http://stranger")
