"""The whole platform measured from outside, fsync on: rates that last, the alarm path, the storm, the start.

`zhigan serve` in a folder of its own; the generator shares the machine. Every figure counts rows in history or events
on the live feed, never what the platform says of itself. One JSON object a line. `--quick` for a look; `--only storm`
(`lasting`, `live`, `grown`, `moving`) for one figure.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from citysim import load, sheets
from citysim.load import Load, Plan
from citysim.load_city import town
from citysim.load_frames import Kind
from history import stored
from support.platform import Platform
from zhigan.processes import mover
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.moments import DAY

STORM = 10_000
CATCH_UP_S = 240.0
DAYS, DEVICES = 22, 1000
"""Of readings every five minutes, that move while the rate is measured."""
SLICE, SLICES = 1000, 200
"""Rows that the engine commits at once, and how many such COPYs are compared with it."""


def say(what: str, **figures: object) -> None:
    print(json.dumps({"bench": what, **figures}), flush=True)


def watch(host: str, port: int, token: str, ask: Connection) -> None:
    """A process of its own: what reads the feed must not wait for the generator's turn."""
    seen: dict[str, float] = {}
    units: dict[str, float] = {}
    news = threading.Condition()

    def follow() -> None:
        feed = http.client.HTTPConnection(host, port)
        feed.request("GET", "/api/v1/live", headers={"Authorization": f"Bearer {token}"})
        kind = ""
        for raw in feed.getresponse():
            if raw.startswith(b"event: "):
                kind = raw[7:].strip().decode()
            elif raw.startswith(b"data: ") and kind == "incident":
                moment = time.perf_counter()
                data = json.loads(raw[6:])
                with news:
                    seen.setdefault(data["id"], moment)
                    if data["unit"]:
                        units.setdefault(data["unit"]["code"], moment)
                    news.notify()

    threading.Thread(target=follow, daemon=True).start()
    with suppress(EOFError):  # nobody asks any more
        while True:
            unit, count, patience = ask.recv()
            with news:
                news.wait_for(lambda unit=unit, count=count: unit in units if unit else len(seen) >= count, patience)
                ask.send(units.get(unit) if unit else list(seen.values()))


class Eyes:
    """A screen: the live feed of a duty account, with the moment each incident was first seen."""

    def __init__(self, platform: Platform) -> None:
        name, password = platform.account("duty")
        where = urlsplit(platform.url)
        conn = http.client.HTTPConnection(where.hostname or "", where.port)
        body = json.dumps({"username": name, "password": password})
        conn.request("POST", "/api/v1/login", body, {"Content-Type": "application/json"})
        token = json.load(conn.getresponse())["token"]
        self._ask, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        context.Process(target=watch, args=(where.hostname, where.port, token, there), daemon=True).start()
        self.moments(0, 0.0)

    def unit(self, code: str, patience: float) -> float:
        """When the first incident of a unit was seen; waits for it."""
        self._ask.send((code, 0, patience))
        moment: float | None = self._ask.recv()
        return float("inf") if moment is None else moment

    def moments(self, count: int, patience: float) -> list[float]:
        """When each incident was seen; waits until there are so many."""
        self._ask.send(("", count, patience))
        return self._ask.recv()


