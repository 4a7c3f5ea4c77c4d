"""`zhigan run --demo`: a city to look at. Platform, seeded Ji'an, simulator on the real ports, logins.

Enters: the environment and a port. Leaves: the address and the logins on standard output; Ctrl-C stops all of it.
The data folder keeps its state and its password between runs. Absent: any way into the platform that others do not
have: units and devices come through the import, signals over the socket.
"""

import asyncio
import contextlib
import secrets
import socket
import sys
import tempfile
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import structlog

from citysim import city, sheets
from citysim import command as citysim
from zhigan.access import command as access_command
from zhigan.desks.electrical import importing as electrical_importing
from zhigan.desks.electrical import store as circuits
from zhigan.desks.electrical.store import Granted
from zhigan.desks.installation import store as installation
from zhigan.desks.installation.model import Project
from zhigan.processes import demo_admin, demo_centre, demo_desk, serve
from zhigan.processes.roles import ROLES
from zhigan.registry import importing, units
from zhigan.registry.shapes import NewContact
from zhigan.runtime import logs, loop
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.runtime.sql import load
from zhigan.runtime.supervision import Supervisor, python
from zhigan.vocabulary.roles import Role

SEED = 119


class Login(NamedTuple):
    """`{home}` in a scope is the unit in which the first of the city's homes lies."""

    name: str
    role: Role
    scope: str
    title: str
    phone: str = ""


LOGINS = (
    Login("admin", Role.ADMIN, "city", "系统管理员"),
    Login("duty", Role.DUTY, "city", "值班员 李某"),
    Login("lead", Role.LEAD, "city", "值班长 王某"),
    Login("duty2", Role.DUTY, "city", "值班员 赵某"),
    Login("lead2", Role.LEAD, "city", "值班长 陈某"),
    Login("operator", Role.OPERATOR, "city", "运营单位"),
    Login("supervisor", Role.SUPERVISOR, "area:360802", "吉州区 消防监督"),
    Login("jizhou", Role.DUTY, "area:360802", "吉州区 值班员"),
    Login("education", Role.INDUSTRY, "industry:education", "教体行业"),
    Login("auditor", Role.AUDITOR, "city", "审计管理员"),
    Login("security", Role.SECURITY, "city", "安全管理员"),
    Login("home", Role.OWNER, "unit:{home}", "住户", "10099000001"),
    Login("property", Role.PROPERTY, "unit:{home}", "物业", "10099000002"),
    Login("station", Role.STATION, f"station:{demo_desk.STATION}", "微型消防站", "10099000003"),
    Login("installer", Role.INSTALLER, "unit:{home}", "安装员", "10099000004"),
    Login("inspector", Role.INSPECTOR, "unit:{home}", "巡检员", "10099000005"),
)
"""Those with a telephone sign in on the phone by a text message as well: the code stands on the telephones' page."""
TEAMS = (("值班长 王某", "值班员 李某"), ("值班长 陈某", "值班员 赵某"))
"""Who sits at the city's desk together."""
_log = structlog.get_logger("processes.demo")
_SQL = load("zhigan.processes")


def simulate(arguments: Sequence[str]) -> int:
    return citysim.main(arguments)


def settings(environ: Mapping[str, str], port: int) -> Settings:
    """The demo has a data folder of its own unless one is named."""
    chosen = dict(environ)
    chosen.setdefault("ZHIGAN_DATA", "data/demo")
    chosen.setdefault("ZHIGAN_HTTP", f"127.0.0.1:{port}")
    chosen.setdefault("ZHIGAN_LOG_LEVEL", "warning")
    chosen.setdefault("ZHIGAN_CTWING_TOKEN", secrets.token_urlsafe(18))
    return Settings.load(chosen)


def main(environ: MutableMapping[str, str], port: int, *, simulator: bool) -> int:
    phones = telephones(environ, port) if simulator else ""
    environ.setdefault("ZHIGAN_MODBUS_NETWORKS", "127.0.0.1")  # where the city's meters stand
    chosen = settings(environ, port)
    logs.configure(chosen.log_level, chosen.log_format, process="demo")
    return loop.run(lambda stop: _run(chosen, stop, phones, simulator=simulator))


