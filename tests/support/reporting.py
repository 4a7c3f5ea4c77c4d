"""Reporting upward in a story: the platform's own reader and sender over real HTTP; time is moved by hand."""

from datetime import timedelta
from typing import Any

from support.city import City
from zhigan.outlets.upward.desk import Upward
from zhigan.outlets.upward.worker import Reporter
from zhigan.vocabulary.roles import Role


class Reporting:
    def __init__(self, city: City, upward: Upward) -> None:
        self.city, self.upward = city, upward
        self.reporter = Reporter(city.web.pool, city.clock, upward.planner, upward.sender)

    async def target(self, url: str, name: str = "省平台", adapter: str = "gbt45839", **more: object) -> Any:
        body = {"name": name, "adapter": adapter, "url": url, "secret": "a-secret-of-theirs", "answer_s": 2, **more}
        return await self.city.asks("/upward/targets", body)

    async def reads(self) -> None:
        await self.city.settles()
        while await self.reporter.read():
            pass
        while await self.reporter.look():
            pass

    async def carries(self) -> None:
        """Everything that is due now."""
        await self.reads()
        await self.reporter.sender.round()
        await self.reporter.sender.settled()

    async def passes(self, seconds: float) -> None:
        """Time goes by, and nothing happens but that it is tried again."""
        self.city.clock.advance(seconds)
        await self.carries()

    async def seen(self, target: Any) -> Any:
        answer = await (await self.city.person(Role.ADMIN)).get(f"/upward/targets/{target['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, target: Any, what: str) -> list[Any]:
        answer = await (await self.city.person(Role.ADMIN)).get(f"/upward/targets/{target['id']}/{what}")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def when(self, back_s: float = 0) -> str:
        """As Annex D writes times."""
        return (self.city.clock.now() + timedelta(hours=8, seconds=-back_s)).strftime("%Y-%m-%d %H:%M:%S")