class Books:
    """The database, asked beside the platform."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def one(self, sql: str) -> int:
        return asyncio.run(self._one(sql))

    async def _one(self, sql: str) -> int:
        async with database(Settings(data=self._folder)) as dsn:
            conn = await asyncpg.connect(dsn)
            try:
                return int(await conn.fetchval(sql))
            finally:
                await conn.close()

    def filled(self, days: int, devices: int) -> int:
        """Past days of readings, as the engine stores them; how many values."""

        async def fill() -> int:
            async with database(Settings(data=self._folder)) as dsn:
                conn = await asyncpg.connect(dsn, command_timeout=600)
                try:
                    today = SystemClock().micros() // DAY
                    return sum([await stored(conn, today - 40 - day, devices) for day in range(days)])
                finally:
                    await conn.close()

        return asyncio.run(fill())

    def moved(self) -> None:
        async def move() -> None:
            async with database(Settings(data=self._folder)) as dsn:
                await mover.run(dsn)

        asyncio.run(move())

    def copied(self, kind: int) -> tuple[float, float]:
        """Rows a second of a COPY of the stored rows of a kind into a table like theirs: whole, and by slices."""
        return asyncio.run(self._copied(kind))

    async def _copied(self, kind: int) -> tuple[float, float]:
        async with database(Settings(data=self._folder)) as dsn:
            conn = await asyncpg.connect(dsn, command_timeout=600)
            try:
                newest, pages = await conn.fetchrow(
                    "select c.relname, pg_relation_size(c.oid) / 8192 from pg_class c join pg_inherits i"
                    " on i.inhrelid = c.oid where i.inhparent = 'history.signal'::regclass"
                    " and pg_relation_size(c.oid) > 0 order by 1 desc limit 1"
                )
                count = await conn.fetchval(f"select count(*) from history.{newest}")
                await conn.execute(f"create table history.copied (like history.{newest} including all)")
                whole = await self._copy(conn, newest, [(0, pages)], kind)
                step = max(1, SLICE * pages // count)
                # The newest pages hold what was just measured.
                begins = range(max(0, pages - SLICES * step), pages, step)
                sliced = await self._copy(conn, newest, [(begin, begin + step) for begin in begins], kind)
                await conn.execute("drop table history.copied")
                return whole, sliced
            finally:
                await conn.close()

    async def _copy(self, conn: asyncpg.Connection, table: str, parts: list[tuple[int, int]], kind: int) -> float:
        """Each part (pages from, to) is read before the clock runs, and is a transaction of its own."""
        stored = f"select * from history.{table} where ctid >= $1 and ctid < $2 and kind = $3"
        rows, took = 0, 0.0
        for first, last in parts:
            with tempfile.TemporaryFile() as file:
                await conn.copy_from_query(stored, (first, 0), (last, 0), kind, output=file, format="binary")
                file.seek(0)
                began = time.perf_counter()
                told = await conn.copy_to_table("copied", schema_name="history", source=file, format="binary")
                took += time.perf_counter() - began
                rows += int(told.split()[1])
        return rows / took

    def until(self, sql: str, wanted: int, patience: float = CATCH_UP_S) -> float:
        """The moment at which the count is reached."""
        end = time.perf_counter() + patience
        while (found := self.one(sql)) < wanted:
            if time.perf_counter() > end:
                raise TimeoutError(f"{found} of {wanted}: {sql}")
            time.sleep(0.2)
        return time.perf_counter()


@contextmanager
def aside(work: Callable[[Plan], object], plan: Plan) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(plan,))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def lasting(
    platform: Platform, books: Books, kind: Kind, seconds: float, connections: int, name: str = "lasting"
) -> float:
    """Frames judged and stored a second, from the first frame until the last row is in history.

    `of_copy`: that, divided by the rows a second of one COPY of all the same rows into an identical table;
    `of_sliced_copy`: by those of a COPY and a commit for each slice, which is how the engine has to write. The rate.
    """
    rows = f"select count(*) from history.signal where kind = {1 if kind is Kind.STATUS else 2}"
    before = books.one(rows)
    plan = Plan(host="127.0.0.1", port=platform.gb26875_port, kind=kind, connections=connections, seconds=seconds)
    began = time.perf_counter()
    report = load.run(plan)
    confirmed = time.perf_counter() - began
    judged = books.until(rows, before + report.sent) - began
    whole, sliced = books.copied(1 if kind is Kind.STATUS else 2)
    say(
        f"{name} {kind.value}", seconds=seconds, frames=report.sent, unconfirmed=report.unconfirmed,
        confirmed_per_s=round(report.sent / confirmed), judged_and_stored_per_s=round(report.sent / judged),
        copy_rows_per_s=round(whole), of_copy=round(report.sent / judged / whole, 3),
        sliced_copy_rows_per_s=round(sliced), of_sliced_copy=round(report.sent / judged / sliced, 3),
        values_per_s=round(report.sent * kind.values / judged), p50_ms=report.p50_ms, p99_ms=report.p99_ms,
    )  # fmt: skip
    return report.sent / judged


def beside_a_move(platform: Platform, books: Books, folder: Path, quick: bool) -> None:
    """The same rate with and without past days on their way to the archive, by the mover's own process beside it."""
    days, devices, seconds = (2, 200, 5.0) if quick else (DAYS, DEVICES, 20.0)
    values = books.filled(days, devices)
    alone = lasting(platform, books, Kind.STATUS, seconds, 50, "before a move:")
    os.environ |= {"ZHIGAN_DATA": str(folder), "ZHIGAN_LOG_LEVEL": "warning"}
    took: list[float] = []

    def move() -> None:
        began = time.perf_counter()
        books.moved()
        took.append(time.perf_counter() - began)

    moving = threading.Thread(target=move)
    moving.start()
    beside = lasting(platform, books, Kind.STATUS, seconds, 50, "beside a move:")
    under_way = moving.is_alive()
    moving.join()
    say(
        "beside a move", days=days, values=values, seconds_of_the_move=round(took[0], 1), still_moving=under_way,
        ratio=round(beside / alone, 2), files=books.one("select count(*) from history.moved"),
        days_left=books.one("select count(distinct received_at::date) from history.signal where kind = 2"),
    )  # fmt: skip


