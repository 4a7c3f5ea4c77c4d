"""People being told in a story: after something happened, the courier does what is due; time is moved by hand."""

from typing import Any

import msgspec

from support.city import City
from support.providers import Providers, Taken
from support.rows import Row
from support.site import Unit
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.worker import Courier
from zhigan.vocabulary.roles import Role


class Telling:
    def __init__(self, city: City, courier: Courier, desk: Desk, providers: Providers) -> None:
        self.city = city
        self.courier = courier
        self.desk = desk
        self.providers = providers

    async def carries(self) -> None:
        """Everything that is due now."""
        while True:
            read = 0
            while count := await self.courier.read():
                read += count
            due = await self.courier.keep_time()
            asked = await self.courier.delivery.ask()
            begun = 0
            while count := await self.courier.delivery.round():
                begun += count
                await self.courier.delivery.settled()
            await self.city.settles()
            if not (read or due or begun or asked):
                return

    async def passes(self, seconds: float, step: float = 5) -> None:
        left = seconds
        while left > 0:
            await self.city.passes(seconds=min(step, left))
            left -= step
            await self.carries()

    async def site(self, name: str = "吉州一中", contacts: tuple[tuple[str, str], ...] = (), **more: Any) -> Unit:
        """A unit with heads and people: `(role, phone)`."""
        unit = await self.city.unit(name, floors=6, heads=2, **more)
        for n, (role, phone) in enumerate(contacts, start=1):
            await self.contact(unit, role, phone, n)
        return unit

    async def contact(self, unit: Unit, role: str, phone: str, order: int = 1) -> str:
        body = {"role": role, "name": f"{role}{order}", "phone": phone, "order": order}
        return str((await self.city.asks(f"/units/{unit.id}/contacts", body))["id"])

    def calls(self, phone: str | None = None) -> list[Taken]:
        return [t for t in self.providers.of("voice") if phone in (None, t.to)]

    def texts(self, phone: str | None = None) -> list[Taken]:
        return [t for t in self.providers.of("sms") if phone in (None, t.to)]

    async def proof(self, row: Row | str, role: Role = Role.DUTY) -> list[dict[str, Any]]:
        id_ = row if isinstance(row, str) else row.id
        answer = await (await self.city.person(role)).get(f"/incidents/{id_}/notifications")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def escalation(self, row: Row) -> dict[str, Any]:
        return (await (await self.city.person()).get(f"/incidents/{row.id}/escalation")).json()

    async def presses(self, call: Taken, key: str) -> None:
        """The called one presses a key; the provider reports it."""
        report = {
            "call_id": call.id, "out_id": call.request, "dtmf": key, "status_code": "200000", "duration": "9",
            "start_time": "2026-11-22 12:00:00",
        }  # fmt: skip
        await self.reports("aliyun-voice", [report])

    async def reports(self, provider: str, reports: list[dict[str, object]], token: str = "receipts-secret") -> int:
        client = self.city.web.client()
        answer = await client.post(
            f"/receipts/{provider}", params={"token": token}, content=msgspec.json.encode(reports)
        )
        await self.city.settles()
        return answer.status_code
