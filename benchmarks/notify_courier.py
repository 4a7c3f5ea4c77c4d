"""The courier alone: how 10,000 incidents go out, and an hour without a provider. One JSON object a line.

From the frame to the provider: notify.py. Here the real courier with its loops on a private PostgreSQL (fsync on);
incidents written through `incidents.store.apply` as the engine writes them; a real HTTP server in a process of its own
takes SMS and calls and notes when. `storm`: 10,000 incidents at once around people who stand for many places. `outage`:
the provider refuses for an hour (the clock is moved), then takes.
"""

import asyncio
import json
import multiprocessing
import os
import tempfile
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import asyncpg

from zhigan.bus import log
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Opened, Place, Reason, Why
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.worker import Courier
from zhigan.runtime.clock import Clock, HandClock, SystemClock
from zhigan.runtime.logs import configure
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Pool
from zhigan.runtime.postgres import PrivateServer
from zhigan.runtime.secrets import Secret
from zhigan.runtime.settings_notify import NotifySettings
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import uuid7
from zhigan.vocabulary.scopes import Owned

PLACES = 50
"""Units of the outage, with a person each."""
STORM = 10_000
UNITS = 500
PEOPLE = 200
CONTACT = ("control_room", "fire_safety_manager", "property")


async def take(pipe: Pipe) -> None:
    """The provider: answers at once and notes each message's moment."""
    taken: list[tuple[float, str]] = []
    state = {"down": False}
    clock = SystemClock()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first = head.split(b"\r\n", 1)[0].decode()
                if first.startswith("GET /down") or first.startswith("GET /up"):
                    state["down"], body = first.startswith("GET /down"), b"{}"
                elif first.startswith("GET /taken"):
                    body = json.dumps(taken).encode()
                    taken.clear()
                elif state["down"]:
                    body = b'{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"later"}'
                else:
                    action = next((line for line in head.split(b"\r\n") if line.startswith(b"x-acs-action")), b"")
                    taken.append((clock.micros() / 1e6, action.decode().partition(": ")[2] + " " + first))
                    body = b'{"Code":"OK","BizId":"b%d","CallId":"b%d"}' % (len(taken), len(taken))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def provider(pipe: Pipe) -> None:
    asyncio.run(take(pipe))