def telephones(environ: MutableMapping[str, str], port: int) -> str:
    """The demo's own telephone network, told to the platform by its settings like any provider; empty where one is
    set already. The platform's children read the same environment."""
    if environ.get("ZHIGAN_ALIYUN_KEY_ID") or environ.get("ZHIGAN_TENCENT_KEY_ID"):
        return ""
    where, secret, token = f"127.0.0.1:{_free(port + 10)}", secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    environ.update(
        {
            "ZHIGAN_ALIYUN_KEY_ID": "demo",
            "ZHIGAN_ALIYUN_KEY_SECRET": secret,
            "ZHIGAN_ALIYUN_SMS_SIGN": "智赣119",
            "ZHIGAN_ALIYUN_SMS_TEMPLATE": "SMS_DEMO",
            "ZHIGAN_ALIYUN_CODE_TEMPLATE": "CODE_DEMO",
            "ZHIGAN_ALIYUN_VOICE_TEMPLATE": "TTS_DEMO",
            "ZHIGAN_ALIYUN_URL": f"http://{where}",
            "ZHIGAN_RECEIPTS_TOKEN": token,
            "CITYSIM_PHONES_ID": "demo",
            "CITYSIM_PHONES_SECRET": secret,
            "CITYSIM_PHONES_TOKEN": token,
        }
    )
    return where


def _free(wanted: int) -> int:
    """That port, or any other that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    return wanted


async def _run(chosen: Settings, stop: asyncio.Event, phones: str, *, simulator: bool) -> int:
    ready = asyncio.Event()
    print("zhigan119 demo: starting …", flush=True)
    platform = asyncio.create_task(serve.serve(chosen, frozenset(ROLES), stop, ready.set), name="platform")
    ringing = asyncio.create_task(_ring(chosen, phones, stop), name="telephones")
    city_task = asyncio.create_task(_city(chosen, ready, stop, phones, simulator=simulator), name="city")
    try:
        await asyncio.wait([platform, city_task], return_when=asyncio.FIRST_COMPLETED)
        if city_task.done() and city_task.exception() is not None:
            stop.set()
            city_task.result()
        return await platform
    finally:
        city_task.cancel()
        ringing.cancel()
        await asyncio.wait([city_task, ringing])


async def _ring(chosen: Settings, phones: str, stop: asyncio.Event) -> None:
    """The telephones are there before the platform: its first test of them is passed."""
    if phones:
        receipts = f"http://{chosen.http}/api/v1/receipts"
        program = python("phones", "citysim.phones", "--listen", phones, "--receipts", receipts)
        await Supervisor([program], grace=5.0).run(stop)


async def _city(chosen: Settings, ready: asyncio.Event, stop: asyncio.Event, phones: str, *, simulator: bool) -> None:
    await ready.wait()
    password, meters, home = await _seeded(chosen)
    print(f"\n  智赣119  http://{chosen.http}  phone: /m/\n\n  logins (password {password}):", flush=True)
    for name, role, scope, title, phone in LOGINS:
        print(f"    {name:<11} {role.value:<11} {scope.replace('{home}', 'a home'):<20} {title} {phone}".rstrip())
    if phones:
        print(f"\n  telephones of the city: http://{phones} (who was told, keys to press, codes to sign in)")
    centre = f"127.0.0.1:{_free(chosen.http.port + 11)}"
    taking = None
    async with demo_admin.signed_in(chosen, password) as admin:
        if admin is not None:
            await demo_desk.laid_out(admin, TEAMS)
            crew = next(login.phone for login in LOGINS if login.role is Role.STATION)
            await demo_desk.stationed(admin, home, crew)
            taking = await demo_centre.program(admin, f"http://{chosen.http}", centre) if simulator else None
    if taking is not None:
        print(f"\n  119 command centre: http://{centre} (what was handed over, its engines, and its faults)")
    print(f"\n  devices: GB/T 26875.3 on {chosen.gb26875} (TCP and UDP). Ctrl-C stops everything.\n", flush=True)
    if simulator:
        target = f"{chosen.gb26875.host}:{chosen.gb26875.port}"
        direct = ("--coap", f"{chosen.coap}") if chosen.coap else ()
        asked = ("--modbus", meters) if meters else ()
        arguments = ("--target", target, "--seed", str(SEED), "--story", "round", "--quiet", *direct, *asked)
        program = python("city", "citysim", *arguments, environment={"CITYSIM_PUSH": _pushes(chosen)})
        await Supervisor([program, *([taking] if taking is not None else [])], grace=5.0).run(stop)
    await stop.wait()


def _pushes(chosen: Settings) -> str:
    """Where the carrier pushes: as its console would be told."""
    token = chosen.ctwing_token.reveal() if chosen.ctwing_token else ""
    return f"http://{chosen.http}/api/v1/ingest/ctwing?token={token}"


async def _seeded(chosen: Settings) -> tuple[str, str, str]:
    """Accounts and registry, once; running it again changes nothing. The password, where the city's meters are
    registered to be asked, and the unit of the first of its homes."""
    note = chosen.data / "demo-password"
    async with database(chosen) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            if note.exists():
                home = city.build(SEED).homes[0].unit
                return note.read_text().strip(), await conn.fetchval(_SQL.meters) or "", home
            print("  seeding Ji'an …", flush=True)
            town = city.build(SEED)
            with tempfile.TemporaryDirectory() as folder:
                meters = f"127.0.0.1:{_free(chosen.http.port + 12)}"
                for path in await asyncio.to_thread(sheets.write, town, Path(folder), meters):
                    await importing.run(path.stem, path, conn, SystemClock(), _complain, electrical_importing.CHOICE)
            await _contacts(conn, town)
            await _consents(conn, town)
            password = secrets.token_urlsafe(9)
            for name, role, scope, title, phone in LOGINS:
                with contextlib.suppress(access_command.Refused):
                    await access_command.add_user(
                        conn, SystemClock(), name=name, role=role.value, scope=scope.format(home=town.homes[0].unit),
                        password=password, display_name=title, phone=phone,
                    )  # fmt: skip
            await _to_install(conn, town.homes[0].unit)
            note.touch(mode=0o600)
            note.write_text(password)
            return password, meters, town.homes[0].unit
        finally:
            await conn.close()


CONTACT_ROLES = {"消防控制室": "control_room", "消防安全管理人": "fire_safety_manager"}


async def _contacts(conn: Connection, town: city.City) -> None:
    """Who is called: the city's people have numbers that no exchange gives out."""
    wanted = [unit.code for unit in town.units]
    ids = {row["code"]: row["id"] for row in await conn.fetch(_SQL.unit_ids, wanted)}
    now = SystemClock().now()
    async with conn.transaction():
        for unit in town.units:
            for order, person in enumerate(unit.contacts, start=1):
                role = CONTACT_ROLES[person.duty]
                new = units.check_contact(NewContact(role=role, name=person.name, phone=person.phone, order=order))
                await units.add_contact(conn, ids[unit.code], new, now)


