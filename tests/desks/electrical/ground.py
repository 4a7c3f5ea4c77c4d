"""The ground on which circuits are tested: a school, a breaker of three phases, two people who may cut.

Enters: the HTTP doors over real rows. Leaves: what people and gateways do to them, and what is measured.
"""

from datetime import timedelta
from typing import Any

import httpx

from desks.site import made
from support.web import Web
from zhigan.commands import store as commands
from zhigan.commands.model import State
from zhigan.desks.electrical import worker
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.history import rolling
from zhigan.history.rules import mark_key
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.roles import Role

REASON = {"command": "cut_power", "arguments": {"reason": "三号插座回路温度异常"}}


class Ground:
    """A school with a third-class circuit of three phases, its breaker, and two people who may cut."""

    def __init__(self, web: Web, ids: dict[str, str]) -> None:
        self.web = web
        self.ids = ids
        self.interlock = CircuitInterlock(web.clock)

    async def settles(self) -> None:
        self.operator = await self.web.person("operator", Role.OPERATOR)
        self.lead = await self.web.person("lead", Role.LEAD)
        self.unit = await self.web.person("unit", Role.UNIT, "unit:U1")
        body = {"unit_id": self.ids["unit"], "building_id": self.ids["building"], "gateway": "mqtt"}
        shape = {**body, "name": "总插座空开", "type": "breaker", "address": "brk-1"}
        self.breaker = (await made(self.operator, "/devices", shape))["id"]
        self.phases = {}
        for phase in "abc":
            part = {**body, "name": f"{phase}相", "type": "breaker", "address": f"brk-1/phase-{phase}"}
            self.phases[phase] = (await made(self.operator, "/devices", part))["id"]
        self.circuit = (await made(self.operator, "/circuits", self.new()))["id"]

    def new(self, **over: object) -> dict[str, object]:
        channels = [{"metric": "current", "phase": p, "device_id": d} for p, d in self.phases.items()]
        channels.append({"metric": "residual_current", "device_id": self.breaker})
        return {
            "unit_id": self.ids["unit"], "building_id": self.ids["building"], "code": "AL1-3", "name": "教学楼三层插座",
            "panel": "AL1", "place": "三层电井", "phases": 3, "rating_a": 40, "load_class": "third",
            "feeds": ["sockets"], "breaker_id": self.breaker, "channels": channels, **over,
        }  # fmt: skip

    async def consents(self, hours: float = 24, *, automatic: bool = False) -> str:
        until = (self.web.clock.now() + timedelta(hours=hours)).isoformat()
        words = {"given_by": "青原小学 校长 周某", "signed_on": "2026-11-01", "ends_at": until}
        body = {**words, "words": "同意在紧急情况下远程切断本回路电源。", "automatic": automatic}
        return (await made(self.unit, f"/circuits/{self.circuit}/consents", body))["id"]

    async def sees(self) -> dict[str, Any]:
        answer = await self.unit.get(f"/circuits/{self.circuit}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def asks(self, client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(f"/devices/{self.breaker}/commands", json=REASON)

    async def approved(self) -> str:
        asked = await self.asks(self.unit)
        assert asked.status_code == 202, asked.text
        answer = await self.lead.post(f"/commands/{asked.json()['id']}/approve", json={})
        assert answer.status_code == 200, answer.text
        assert answer.json()["due_at"] is not None
        return asked.json()["id"]

    async def counts_down(self) -> int:
        self.web.clock.advance(15)
        return await worker.release(self.web.db, self.interlock, self.web.clock.micros())

    async def taken(self) -> list[str]:
        async with self.web.pool.acquire() as conn:
            return [o.id for o in await commands.take(conn, "mqtt", None, self.web.clock.micros())]

    async def marks(self, command: str, *states: State) -> None:
        async with self.web.pool.acquire() as conn:
            for state in states:
                await commands.mark(conn, command, state, "", self.web.clock.micros())

    async def measures(self, values: dict[str, float], metric: str = "current") -> None:
        now = self.web.clock.now()
        async with self.web.pool.acquire() as conn:
            for phase, value in values.items():
                number = await conn.fetchval(
                    "insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations, "
                    'metrics, "values") select $2, $2, number, 2, 0, 0, 0, 0, $3, $4 from registry.device '
                    "where id = $1::uuid returning device",
                    self.phases.get(phase, self.breaker), now, [BY_NAME[metric].number], [value],
                )  # fmt: skip
                at = self.web.clock.micros()
                await rolling.mark(conn, [mark_key(at, number)], at)

    async def proved(self) -> int:
        return await worker.prove(self.web.db, self.web.clock.micros())

    async def state(self, command: str) -> tuple[str, str]:
        body = (await self.unit.get(f"/commands/{command}")).json()
        return body["state"], body["detail"]

    async def burns(self) -> None:
        """An open fire in the building."""
        now = self.web.clock.now()
        async with self.web.pool.acquire() as conn:
            await conn.execute(
                "insert into incidents.incident (id, version, grade, kind, state, slot, case_key, locus, unit_id, "
                "building_id, opened_at, received_at, last_signal_at, desk, seq, hash) values "
                "($1::uuid, 1, 2, 'fire', 'open', 's', 'c', '', $2::uuid, $3::uuid, $4, $4, $4, true, 1, '')",
                self.ids["unit"], self.ids["unit"], self.ids["building"], now,
            )  # fmt: skip