async def ask(port: int, path: str) -> list[tuple[float, str]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    body = json.loads(await reader.readexactly(length))
    writer.close()
    return [(at, said) for at, said in body] if isinstance(body, list) else []


async def found(pool: Pool, clock: Clock) -> None:
    """Units with three contacts each: the first ones' numbers are their own, the others' stand for many places."""
    now = clock.now()
    async with pool.acquire() as conn:
        for n in range(UNITS + PLACES):
            unit = await conn.fetchval(
                "insert into registry.unit (id, code, name, premises, class, area_code, area, created_at, changed_at) "
                "values ($1, $2, $3, 'crowded', 2, '360802', '360802', $4, $4) returning id",
                uuid7(clock.micros(), os.urandom(10)), f"B{n:05d}", f"单位{n}", now,
            )  # fmt: skip
            for order, role in enumerate(CONTACT):
                phone = f"1390{n:07d}" if n >= UNITS else f"1380000{(n * 3 + order) % PEOPLE:04d}"
                if n >= UNITS and order:
                    continue
                await conn.execute(
                    "insert into registry.contact (id, unit_id, role, name, phone, rank, created_at, changed_at) "
                    "values ($1, $2, $3, $4, $5, 1, $6, $6)",
                    uuid7(clock.micros(), os.urandom(10)), unit, role, f"{role}{n}", phone, now,
                )  # fmt: skip


async def units(pool: Pool) -> list[Place]:
    rows = await pool.fetch("select id, code, name from registry.unit order by code")
    return [
        Place(
            unit_id=str(r["id"]), unit_code=r["code"], unit_name=r["name"], text="3层",
            owned=Owned(area="360802", unit=r["code"]),
        )
        for r in rows
    ]  # fmt: skip


def opened(place: Place, n: int, now: int) -> Opened:
    id_ = uuid7(now, os.urandom(10))
    return Opened(
        incident=id_, slot=f"desk:{n}", case_key=f"bench:{n}", locus=f"{n}", grade=Grade.II, kind=Kind.FIRE,
        place=place,
        reasons=(Reason(Why.FIRST_FIRE),), at=now, received_at=now, alarms=(),
    )  # fmt: skip


async def burn(pool: Pool, changes: list[Opened], clock: Clock) -> float:
    async with pool.acquire() as conn, conn.transaction():
        drafts = await incidents.apply(conn, changes, clock.micros())
        await log.append(conn, drafts, clock.micros())
    return SystemClock().micros() / 1e6


async def storm(pool: Pool, port: int, clock: Clock) -> dict[str, object]:
    places = (await units(pool))[:UNITS]
    now = clock.micros()
    changes = [opened(places[n % UNITS], 100_000 + n, now) for n in range(STORM)]
    began = SystemClock().micros() / 1e6
    for first in range(0, STORM, 1000):
        await burn(pool, changes[first : first + 1000], clock)
    written = SystemClock().micros() / 1e6
    for _ in range(1200):
        if await pool.fetchval("select count(*) from notify.chain where opened_at = $1", changes_at(now)) == STORM:
            break
        await asyncio.sleep(0.1)
    planned = SystemClock().micros() / 1e6
    await asyncio.sleep(5)
    taken = await ask(port, "/taken")
    lost = await pool.fetchval(
        "select count(*) from notify.chain c where c.opened_at = $1 and not exists (select from notify.notification n "
        "where n.incident = c.incident and n.channel = 'sms' and n.state in ('waiting', 'handed', 'sent', 'merged'))",
        changes_at(now),
    )
    rows = await pool.fetchval("select count(*) from notify.notification")
    return {
        "benchmark": "courier_storm",
        "incidents": STORM,
        "notifications": rows,
        "messages": len(taken),
        "first_out_s": round(min(at for at, _ in taken) - began, 2),
        "asked_first_out_s": 2,
        "written_s": round(written - began, 2),
        "planned_s": round(planned - began, 2),
        "incidents_without_a_message": lost,
    }


def changes_at(micros: int) -> object:
    clock = HandClock(micros)
    return clock.now()


async def outage(pool: Pool, port: int, courier: Courier, clock: HandClock) -> dict[str, object]:
    """The clock is moved: an hour of a provider that takes nothing."""
    await ask(port, "/down")
    places = (await units(pool))[UNITS : UNITS + PLACES]
    await burn(pool, [opened(p, 200_000 + n, clock.micros()) for n, p in enumerate(places)], clock)
    for minute in range(70):
        if minute == 60:
            await ask(port, "/up")
        while await courier.read() or await courier.keep_time() or await courier.delivery.round():
            await courier.delivery.settled()
        clock.advance(60)
    taken = await ask(port, "/taken")
    requests = [part for _, said in taken for part in said.split("&") if "OutId=" in part]
    waiting = await pool.fetchval(
        "select count(*) from notify.notification where state = 'waiting' and due_at <= $1", clock.now()
    )
    phones = [f"1390{UNITS + n:07d}" for n in range(PLACES)]
    reached = [phone for phone in phones if any(phone in said for _, said in taken)]
    return {
        "benchmark": "courier_outage",
        "people": PLACES,
        "reached_after": len(reached),
        "messages": len(taken),
        "request_ids_twice": len(requests) - len(set(requests)),
        "still_waiting": waiting,
    }


def settings(port: int) -> NotifySettings:
    return NotifySettings(
        aliyun_key_id="bench", aliyun_key_secret=Secret("bench-secret"), aliyun_sms_sign="智赣119",
        aliyun_sms_template="SMS_1", aliyun_voice_template="TTS_1", aliyun_url=f"http://127.0.0.1:{port}",
    )  # fmt: skip


async def looped(pool: Pool, dsn: str, port: int) -> None:
    clock = SystemClock()
    desk = Desk(pool, clock, settings(port))
    running = asyncio.create_task(Courier(pool, clock, desk.planner, desk.delivery).run(dsn))
    await asyncio.sleep(1.5)
    print(json.dumps(await storm(pool, port, clock)), flush=True)
    running.cancel()
    await asyncio.wait([running])
    await desk.close()


async def by_hand(pool: Pool, port: int) -> None:
    await pool.execute("truncate notify.chain, notify.notification")
    clock = HandClock(SystemClock().micros())
    desk = Desk(pool, clock, settings(port))
    courier = Courier(pool, clock, desk.planner, desk.delivery)
    await ask(port, "/taken")
    print(json.dumps(await outage(pool, port, courier, clock)), flush=True)
    await desk.close()


async def main() -> None:
    here, there = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=provider, args=(there,), daemon=True)
    child.start()
    port = here.recv()
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder))
        await server.acquire()
        try:
            await migrate(server.dsn)
            async with asyncpg.create_pool(server.dsn, min_size=2, max_size=12) as pool:
                await found(pool, SystemClock())
                await looped(pool, server.dsn, port)
                await by_hand(pool, port)
        finally:
            await server.release()
            child.terminate()


if __name__ == "__main__":
    configure("warning", "console")
    asyncio.run(main())