async def _consents(conn: Connection, town: city.City) -> None:
    """The owners of all but the last of the city's breakers have put it in writing."""
    clock = SystemClock()
    now = clock.now()
    units_ = {unit.code: unit for unit in town.units}
    for circuit in [c for c in town.circuits if c.breaker][:-1]:
        unit = (await units.by_codes(conn, [circuit.unit]))[circuit.unit]
        id_ = await circuits.by_code(conn, unit.id, circuit.code)
        if id_ is None:
            continue
        owner = units_[circuit.unit].contacts[0].name
        given = Granted(
            given_by=f"{unit.name} {owner}", signed_on=now.date(), starts_at=now, ends_at=now + timedelta(days=365),
            words="本单位同意:出现电气火灾隐患时,经两名授权人员批准,可远程切断本回路(三级负荷)电源;恢复供电由现场人员手动合闸。",
        )  # fmt: skip
        async with conn.transaction():
            await circuits.add_consent(conn, mint(clock), id_, given, ("demo", None), now)


async def _to_install(conn: Connection, home: str) -> None:
    """Something to do for who comes with a box of detectors."""
    unit = (await units.by_codes(conn, [home]))[home]
    clock = SystemClock()
    project = Project(
        id=mint(clock), name=f"{unit.name} 独立式感烟加装", unit_id=unit.id, unit_name=unit.name, gateway="ctwing",
        type="smoke", planned=24, done=0, begun=0, created_at=clock.now(), closed_at=None,
    )  # fmt: skip
    await installation.add_project(conn, project, "demo", units.owned(unit))


def _complain(line: str) -> None:
    print(f"  {line}", file=sys.stderr)
