"""Telling people, from the frame to the provider, with real processes and fsync on. One JSON object a line.

`zhigan serve` in a folder of its own; a provider as a process of its own that checks every signature and notes when it
had each message. `alarm`: transmission devices report a fire, one after the other; from the frame's first byte to the
maker's push, the text and the call being at the provider. `fallback`: the same with the first provider of texts
refusing: until the second one has it. `storm`: thousands of devices alarm at once around few people. The courier alone:
notify_courier.py.
"""

import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import asyncpg
import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browser.seat import Device
from support import makers
from support.platform import Platform
from support.providers import ALIYUN, TENCENT, Providers, Taken, serving
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings

CLOCK = SystemClock()
ALARMS, FALLBACKS = 100, 30
STORM, PEOPLE = 2_600, 200
"""A unit of the storm has three contacts: a call and a text to the control room, a text to manager and property."""
NOTIFICATIONS = 10_000
SENDERS = 16
GAP_S = 0.15
SETTLED_S = 3.0
FLOOD_S = 90.0
SIX_PARTS = "0C19"
SHARED = "1380000"
"""Numbers of those who stand for many places; the others' are their own."""


class Noting(Providers):
    """Besides what was taken: when."""

    def __init__(self) -> None:
        super().__init__(CLOCK)
        self.at: list[float] = []

    def _take(self, provider: str, way: str, to: str, values: str, request: str) -> Taken:
        self.at.append(CLOCK.micros() / 1e6)
        return super()._take(provider, way, to, values, request)


async def answer(pipe: Pipe) -> None:
    async with serving(Noting()) as provider:
        pipe.send(provider.url)
        while True:
            asked = await asyncio.to_thread(pipe.recv)
            if isinstance(asked, dict):
                provider.modes = asked
            else:
                listed = [(at, t.provider, t.way, t.to) for at, t in zip(provider.at, provider.taken, strict=True)]
                pipe.send((listed, len(provider.forged) + len(provider.makers.forged)))


def provide(pipe: Pipe) -> None:
    asyncio.run(answer(pipe))


class Provider:
    """The other end of its pipe."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def becomes(self, **modes: str) -> None:
        self._pipe.send({name.replace("_", "-"): mode for name, mode in modes.items()})

    def taken(self) -> list[tuple[float, str, str, str]]:
        """When, by which provider, by what, to whom."""
        self._pipe.send("taken")
        listed, forged = self._pipe.recv()
        assert forged == 0, "a signature did not hold"
        return listed


@contextmanager
def provider() -> Iterator[Provider]:
    here, there = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=provide, args=(there,), daemon=True)
    child.start()
    try:
        yield Provider(here)
    finally:
        child.terminate()


def settings(url: str) -> dict[str, str]:
    return {
        "aliyun_key_id": ALIYUN.id, "aliyun_key_secret": ALIYUN.secret, "aliyun_sms_sign": "智赣119",
        "aliyun_sms_template": "SMS_1", "aliyun_voice_template": "TTS_1", "aliyun_url": url,
        "tencent_key_id": TENCENT.id, "tencent_key_secret": TENCENT.secret, "tencent_sms_app": "14001",
        "tencent_sms_sign": "智赣119", "tencent_sms_template": "77", "tencent_url": url, "push_package": makers.PACKAGE,
        "push_huawei_app": makers.APP, "push_huawei_secret": makers.SECRET, "push_huawei_url": url,
    }  # fmt: skip


class Office:
    """An administrator, by HTTP; and the sheets that the command line takes."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform, self._folder = platform, folder
        self._client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=60)
        self._head = self._session(*platform.account("admin"))

    def _session(self, name: str, password: str) -> dict[str, str]:
        given = self._client.post("/login", json={"username": name, "password": password}).json()
        self._client.cookies.clear()
        return {"authorization": f"Bearer {given['token']}"}

    def post(self, path: str, body: object, head: dict[str, str] | None = None) -> dict[str, str]:
        said = self._client.post(path, json=body, headers=head or self._head)
        assert said.status_code < 300, (path, said.text)
        return said.json()

    def sheet(self, kind: str, lines: Sequence[str]) -> None:
        file = self._folder / f"{kind}.csv"
        file.write_text("\n".join(lines), "utf-8")
        done = self.platform.run("import", kind, str(file))
        assert done.returncode == 0, done.stdout[-400:] + done.stderr[-400:]

    def manager(self, code: str, n: int) -> None:
        """The unit's own account with a telephone that a maker wakes."""
        body = {"name": f"manager-{n}", "role": "unit", "scope": f"unit:{code}", "password": "correct horse 119"}
        self.post("/accounts", body)
        mine = self._session(f"manager-{n}", "correct horse 119")
        self.post("/me/push", {"kind": "huawei", "token": push_token(n), "name": "P60"}, mine)


def code(n: int) -> str:
    return f"B{n:05d}"


def address(n: int) -> str:
    return f"{SIX_PARTS}{n:08X}"


def phone(n: int) -> str:
    return f"1390{n:07d}"


def push_token(n: int) -> str:
    return f"huawei-token-{n:05d}"


CONTACTS = """
insert into registry.contact (id, unit_id, role, name, phone, rank, created_at, changed_at)
select gen_random_uuid(), u.id, r.role, r.role || u.code,
  case when u.code >= $1 then $3 || lpad(((right(u.code, 5)::int * 3 + r.n) % $2)::text, 4, '0')
       else '1390' || lpad(right(u.code, 5), 7, '0') end, 1, now(), now()
from registry.unit u cross join (values ('control_room', 0), ('fire_safety_manager', 1), ('property', 2)) r (role, n)
where r.n = 0 or u.code >= $1
"""
"""The first units have a control room of their own; those of the storm share few people."""