def quickly(platform: Platform, eyes: Eyes, storm: Plan, fires: int) -> None:
    """Frame in → event on the live feed, with 5,000 frames/s beside it. One fire a unit, five a second."""
    background = Plan(
        host="127.0.0.1", port=platform.gb26875_port, kind=Kind.STATUS, connections=50, seed=31, rate=5000.0, burst=2,
        seconds=fires / 5 + 20,
    )  # fmt: skip
    took: list[float] = []
    with aside(load.run, background):
        time.sleep(8)
        for number in range(fires):
            one = Plan(
                host="127.0.0.1", port=platform.gb26875_port, kind=Kind.FIRE, connections=1, frames=1, points=1,
                seed=storm.seed, first=storm.first + 20 * number,
            )  # fmt: skip
            code = f"LT{storm.seed}-{storm.first + 20 * number:06d}"
            with Load(one) as line:
                line.open()
                sent = time.perf_counter()
                line.run(5.0)
            took.append(eyes.unit(code, 10.0) - sent)
            time.sleep(max(0.0, 0.2 - (time.perf_counter() - sent)))
    took.sort()
    say(
        "frame in → live feed at 5,000 frames/s", fires=fires, p50_ms=round(took[len(took) // 2] * 1000, 1),
        p95_ms=round(took[int(len(took) * 0.95)] * 1000, 1), p99_ms=round(took[int(len(took) * 0.99)] * 1000, 1),
        max_ms=round(took[-1] * 1000, 1),
    )  # fmt: skip


def stormily(platform: Platform, books: Books, eyes: Eyes, storm: Plan, already: int) -> None:
    """Ten thousand devices alarm within a second on top of 2,000 frames/s."""
    background = Plan(
        host="127.0.0.1",
        port=platform.gb26875_port,
        kind=Kind.STATUS,
        connections=20,
        seed=32,
        rate=2000.0,
        seconds=120,
    )
    desk = "select count(*) from incidents.incident where kind = 'fire' and desk"
    doubled = (
        "select count(*) from (select slot from incidents.incident where state <> 'closed' and merged_into is null"
        " group by slot having count(*) > 1) as twice"
    )
    count = storm.connections
    with aside(load.run, background), Load(storm) as lines:
        lines.open()
        time.sleep(5)
        known = len(eyes.moments(0, 0.0))
        began = time.perf_counter()
        lines.run(30.0)
        confirmed = time.perf_counter() - began
        seen = eyes.moments(known + count - already, 60.0)
    moments = sorted(moment - began for moment in seen if moment > began)
    say(
        "storm", devices=count, confirmed_all_s=round(confirmed, 2), unconfirmed=lines.report().unconfirmed,
        first_visible_s=round(moments[0], 3), half_visible_s=round(moments[len(moments) // 2], 2),
        all_visible_s=round(moments[-1], 2), seen=len(moments), incidents=books.one(desk), doubled=books.one(doubled),
    )  # fmt: skip


def resident(name: str) -> float:
    """MiB of the process `python -m zhigan.processes NAME …` of this machine's newest platform."""
    found = subprocess.run(["pgrep", "-nf", f"zhigan.processes {name}"], capture_output=True, text=True, check=True)
    status = Path(f"/proc/{found.stdout.strip()}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def grown(platform: Platform, books: Books, folder: Path) -> None:
    """300,000 registered devices, a million rows with their components: ready again after how long, how large."""
    sql = """
        with roots as (
            insert into registry.device (id, gateway, address, name, type, class, state, created_at, changed_at)
            select gen_random_uuid(), 'gb26875', upper(lpad(to_hex(n), 12, '0')), '装置' || n, 'transmission_device',
                   'transmission_device', 'in_service', $1, $1
            from generate_series(1, 300000) n returning number, address)
        insert into registry.device (id, gateway, address, parent, name, type, class, state, created_at, changed_at)
        select gen_random_uuid(), 'gb26875', r.address || '/1.1.40.' || p, r.number, '感烟' || p, 'smoke', 'component',
               'in_service', $1, $1
        from roots r, generate_series(1, 3) p where p <= 2 or right(r.address, 1) < '6'
    """

    async def fill() -> None:
        async with database(Settings(data=folder)) as dsn:
            conn = await asyncpg.connect(dsn)
            try:
                from_ = await conn.fetchval("select max(created_at) from registry.unit")
                await conn.execute(sql, from_, timeout=600)
            finally:
                await conn.close()

    asyncio.run(fill())
    platform.stop()
    began = time.perf_counter()
    platform.start()
    ready = time.perf_counter() - began
    say(
        "grown", devices=books.one("select count(*) from registry.device where parent is null"),
        rows=books.one("select count(*) from registry.device"), ready_s=round(ready, 2),
        hot_mib=round(resident("hot"), 1), web_mib=round(resident("web"), 1),
    )  # fmt: skip


PARTS = ("lasting", "live", "storm", "grown", "moving")


def measure(platform: Platform, folder: Path, parts: list[str], quick: bool) -> None:
    books = Books(folder)
    devices = 1000 if quick else STORM
    storm = Plan(
        host="127.0.0.1", port=platform.gb26875_port, kind=Kind.FIRE, connections=devices, points=1, frames=1,
        rate=float(devices), seed=77, greet=True, seconds=2.0, drain_s=30.0,
    )  # fmt: skip
    for path in sheets.write(town(storm), folder.parent):
        took = platform.run("import", path.stem, str(path))
        assert took.returncode == 0, took.stdout + took.stderr
    eyes = Eyes(platform)
    fires = (20 if quick else 150) if "live" in parts else 0
    if "lasting" in parts:
        lasting(platform, books, Kind.STATUS, 10 if quick else 60, 50)
        lasting(platform, books, Kind.FULL, 5 if quick else 20, 50)
    if fires:
        quickly(platform, eyes, storm, fires)
    if "storm" in parts:
        stormily(platform, books, eyes, storm, fires)
    say("hot process after all of it", mib=round(resident("hot"), 1))
    if "grown" in parts:
        grown(platform, books, folder)
    if "moving" in parts:
        beside_a_move(platform, books, folder, quick)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", action="append", choices=PARTS, help="these parts; all but `grown` with --quick")
    given = options.parse_args()
    quick: bool = given.quick
    parts: list[str] = given.only or [part for part in PARTS if not (quick and part == "grown")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        platform = Platform(folder)
        platform.start()
        try:
            measure(platform, folder, parts, quick)
        finally:
            code = platform.stop()
    say("end", exit_code=code)


if __name__ == "__main__":
    main()