async def people(platform: Platform) -> None:
    chosen = Settings.load({k: v for k, v in platform.environment.items() if k.startswith("ZHIGAN_")})
    async with database(chosen) as dsn:
        conn = await asyncpg.connect(dsn)
        await conn.execute(CONTACTS, code(ALARMS + FALLBACKS), PEOPLE, SHARED)
        await conn.close()


async def counted(platform: Platform) -> tuple[int, int, int]:
    """Chains, notifications, and incidents of which no text is on its way."""
    chosen = Settings.load({k: v for k, v in platform.environment.items() if k.startswith("ZHIGAN_")})
    async with database(chosen) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            row = await conn.fetchrow(
                "select (select count(*) from notify.chain), (select count(*) from notify.notification), (select "
                "count(*) from notify.chain c where not exists (select from notify.notification n where n.incident = "
                "c.incident and n.channel = 'sms' and n.state in ('waiting', 'handed', 'sent', 'merged')))"
            )
        finally:
            await conn.close()
    return row[0], row[1], row[2]


def found(office: Office) -> None:
    several = range(ALARMS + FALLBACKS + STORM)
    office.sheet("units", [
        "code,name,premises,area_code,lon,lat",
        *(f"{code(n)},测速单位{n},crowded,360802,{114.9 + n / 50_000:.5f},27.1" for n in several),
    ])  # fmt: skip
    office.sheet("devices", [
        "unit_code,name,type,gateway,address",
        *(f"{code(n)},装置{n},transmission_device,gb26875,{address(n)}" for n in several),
    ])  # fmt: skip
    for n in range(ALARMS):
        office.manager(code(n), n)
    asyncio.run(people(office.platform))


def burn(port: int, several: Sequence[int]) -> dict[int, float]:
    """One after the other; when the first byte went out."""
    began: dict[int, float] = {}
    for n in several:
        began[n] = CLOCK.micros() / 1e6
        Device(address(n), port).say(0x00010A)
        time.sleep(GAP_S)
    time.sleep(SETTLED_S)
    return began


def spread(waits: Sequence[float]) -> dict[str, float]:
    ordered = sorted(waits)
    ranks = {"p50_ms": 0.5, "p99_ms": 0.99}
    at = {name: ordered[min(len(ordered) - 1, int(part * len(ordered)))] for name, part in ranks.items()}
    return {name: round(1000 * value, 1) for name, value in {**at, "worst_ms": ordered[-1]}.items()}


def said(what: str, **figures: object) -> None:
    print(json.dumps({"bench": f"notify {what}", **figures}), flush=True)


def alarms(there: Provider, port: int) -> None:
    began = burn(port, range(ALARMS))
    taken = there.taken()
    by_address = {**{push_token(n): n for n in began}, **{phone(n): n for n in began}}
    waits: dict[str, dict[int, float]] = {}
    for at, _, way, to in taken:
        if to in by_address:
            waits.setdefault(way, {}).setdefault(by_address[to], at - began[by_address[to]])
    for way in ("push", "sms", "voice"):
        got = list(waits.get(way, {}).values())
        said(f"alarm {way}", alarms=len(began), handed=len(got), **spread(got), asked_p99_ms=1000)


def fallbacks(there: Provider, port: int) -> None:
    there.becomes(aliyun_sms="limited")
    began = burn(port, range(ALARMS, ALARMS + FALLBACKS))
    first: dict[int, float] = {}
    numbers = {phone(n): n for n in began}
    for at, name, way, to in there.taken():
        if way == "sms" and name == "tencent" and to in numbers:
            first.setdefault(numbers[to], at - began[numbers[to]])
    there.becomes()
    said("fallback", alarms=len(began), by_the_second=len(first), **spread(list(first.values())), asked="at once")


def storm(there: Provider, platform: Platform) -> None:
    before = len(there.taken())
    several = range(ALARMS + FALLBACKS, ALARMS + FALLBACKS + STORM)
    port = platform.gb26875_port
    began = CLOCK.micros() / 1e6
    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(lambda n: Device(address(n), port).say(0x00010A), several))
    sent = CLOCK.micros() / 1e6
    until = time.monotonic() + FLOOD_S
    chains, notifications, without = 0, 0, STORM
    while time.monotonic() < until and (chains < len(several) + ALARMS + FALLBACKS or notifications < NOTIFICATIONS):
        time.sleep(1)
        chains, notifications, without = asyncio.run(counted(platform))
    planned = CLOCK.micros() / 1e6
    taken = [each for each in there.taken()[before:] if each[3].startswith(SHARED)]
    said(
        "storm", incidents=len(several), notifications=notifications, messages=len(taken),
        first_out_s=round(taken[0][0] - began, 2), asked_first_out_s=2, confirmed_s=round(sent - began, 2),
        planned_s=round(planned - began, 2), incidents_without_a_text=without,
    )  # fmt: skip


def main() -> None:
    with provider() as there, tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "data", **settings(there.url))
        platform.start()
        try:
            office = Office(platform, Path(folder))
            found(office)
            alarms(there, platform.gb26875_port)
            fallbacks(there, platform.gb26875_port)
            storm(there, platform)
        finally:
            platform.stop()


if __name__ == "__main__":
    main()
